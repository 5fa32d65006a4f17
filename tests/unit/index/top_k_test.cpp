#include "index/top_k.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <vector>

namespace semblance {
namespace {

using Before = std::function<bool(std::int64_t, std::int64_t)>;

std::vector<std::int64_t> rows_of(const std::vector<Candidate>& candidates) {
  std::vector<std::int64_t> rows;
  for (const Candidate& candidate : candidates) rows.push_back(candidate.row);
  return rows;
}

/// What sorting everything gives: the oracle.
std::vector<std::int64_t> sorted_rows(const std::vector<double>& scores, std::size_t k,
                                      const Before& before) {
  std::vector<std::int64_t> rows;
  for (std::size_t i = 0; i < scores.size(); ++i) rows.push_back(static_cast<std::int64_t>(i));
  std::sort(rows.begin(), rows.end(), [&](std::int64_t a, std::int64_t b) {
    const double x = scores[static_cast<std::size_t>(a)];
    const double y = scores[static_cast<std::size_t>(b)];
    return x != y ? x > y : before(a, b);
  });
  rows.resize(std::min(k, rows.size()));
  return rows;
}

std::vector<std::int64_t> best_rows(const std::vector<double>& scores, std::size_t k,
                                    const Before& before) {
  TopK top(k, before);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    top.offer(static_cast<std::int64_t>(i), scores[i]);
  }
  return rows_of(top.take());
}

TEST(TopK, AgreesWithSortingEverything) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    const std::size_t count = random() % 60;
    const std::size_t different = 1 + random() % 20;  // few different scores: many ties
    std::vector<double> scores;
    for (std::size_t i = 0; i < count; ++i)
      scores.push_back(static_cast<double>(random() % different) / 20);
    const std::size_t k = random() % 70;
    for (const Before& before : {Before(std::less<>()), Before(std::greater<>())}) {
      EXPECT_EQ(best_rows(scores, k, before), sorted_rows(scores, k, before));
    }
  }
}

TEST(TopK, ManyMoreCandidatesThanK) {
  std::mt19937 random(2);
  std::uniform_real_distribution<double> uniform(0, 1);
  std::vector<double> scores(20000);
  for (double& score : scores) score = uniform(random);
  EXPECT_EQ(best_rows(scores, 100, std::less<>()), sorted_rows(scores, 100, std::less<>()));
}

TEST(TopK, TiesAreOrderedByTheCallerWhateverTheOrderOfOffers) {
  for (const bool backwards : {false, true}) {
    TopK top(2, Before(std::less<>()));
    for (std::int64_t i = 0; i < 5; ++i) top.offer(backwards ? 4 - i : i, 0.5);
    EXPECT_EQ(rows_of(top.take()), (std::vector<std::int64_t>{0, 1}));
  }
}

TEST(TopK, OfNothingOrOfNoneIsEmpty) {
  TopK none(0, Before(std::less<>()));
  none.offer(1, 1.0);
  EXPECT_TRUE(none.take().empty());
  TopK nothing(3, Before(std::less<>()));
  EXPECT_TRUE(nothing.take().empty());
}

TEST(TopK, TheThresholdIsTheWorstThatWasKept) {
  TopK top(2, Before(std::less<>()));
  EXPECT_LT(top.threshold(), 0);  // a score of 0 still has a chance
  top.offer(0, 0.9);
  EXPECT_LT(top.threshold(), 0);
  top.offer(1, 0.4);
  EXPECT_EQ(top.threshold(), 0.4);
  top.offer(2, 0.5);
  EXPECT_EQ(top.threshold(), 0.5);
}

}  // namespace
}  // namespace semblance
