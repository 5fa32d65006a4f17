#include "catalogue/sync_plan.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "samples.h"

namespace semblance {
namespace {

using test::content;
using test::Filled;
using test::sample_set;
using test::seen;

class SyncPlanTest : public ::testing::Test {
 protected:
  void SetUp() override {
    // A second connection, as a sync has it.
    auto opened = Catalogue::open(filled_.path(), Database::Mode::kWrite);
    ASSERT_TRUE(opened) << opened.error().message;
    catalogue_ = std::make_unique<Catalogue>(*std::move(opened));
    auto plan = SyncPlan::create(catalogue_->database());
    ASSERT_TRUE(plan) << plan.error().message;
    plan_ = std::make_unique<SyncPlan>(*std::move(plan));
  }

  void plan(const std::vector<SeenItem>& items, std::int64_t set_key = -1, bool retry = false) {
    for (const SeenItem& item : items) ASSERT_TRUE(*plan_->add(item)) << item.id;
    const Status done = plan_->classify(set_key < 0 ? filled_.set().key : set_key, retry);
    ASSERT_TRUE(done) << done.error().message;
  }

  static std::vector<SyncTask> ok(Result<std::vector<SyncTask>> tasks) {
    if (!tasks) ADD_FAILURE() << tasks.error().message;
    return tasks ? *std::move(tasks) : std::vector<SyncTask>();
  }

  /// What the tasks that need a look at photos are, by id.
  std::map<std::string, SyncAction> actions() {
    std::map<std::string, SyncAction> actions;
    for (const SyncTask& task : ok(plan_->tasks_after(SyncPlan::Photos::kFiles, 0, 100)))
      actions[task.seen.id] = task.action;
    return actions;
  }

  /// Looks at the undecided, whose contents are given by id.
  void decide(const std::map<std::string, std::string>& contents) {
    for (const SyncTask& task : ok(plan_->undecided_after(0, 100))) {
      const Status done = plan_->decide(task, content(contents.at(task.seen.id)));
      ASSERT_TRUE(done) << done.error().message;
    }
  }

  std::vector<std::string> undecided() {
    std::vector<std::string> ids;
    for (const SyncTask& task : ok(plan_->undecided_after(0, 100))) ids.push_back(task.seen.id);
    return ids;
  }

  void apply_moves() {
    for (const SyncTask& task : ok(plan_->moves_after(0, 100))) {
      ASSERT_TRUE(filled_.writer().rename(task.item_key, task));
    }
    ASSERT_TRUE(plan_->finish_moves(filled_.set().key));
  }

  using Actions = std::map<std::string, SyncAction>;

  Filled filled_;
  std::unique_ptr<Catalogue> catalogue_;
  std::unique_ptr<SyncPlan> plan_;
};

TEST_F(SyncPlanTest, WhatIsTheSameNeedsNothing) {
  filled_.put(seen("a"), "A", 0);
  plan({seen("a")});
  EXPECT_TRUE(actions().empty());
  EXPECT_TRUE(undecided().empty());
  EXPECT_TRUE(plan_->relabelled_after(0, 10)->empty());
  EXPECT_EQ(plan_->counts()->same_indexed, 1);
  EXPECT_EQ(plan_->counts()->gone, 0);
}

TEST_F(SyncPlanTest, AnIdIsTakenOnce) {
  EXPECT_TRUE(*plan_->add(seen("a")));
  EXPECT_FALSE(*plan_->add(seen("a", 5, 5)));
  EXPECT_TRUE(*plan_->add(seen("A")));
}

TEST_F(SyncPlanTest, NewTouchedAndGone) {
  filled_.put(seen("gone"), "G", 0);
  filled_.put(seen("longer"), "L", 1);
  filled_.put(seen("later"), "M", 2);
  plan({seen("new", 7), seen("longer", 101), seen("later", 100, 2)});
  EXPECT_EQ(actions(), (Actions{{"new", SyncAction::kNew},
                                {"longer", SyncAction::kTouched},
                                {"later", SyncAction::kTouched}}));
  const auto counts = *plan_->counts();
  EXPECT_EQ(counts.seen, 3);
  EXPECT_EQ(counts.fresh, 1);
  EXPECT_EQ(counts.touched, 2);
  EXPECT_EQ(counts.gone, 1);
  EXPECT_EQ(counts.existing, 3);
  EXPECT_EQ(plan_->gone_after(0, 10)->size(), 1U);
}

TEST_F(SyncPlanTest, ATouchedPhotoWithTheKnownContentIsOnlyRefreshed) {
  filled_.put(seen("a"), "A", 0);
  filled_.put(seen("b"), "B", 1);
  plan({seen("a", 100, 2), seen("b", 100, 2)});
  decide({{"a", "A"}, {"b", "changed"}});
  EXPECT_EQ(actions(), (Actions{{"b", SyncAction::kTouched}}));
  EXPECT_EQ(plan_->counts()->refresh, 1);
  EXPECT_TRUE(undecided().empty());  // each is asked once
  apply_moves();
  EXPECT_EQ(plan_->counts()->same_indexed, 1);
  EXPECT_EQ(plan_->counts()->refresh, 0);
}

TEST_F(SyncPlanTest, ARenamedPhotoIsRecognisedByItsContent) {
  filled_.put(seen("old"), "A", 0);
  filled_.put(seen("other"), "B", 1);
  plan({seen("new"), seen("unrelated", 55), seen("other")});
  EXPECT_EQ(undecided(), (std::vector<std::string>{"new"}));  // the only one of that length
  decide({{"new", "A"}});
  EXPECT_EQ(actions(), (Actions{{"unrelated", SyncAction::kNew}}));
  EXPECT_EQ(plan_->counts()->rename, 1);
  EXPECT_EQ(plan_->counts()->gone, 0);
  apply_moves();
  EXPECT_EQ(plan_->counts()->same_renamed, 1);
  EXPECT_TRUE(*filled_.catalogue().item_by_id("new"));
}

TEST_F(SyncPlanTest, OneGoneItemIsClaimedByOneNewPhotoOnly) {
  filled_.put(seen("old"), "A", 0);
  plan({seen("copy1"), seen("copy2"), seen("same length")});
  decide({{"copy1", "A"}, {"copy2", "A"}, {"same length", "C"}});
  EXPECT_EQ(actions(), (Actions{{"copy2", SyncAction::kNew}, {"same length", SyncAction::kNew}}));
  EXPECT_EQ(plan_->counts()->rename, 1);
}

TEST_F(SyncPlanTest, TwoGoneItemsOfOneContentAreClaimedOneByOne) {
  filled_.put(seen("old1"), "A", 0);
  filled_.put(seen("old2"), "A", 1);
  plan({seen("new1"), seen("new2"), seen("new3")});
  decide({{"new1", "A"}, {"new2", "A"}, {"new3", "A"}});
  EXPECT_EQ(plan_->counts()->rename, 2);
  EXPECT_EQ(plan_->counts()->gone, 0);
  EXPECT_EQ(actions(), (Actions{{"new3", SyncAction::kNew}}));
  std::map<std::string, std::int64_t> claimed;
  for (const SyncTask& task : ok(plan_->moves_after(0, 10))) claimed[task.seen.id] = task.item_key;
  EXPECT_NE(claimed["new1"], claimed["new2"]);
}

TEST_F(SyncPlanTest, SwappedNamesAreTwoChangedPhotosWithKnownVectors) {
  filled_.put(seen("a", 100, 1), "A", 0);
  filled_.put(seen("b", 200, 2), "B", 1);
  plan({seen("a", 200, 2), seen("b", 100, 1)});
  decide({{"a", "B"}, {"b", "A"}});
  EXPECT_EQ(actions(), (Actions{{"a", SyncAction::kTouched}, {"b", SyncAction::kTouched}}));
  EXPECT_EQ((*plan_->find_vector(filled_.set().key, content("A")))->row, 0);
  EXPECT_EQ((*plan_->find_vector(filled_.set().key, content("B")))->row, 1);
}

TEST_F(SyncPlanTest, VectorsOfACopyAreFoundByContent) {
  filled_.put(seen("a"), "A", 7);
  const auto found = plan_->find_vector(filled_.set().key, content("A"));
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->row, 7);
  EXPECT_EQ((*found)->facts.width, 30);
  EXPECT_EQ((*found)->facts.height, 40);
  EXPECT_EQ((*found)->facts.format, "JPEG");
  EXPECT_EQ((*found)->facts.content_hash, content("A"));
  EXPECT_FALSE(*plan_->find_vector(filled_.set().key, content("B")));
  EXPECT_FALSE(*plan_->find_vector(filled_.set().key + 1, content("A")));
}

TEST_F(SyncPlanTest, FailuresAreTriedAgainOnlyWhenTheyChangedOrOnRequest) {
  filled_.put_problem(seen("failed"), ItemStatus::kFailed, ErrorCode::kTruncated);
  filled_.put_problem(seen("skipped"), ItemStatus::kSkipped, ErrorCode::kUnsupportedFormat);
  filled_.put_problem(seen("mended"), ItemStatus::kFailed, ErrorCode::kTruncated);
  const std::vector<SeenItem> items{seen("failed"), seen("skipped"), seen("mended", 150, 2)};
  plan(items);
  EXPECT_EQ(actions(), (Actions{{"mended", SyncAction::kRetry}}));
  EXPECT_EQ(plan_->counts()->same_failed, 1);
  EXPECT_EQ(plan_->counts()->same_skipped, 1);
  EXPECT_TRUE(undecided().empty());

  plan_ = std::make_unique<SyncPlan>(*SyncPlan::create(catalogue_->database()));
  plan(items, -1, true);
  EXPECT_EQ(actions(), (Actions{{"failed", SyncAction::kRetry},
                                {"skipped", SyncAction::kRetry},
                                {"mended", SyncAction::kRetry}}));
}

TEST_F(SyncPlanTest, ANewSetNeedsAllVectors) {
  filled_.put(seen("a"), "A", 0);
  filled_.put_problem(seen("broken"), ItemStatus::kFailed, ErrorCode::kTruncated);
  filled_.put_problem(seen("refused"), ItemStatus::kFailed, ErrorCode::kEmbedFailed);
  plan({seen("a"), seen("broken"), seen("refused"), seen("new", 5)}, 0);
  EXPECT_EQ(actions(),
            (Actions{{"a", SyncAction::kEmbed},
                     {"refused", SyncAction::kRetry},  // by the other network, perhaps not
                     {"new", SyncAction::kNew}}));
  EXPECT_EQ(plan_->counts()->embed, 1);
}

TEST_F(SyncPlanTest, ASetBegunBeforeNeedsWhatItLacks) {
  const std::int64_t done = filled_.put(seen("done"), "A", 0);
  filled_.put(seen("todo"), "B", 1);
  filled_.put(seen("renamed"), "C", 2);
  const auto building = filled_.catalogue().create_set(sample_set(false, "new"));
  ASSERT_TRUE(building);
  auto writer = ItemWriter::create(filled_.catalogue().database(), building->key);
  SyncTask task;
  task.seen = seen("done");
  ASSERT_EQ(*writer->put_indexed(task, {0, 0, {content("A"), 30, 40, "JPEG"}}), done);
  plan({seen("done"), seen("todo"), seen("new name")}, building->key);
  EXPECT_EQ(actions().count("done"), 0U);
  EXPECT_EQ(actions()["todo"], SyncAction::kEmbed);
  decide({{"new name", "C"}});
  for (const SyncTask& move : ok(plan_->moves_after(0, 10))) {
    ASSERT_TRUE(writer->rename(move.item_key, move));
  }
  ASSERT_TRUE(plan_->finish_moves(building->key));
  EXPECT_EQ(actions(), (Actions{{"todo", SyncAction::kEmbed}, {"new name", SyncAction::kEmbed}}));
  for (const SyncTask& each : ok(plan_->tasks_after(SyncPlan::Photos::kFiles, 0, 10))) {
    EXPECT_EQ(each.renamed, each.seen.id == "new name");
  }
}

TEST_F(SyncPlanTest, AVectorOfOtherContentCountsAsNone) {
  filled_.put(seen("a"), "A", 0);
  const auto building = filled_.catalogue().create_set(sample_set(false, "new"));
  ASSERT_TRUE(building);
  auto writer = ItemWriter::create(filled_.catalogue().database(), building->key);
  SyncTask task;
  task.seen = seen("a");
  ASSERT_TRUE(writer->put_indexed(task, {0, 0, {content("changed"), 30, 40, "JPEG"}}));
  // The live set's vector is of what the photo was before.
  plan({seen("a")});
  EXPECT_EQ(actions(), (Actions{{"a", SyncAction::kEmbed}}));
  EXPECT_FALSE(*plan_->find_vector(filled_.set().key, content("A")));
}

TEST_F(SyncPlanTest, NewPathsProductsAndAttributesAreRelabelled) {
  SeenItem labelled = seen("labelled");
  labelled.attributes = Attributes{{"colour", "red"}};
  filled_.put(labelled, "A", 0);
  for (const char* id : {"moved", "product", "attributes", "same"}) {
    filled_.put(seen(id), id, 1 + id[0]);
  }
  SeenItem moved = seen("moved");
  moved.path = "/elsewhere";
  SeenItem product = seen("product");
  product.product = "P";
  SeenItem attributes = seen("attributes");
  attributes.attributes = Attributes{{"colour", "blue"}};
  plan({labelled, moved, product, attributes, seen("same")});
  EXPECT_TRUE(actions().empty());
  std::vector<std::string> relabelled;
  for (const SyncTask& task : ok(plan_->relabelled_after(0, 10)))
    relabelled.push_back(task.seen.id);
  EXPECT_EQ(relabelled, (std::vector<std::string>{"moved", "product", "attributes"}));
}

TEST_F(SyncPlanTest, TasksComeInOrderAndInPieces) {
  std::vector<SeenItem> items;
  for (int i = 0; i < 25; ++i) items.push_back(seen("n" + std::to_string(i), 1000 + i));
  plan(items);
  std::int64_t behind = 0;
  std::vector<std::string> ids;
  while (true) {
    const auto tasks = plan_->tasks_after(SyncPlan::Photos::kFiles, behind, 10);
    ASSERT_TRUE(tasks);
    if (tasks->empty()) break;
    EXPECT_LE(tasks->size(), 10U);
    for (const SyncTask& task : *tasks) ids.push_back(task.seen.id);
    behind = tasks->back().ordinal;
  }
  ASSERT_EQ(ids.size(), 25U);
  for (int i = 0; i < 25; ++i)
    EXPECT_EQ(ids[static_cast<std::size_t>(i)], items[static_cast<std::size_t>(i)].id);
}

TEST_F(SyncPlanTest, ATaskHasAllThatWasSeen) {
  SeenItem item = seen("\xC3\xA9", 12345678901, -5);
  item.path = "/bytes/\xFF";
  item.product = "P";
  item.attributes = Attributes{{"a", "1"}, {"b", "2"}};
  plan({item});
  const auto tasks = plan_->tasks_after(SyncPlan::Photos::kFiles, 0, 10);
  ASSERT_TRUE(tasks && tasks->size() == 1);
  const SeenItem& got = tasks->front().seen;
  EXPECT_EQ(got.id, item.id);
  EXPECT_EQ(got.path, item.path);
  EXPECT_EQ(got.size_bytes, item.size_bytes);
  EXPECT_EQ(got.mtime_ns, item.mtime_ns);
  EXPECT_EQ(got.product, item.product);
  EXPECT_EQ(got.attributes, item.attributes);
  EXPECT_EQ(tasks->front().item_key, 0);
}

}  // namespace
}  // namespace semblance
