#include "engine/diversity.h"

#include <gtest/gtest.h>

#include <cmath>

namespace semblance {
namespace {

// Rows are places on a line; similarity falls with their distance.
std::vector<std::int64_t> chosen(std::vector<Candidate> candidates, std::size_t limit,
                                 double diversity) {
  const auto scorer_of = [](std::int64_t row) {
    return [row](std::int64_t other) {
      return 1 / (1 + std::abs(static_cast<double>(row - other)) / 10);
    };
  };
  std::vector<std::int64_t> rows;
  for (const Candidate& one : diversify(std::move(candidates), limit, diversity, scorer_of)) {
    rows.push_back(one.row);
  }
  return rows;
}

using Rows = std::vector<std::int64_t>;

// Two crowds, at 0 and at 100, and a loner at 50.
const std::vector<Candidate> kPool{{0, .9}, {1, .89}, {2, .88}, {100, .7}, {101, .69}, {50, .3}};

TEST(Diversify, OfNothingKeepsTheOrder) {
  EXPECT_EQ(chosen(kPool, 3, 0), (Rows{0, 1, 2}));
}

TEST(Diversify, TakesOneOfEachCrowdFirst) {
  EXPECT_EQ(chosen(kPool, 3, .5), (Rows{0, 100, 50}));
  // Of 1, 2 and 100: .7 * .89 - .3 * 10/11, .7 * .88 - .3 * 10/12, .7 * .7 - .3 * 10/110.
  EXPECT_EQ(chosen(kPool, 2, .3), (Rows{0, 100}));
  EXPECT_EQ(chosen(kPool, 2, .1), (Rows{0, 1}));
}

TEST(Diversify, BeginsWithTheBestEvenWhenOnlyDifferenceCounts) {
  EXPECT_EQ(chosen(kPool, 3, 1), (Rows{0, 101, 50}));
}

TEST(Diversify, GivesAllOfASmallPool) {
  EXPECT_EQ(chosen(kPool, 99, .5).size(), kPool.size());
  EXPECT_TRUE(chosen({}, 5, .5).empty());
}

TEST(Diversify, PrefersTheBetterOfEquals) {
  EXPECT_EQ(chosen({{0, .5}, {10, .4}, {-10, .4}}, 2, .5), (Rows{0, 10}));
}

TEST(DiversityPool, IsLargerThanTheLimit) {
  EXPECT_EQ(diversity_pool(1), 100U);
  EXPECT_EQ(diversity_pool(10), 100U);
  EXPECT_EQ(diversity_pool(50), 500U);
  EXPECT_EQ(diversity_pool(10'000), 11'000U);
}

}  // namespace
}  // namespace semblance
