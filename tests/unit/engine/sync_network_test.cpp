// A collection gets another network.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

#include "engine/collection_model.h"
#include "engine/sync.h"
#include "sync_fixture.h"

namespace semblance {
namespace {

namespace fs = std::filesystem;

constexpr int kPhotos = 16;

class SyncNetwork : public test::SyncFixture {
 protected:
  void SetUp() override {
    SyncFixture::SetUp();
    add_photos(kPhotos);
    sync();
    calls_ = 0;
  }
  std::size_t sets_on_disk() const {
    const fs::path folder = data() / "collections" / "default" / "vectors";
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder)) ++count;
    return count;
  }
};

TEST_F(SyncNetwork, AnotherNetworkEmbedsEverythingAgain) {
  options_.model = add_network("second", "1", false);
  const SyncReport report = sync();
  EXPECT_EQ(report.unchanged, kPhotos);
  EXPECT_EQ(report.embedded, kPhotos);
  EXPECT_EQ(report.model, "second");
  const Collection collection = open();
  EXPECT_EQ(collection.card().name, "second");
  EXPECT_FALSE(collection.has_colour());
  EXPECT_EQ(sets_on_disk(), 1U);
  expect_sound_vectors();
  options_.model.clear();
  EXPECT_EQ(sync().embedded, 0);
}

TEST_F(SyncNetwork, ItemsThatAreKeptAreEmbeddedToo) {
  const fs::path elsewhere = folder_.path() / "elsewhere";
  fs::create_directories(elsewhere);
  fs::rename(photos() / "3.jpg", elsewhere / "3.jpg");
  fs::rename(photos() / "4.jpg", elsewhere / "4.jpg");
  options_.sources = {photos().string(), elsewhere.string()};
  sync();
  fs::remove(elsewhere / "4.jpg");
  options_.sources = {photos().string()};
  options_.keep_missing = true;
  options_.model = add_network("second");
  const SyncReport report = sync();
  EXPECT_EQ(report.seen, kPhotos - 2);
  EXPECT_EQ(report.removed, 0);
  EXPECT_EQ(report.embedded, kPhotos - 1);
  const auto found = outcomes();
  EXPECT_EQ(found.at("elsewhere/3.jpg"), "indexed");
  EXPECT_EQ(found.at("elsewhere/4.jpg"), "failed missing_file");
  EXPECT_NE(notices_.find("1 kept items have no photo any more"), std::string::npos) << notices_;
  expect_sound_vectors();
  options_.model.clear();
  EXPECT_EQ(sync().embedded, 0);
}

TEST_F(SyncNetwork, AnotherVersionIsAnotherNetwork) {
  add_network("first", "2");
  options_.model = (folder_.path() / "models" / "first.onnx").string();
  EXPECT_EQ(sync().embedded, kPhotos);
  EXPECT_EQ(open().card().version, "2");
}

TEST_F(SyncNetwork, TheNetworkIsFoundAgainOrRefused) {
  EXPECT_TRUE(find_model_of(open().set()));
  options_.model.clear();
  folder_.write("models/first.onnx", "stands in for first X");  // as long as before
  const auto changed = try_sync();
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, ErrorCode::kNotFound);
  EXPECT_NE(changed.error().message.find("--model"), std::string::npos);
  fs::remove(folder_.path() / "models" / "first.onnx");
  EXPECT_FALSE(find_model_of(open().set()));
  EXPECT_FALSE(open().open_describer({}));
  // Searching for an item of the collection needs no network.
  EXPECT_TRUE(open().similar("1.jpg", {}));
}

TEST_F(SyncNetwork, TheOldOneServesUntilTheNewOneIsComplete) {
  const auto hits = search(photos() / "1.jpg");
  options_.model = add_network("second");
  stop_after(2);
  const SyncReport part = sync();
  EXPECT_TRUE(part.interrupted);
  EXPECT_LT(part.embedded, kPhotos);
  EXPECT_EQ(open().card().name, "first");
  EXPECT_EQ(search(photos() / "1.jpg"), hits);
  expect_sound_vectors();
  EXPECT_EQ(sets_on_disk(), 2U);

  stop_no_more();
  const SyncReport rest = sync();
  EXPECT_FALSE(rest.interrupted);
  EXPECT_EQ(part.embedded + rest.embedded, kPhotos);
  EXPECT_EQ(rest.unchanged, kPhotos);
  EXPECT_NE(notices_.find("going on"), std::string::npos);
  EXPECT_EQ(open().card().name, "second");
  EXPECT_EQ(sets_on_disk(), 1U);
  expect_sound_vectors();
}

TEST_F(SyncNetwork, AChangeGivenUpForAThirdNetworkLeavesNothingBehind) {
  options_.model = add_network("second");
  stop_after(2);
  EXPECT_TRUE(sync().interrupted);
  stop_no_more();
  options_.model = add_network("third");
  EXPECT_EQ(sync().embedded, kPhotos);
  EXPECT_EQ(open().card().name, "third");
  EXPECT_EQ(sets_on_disk(), 1U);
  expect_sound_vectors();
}

TEST_F(SyncNetwork, BackToTheOldOneAfterAnInterruption) {
  options_.model = add_network("second");
  add_photo("new.jpg", 40);
  add_photo("0.jpg", 41);
  stop_after(2);
  EXPECT_TRUE(sync().interrupted);
  stop_no_more();
  options_.model.clear();
  const SyncReport back = sync();
  EXPECT_EQ(back.model, "first");
  EXPECT_FALSE(back.interrupted);
  EXPECT_EQ(outcomes().size(), kPhotos + 1U);
  expect_sound_vectors();
}

TEST_F(SyncNetwork, WhatChangesMeanwhileIsRightInTheEnd) {
  options_.model = add_network("second");
  stop_after(2);
  EXPECT_TRUE(sync().interrupted);
  stop_no_more();
  add_photo("0.jpg", 50);                                 // embedded by both
  fs::rename(photos() / "5.jpg", photos() / "five.jpg");  // embedded by one, probably
  fs::remove(photos() / "1.jpg");
  add_photo("new.jpg", 51);
  sync();
  EXPECT_EQ(outcomes().size(), std::size_t{kPhotos});
  expect_sound_vectors();
  EXPECT_EQ(sync().unchanged, kPhotos);
}

TEST_F(SyncNetwork, SearchesNeverFailWhileNetworksChange) {
  std::atomic<bool> done{false};
  std::atomic<int> opened{0};
  std::thread searching([&] {
    while (!done) {
      const auto collection = Collection::open(data(), "default");
      ASSERT_TRUE(collection) << collection.error().message;
      const auto answer = collection->similar("1.jpg", {});
      ASSERT_TRUE(answer) << answer.error().message;
      EXPECT_EQ(answer->hits.size(), 10U);
      ++opened;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));  // let the sync have the disk
    }
  });
  const std::string second = add_network("second");
  const std::string first = options_.model;
  for (int round = 0; round < 10; ++round) {
    options_.model = round % 2 == 0 ? second : first;
    sync();
  }
  done = true;
  searching.join();
  EXPECT_GT(opened, 0);
}

TEST_F(SyncNetwork, ACollectionThatIsOpenKeepsWhatItShows) {
  const Collection before = open();
  const auto hits = before.similar("1.jpg", {});
  ASSERT_TRUE(hits);
  options_.model = add_network("second");
  sync();
  const auto again = before.similar("1.jpg", {});
  ASSERT_TRUE(again) << again.error().message;
  ASSERT_EQ(again->hits.size(), hits->hits.size());
  for (std::size_t i = 0; i < hits->hits.size(); ++i) {
    EXPECT_EQ(again->hits[i].item.id, hits->hits[i].item.id);
    EXPECT_EQ(again->hits[i].closeness.score, hits->hits[i].closeness.score);
  }
}

TEST_F(SyncNetwork, ADryRunOfAChangeChangesNothing) {
  options_.model = add_network("second");
  options_.dry_run = true;
  EXPECT_EQ(sync().unchanged, kPhotos);
  EXPECT_EQ(calls_, 0);
  EXPECT_EQ(open().card().name, "first");
  EXPECT_FALSE(*open().catalogue().building_set());
  EXPECT_EQ(sets_on_disk(), 1U);
}

}  // namespace
}  // namespace semblance
