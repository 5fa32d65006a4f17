#include "distance/metric.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace semblance {
namespace {

using Vector = std::vector<float>;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr std::array kMetrics{Metric::kCosine,    Metric::kEuclidean, Metric::kJaccard,
                              Metric::kChiSquare, Metric::kHellinger, Metric::kIntersection,
                              Metric::kEmd};
/// Those that take vectors of every length; emd has a test of its own.
constexpr std::array kFormulas{Metric::kCosine,    Metric::kEuclidean, Metric::kJaccard,
                               Metric::kChiSquare, Metric::kHellinger, Metric::kIntersection};

Vector random_vector(std::mt19937& generator, std::size_t dimension, float low) {
  std::uniform_real_distribution<float> uniform(low, 1);
  Vector vector(dimension);
  for (float& number : vector) number = uniform(generator);
  return vector;
}

/// The formulas of metric.h, word for word, in the widest type at hand.
double reference(Metric metric, const Vector& a, const Vector& b) {
  long double ab = 0, aa = 0, bb = 0, squares = 0, minima = 0, maxima = 0, roots = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const long double x = a[i], y = b[i];
    ab += x * y;
    aa += x * x;
    bb += y * y;
    squares += (x - y) * (x - y);
    minima += std::min(x, y);
    maxima += std::max(x, y);
    roots += (std::sqrt(x) - std::sqrt(y)) * (std::sqrt(x) - std::sqrt(y));
  }
  if (metric == Metric::kCosine) return static_cast<double>(1 - ab / std::sqrt(aa * bb));
  if (metric == Metric::kEuclidean) return static_cast<double>(std::sqrt(squares));
  if (metric == Metric::kJaccard) return static_cast<double>(1 - minima / maxima);
  if (metric == Metric::kHellinger) return static_cast<double>(std::sqrt(roots / 2));
  if (metric == Metric::kIntersection) return static_cast<double>(std::max(0.0L, 1 - minima));
  long double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const long double x = a[i] / std::sqrt(aa), y = b[i] / std::sqrt(bb);
    sum += (x - y) * (x - y) / (x + y + 1e-10L);
  }
  return static_cast<double>(sum / 2);
}

TEST(Metric, NamesGoThereAndBack) {
  for (const Metric metric : kMetrics) {
    EXPECT_EQ(metric_from_name(metric_name(metric)), metric);
  }
  EXPECT_EQ(metric_name(Metric::kChiSquare), "chi-square");
  EXPECT_EQ(metric_from_name("Cosine"), std::nullopt);
  EXPECT_EQ(metric_from_name(""), std::nullopt);
}

TEST(Metric, SaysWhichVectorsItFits) {
  EXPECT_EQ(metric_names_for(VectorKind::kAny), "cosine and euclidean");
  EXPECT_EQ(metric_names_for(VectorKind::kNonNegative), "cosine, euclidean and jaccard");
  EXPECT_EQ(metric_names_for(VectorKind::kHistogram),
            "cosine, euclidean, jaccard, chi-square, hellinger, intersection and emd");
  EXPECT_FALSE(metric_fits(Metric::kJaccard, VectorKind::kAny));
  EXPECT_FALSE(metric_fits(Metric::kEmd, VectorKind::kNonNegative));
  EXPECT_TRUE(metric_fits(Metric::kCosine, VectorKind::kHistogram));
}

TEST(Distance, AgreesWithFiguresByHand) {
  const Vector a{3, 4};
  const Vector b{4, 3};
  EXPECT_DOUBLE_EQ(distance(Metric::kCosine, a, b), 1 - 24.0 / 25.0);
  EXPECT_DOUBLE_EQ(distance(Metric::kEuclidean, a, b), std::sqrt(2.0));
  // (.6-.8)^2/1.4 twice, halved.
  EXPECT_NEAR(distance(Metric::kChiSquare, a, b), 0.04 / 1.4, 1e-11);
  EXPECT_DOUBLE_EQ(distance(Metric::kCosine, a, Vector{-3, -4}), 2);
  EXPECT_DOUBLE_EQ(distance(Metric::kCosine, a, Vector{-4, 3}), 1);
  // Shares 1/4 1/2 1/4 and 1/4 1/4 1/2: minima sum to 3/4, maxima to 5/4.
  const Vector p{.25F, .5F, .25F};
  const Vector q{.25F, .25F, .5F};
  EXPECT_DOUBLE_EQ(distance(Metric::kJaccard, p, q), 1 - 0.75 / 1.25);
  EXPECT_DOUBLE_EQ(distance(Metric::kIntersection, p, q), 0.25);
  // 1 - (1/4 + 2 sqrt(1/8)) under the root.
  EXPECT_NEAR(distance(Metric::kHellinger, p, q), std::sqrt(0.75 - std::sqrt(0.5)), 1e-15);
  // Nothing in common is as far as it goes.
  for (const Metric metric : {Metric::kJaccard, Metric::kHellinger, Metric::kIntersection}) {
    EXPECT_DOUBLE_EQ(distance(metric, Vector{1, 0}, Vector{0, 1}), 1) << metric_name(metric);
  }
  // Jaccard is of sizes, too: the half of everything.
  EXPECT_DOUBLE_EQ(distance(Metric::kJaccard, Vector{1, 2, 3}, Vector{2, 4, 6}), 0.5);
  EXPECT_EQ(distance(Metric::kJaccard, Vector{0, 0}, Vector{0, -0.0F}), 0);
}

TEST(Distance, AgreesWithLongDoubleInEveryLength) {
  std::mt19937 generator(7);
  for (const std::size_t dimension : {1, 2, 7, 8, 9, 15, 16, 17, 64, 255, 256, 288, 1280}) {
    for (const Metric metric : kFormulas) {
      const float low = metric_fits(metric, VectorKind::kAny) ? -1.0F : 0.0F;
      const Vector a = random_vector(generator, dimension, low);
      const Vector b = random_vector(generator, dimension, low);
      EXPECT_NEAR(distance(metric, a, b), reference(metric, a, b), 1e-12)
          << metric_name(metric) << ' ' << dimension;
      EXPECT_EQ(distance(metric, a, b), distance(metric, b, a)) << "symmetric";
    }
  }
}

TEST(Distance, SurvivesExtremeMagnitudes) {
  const Vector tiny{1e-45F, 0};
  const Vector diagonal_tiny{1e-45F, 1e-45F};
  EXPECT_NEAR(distance(Metric::kCosine, tiny, diagonal_tiny), 1 - std::sqrt(0.5), 1e-12);
  const Vector huge{3e38F, 0};
  const Vector diagonal_huge{3e38F, 3e38F};
  EXPECT_NEAR(distance(Metric::kCosine, huge, diagonal_huge), 1 - std::sqrt(0.5), 1e-12);
  EXPECT_NEAR(distance(Metric::kEuclidean, huge, Vector{-3e38F, 0}), 6e38, 1e32);
}

TEST(Distance, EqualVectorsAreAtZeroInEveryMetric) {
  for (const Metric metric : kMetrics) {
    EXPECT_EQ(distance(metric, Vector{.1F, .2F, .3F}, Vector{.1F, .2F, .3F}), 0);
    EXPECT_EQ(distance(metric, Vector{0, 0}, Vector{0, 0}), 0);
    EXPECT_EQ(distance(metric, Vector{kNan, 1}, Vector{kNan, 1}), 0);
    EXPECT_EQ(distance(metric, Vector{}, Vector{}), 0);
  }
}

TEST(Distance, ZeroVectorHasNoDirection) {
  EXPECT_EQ(distance(Metric::kCosine, Vector{0, 0}, Vector{1, 0}), 1);
  EXPECT_EQ(distance(Metric::kCosine, Vector{0, -0.0F}, Vector{0, 0}), 1);
  EXPECT_NEAR(distance(Metric::kChiSquare, Vector{0, 0}, Vector{2, 0}), 0.5, 1e-9);
}

TEST(Distance, IsNeverNan) {
  for (const Metric metric : kMetrics) {
    EXPECT_EQ(distance(metric, Vector{kNan, 1}, Vector{0, 1}), HUGE_VAL);
    EXPECT_EQ(distance(metric, Vector{1, 1}, Vector{1, kNan}), HUGE_VAL);
    EXPECT_EQ(distance(metric, Vector{kInfinity, 1}, Vector{kInfinity, 2}), HUGE_VAL);
    EXPECT_EQ(distance(metric, Vector(288, 1.0F), Vector(288, kNan)), HUGE_VAL);
  }
}

TEST(Distance, CosineStaysInItsRangeForParallelVectors) {
  std::mt19937 generator(11);
  for (int round = 0; round < 1000; ++round) {
    const Vector a = random_vector(generator, 33, -1);
    Vector b = a;
    for (float& number : b) number *= 3;
    const double d = distance(Metric::kCosine, a, b);
    EXPECT_GE(d, 0);
    EXPECT_LT(d, 1e-7);
    EXPECT_LT(score_from_distance(Metric::kCosine, d, identical(a, b)), 1);
  }
}

TEST(Dot, IsTheInnerProductInEveryLength) {
  EXPECT_EQ(dot(Vector{}, Vector{}), 0);
  EXPECT_EQ(dot(Vector{1, 2, 3}, Vector{4, -5, 6}), 12);
  std::mt19937 generator(3);
  for (const std::size_t dimension : {1, 7, 8, 9, 320}) {
    const Vector a = random_vector(generator, dimension, -1);
    const Vector b = random_vector(generator, dimension, -1);
    long double sum = 0;
    for (std::size_t i = 0; i < dimension; ++i) sum += static_cast<long double>(a[i]) * b[i];
    EXPECT_NEAR(dot(a, b), static_cast<double>(sum), 1e-12);
  }
}

TEST(Score, FollowsItsFormula) {
  EXPECT_DOUBLE_EQ(score_from_distance(Metric::kCosine, 0.2, false), 0.9);
  EXPECT_DOUBLE_EQ(score_from_distance(Metric::kCosine, 2, false), 0);
  EXPECT_DOUBLE_EQ(score_from_distance(Metric::kEuclidean, 3, false), 0.25);
  EXPECT_DOUBLE_EQ(score_from_distance(Metric::kChiSquare, 1, false), 0.5);
}

TEST(Score, IsOneForIdenticalVectorsOnly) {
  for (const Metric metric : kMetrics) {
    EXPECT_EQ(score_from_distance(metric, 0, true), 1);
    EXPECT_LT(score_from_distance(metric, 0, false), 1);
    EXPECT_GT(score_from_distance(metric, 0, false), 0.999999);
    EXPECT_LT(score_from_distance(metric, 1e-300, false), 1);
  }
}

TEST(Score, StaysInRangeForWhateverDistance) {
  for (const Metric metric : kMetrics) {
    EXPECT_EQ(score_from_distance(metric, HUGE_VAL, false), 0);
    EXPECT_EQ(score_from_distance(metric, std::nan(""), false), 0);
    EXPECT_LT(score_from_distance(metric, -1e-9, false), 1);
  }
}

TEST(Identical, ComparesBits) {
  EXPECT_TRUE(identical(Vector{1, kNan}, Vector{1, kNan}));
  EXPECT_FALSE(identical(Vector{0}, Vector{-0.0F}));
  EXPECT_FALSE(identical(Vector{1}, Vector{1, 2}));
  EXPECT_TRUE(identical({}, {}));
}

}  // namespace
}  // namespace semblance
