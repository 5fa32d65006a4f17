#include "engine/sync.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <string>

#include "sync_fixture.h"

namespace semblance {
namespace {

namespace fs = std::filesystem;

using SyncTest = test::SyncFixture;
using Outcomes = std::map<std::string, std::string>;

void touch(const fs::path& path) {
  fs::last_write_time(path, fs::last_write_time(path) + std::chrono::seconds(5));
}

TEST_F(SyncTest, IndexesAFolderAndThenFindsNothingToDo) {
  add_photos(5);
  const SyncReport first = sync();
  EXPECT_EQ(first.added, 5);
  EXPECT_EQ(first.seen, 5);
  EXPECT_EQ(first.embedded, 5);
  EXPECT_EQ(calls_, 5);
  EXPECT_EQ(first.model, "first");
  EXPECT_FALSE(first.interrupted);
  expect_sound_vectors();

  options_.model.clear();  // the collection knows its network
  const SyncReport second = sync();
  EXPECT_EQ(second.unchanged, 5);
  EXPECT_EQ(second.embedded, 0);
  EXPECT_EQ(calls_, 5);
  expect_sound_vectors();
}

TEST_F(SyncTest, AnEmptyFolderIsAnEmptyCollection) {
  EXPECT_EQ(sync().seen, 0);
  EXPECT_TRUE(outcomes().empty());
  add_photos(1);
  EXPECT_EQ(sync().added, 1);
}

TEST_F(SyncTest, ATouchedPhotoIsNotEmbeddedAgain) {
  add_photos(3);
  sync();
  touch(photos() / "1.jpg");
  const SyncReport report = sync();
  EXPECT_EQ(report.unchanged, 3);
  EXPECT_EQ(report.embedded, 0);
  EXPECT_EQ(calls_, 3);
  EXPECT_EQ(sync().unchanged, 3);  // and the new time is known now
}

TEST_F(SyncTest, AChangedPhotoIs) {
  add_photos(3);
  sync();
  add_photo("1.jpg", 50);
  touch(photos() / "1.jpg");
  const SyncReport report = sync();
  EXPECT_EQ(report.changed, 1);
  EXPECT_EQ(report.unchanged, 2);
  EXPECT_EQ(report.embedded, 1);
  expect_sound_vectors();
}

TEST_F(SyncTest, ARenamedPhotoKeepsItsVectorsAndGetsItsNewPath) {
  add_photos(6);
  sync();
  fs::create_directories(photos() / "deep");
  fs::rename(photos() / "1.jpg", photos() / "deep" / "one.jpg");
  const SyncReport report = sync();
  EXPECT_EQ(report.renamed, 1);
  EXPECT_EQ(report.unchanged, 5);
  EXPECT_EQ(report.removed, 0);
  EXPECT_EQ(calls_, 6);
  const auto item = open().catalogue().item_by_id("deep/one.jpg");
  ASSERT_TRUE(item && *item);
  EXPECT_EQ((*item)->path, fs::canonical(photos()) / "deep" / "one.jpg");
  EXPECT_EQ((*item)->product, "deep/one.jpg");
  expect_sound_vectors();
}

TEST_F(SyncTest, TwoPhotosThatSwapTheirNamesAreNotEmbeddedAgain) {
  const fs::path a = add_photo("a.jpg", 1);
  const fs::path b = add_photo("b.jpg", 2);
  touch(b);
  sync();
  fs::rename(a, photos() / "c");
  fs::rename(b, a);
  fs::rename(photos() / "c", b);
  const SyncReport report = sync();
  EXPECT_EQ(report.changed, 2);
  EXPECT_EQ(calls_, 2);
  expect_sound_vectors();
}

TEST_F(SyncTest, ACopyGetsTheVectorsOfItsOriginal) {
  add_photos(3);
  sync();
  fs::copy_file(photos() / "1.jpg", photos() / "copy.jpg");
  const SyncReport report = sync();
  EXPECT_EQ(report.added, 1);
  EXPECT_EQ(report.embedded, 0);
  EXPECT_EQ(calls_, 3);
  expect_sound_vectors();
  EXPECT_EQ(search(photos() / "1.jpg", 2), (std::vector<std::string>{"1.jpg", "copy.jpg"}));
}

TEST_F(SyncTest, ManyPhotosInManyBatches) {
  // More than one transaction and more than one piece of the plan.
  for (int i = 0; i < 1100; ++i) add_photo(std::to_string(i) + ".jpg", i % 40);
  options_.workers = 4;
  EXPECT_EQ(sync().added, 1100);
  EXPECT_EQ(open().catalogue().counts()->items, 1100);
  EXPECT_EQ(sync().unchanged, 1100);
}

TEST_F(SyncTest, SeveralFoldersKeepEqualNamesApart) {
  add_photo("shoes/1.jpg", 1);
  add_photo("bags/1.jpg", 2);
  options_.sources = {(photos() / "shoes").string(), (photos() / "bags").string()};
  EXPECT_EQ(sync().added, 2);
  EXPECT_EQ(outcomes(), (Outcomes{{"shoes/1.jpg", "indexed"}, {"bags/1.jpg", "indexed"}}));
  options_.sources = {photos().string()};  // the same ids, as it happens
  EXPECT_EQ(sync().unchanged, 2);
}

TEST_F(SyncTest, TheSameListTwiceHasEachIdOnce) {
  add_photos(2);
  const auto table = folder_.write("table.csv", "id,image\n0,0.jpg\n1,1.jpg\n").string();
  options_.sources = {table, table};
  options_.source.images = photos();
  const SyncReport report = sync();
  EXPECT_EQ(report.added, 2);
  EXPECT_EQ(report.failed, 2);
  const auto problems = open().catalogue().problems();
  ASSERT_TRUE(problems);
  ASSERT_EQ(problems->size(), 2U);
  EXPECT_EQ(problems->front().reason, "duplicate_id");
}

TEST_F(SyncTest, ADataFolderInsideThePhotosIsNotIndexed) {
  add_photos(3);
  const auto sync_into = [&](const fs::path& data_folder) {
    const auto report = sync_collection(data_folder, "default", options_, hooks_);
    EXPECT_TRUE(report) << report.error().message;
    return report ? report->seen : -1;
  };
  for (const fs::path& data_folder : {photos() / "semblance-data", photos()}) {
    EXPECT_EQ(sync_into(data_folder), 3) << data_folder;
    EXPECT_EQ(sync_into(data_folder), 3) << data_folder;
    fs::remove_all(data_folder / "collections");
    fs::remove(photos() / "semblance-data");
  }
}

TEST_F(SyncTest, ADryRunLeavesNoTraceAndForetellsWhatIsDone) {
  add_photos(6);
  options_.dry_run = true;
  const SyncReport foretold = sync();
  EXPECT_EQ(foretold.added, 6);
  EXPECT_FALSE(fs::exists(data()));
  EXPECT_EQ(calls_, 0);

  options_.dry_run = false;
  EXPECT_EQ(sync().added, 6);
  add_photo("0.jpg", 60);
  touch(photos() / "0.jpg");
  touch(photos() / "1.jpg");
  fs::rename(photos() / "2.jpg", photos() / "renamed.jpg");
  fs::remove(photos() / "3.jpg");
  add_photo("new.jpg", 70);
  const Outcomes before = outcomes();
  options_.dry_run = true;
  const SyncReport plan = sync();
  EXPECT_EQ(outcomes(), before);
  options_.dry_run = false;
  const SyncReport done = sync();
  for (const auto count :
       {&SyncReport::seen, &SyncReport::added, &SyncReport::changed, &SyncReport::renamed,
        &SyncReport::removed, &SyncReport::unchanged, &SyncReport::failed, &SyncReport::skipped}) {
    EXPECT_EQ(plan.*count, done.*count);
  }
  EXPECT_EQ(done.changed, 1);
  EXPECT_EQ(done.renamed, 1);
  EXPECT_EQ(done.removed, 1);
  EXPECT_EQ(done.added, 1);
}

TEST_F(SyncTest, ProgressReachesTheEndInEveryPhase) {
  add_photos(4);
  std::int64_t scanned = 0;
  std::int64_t indexed = 0;
  std::int64_t total = 0;
  hooks_.progress = [&](const SyncProgress& progress) {
    if (progress.phase == SyncProgress::Phase::kScanning) scanned = progress.done;
    if (progress.phase != SyncProgress::Phase::kIndexing) return;
    indexed = progress.done;
    total = progress.total;
  };
  sync();
  EXPECT_EQ(scanned, 4);
  EXPECT_EQ(indexed, 4);
  EXPECT_EQ(total, 4);
}

TEST_F(SyncTest, RefusesWhatCannotBeASource) {
  options_.sources = {photos().string(), (folder_.path() / "none").string()};
  EXPECT_EQ(try_sync().error().code, ErrorCode::kNotFound);
  options_.sources = {add_photo("a.jpg", 1).string()};
  EXPECT_EQ(try_sync().error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(fs::exists(data()));
  options_.sources = {photos().string()};
  for (const char* name : {"", "../x", "a/b", ".hidden", "a b"}) {
    EXPECT_EQ(sync_collection(data(), name, options_, hooks_).error().code,
              ErrorCode::kInvalidArgument);
  }
}

TEST_F(SyncTest, ACorruptCatalogueIsAnErrorAndIsLeftAlone) {
  add_photos(1);
  fs::create_directories(catalogue_path().parent_path());
  const std::string garbage(20000, 'x');
  folder_.write("data/collections/default/catalogue.sqlite", garbage);
  EXPECT_EQ(try_sync().error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(fs::file_size(catalogue_path()), garbage.size());
  EXPECT_EQ(Collection::open(data(), "default").error().code, ErrorCode::kCorrupt);
}

TEST_F(SyncTest, LostOrDamagedVectorFilesAreAnError) {
  add_photos(2);
  sync();
  for (const auto& entry : fs::recursive_directory_iterator(data())) {
    if (entry.path().filename() == "histogram.vec") fs::resize_file(entry.path(), 4096);
  }
  EXPECT_EQ(Collection::open(data(), "default").error().code, ErrorCode::kCorrupt);
  add_photo("new.jpg", 9);
  EXPECT_EQ(try_sync().error().code, ErrorCode::kCorrupt);
}

TEST_F(SyncTest, ANetworkThatCannotBeOpenedEndsTheRun) {
  add_photos(2);
  hooks_.open_embedder = [](const ModelCard&) -> Result<std::unique_ptr<Embedder>> {
    return Error{ErrorCode::kUnavailable, "no runtime"};
  };
  EXPECT_EQ(try_sync().error().code, ErrorCode::kUnavailable);
  options_.model = "no such network";
  EXPECT_EQ(try_sync().error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace semblance
