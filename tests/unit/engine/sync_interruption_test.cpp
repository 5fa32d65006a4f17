// Stopping a sync, and two of them at once.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <thread>

#include "engine/collection_files.h"
#include "engine/sync.h"
#include "sync_fixture.h"

namespace semblance {
namespace {

namespace fs = std::filesystem;

using Phase = SyncProgress::Phase;

class SyncInterruption : public test::SyncFixture {
 protected:
  void stop_when(Phase phase, std::int64_t done) {
    stop_ = false;
    hooks_.stop = &stop_;
    hooks_.progress = [this, phase, done](const SyncProgress& progress) {
      if (progress.phase == phase && progress.done >= done) stop_ = true;
    };
  }
};

TEST_F(SyncInterruption, TheNextSyncGoesOnWithoutLossOrRepetition) {
  add_photos(30);
  static_cast<void>(add_file("broken.jpg", "no photo"));
  std::int64_t added = 0;
  std::int64_t embedded = 0;
  int runs = 0;
  while (true) {
    stop_after(3);
    const SyncReport report = sync();
    ++runs;
    added += report.added;
    embedded += report.embedded;
    ASSERT_LT(runs, 40);
    if (!report.interrupted) break;
    expect_sound_vectors();  // what is there can be searched
    EXPECT_EQ(open().catalogue().counts()->items, added);
  }
  EXPECT_GT(runs, 1);
  EXPECT_EQ(added, 30);
  EXPECT_EQ(embedded, 30);
  EXPECT_EQ(calls_, 30);
  EXPECT_EQ(outcomes().size(), 31U);
  expect_sound_vectors();
}

TEST_F(SyncInterruption, NothingIsRemovedByHalfASync) {
  add_photos(10);
  sync();
  fs::remove(photos() / "0.jpg");
  for (int i = 20; i < 40; ++i) add_photo(std::to_string(i) + ".jpg", i);
  stop_after(1);
  const SyncReport part = sync();
  EXPECT_TRUE(part.interrupted);
  EXPECT_EQ(part.removed, 0);
  EXPECT_TRUE(*open().catalogue().item_by_id("0.jpg"));
  stop_no_more();
  hooks_.progress = {};
  EXPECT_EQ(sync().removed, 1);
  EXPECT_EQ(outcomes().size(), 29U);
}

TEST_F(SyncInterruption, BeforeIndexingNothingIsChanged) {
  add_photos(10);
  stop_when(Phase::kScanning, 3);
  EXPECT_EQ(try_sync().error().code, ErrorCode::kCancelled);
  EXPECT_EQ(Collection::open(data(), "default").error().code, ErrorCode::kNotFound);
  stop_no_more();
  hooks_.progress = {};
  sync();
  for (int i = 0; i < 10; ++i) add_photo(std::to_string(i) + ".jpg", i);  // touched
  stop_when(Phase::kComparing, 3);
  EXPECT_EQ(try_sync().error().code, ErrorCode::kCancelled);
  stop_no_more();
  hooks_.progress = {};
  EXPECT_EQ(sync().unchanged, 10);
  EXPECT_EQ(calls_, 10);
}

TEST_F(SyncInterruption, AStopAfterTheLastPhotoIsNoInterruption) {
  add_photos(4);
  stop_when(Phase::kIndexing, 4);
  const SyncReport report = sync();
  EXPECT_FALSE(report.interrupted);
  EXPECT_EQ(report.added, 4);
}

TEST_F(SyncInterruption, RenamesBeforeAnInterruptionAreCountedOnce) {
  add_photos(3);
  sync();
  fs::rename(photos() / "0.jpg", photos() / "zero.jpg");
  for (int i = 20; i < 40; ++i) add_photo(std::to_string(i) + ".jpg", i);
  stop_after(1);
  const SyncReport part = sync();
  EXPECT_TRUE(part.interrupted);
  EXPECT_EQ(part.renamed, 1);
  stop_no_more();
  hooks_.progress = {};
  const SyncReport rest = sync();
  EXPECT_EQ(rest.renamed, 0);
  EXPECT_EQ(part.added + rest.added, 20);
  expect_sound_vectors();
}

TEST_F(SyncInterruption, ASecondSyncWaitsForTheFirst) {
  add_photos(8);
  std::atomic<bool> second_waits{false};
  // The first sync's network answers only once the second sync has found the lock taken.
  before_embedding_ = [&] {
    while (!second_waits) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  };
  SyncHooks second_hooks = hooks_;
  second_hooks.notice = [&](std::string_view line) {
    if (line.find("waiting") != std::string_view::npos) second_waits = true;
  };
  std::atomic<bool> first_began{false};
  hooks_.progress = [&](const SyncProgress&) { first_began = true; };
  std::thread first([&] { EXPECT_EQ(sync().added, 8); });
  while (!first_began) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const auto second = sync_collection(data(), "default", options_, second_hooks);
  first.join();
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->unchanged, 8);
  EXPECT_EQ(calls_, 8);
}

TEST_F(SyncInterruption, AStopWhileWaitingIsHeard) {
  const CollectionFiles files(data(), "default");
  const auto lock = CollectionLock::acquire(files);
  ASSERT_TRUE(lock);
  hooks_.stop = &stop_;
  hooks_.notice = [this](std::string_view) { stop_ = true; };
  EXPECT_EQ(try_sync().error().code, ErrorCode::kCancelled);
}

TEST_F(SyncInterruption, ADryRunAndASearchDoNotWait) {
  add_photos(2);
  sync();
  const auto lock = CollectionLock::acquire(CollectionFiles(data(), "default"));
  ASSERT_TRUE(lock);
  options_.dry_run = true;
  EXPECT_EQ(sync().unchanged, 2);
  EXPECT_EQ(search(photos() / "1.jpg").front(), "1.jpg");
}

TEST_F(SyncInterruption, SearchesAnswerWhilePhotosAreAdded) {
  add_photos(5);
  sync();
  std::atomic<bool> done{false};
  std::thread searching([&] {
    while (!done) {
      const auto collection = Collection::open(data(), "default");
      ASSERT_TRUE(collection) << collection.error().message;
      const auto answer = collection->similar("1.jpg", {});
      ASSERT_TRUE(answer) << answer.error().message;
      EXPECT_GE(answer->hits.size(), 4U);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  for (int round = 1; round <= 10; ++round) {
    for (int i = 0; i < 5; ++i) add_photo(std::to_string(round * 10 + i) + ".jpg", round * 5 + i);
    sync();
  }
  done = true;
  searching.join();
  expect_sound_vectors();
}

TEST_F(SyncInterruption, RowsThatTheCatalogueNeverHeardOfAreCut) {
  add_photos(3);
  sync();
  // As after a crash between writing vectors and committing the catalogue.
  for (const auto& entry : fs::recursive_directory_iterator(data())) {
    if (entry.path().extension() == ".vec")
      fs::resize_file(entry.path(), fs::file_size(entry) + 77);
  }
  expect_sound_vectors();
  add_photo("new.jpg", 30);
  EXPECT_EQ(sync().added, 1);
  expect_sound_vectors();
}

}  // namespace
}  // namespace semblance
