// Export and import of archives that nobody spoiled.

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "archive_fixture.h"
#include "engine/change_of_network.h"
#include "engine/collections.h"

namespace semblance {
namespace {

namespace fs = std::filesystem;

class ArchiveRoundTrip : public test::ArchiveFixture {};

TEST_F(ArchiveRoundTrip, KeepsItemsAttributesProblemsAndVectors) {
  const auto before = content("default");
  ASSERT_GT(before.size(), 6U);
  for (const char* name : {"a.tar", "a.tar.gz", "a.tar.zst"}) {
    const auto exported = try_export(folder_.path() / name);
    ASSERT_TRUE(exported) << exported.error().message;
    EXPECT_EQ(exported->counts.items, kPhotos);
    EXPECT_EQ(exported->bytes, fs::file_size(folder_.path() / name));
    const auto imported = import({folder_.path() / name, "other", true});
    ASSERT_TRUE(imported) << name << ": " << imported.error().message;
    EXPECT_EQ(imported->collection, "other");
    EXPECT_EQ(imported->counts.items, kPhotos);
    EXPECT_EQ(imported->counts.failed, 1);
    EXPECT_EQ(imported->model, "first");
    EXPECT_TRUE(imported->model_present);
    EXPECT_EQ(content("other"), before);
    expect_only({"default", "other"});
  }
}

TEST_F(ArchiveRoundTrip, ASyncGoesOnFromWhatWasImported) {
  export_to(archive());
  ASSERT_TRUE(delete_collection(data(), "default"));
  ASSERT_TRUE(import({archive(), ""}));
  expect_only({"default"});
  options_.model.clear();
  calls_ = 0;
  EXPECT_EQ(sync().unchanged, kPhotos);
  EXPECT_EQ(calls_, 0);
  add_photo("new.jpg", 30);
  EXPECT_EQ(sync().added, 1);
  EXPECT_EQ(calls_, 1);
  expect_sound_vectors();
}

TEST_F(ArchiveRoundTrip, RowsThatNoItemHasAreKeptInStep) {
  fs::remove(photos() / "0.jpg");
  add_photo("1.jpg", 44);
  options_.yes = true;
  sync();
  const auto before = content("default");
  export_to(archive());
  ASSERT_TRUE(import_as("other"));
  EXPECT_EQ(content("other"), before);
}

TEST_F(ArchiveRoundTrip, ACollectionWithoutPhotosOrNetworkToo) {
  ASSERT_TRUE(create_collection(data(), "bare", ""));
  ASSERT_TRUE(create_collection(data(), "chosen", options_.model));
  for (const std::string name : {"bare", "chosen"}) {
    ASSERT_TRUE(try_export(archive(), name));
    const auto imported = import_as(name + "-2");
    ASSERT_TRUE(imported) << imported.error().message;
    EXPECT_EQ(imported->model, name == "bare" ? "" : "first");
    EXPECT_EQ(content(name + "-2"),
              content(name).size() == 1
                  ? std::vector<std::string>{Collection::open(data(), name + "-2").error().message}
                  : content(name));
  }
}

TEST_F(ArchiveRoundTrip, AnUnfinishedChangeOfNetworkStaysBehind) {
  options_.model = add_network("second");
  stop_after(2);
  EXPECT_TRUE(sync().interrupted);
  const auto before = content("default");
  export_to(archive());
  ASSERT_TRUE(import_as("other"));
  EXPECT_EQ(content("other"), before);
  EXPECT_FALSE(*Collection::open(data(), "other")->catalogue().building_set());
  EXPECT_TRUE(*unfinished_change(open().catalogue()));
}

TEST_F(ArchiveRoundTrip, TheNetworkNeedNotBeThere) {
  export_to(archive());
  fs::remove_all(folder_.path() / "models");
  const auto imported = import_as("other");
  ASSERT_TRUE(imported) << imported.error().message;
  EXPECT_FALSE(imported->model_present);
  const auto collection = Collection::open(data(), "other");
  ASSERT_TRUE(collection);
  EXPECT_TRUE(collection->similar("1.jpg", {}));
  EXPECT_FALSE(collection->open_describer({}));
}

TEST_F(ArchiveRoundTrip, WhereThePhotosWereCanBeForgotten) {
  export_to(archive());
  ImportOptions options{archive(), "other"};
  options.forget_paths = true;
  ASSERT_TRUE(import(options));
  const auto collection = Collection::open(data(), "other");
  EXPECT_EQ((*collection->catalogue().item_by_id("1.jpg"))->path, "");
}

TEST_F(ArchiveRoundTrip, WhileSyncsChangeTheCollection) {
  std::atomic<bool> done{false};
  std::thread syncing([&] {
    const std::string first = options_.model;
    const std::string second = add_network("second", "1", false);
    for (int round = 0; !done; ++round) {
      options_.model = round % 2 == 0 ? second : first;
      add_photo("changing.jpg", round % 90);
      sync();
    }
  });
  for (int i = 0; i < 12; ++i) {
    const auto exported = try_export(archive());
    EXPECT_TRUE(exported) << exported.error().message;
    const auto imported = import({archive(), "other", true});
    EXPECT_TRUE(imported) << imported.error().message;
    EXPECT_TRUE(!imported || imported->counts.items >= kPhotos);
  }
  done = true;
  syncing.join();
  expect_only({"default", "other"});
}

TEST_F(ArchiveRoundTrip, AnExportReplacesTheArchiveOnlyWhenItIsComplete) {
  folder_.write("archive.tar", "an older one");
  folder_.write("data/collections/default/catalogue.sqlite", "damaged");
  EXPECT_FALSE(try_export(archive()));
  EXPECT_EQ(fs::file_size(archive()), std::string("an older one").size());
  EXPECT_FALSE(try_export(folder_.path() / "archive.zip"));
  EXPECT_EQ(try_export(archive(), "nothing").error().code, ErrorCode::kNotFound);
  expect_only({"default"});
}

TEST_F(ArchiveRoundTrip, DamagedVectorsAreNotExported) {
  const auto set = open().set();
  const fs::path file =
      collections() / "default" / "vectors" / std::to_string(set.key) / "histogram.vec";
  {
    std::FILE* handle = std::fopen(file.c_str(), "r+b");
    std::fseek(handle, 4096 + 100, SEEK_SET);
    std::fputc(0x5a, handle);
    std::fclose(handle);
  }
  const auto exported = try_export(archive());
  ASSERT_FALSE(exported);
  EXPECT_EQ(exported.error().code, ErrorCode::kCorrupt);
  EXPECT_FALSE(fs::exists(archive()));
}

class ArchiveImport : public test::ArchiveFixture {};

TEST_F(ArchiveImport, DoesNotReplaceUnlessTold) {
  export_to(archive());
  const auto refused = import({archive(), ""});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  const auto replaced = import({archive(), "", true});
  ASSERT_TRUE(replaced);
  EXPECT_TRUE(replaced->replaced);
  expect_only({"default"});
}

TEST_F(ArchiveImport, AReplacementKeepsTheCacheOfFetchedPhotos) {
  export_to(archive());
  folder_.write("data/collections/default/photos/fetched", "x");
  ASSERT_TRUE(import({archive(), "", true}));
  EXPECT_TRUE(fs::exists(collections() / "default" / "photos" / "fetched"));
  ASSERT_TRUE(import_as("other"));
  EXPECT_FALSE(fs::exists(collections() / "other" / "photos"));
}

TEST_F(ArchiveImport, AnOpenCollectionOutlivesItsReplacement) {
  export_to(archive());
  const auto old_hits = open().similar("1.jpg", {});
  add_photo("1.jpg", 60);
  sync();
  const Collection opened = open();
  ASSERT_TRUE(import({archive(), "", true}));
  EXPECT_TRUE(opened.similar("1.jpg", {}));
  const auto hits = open().similar("1.jpg", {});
  ASSERT_TRUE(hits);
  EXPECT_EQ(hits->hits[0].closeness.score, old_hits->hits[0].closeness.score);
}

TEST_F(ArchiveImport, WaitsForASyncThatRuns) {
  export_to(archive());
  auto lock = std::make_unique<CollectionLock>(
      *CollectionLock::acquire(CollectionFiles(data(), "default")));
  std::atomic<bool> waited{false};
  ArchiveHooks hooks;
  hooks.notice = [&](std::string_view) {
    waited = true;
    lock.reset();
  };
  ASSERT_TRUE(import_collection(data(), {archive(), "", true}, hooks));
  EXPECT_TRUE(waited);
}

TEST_F(ArchiveImport, StopsOnRequestWithoutATrace) {
  export_to(archive());
  const std::atomic<bool> stop{true};
  ArchiveHooks hooks;
  hooks.stop = &stop;
  const auto stopped = import_collection(data(), {archive(), "other"}, hooks);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(export_collection(data(), "default", folder_.path() / "b.tar", "1", hooks).error().code,
            ErrorCode::kCancelled);
  EXPECT_FALSE(fs::exists(folder_.path() / "b.tar"));
  expect_only({"default"});
}

TEST_F(ArchiveImport, TakesNoNameThatIsNone) {
  export_to(archive());
  for (const char* name : {"../x", "a/b", ".hidden", "a b"}) {
    const auto refused = import_as(name);
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  }
  expect_only({"default"});
}

}  // namespace
}  // namespace semblance
