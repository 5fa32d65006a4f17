#include "catalogue/duplicate_decisions.h"

#include <gtest/gtest.h>

#include "samples.h"

namespace semblance {
namespace {

using Ids = std::vector<std::string>;

TEST(DuplicateLanes, HaveNamesThatLeadBack) {
  for (const auto lane :
       {DuplicateLane::kIdentical, DuplicateLane::kSamePhoto, DuplicateLane::kLookAlike}) {
    EXPECT_EQ(parse_lane(lane_name(lane)), lane);
  }
  for (const std::string_view other : {"", "Identical", "same photo", "identical "}) {
    EXPECT_FALSE(parse_lane(other)) << other;
  }
}

class DuplicateDecisions : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const std::string id : {"a", "b", "c", "d"}) {
      keys_[id] = filled_.put(test::seen(id), "photo of " + id, row_++);
    }
  }

  [[nodiscard]] DuplicateDecision decision(const std::string& group, const Ids& ids,
                                           const std::string& kept = {}) const {
    DuplicateDecision made;
    made.group = group;
    made.lane = DuplicateLane::kSamePhoto;
    made.verdict = kept.empty() ? DuplicateVerdict::kNotDuplicates : DuplicateVerdict::kKeepOne;
    for (const std::string& id : ids) {
      made.items.push_back({keys_.at(id), id, test::content("photo of " + id), id == kept});
    }
    return made;
  }
  void store(const DuplicateDecision& made) {
    const Status stored = store_duplicate_decision(filled_.catalogue(), made);
    ASSERT_TRUE(stored) << stored.error().message;
  }
  [[nodiscard]] std::vector<DuplicateDecision> all() {
    const auto decisions = read_duplicate_decisions(filled_.catalogue());
    EXPECT_TRUE(decisions);
    return decisions ? *decisions : std::vector<DuplicateDecision>();
  }
  [[nodiscard]] Ids groups() {
    Ids names;
    for (const DuplicateDecision& each : all()) names.push_back(each.group);
    return names;
  }
  void execute(const std::string& sql) {
    const Status done = filled_.catalogue().database().execute(sql);
    ASSERT_TRUE(done) << done.error().message;
  }

  test::Filled filled_;
  std::map<std::string, std::int64_t> keys_;
  std::int64_t row_ = 0;
};

TEST_F(DuplicateDecisions, ComeBackAsTheyWereStored) {
  EXPECT_TRUE(all().empty());
  store(decision("s-1", {"b", "a"}, "b"));
  store(decision("s-2", {"c", "d"}));
  const auto decisions = all();
  ASSERT_EQ(decisions.size(), 2U);
  EXPECT_EQ(decisions[0].group, "s-1");
  EXPECT_EQ(decisions[0].lane, DuplicateLane::kSamePhoto);
  EXPECT_EQ(decisions[0].verdict, DuplicateVerdict::kKeepOne);
  ASSERT_EQ(decisions[0].items.size(), 2U);
  EXPECT_EQ(decisions[0].items[0].id, "a");
  EXPECT_EQ(decisions[0].items[0].item, keys_["a"]);
  EXPECT_FALSE(decisions[0].items[0].kept);
  EXPECT_TRUE(decisions[0].items[1].kept);
  EXPECT_EQ(decisions[0].items[1].content_hash, test::content("photo of b"));
  EXPECT_EQ(decisions[1].verdict, DuplicateVerdict::kNotDuplicates);
}

TEST_F(DuplicateDecisions, ALaterOneTakesThePlaceOfThoseAboutNoOtherItems) {
  store(decision("s-1", {"a", "b"}, "a"));
  store(decision("s-1", {"a", "b"}, "b"));
  EXPECT_EQ(groups(), (Ids{"s-1"}));
  EXPECT_TRUE(all()[0].items[1].kept);
  store(decision("s-2", {"a", "b", "c"}, "c"));
  EXPECT_EQ(groups(), (Ids{"s-2"})) << "the group grew";
  store(decision("s-3", {"c", "d"}));
  EXPECT_EQ(groups(), (Ids{"s-2", "s-3"})) << "one about other items, too, stays";
}

TEST_F(DuplicateDecisions, AreForgottenByTheNameOfTheGroup) {
  store(decision("s-1", {"a", "b"}, "a"));
  store(decision("s-2", {"c", "d"}));
  ASSERT_TRUE(forget_duplicate_decision(filled_.catalogue(), "s-1"));
  EXPECT_EQ(groups(), (Ids{"s-2"}));
  EXPECT_EQ(*filled_.catalogue().database().integer(
                "SELECT count(*) FROM duplicate_decision_item WHERE id IN ('a', 'b')"),
            0);
  const Status again = forget_duplicate_decision(filled_.catalogue(), "s-1");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kNotFound);
}

TEST_F(DuplicateDecisions, ARenamedItemIsTheSame) {
  store(decision("s-1", {"a", "b"}, "a"));
  execute("UPDATE item SET id = 'z' WHERE id = 'a'");
  const auto items = all()[0].items;
  EXPECT_EQ(items[0].item, keys_["a"]);
  EXPECT_EQ(items[0].id, "z");
}

TEST_F(DuplicateDecisions, AnItemWithAnotherPhotoIsNotWhatWasDecidedAbout) {
  store(decision("s-1", {"a", "b"}, "a"));
  (void)filled_.put(test::seen("a"), "another photo", row_++);
  const auto items = all()[0].items;
  EXPECT_EQ(items[0].item, 0);
  EXPECT_EQ(items[0].id, "a");
  EXPECT_EQ(items[1].item, keys_["b"]);
}

TEST_F(DuplicateDecisions, AnItemThatWentAndCameBackIsKnownAgainByItsId) {
  store(decision("s-1", {"a", "b"}, "a"));
  execute("DELETE FROM vector WHERE item = " + std::to_string(keys_["a"]) +
          "; DELETE FROM item WHERE id = 'a'");
  EXPECT_EQ(all()[0].items[0].item, 0);
  const std::int64_t back = filled_.put(test::seen("a"), "photo of a", row_++);
  EXPECT_EQ(all()[0].items[0].item, back);
  EXPECT_TRUE(all()[0].items[0].kept);
}

TEST_F(DuplicateDecisions, AnItemThatFailedSinceIsGone) {
  store(decision("s-1", {"a", "b"}, "a"));
  filled_.put_problem(test::seen("b"), ItemStatus::kFailed, ErrorCode::kMissingFile);
  EXPECT_EQ(all()[0].items[1].item, 0);
}

TEST_F(DuplicateDecisions, NoneAreInACatalogueOfASchemaWithoutThem) {
  store(decision("s-1", {"a", "b"}, "a"));
  execute("PRAGMA user_version = 3");
  EXPECT_TRUE(all().empty());
}

TEST_F(DuplicateDecisions, DamageIsAnErrorNotADecision) {
  store(decision("s-1", {"a", "b"}, "a"));
  execute("UPDATE duplicate_decision_item SET content_hash = x'00'");
  const auto read = read_duplicate_decisions(filled_.catalogue());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kCorrupt);
}

TEST_F(DuplicateDecisions, WhatCannotBeStoredLeavesTheEarlierOne) {
  store(decision("s-1", {"a", "b"}, "a"));
  DuplicateDecision twice = decision("s-2", {"a", "b"}, "b");
  twice.items.push_back(twice.items.front());
  EXPECT_FALSE(store_duplicate_decision(filled_.catalogue(), twice));
  EXPECT_EQ(groups(), (Ids{"s-1"}));
}

}  // namespace
}  // namespace semblance
