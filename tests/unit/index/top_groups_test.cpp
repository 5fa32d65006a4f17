#include "index/top_groups.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace semblance {
namespace {

constexpr auto kByRow = [](std::int64_t a, std::int64_t b) { return a < b; };

std::vector<std::int64_t> rows_of(const std::vector<Candidate>& candidates) {
  std::vector<std::int64_t> rows;
  for (const Candidate& one : candidates) rows.push_back(one.row);
  return rows;
}

TEST(TopGroups, CountsTheBestRowOfEachGroup) {
  // Rows 0 to 9 are of group 0, 10 to 19 of group 1, ...
  TopGroups best(2, kByRow, [](std::int64_t row) { return static_cast<std::int32_t>(row / 10); });
  EXPECT_EQ(best.threshold(), -1);
  best.offer(70, .5);
  best.offer(71, .9);
  best.offer(72, .8);
  EXPECT_EQ(best.threshold(), -1);
  best.offer(80, .1);
  EXPECT_EQ(best.threshold(), .1);
  best.offer(90, .3);
  best.offer(81, .2);
  EXPECT_EQ(rows_of(best.take()), (std::vector<std::int64_t>{71, 90}));
  best.offer(82, 1);  // of a group that was thrown out before
  EXPECT_EQ(rows_of(best.take()), (std::vector<std::int64_t>{82, 71}));
}

TEST(TopGroups, OfNoneKeepsNone) {
  TopGroups best(0, kByRow, [](std::int64_t) { return 0; });
  best.offer(1, 1);
  EXPECT_TRUE(best.take().empty());
}

TEST(TopGroups, AgreesWithSorting) {
  std::mt19937 random(9);
  for (int round = 0; round < 200; ++round) {
    const std::size_t k = 1 + random() % 10;
    struct Offer {
      std::int32_t group;
      std::int64_t row;
      double score;
    };
    std::vector<Offer> offers;
    for (int i = 0; i < 150; ++i) {
      offers.push_back(
          {static_cast<std::int32_t>(random() % 25), i, static_cast<double>(random() % 12) / 12});
    }
    std::vector<std::int32_t> groups;
    for (const Offer& one : offers) groups.push_back(one.group);
    TopGroups best(k, kByRow,
                   [&](std::int64_t row) { return groups[static_cast<std::size_t>(row)]; });
    std::shuffle(offers.begin(), offers.end(), random);
    for (const Offer& one : offers) best.offer(one.row, one.score);
    std::sort(offers.begin(), offers.end(), [](const Offer& a, const Offer& b) {
      return a.score != b.score ? a.score > b.score : a.row < b.row;
    });
    std::vector<std::int64_t> expected;
    std::set<std::int32_t> seen;
    for (const Offer& one : offers) {
      if (expected.size() < k && seen.insert(one.group).second) expected.push_back(one.row);
    }
    ASSERT_EQ(rows_of(best.take()), expected);
  }
}

}  // namespace
}  // namespace semblance
