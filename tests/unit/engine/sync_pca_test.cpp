// Collections whose shape vectors are shortened by principal components.

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "engine/archive_export.h"
#include "engine/archive_import.h"
#include "engine/doctor.h"
#include "engine/projected_set.h"
#include "sync_fixture.h"

namespace semblance {
namespace {

constexpr int kPhotos = 30;
constexpr int kComponents = 6;

class SyncPca : public test::SyncFixture {
 protected:
  void SetUp() override {
    SyncFixture::SetUp();
    add_photos(kPhotos);
    options_.components = kComponents;
  }

  /// Every row is the projection of a fresh embedding.
  void expect_projected() const {
    const Collection collection = open();
    const auto projection = projection_of(collection.catalogue(), collection.card());
    ASSERT_TRUE(projection && *projection);
    std::size_t rows = 0;
    for (std::size_t row = 0; row < collection.keys_by_row().size(); ++row) {
      const std::int64_t key = collection.keys_by_row()[row];
      if (key == 0) continue;
      ++rows;
      const auto item = collection.catalogue().item(key);
      ASSERT_TRUE(item && *item);
      const PhotoDescriptors whole = describe((*item)->path);
      const auto from = static_cast<std::size_t>((*projection)->from());
      std::vector<float> expected(static_cast<std::size_t>((*projection)->to()));
      (*projection)->apply(std::span(whole.embedding).first(from), expected);
      expected.insert(expected.end(), whole.embedding.begin() + (*projection)->from(),
                      whole.embedding.end());
      const auto stored = collection.vectors().row(static_cast<std::int64_t>(row)).embedding;
      EXPECT_EQ(std::vector<float>(stored.begin(), stored.end()), expected) << (*item)->id;
    }
    EXPECT_EQ(rows, collection.catalogue().counts()->items);
  }
  void expect_healthy() const {
    const auto report = examine_collection(data(), "default", false);
    ASSERT_TRUE(report) << report.error().message;
    for (const Finding& finding : report->findings) {
      EXPECT_NE(finding.severity, Finding::Severity::kError) << finding.message;
    }
  }
};

TEST_F(SyncPca, AFirstSyncEndsWithShortVectors) {
  const SyncReport report = sync();
  EXPECT_EQ(report.added, kPhotos);
  EXPECT_EQ(report.embedded, kPhotos);
  EXPECT_EQ(open().set().shape_dimension, kComponents);
  EXPECT_NE(notices_.find("-> 6 numbers, with "), std::string::npos) << notices_;
  expect_projected();
  expect_healthy();
}

TEST_F(SyncPca, AnExistingCollectionIsShortenedWithoutEmbedding) {
  options_.components.reset();
  sync();
  calls_ = 0;
  options_.components = kComponents;
  EXPECT_EQ(sync().embedded, 0);
  EXPECT_EQ(calls_, 0);
  expect_projected();
}

TEST_F(SyncPca, IsRememberedAndNewPhotosAreProjectedToo) {
  sync();
  options_.components.reset();
  options_.model.clear();
  const std::string card = open().set().card_json;
  for (int i = kPhotos; i < kPhotos + 5; ++i) add_photo(std::to_string(i) + ".jpg", i);
  EXPECT_EQ(sync().embedded, 5);
  EXPECT_EQ(open().set().card_json, card);
  expect_projected();
  EXPECT_EQ(sync().embedded, 0);
}

TEST_F(SyncPca, AnotherNumberOrNoneEmbedsAgain) {
  sync();
  options_.components = 4;
  EXPECT_EQ(sync().embedded, kPhotos);
  EXPECT_EQ(open().set().shape_dimension, 4);
  expect_projected();
  options_.components = 0;
  EXPECT_EQ(sync().embedded, kPhotos);
  EXPECT_FALSE(open().card().projection);
  expect_sound_vectors();
}

TEST_F(SyncPca, AnotherNetworkIsShortenedToo) {
  sync();
  options_.components.reset();
  options_.model = add_network("second");
  sync();
  EXPECT_EQ(open().card().name, "second");
  EXPECT_EQ(open().set().shape_dimension, kComponents);
}

TEST_F(SyncPca, TooFewPhotosStayWholeUntilThereAreMore) {
  std::filesystem::remove_all(photos());
  add_photos(kComponents);
  sync();
  EXPECT_FALSE(open().card().projection);
  EXPECT_NE(notices_.find("need more than 6 photos"), std::string::npos) << notices_;
  add_photos(kPhotos);
  options_.components.reset();
  EXPECT_EQ(sync().embedded, kPhotos - kComponents);
  EXPECT_EQ(open().set().shape_dimension, kComponents);
  expect_projected();
}

TEST_F(SyncPca, MoreComponentsThanTheNetworkHasChangeNothing) {
  options_.components = 4096;
  sync();
  EXPECT_FALSE(open().card().projection);
  EXPECT_NE(notices_.find("stay as they are"), std::string::npos) << notices_;
}

TEST_F(SyncPca, ADryRunRemembersNothing) {
  options_.components.reset();
  sync();
  options_.components = kComponents;
  options_.dry_run = true;
  sync();
  options_.dry_run = false;
  options_.components.reset();
  sync();
  EXPECT_FALSE(open().card().projection);
}

TEST_F(SyncPca, TravelsInAnArchive) {
  sync();
  const std::filesystem::path archive = folder_.path() / "out.tar";
  ASSERT_TRUE(export_collection(data(), "default", archive, "0", {}));
  ImportOptions import;
  import.archive = archive;
  import.collection = "copy";
  const auto imported = import_collection(data(), import, {});
  ASSERT_TRUE(imported) << imported.error().message;
  const auto copy = Collection::open(data(), "copy");
  ASSERT_TRUE(copy);
  EXPECT_EQ(copy->set().shape_dimension, kComponents);
  EXPECT_TRUE(projection_of(copy->catalogue(), copy->card()));
}

TEST_F(SyncPca, AMapThatIsDamagedIsNoticed) {
  sync();
  {
    const auto database = Database::open(catalogue_path(), Database::Mode::kWrite);
    ASSERT_TRUE(database);
    ASSERT_TRUE(database->execute("UPDATE projection SET bytes = zeroblob(length(bytes))"));
  }
  add_photo("new.jpg", 77);
  EXPECT_EQ(try_sync().error().code, ErrorCode::kCorrupt);
  const auto report = examine_collection(data(), "default", false);
  ASSERT_TRUE(report);
  ASSERT_FALSE(report->findings.empty());
  EXPECT_NE(report->findings.front().message.find("principal components"), std::string::npos);
}

}  // namespace
}  // namespace semblance
