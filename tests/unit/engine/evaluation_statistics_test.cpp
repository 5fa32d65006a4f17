#include "engine/evaluation_statistics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace semblance {
namespace {

/// An evaluation whose queries have these precisions, and labels by turns "a" and "b".
Evaluation made(const std::vector<double>& precisions) {
  Evaluation evaluation;
  evaluation.label_values = {"a", "b"};
  evaluation.queries = static_cast<std::int64_t>(precisions.size());
  for (std::size_t i = 0; i < precisions.size(); ++i) {
    EvaluatedQuery query;
    query.label = static_cast<int>(i % 2);
    query.figures.precision_at_k = precisions[i];
    evaluation.precision_at_k += precisions[i] / static_cast<double>(precisions.size());
    evaluation.each.push_back(query);
  }
  return evaluation;
}

std::vector<std::string> ids(std::size_t count) {
  std::vector<std::string> list;
  for (std::size_t i = 0; i < count; ++i) list.push_back(std::to_string(i));
  return list;
}

TEST(BootstrapIntervals, AreWhatTheoryGivesForManyQueries) {
  std::vector<double> precisions;
  for (int i = 0; i < 400; ++i) precisions.push_back(i % 4 == 0 ? 1 : 0);  // mean .25
  const Interval interval = bootstrap_intervals(made(precisions)).front();
  const double half = 1.96 * std::sqrt(0.25 * 0.75 / 400);  // normal approximation
  EXPECT_NEAR(interval.low, 0.25 - half, 0.006);
  EXPECT_NEAR(interval.high, 0.25 + half, 0.006);
}

TEST(BootstrapIntervals, OfEqualQueriesAreAPoint) {
  const Interval interval = bootstrap_intervals(made({0.5, 0.5, 0.5})).front();
  EXPECT_EQ(interval.low, 0.5);
  EXPECT_EQ(interval.high, 0.5);
}

TEST(BootstrapIntervals, AreTheSameInEveryRun) {
  const Evaluation evaluation = made({0.1, 0.9, 0.4, 0.3, 0.8});
  const Interval first = bootstrap_intervals(evaluation).front();
  const Interval again = bootstrap_intervals(evaluation).front();
  EXPECT_EQ(first.low, again.low);
  EXPECT_EQ(first.high, again.high);
}

TEST(FiguresByClass, AreTheMeansOfTheirQueries) {
  const std::vector<ClassFigures> classes = figures_by_class(made({0.2, 1, 0.4, 0, 0.6}));
  ASSERT_EQ(classes.size(), 2U);
  EXPECT_EQ(classes[0].label, "a");
  EXPECT_EQ(classes[0].queries, 3);
  EXPECT_NEAR(classes[0].precision_at_k, 0.4, 1e-12);
  EXPECT_EQ(classes[1].queries, 2);
  EXPECT_NEAR(classes[1].precision_at_k, 0.5, 1e-12);
}

TEST(ComparePaired, GivesTheExactChanceOfFewPairs) {
  // All four differences are positive: of 16 flips two are as large, all of one sign.
  const auto comparison =
      compare_paired(made({0.1, 0.2, 0.3, 0.4}), ids(4), made({0.2, 0.4, 0.6, 0.5}), ids(4));
  ASSERT_TRUE(comparison);
  const PairedComparison::Line& line = comparison->lines.front();
  EXPECT_NEAR(line.first, 0.25, 1e-12);
  EXPECT_NEAR(line.second, 0.425, 1e-12);
  EXPECT_NEAR(line.p_value, 2.0 / 16, 0.015);
  EXPECT_GT(line.difference.low, 0);
  EXPECT_LT(line.difference.low, 0.175);
  EXPECT_GT(line.difference.high, 0.175);
}

TEST(ComparePaired, OfTheSameIsNoDifference) {
  const Evaluation evaluation = made({0.1, 0.9, 0.4});
  const auto comparison = compare_paired(evaluation, ids(3), evaluation, ids(3));
  ASSERT_TRUE(comparison);
  EXPECT_EQ(comparison->lines.front().p_value, 1);
  EXPECT_EQ(comparison->lines.front().difference.high, 0);
}

TEST(ComparePaired, PairsByIdAndLeavesOutWhatOneLacks) {
  const auto comparison =
      compare_paired(made({0, 1}), {"x", "y"}, made({1, 0, 0.5}), {"y", "x", "z"});
  ASSERT_TRUE(comparison);
  EXPECT_EQ(comparison->queries, 2);
  EXPECT_EQ(comparison->lines.front().difference.low, 0);
  EXPECT_FALSE(compare_paired(made({0}), {"x"}, made({1}), {"y"}));
}

}  // namespace
}  // namespace semblance
