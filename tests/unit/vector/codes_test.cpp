#include "vector/codes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace semblance {
namespace {

std::vector<float> random_rows(std::int64_t rows, int dimension, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, .06F);
  std::vector<float> numbers(static_cast<std::size_t>(rows * dimension));
  for (float& x : numbers) x = normal(random);
  return numbers;
}

double inner(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

double coded_inner(const std::int8_t* a, const std::int8_t* b, int dimension) {
  double sum = 0;
  for (int i = 0; i < dimension; ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

TEST(Codes, TheStatedErrorHoldsForEveryRowAndQuery) {
  constexpr int kDimension = 100;
  std::vector<float> numbers = random_rows(500, kDimension, 1);
  numbers[3 * kDimension] = 2.5F;  // far beyond 127 steps
  const MatrixView rows{numbers.data(), 500, kDimension};
  const Codes codes = Codes::of(rows);
  const CodeView view = codes.view();
  EXPECT_EQ(view.stride, 128);
  std::vector<double> errors(500, view.error);
  for (const RoughRow& rough : view.rough) errors[rough.row] = static_cast<double>(rough.error);
  EXPECT_GT(errors[3], 1.0);
  EXPECT_LE(view.rough.size(), 6U);
  const std::vector<float> queries = random_rows(20, kDimension, 2);
  for (std::int64_t q = 0; q < 20; ++q) {
    const auto query = MatrixView{queries.data(), 20, kDimension}.row(q);
    const auto coded = encode_query(query);
    ASSERT_TRUE(coded);
    for (std::int64_t r = 0; r < rows.rows; ++r) {
      const double estimate = coded->step * static_cast<double>(view.step) *
                              coded_inner(coded->codes.data(), view.row(r), view.stride);
      EXPECT_LE(std::fabs(inner(query, rows.row(r)) - estimate),
                coded->norm * errors[static_cast<std::size_t>(r)] + coded->error * view.norm);
    }
  }
}

TEST(Codes, TheStepIsAQuantileThatOutliersDoNotMove) {
  std::vector<float> numbers(100'000, .5F);
  numbers[17] = 1000;
  numbers[18] = std::numeric_limits<float>::quiet_NaN();
  numbers[19] = std::numeric_limits<float>::infinity();
  const float step = choose_step({numbers.data(), 1000, 100});
  EXPECT_GE(step, .5F / 127);
  EXPECT_LE(step, .76F / 127);
}

TEST(Codes, AStepExistsForAnyRows) {
  const std::vector<float> zeros(64, 0.0F);
  const std::vector<float> tiny(64, std::numeric_limits<float>::denorm_min());
  const std::vector<float> nan(64, std::numeric_limits<float>::quiet_NaN());
  const std::vector<float> huge(64, std::numeric_limits<float>::max());
  for (const auto* numbers : {&zeros, &tiny, &nan, &huge}) {
    const float step = choose_step({numbers->data(), 4, 16});
    EXPECT_GT(step, 0.0F);
    EXPECT_TRUE(std::isfinite(1 / step));
    const Codes codes = Codes::of({numbers->data(), 4, 16});
    EXPECT_EQ(codes.view().rows, 4);
  }
  EXPECT_GT(choose_step({nullptr, 0, 16}), 0.0F);
}

TEST(Codes, ARowThatIsNotFiniteIsRoughWithoutBound) {
  std::vector<float> numbers = random_rows(200, 16, 3);
  numbers[5 * 16 + 2] = std::numeric_limits<float>::quiet_NaN();
  numbers[9 * 16] = -std::numeric_limits<float>::infinity();
  const Codes codes = Codes::of({numbers.data(), 200, 16});
  std::vector<std::uint32_t> without_bound;
  for (const RoughRow& rough : codes.view().rough) {
    if (std::isinf(rough.error)) without_bound.push_back(rough.row);
  }
  EXPECT_EQ(without_bound, (std::vector<std::uint32_t>{5, 9}));
  for (int i = 0; i < codes.view().stride; ++i) EXPECT_EQ(codes.view().row(5)[i], 0);
}

TEST(Codes, AQueryIsNeverCut) {
  const std::vector<float> query = {100, -100, .5F, 0};
  const auto coded = encode_query(query);
  ASSERT_TRUE(coded);
  EXPECT_EQ(coded->codes[0], 127);
  EXPECT_EQ(coded->codes[1], -127);
  EXPECT_EQ(coded->codes.size(), 64U);
  EXPECT_LE(coded->error, coded->step);
}

TEST(Codes, QueriesOfNothingAndQueriesThatAreNotFinite) {
  const std::vector<float> zero(10, 0.0F);
  const auto coded = encode_query(zero);
  ASSERT_TRUE(coded);
  EXPECT_EQ(coded->norm, 0);
  const std::vector<float> nan = {1, std::numeric_limits<float>::quiet_NaN()};
  const auto refused = encode_query(nan);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace semblance
