#include <gtest/gtest.h>

#include <filesystem>

#include "engine/sync.h"
#include "sync_fixture.h"

namespace semblance {
namespace {

namespace fs = std::filesystem;

class SyncRemoval : public test::SyncFixture {
 protected:
  void SetUp() override {
    SyncFixture::SetUp();
    add_photos(10);
    sync();
  }
  void remove_photos(int count) const {
    for (int i = 0; i < count; ++i) fs::remove(photos() / (std::to_string(i) + ".jpg"));
  }
};

TEST_F(SyncRemoval, AFewItemsGoWithoutAsking) {
  hooks_.confirm_removal = [](std::int64_t, std::int64_t) {
    ADD_FAILURE() << "asked";
    return false;
  };
  remove_photos(2);
  const SyncReport report = sync();
  EXPECT_EQ(report.removed, 2);
  EXPECT_EQ(report.seen, 8);
  EXPECT_EQ(outcomes().size(), 8U);
  expect_sound_vectors();
}

TEST_F(SyncRemoval, ManyItemsAreRefusedAndNothingIsChanged) {
  remove_photos(3);
  add_photo("new.jpg", 30);
  const auto before = outcomes();
  const auto report = try_sync();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::kConflict);
  EXPECT_NE(report.error().message.find("3 of 10"), std::string::npos);
  EXPECT_NE(report.error().message.find("--yes"), std::string::npos);
  EXPECT_EQ(outcomes(), before);
  EXPECT_EQ(calls_, 10);
}

TEST_F(SyncRemoval, RowsThatNothingRefersToAreDroppedInTime) {
  options_.compact_from_rows = 3;
  const Collection opened = open();
  remove_photos(2);  // too few to be worth it
  sync();
  EXPECT_EQ(open().set().rows, 10);
  fs::remove(photos() / "5.jpg");
  sync();
  EXPECT_EQ(open().set().rows, 7);
  expect_sound_vectors();
  add_photos(3);
  sync();
  EXPECT_EQ(open().set().rows, 9);  // 0.jpg and 1.jpg are back
  expect_sound_vectors();
  // Who has the old rows mapped keeps them.
  EXPECT_EQ(opened.vectors().embedding().rows, 10);
  EXPECT_GT(opened.vectors().row(9).embedding[0], -2);
  std::size_t sets = 0;
  for ([[maybe_unused]] const auto& set :
       fs::directory_iterator(data() / "collections" / "default" / "vectors")) {
    ++sets;
  }
  EXPECT_EQ(sets, 1U);
}

TEST_F(SyncRemoval, AnEmptyFolderIsNotAnEmptyCatalogue) {
  remove_photos(10);
  EXPECT_EQ(try_sync().error().code, ErrorCode::kConflict);
  EXPECT_EQ(outcomes().size(), 10U);
  options_.yes = true;
  EXPECT_EQ(sync().removed, 10);
  EXPECT_TRUE(outcomes().empty());
  EXPECT_TRUE(open().search({}, {}).error().code == ErrorCode::kInvalidArgument);
}

TEST_F(SyncRemoval, TheUserMayAgreeOrNot) {
  remove_photos(5);
  std::int64_t asked_removed = 0;
  std::int64_t asked_existing = 0;
  bool answer = false;
  hooks_.confirm_removal = [&](std::int64_t removed, std::int64_t existing) {
    asked_removed = removed;
    asked_existing = existing;
    return answer;
  };
  EXPECT_EQ(try_sync().error().code, ErrorCode::kConflict);
  EXPECT_EQ(asked_removed, 5);
  EXPECT_EQ(asked_existing, 10);
  answer = true;
  EXPECT_EQ(sync().removed, 5);
}

TEST_F(SyncRemoval, MissingItemsMayBeKept) {
  remove_photos(9);
  options_.keep_missing = true;
  const SyncReport kept = sync();
  EXPECT_EQ(kept.removed, 0);
  EXPECT_EQ(kept.seen, 1);
  EXPECT_EQ(kept.unchanged, 1);
  EXPECT_EQ(outcomes().size(), 10U);
  EXPECT_EQ(search(photos() / "9.jpg", 20).size(), 10U);
}

TEST_F(SyncRemoval, RenamedItemsAreNotRemovedOnes) {
  for (int i = 0; i < 10; ++i) {
    fs::rename(photos() / (std::to_string(i) + ".jpg"), photos() / ("n" + std::to_string(i)));
  }
  const SyncReport report = sync();
  EXPECT_EQ(report.renamed, 10);
  EXPECT_EQ(report.removed, 0);
  EXPECT_EQ(calls_, 10);
  expect_sound_vectors();
}

TEST_F(SyncRemoval, AFolderThatCannotBeListedLosesNoItems) {
  add_photo("deep/11.jpg", 11);
  sync();
  // A folder that becomes unreadable: a link that leads in a circle stands in for it, since root
  // may read everything.
  fs::remove_all(photos() / "deep");
  fs::create_directory_symlink(".", photos() / "deep");
  const SyncReport report = sync();
  EXPECT_EQ(report.failed, 1);
  EXPECT_EQ(report.removed, 0);
  EXPECT_EQ(outcomes().count("deep/11.jpg"), 1U);
  fs::remove(photos() / "deep");
  EXPECT_EQ(sync().removed, 1);
}

}  // namespace
}  // namespace semblance
