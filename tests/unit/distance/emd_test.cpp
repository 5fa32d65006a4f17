#include "distance/emd.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "distance/metric.h"
#include "random_histograms.h"

namespace semblance {
namespace {

using Vector = std::vector<float>;

int bin(int hue, int saturation, int value) {
  return (hue * kHistogramSaturationBins + saturation) * kHistogramValueBins + value;
}

Vector histogram(std::initializer_list<std::pair<int, float>> shares) {
  Vector numbers(static_cast<std::size_t>(kHistogramDimension));
  for (const auto& [index, share] : shares) numbers[static_cast<std::size_t>(index)] = share;
  return numbers;
}

TEST(GroundDistance, IsThatOfTheCone) {
  // Middles: saturation 1/24 and 23/24, value 5/6 and 1/6; opposite hues are 4 bins apart.
  EXPECT_NEAR(ground_distance(bin(0, 11, 2), bin(4, 11, 2)), 2 * (23.0 / 24) * (5.0 / 6), 1e-12);
  EXPECT_NEAR(ground_distance(bin(3, 0, 0), bin(3, 0, 2)),
              std::hypot(4.0 / 6, (1.0 / 24) * (4.0 / 6)), 1e-12);
  EXPECT_EQ(ground_distance(bin(5, 3, 1), bin(5, 3, 1)), 0);
  // Hue is a circle: the last part of it touches the first.
  EXPECT_NEAR(ground_distance(bin(0, 6, 1), bin(7, 6, 1)),
              ground_distance(bin(0, 6, 1), bin(1, 6, 1)), 1e-12);
}

TEST(Emd, MovesWhatDiffers) {
  const int red = bin(0, 11, 2);
  const int cyan = bin(4, 11, 2);
  const int dark_red = bin(0, 11, 0);
  const double across = ground_distance(red, cyan);
  EXPECT_NEAR(distance(Metric::kEmd, histogram({{red, 1}}), histogram({{cyan, 1}})), across, 1e-12);
  EXPECT_NEAR(distance(Metric::kEmd, histogram({{red, .75F}, {cyan, .25F}}),
                       histogram({{red, .5F}, {cyan, .5F}})),
              across / 4, 1e-12);
  EXPECT_LT(distance(Metric::kEmd, histogram({{red, 1}}), histogram({{dark_red, 1}})),
            distance(Metric::kEmd, histogram({{red, 1}}), histogram({{cyan, 1}})));
  // Only shares count, not how many pixels there were.
  EXPECT_NEAR(distance(Metric::kEmd, histogram({{red, 7}}), histogram({{red, 1}, {cyan, 1}})),
              across / 2, 1e-12);
}

TEST(Emd, IsInfiniteForWhatIsNoHistogram) {
  const Vector proper = test::random_histogram(1);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  for (const Vector& wrong : {histogram({}), histogram({{3, -1.0F}, {4, 2.0F}}),
                              histogram({{3, nan}}), histogram({{3, infinity}})}) {
    EXPECT_EQ(distance(Metric::kEmd, proper, wrong), HUGE_VAL);
    EXPECT_EQ(distance(Metric::kEmd, wrong, proper), HUGE_VAL);
    EXPECT_FALSE(ColourMasses::of(wrong));
  }
  EXPECT_FALSE(ColourMasses::of(Vector(287, 1.0F)));
}

TEST(ColourMasses, SumToTheSameExactly) {
  for (std::uint64_t seed = 1; seed < 50; ++seed) {
    const auto masses = ColourMasses::of(test::random_histogram(seed, 300));
    ASSERT_TRUE(masses);
    EXPECT_EQ(std::accumulate(masses->masses().begin(), masses->masses().end(), std::int64_t{0}),
              ColourMasses::kMass);
  }
  const auto huge = ColourMasses::of(Vector(288, 3e38F));
  const auto tiny = ColourMasses::of(Vector(288, 1e-45F));
  ASSERT_TRUE(huge && tiny);
  EXPECT_NEAR(emd(*huge, *tiny), 0, 1e-12);
}

TEST(Emd, IsNeverLessThanItsBounds) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    // A few bins, and nearly all of them.
    const Vector first = test::random_histogram(seed, seed % 2 == 0 ? 10 : 600);
    const Vector second = test::random_histogram(seed + 1000, seed % 3 == 0 ? 20 : 400);
    const auto a = ColourMasses::of(first);
    const auto b = ColourMasses::of(second);
    ASSERT_TRUE(a && b);
    const double exact = emd(*a, *b);
    EXPECT_LE(emd_lower_bound(*a, *b), exact + 1e-12);
    EXPECT_LE(cone_distance(mean_colour(first), mean_colour(second)), exact + 1e-9);
    EXPECT_GE(emd_lower_bound(*a, *b), 0.4 * exact) << "a bound that tells nothing";
  }
}

TEST(Emd, ObeysTheTriangleInequality) {
  for (std::uint64_t seed = 1; seed < 100; ++seed) {
    const Vector a = test::random_histogram(seed);
    const Vector b = test::random_histogram(seed + 200);
    const Vector c = test::random_histogram(seed + 400);
    EXPECT_LE(distance(Metric::kEmd, a, c),
              distance(Metric::kEmd, a, b) + distance(Metric::kEmd, b, c) + 1e-12);
  }
}

}  // namespace
}  // namespace semblance
