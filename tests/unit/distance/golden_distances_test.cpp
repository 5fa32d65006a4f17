// Distances against programs that are not ours; make_golden_distances.py made the values.
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "distance/metric.h"
#include "random_histograms.h"

namespace semblance {
namespace {

struct Golden {
  double emd_by_linear_programming;
  double emd_by_opencv;  // in float32
  double chi_square;
  double hellinger;
  double intersection;
};

constexpr std::array<Golden, 200> kGolden{{
#include "golden_distances.inc"
}};

template <typename Check>
void for_each_pair(Check check) {
  for (std::size_t i = 0; i < kGolden.size(); ++i) {
    SCOPED_TRACE(i);
    check(test::random_histogram(2 * i + 1), test::random_histogram(2 * i + 2), kGolden[i]);
  }
}

using Vector = std::vector<float>;

TEST(GoldenDistances, EmdEqualsLinearProgrammingAndOpenCv) {
  for_each_pair([](const Vector& a, const Vector& b, const Golden& golden) {
    const double d = distance(Metric::kEmd, a, b);
    EXPECT_NEAR(d, golden.emd_by_linear_programming, 1e-6);
    EXPECT_NEAR(d, golden.emd_by_opencv, 1e-6);
    EXPECT_NEAR(d, distance(Metric::kEmd, b, a), 1e-12) << "symmetric";
  });
}

TEST(GoldenDistances, ChiSquareHellingerAndIntersectionEqualOpenCv) {
  for_each_pair([](const Vector& a, const Vector& b, const Golden& golden) {
    EXPECT_NEAR(distance(Metric::kChiSquare, a, b), golden.chi_square, 1e-6);
    EXPECT_NEAR(distance(Metric::kHellinger, a, b), golden.hellinger, 1e-6);
    EXPECT_NEAR(distance(Metric::kIntersection, a, b), golden.intersection, 1e-6);
  });
}

}  // namespace
}  // namespace semblance
