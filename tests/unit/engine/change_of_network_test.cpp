// An unfinished change of network: looked at, and given up.

#include "engine/change_of_network.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <string>

#include "engine/collection_files.h"
#include "sync_fixture.h"

namespace semblance {
namespace {

namespace fs = std::filesystem;

constexpr int kPhotos = 12;

class ChangeOfNetwork : public test::SyncFixture {
 protected:
  void SetUp() override {
    SyncFixture::SetUp();
    add_photos(kPhotos);
    sync();
    first_ = options_.model;
    second_ = add_network("second");
    calls_ = 0;
  }
  /// Begins the change and stops it.
  void begin_change() {
    options_.model = second_;
    stop_after(2);
    EXPECT_TRUE(sync().interrupted);
    stop_no_more();
  }
  [[nodiscard]] std::optional<UnfinishedChange> unfinished() const {
    const auto change = unfinished_change(open().catalogue());
    EXPECT_TRUE(change);
    return *change;
  }
  [[nodiscard]] std::size_t sets_on_disk() const {
    const fs::path folder = data() / "collections" / "default" / "vectors";
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder)) ++count;
    return count;
  }

  std::string first_;
  std::string second_;
};

TEST_F(ChangeOfNetwork, TellsHowFarItIs) {
  EXPECT_FALSE(unfinished());
  begin_change();
  const int embedded = calls_;
  ASSERT_TRUE(unfinished());
  EXPECT_EQ(unfinished()->model, "second");
  EXPECT_EQ(unfinished()->embedded, embedded);
  EXPECT_EQ(unfinished()->items, kPhotos);
  sync();
  EXPECT_FALSE(unfinished());
}

TEST_F(ChangeOfNetwork, IsDroppedWithoutATrace) {
  const auto hits = search(photos() / "1.jpg");
  begin_change();
  EXPECT_EQ(sets_on_disk(), 2U);
  const auto dropped = discard_change(data(), "default", hooks_);
  ASSERT_TRUE(dropped) << dropped.error().message;
  EXPECT_EQ(dropped->model, "second");
  EXPECT_GT(dropped->embedded, 0);
  EXPECT_FALSE(unfinished());
  EXPECT_EQ(sets_on_disk(), 1U);
  EXPECT_EQ(search(photos() / "1.jpg"), hits);
  expect_sound_vectors();
  options_.model.clear();
  calls_ = 0;
  EXPECT_EQ(sync().unchanged, kPhotos);
  EXPECT_EQ(calls_, 0);
  options_.model = second_;
  EXPECT_EQ(sync().embedded, kPhotos);  // from the beginning
}

TEST_F(ChangeOfNetwork, DroppingNeedsOne) {
  EXPECT_EQ(discard_change(data(), "default", hooks_).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(discard_change(data(), "nothing", hooks_).error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(fs::exists(data() / "collections" / "nothing"));
  EXPECT_EQ(discard_change(data(), "../x", hooks_).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(ChangeOfNetwork, DroppingWaitsForASyncOrStops) {
  begin_change();
  const auto lock = CollectionLock::acquire(CollectionFiles(data(), "default"));
  const std::atomic<bool> stop{true};
  hooks_.stop = &stop;
  EXPECT_EQ(discard_change(data(), "default", hooks_).error().code, ErrorCode::kCancelled);
  EXPECT_TRUE(unfinished());
}

TEST_F(ChangeOfNetwork, TheSameNetworkUnderAnotherNameOfItsFileIsNoChange) {
  fs::create_directories(folder_.path() / "elsewhere");
  for (const char* file : {"first.onnx", "first.json"}) {
    fs::copy_file(folder_.path() / "models" / file, folder_.path() / "elsewhere" / file);
  }
  options_.model = (folder_.path() / "elsewhere" / "first.onnx").string();
  EXPECT_EQ(sync().unchanged, kPhotos);
  EXPECT_EQ(calls_, 0);
  EXPECT_EQ(sets_on_disk(), 1U);
}

TEST_F(ChangeOfNetwork, TheOldNetworkIsKeptCurrentWhileItIsUnfinished) {
  begin_change();
  options_.model = first_;
  add_photo("new.jpg", 70);
  add_photo("0.jpg", 71);
  fs::remove(photos() / "1.jpg");
  const SyncReport report = sync();
  EXPECT_EQ(report.added, 1);
  EXPECT_EQ(report.removed, 1);
  EXPECT_EQ(open().card().name, "first");
  expect_sound_vectors();
  ASSERT_TRUE(unfinished());
  EXPECT_EQ(unfinished()->items, kPhotos);
  EXPECT_EQ(search(photos() / "new.jpg", 1), std::vector<std::string>{"new.jpg"});

  options_.model = second_;
  EXPECT_FALSE(sync().interrupted);
  EXPECT_EQ(open().card().name, "second");
  EXPECT_EQ(outcomes().size(), std::size_t{kPhotos});
  EXPECT_FALSE(outcomes().contains("1.jpg"));
  expect_sound_vectors();
}

TEST_F(ChangeOfNetwork, WhatWasChangedMeanwhileIsRightAfterItIsDropped) {
  options_.model = second_;
  add_photo("new.jpg", 72);
  add_photo("0.jpg", 73);
  fs::remove(photos() / "1.jpg");
  stop_after(4);
  EXPECT_TRUE(sync().interrupted);
  stop_no_more();
  ASSERT_TRUE(discard_change(data(), "default", hooks_));
  options_.model.clear();
  sync();
  EXPECT_EQ(open().card().name, "first");
  EXPECT_EQ(outcomes().size(), std::size_t{kPhotos});
  expect_sound_vectors();
}

TEST_F(ChangeOfNetwork, ThereAndBack) {
  const auto hits = search(photos() / "1.jpg");
  options_.model = second_;
  sync();
  EXPECT_EQ(open().card().name, "second");
  options_.model = first_;
  EXPECT_EQ(sync().embedded, kPhotos);
  EXPECT_EQ(open().card().name, "first");
  EXPECT_EQ(sets_on_disk(), 1U);
  EXPECT_EQ(search(photos() / "1.jpg"), hits);
  expect_sound_vectors();
}

}  // namespace
}  // namespace semblance
