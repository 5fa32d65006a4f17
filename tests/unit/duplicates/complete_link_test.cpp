#include "duplicates/complete_link.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace semblance {
namespace {

using Groups = std::vector<std::vector<std::uint32_t>>;

bool never(std::uint32_t, std::uint32_t) {
  return false;
}

TEST(CompleteLink, AChainMakesNoGroupOfAllItsLinks) {
  // 0 is near 1, 1 near 2, 2 near 3: only the strongest pairs stand together.
  const std::vector<Link> links = {{0, 1, .9}, {1, 2, .8}, {2, 3, .7}};
  EXPECT_EQ(complete_link_groups(links, never), (Groups{{0, 1}, {2, 3}}));
}

TEST(CompleteLink, AsksForPairsThatNobodyNamed) {
  const std::vector<Link> links = {{0, 1, .9}, {1, 2, .8}};
  std::set<std::pair<std::uint32_t, std::uint32_t>> asked;
  const auto always = [&](std::uint32_t a, std::uint32_t b) {
    EXPECT_LT(a, b);
    EXPECT_TRUE(asked.emplace(a, b).second) << "asked twice";
    return true;
  };
  EXPECT_EQ(complete_link_groups(links, always), (Groups{{0, 1, 2}}));
  EXPECT_EQ(asked, (std::set<std::pair<std::uint32_t, std::uint32_t>>{{0, 2}}));
}

TEST(CompleteLink, NothingAndLinksWithoutGroups) {
  EXPECT_TRUE(complete_link_groups({}, never).empty());
  EXPECT_EQ(complete_link_groups({{3, 7, 1}}, never), (Groups{{3, 7}}));
}

TEST(CompleteLink, EveryPairOfEveryGroupIsLinkedWhateverTheOrderOfLinks) {
  std::mt19937 random(3);
  constexpr std::uint32_t kThings = 40;
  for (int round = 0; round < 50; ++round) {
    std::vector<Link> links;
    std::set<std::pair<std::uint32_t, std::uint32_t>> linked;
    for (std::uint32_t a = 0; a < kThings; ++a) {
      for (std::uint32_t b = a + 1; b < kThings; ++b) {
        if (random() % 4 != 0) continue;
        linked.emplace(a, b);
        links.push_back({a, b, static_cast<double>(random() % 5)});
      }
    }
    const Groups groups = complete_link_groups(links, never);
    std::set<std::uint32_t> seen;
    for (const auto& group : groups) {
      EXPECT_GE(group.size(), 2U);
      for (std::size_t i = 0; i < group.size(); ++i) {
        EXPECT_TRUE(seen.insert(group[i]).second) << "in two groups";
        for (std::size_t j = 0; j < i; ++j) EXPECT_TRUE(linked.contains({group[j], group[i]}));
      }
    }
    std::shuffle(links.begin(), links.end(), random);
    EXPECT_EQ(complete_link_groups(links, never), groups);
  }
}

TEST(CompleteLink, AGroupHasALargestSize) {
  std::vector<Link> links;
  for (std::uint32_t i = 1; i < 2 * kLargestGroup; ++i) links.push_back({i - 1, i, 1});
  const Groups groups = complete_link_groups(links, [](auto, auto) { return true; });
  std::size_t members = 0;
  for (const auto& group : groups) {
    EXPECT_LE(group.size(), kLargestGroup);
    members += group.size();
  }
  EXPECT_GT(members, kLargestGroup);
}

}  // namespace
}  // namespace semblance
