#include "engine/doctor.h"

#include <sys/stat.h>

#include <fstream>
#include <set>

#include "describe/histogram.h"
#include "engine/collection_files.h"
#include "sync_fixture.h"

namespace semblance::test {
namespace {

constexpr int kPhotos = 12;
constexpr int kHeader = 4096;
constexpr int kEmbeddingBytes =
    (FakeEmbedder::kShapeDimension + FakeEmbedder::kColourDimension) * 4;

class Doctor : public SyncFixture {
 protected:
  void SetUp() override {
    SyncFixture::SetUp();
    add_photos(kPhotos);
    sync_again();
  }

  void sync_again() {
    const Result<SyncReport> report = sync_collection(data(), "default", options_, hooks_);
    ASSERT_TRUE(report) << report.error().message;
  }

  DoctorReport examine(bool repair = false) {
    const Result<DoctorReport> report = examine_collection(data(), "default", repair);
    if (!report) {
      ADD_FAILURE() << report.error().message;
      return {};
    }
    return *report;
  }

  /// "severity check" of each finding.
  static std::multiset<std::string> names(const DoctorReport& report) {
    std::multiset<std::string> all;
    for (const Finding& finding : report.findings) {
      all.insert(std::string(severity_name(finding.severity)) + " " + finding.check);
    }
    return all;
  }
  using Names = std::multiset<std::string>;

  [[nodiscard]] CollectionFiles files() const { return {data(), "default"}; }
  [[nodiscard]] std::filesystem::path vectors(const char* name = "embedding.vec") const {
    return files().vectors(1) / name;
  }
  void overwrite(const std::filesystem::path& path, std::streamoff at, std::string_view with) {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(at).write(with.data(), static_cast<std::streamsize>(with.size()));
    ASSERT_TRUE(file.good());
  }
  void execute(const std::string& sql) {
    const Result<Database> database = Database::open(catalogue_path(), Database::Mode::kWrite);
    ASSERT_TRUE(database);
    const Status status = database->execute(sql);
    ASSERT_TRUE(status) << status.error().message;
  }
  /// Photos that a search can find.
  std::int64_t findable() {
    const Result<Collection> collection = Collection::open(data(), "default");
    if (!collection) return -1;
    const auto& keys = collection->keys_by_row();
    return std::count_if(keys.begin(), keys.end(), [](std::int64_t key) { return key != 0; });
  }
  /// The next sync makes everything good again, embedding `embedded` photos.
  void expect_sync_mends(int embedded) {
    const int before = calls_;
    sync_again();
    EXPECT_EQ(calls_ - before, embedded);
    EXPECT_EQ(findable(), kPhotos);
    EXPECT_EQ(names(examine()), Names{});
  }
};

TEST_F(Doctor, FindsNothingInAHealthyCollection) {
  const DoctorReport report = examine();
  EXPECT_EQ(names(report), Names{});
  EXPECT_TRUE(report.healthy());
  EXPECT_EQ(report.items, kPhotos);
  EXPECT_EQ(report.vectors, kPhotos);
  EXPECT_EQ(report.network_files, 1);
}

TEST_F(Doctor, KnowsNoCollectionOfThatName) {
  EXPECT_EQ(examine_collection(data(), "other", false).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(examine_collection(data(), "../x", false).error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(std::filesystem::exists(data() / "collections/other"));
}

TEST_F(Doctor, ForgetsADamagedRowSoThatItIsEmbeddedAgain) {
  overwrite(vectors(), kHeader + 3 * kEmbeddingBytes + 8, "XY");
  const DoctorReport found = examine();
  EXPECT_EQ(names(found), Names{"error vector-rows"});
  EXPECT_FALSE(found.healthy());
  EXPECT_EQ(findable(), kPhotos);  // looking changes nothing
  EXPECT_EQ(names(examine(true)), (Names{"error vector-rows", "warning coverage"}));
  EXPECT_EQ(findable(), kPhotos - 1);
  expect_sync_mends(1);
}

TEST_F(Doctor, ForgetsRowsThatAreNotWhatTheCatalogueSays) {
  execute("UPDATE vector SET checksum = 0 WHERE row = 2");
  EXPECT_EQ(names(examine()), Names{"error vector-rows"});
  execute("UPDATE vector SET row = 1000000 WHERE row = 2");
  EXPECT_EQ(names(examine()), Names{"error vector-rows"});
  execute("UPDATE vector SET content_hash = x'00' WHERE row = 3");
  EXPECT_EQ(names(examine(true)),
            (Names{"error vector-rows", "error vector-rows", "warning coverage"}));
  expect_sync_mends(2);
}

TEST_F(Doctor, ForgetsWhatIsNoDescriptorThoughItsChecksumIsRight) {
  overwrite(vectors(), kHeader, std::string(kEmbeddingBytes, '\0'));
  const DescriptorDimensions dimensions = {
      FakeEmbedder::kShapeDimension + FakeEmbedder::kColourDimension, kHistogramDimension};
  const auto store = VectorStore::open(files().vectors(1), dimensions, kPhotos);
  ASSERT_TRUE(store);
  execute("UPDATE vector SET checksum = " + std::to_string(checksum(store->row(0))) +
          " WHERE row = 0");
  EXPECT_EQ(names(examine(true)), (Names{"error vector-rows", "warning coverage"}));
  expect_sync_mends(1);
}

TEST_F(Doctor, KeepsTheRowsThatATruncatedFileStillHolds) {
  std::filesystem::resize_file(vectors("histogram.vec"), kHeader + kHistogramDimension * 4 * 5 + 9);
  EXPECT_EQ(findable(), -1);
  EXPECT_EQ(names(examine()), (Names{"error vector-files", "error vector-rows"}));
  examine(true);
  EXPECT_EQ(findable(), 5);
  expect_sync_mends(kPhotos - 5);
}

TEST_F(Doctor, AVectorFileThatIsGoneIsMadeAnew) {
  std::filesystem::remove(vectors("histogram-foreground.vec"));
  EXPECT_EQ(names(examine()), (Names{"error vector-files", "error vector-rows"}));
  examine(true);
  EXPECT_EQ(findable(), 0);
  expect_sync_mends(kPhotos);
}

TEST_F(Doctor, WritesADamagedHeaderAnewAndLosesNothing) {
  overwrite(vectors(), 0, "garbage");
  EXPECT_EQ(findable(), -1);
  EXPECT_EQ(names(examine()), Names{"error vector-files"});
  EXPECT_TRUE(examine(true).healthy());
  EXPECT_EQ(findable(), kPhotos);
  expect_sync_mends(0);
}

TEST_F(Doctor, LeftoversAreNotesAndRepairRemovesThem) {
  std::ofstream(vectors(), std::ios::app) << "torn";
  std::filesystem::create_directories(files().vectors(7));
  std::ofstream(files().vectors(7) / "embedding.vec") << "old";
  std::ofstream(files().folder() / "x.tmp-12-3") << "half";
  const Names leftovers = {"note leftovers", "note leftovers", "note torn-tail"};
  const DoctorReport found = examine();
  EXPECT_EQ(names(found), leftovers);
  EXPECT_TRUE(found.healthy());
  EXPECT_EQ(names(examine(true)), leftovers);
  EXPECT_EQ(names(examine()), Names{});
  EXPECT_FALSE(std::filesystem::exists(files().vectors(7)));
}

TEST_F(Doctor, SaysWhatToDoAboutADamagedDatabaseAndLeavesItAlone) {
  const auto size = std::filesystem::file_size(catalogue_path());
  overwrite(catalogue_path(), 4096, std::string(size - 4096, 'x'));
  const DoctorReport report = examine(true);
  EXPECT_EQ(names(report), Names{"error database"});
  EXPECT_FALSE(report.healthy());
  EXPECT_NE(report.findings.front().remedy.find("sync again"), std::string::npos);
  EXPECT_EQ(std::filesystem::file_size(catalogue_path()), size);
  overwrite(catalogue_path(), 0, "no database");
  EXPECT_EQ(names(examine()), Names{"error database"});
}

TEST_F(Doctor, MakesADamagedIndexAgain) {
  // An index that a change passed by.
  execute(
      "CREATE TABLE kept AS SELECT * FROM sqlite_schema WHERE name = 'item_by_product';"
      "PRAGMA writable_schema = ON;"
      "DELETE FROM sqlite_schema WHERE name = 'item_by_product';");
  execute(
      "UPDATE item SET product = 'other' WHERE key < 4; PRAGMA writable_schema = ON;"
      "INSERT INTO sqlite_schema SELECT * FROM kept;");
  execute("DROP TABLE kept");
  EXPECT_EQ(names(examine()), Names{"error database"});
  EXPECT_TRUE(examine(true).healthy());
  EXPECT_EQ(names(examine()), Names{});
}

TEST_F(Doctor, RemovesWhatBelongsToNothing) {
  execute("PRAGMA foreign_keys = OFF; DELETE FROM item WHERE key = 2");
  EXPECT_EQ(names(examine()), Names{"error references"});
  EXPECT_TRUE(examine(true).healthy());
  expect_sync_mends(1);
}

TEST_F(Doctor, SaysThatTheNetworkIsGone) {
  std::filesystem::remove(options_.model);
  EXPECT_EQ(names(examine()), Names{"warning network"});
}

TEST_F(Doctor, DoesNotRepairWhileAnotherProcessChangesTheCollection) {
  const Result<CollectionLock> lock = CollectionLock::acquire(files());
  ASSERT_TRUE(lock);
  EXPECT_EQ(examine_collection(data(), "default", true).error().code, ErrorCode::kConflict);
  EXPECT_EQ(names(examine()), Names{"note lock"});
}

TEST_F(Doctor, ACollectionThatWasOnlyBegunIsHealthy) {
  std::filesystem::remove_all(files().folder());
  std::filesystem::create_directories(files().folder());
  EXPECT_EQ(names(examine()), Names{"note database"});
  std::ofstream(catalogue_path()).flush();
  EXPECT_EQ(names(examine()), Names{"note database"});
  std::filesystem::remove(catalogue_path());
  std::filesystem::create_directories(files().vectors(1));
  EXPECT_EQ(names(examine()), Names{"error database"});
}

}  // namespace
}  // namespace semblance::test
