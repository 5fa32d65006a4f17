#include <gtest/gtest.h>

#include <fstream>

#include "engine/doctor.h"
#include "engine/duplicate_cache.h"
#include "engine/duplicates.h"
#include "sync_fixture.h"

namespace semblance::test {
namespace {

class DoctorOfDuplicates : public SyncFixture {
 protected:
  void SetUp() override {
    SyncFixture::SetUp();
    add_photos(6);
    (void)add_file("copy.jpg", read_text("0.jpg"));
    sync();
    ASSERT_TRUE(find_duplicates(data(), "default", {}, {}));
  }

  [[nodiscard]] std::string read_text(const std::string& name) const {
    std::ifstream file(photos() / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  [[nodiscard]] CollectionFiles files() const { return {data(), "default"}; }
  [[nodiscard]] std::vector<Finding> examine(bool repair) const {
    const Result<DoctorReport> report = examine_collection(data(), "default", repair);
    EXPECT_TRUE(report);
    return report ? report->findings : std::vector<Finding>();
  }
  /// It is found, mended, and made anew.
  void expect_mended() const {
    const std::vector<Finding> found = examine(false);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].check, "duplicates");
    EXPECT_EQ(found[0].severity, Finding::Severity::kError);
    EXPECT_TRUE(found[0].repairable && !found[0].repaired);
    const std::vector<Finding> mended = examine(true);
    ASSERT_EQ(mended.size(), 1U);
    EXPECT_TRUE(mended[0].repaired);
    EXPECT_TRUE(examine(false).empty());
    const auto report = find_duplicates(data(), "default", {}, {});
    ASSERT_TRUE(report);
    EXPECT_EQ(report->groups.front().items.size(), 2U);
    EXPECT_TRUE(examine(false).empty());
  }
};

TEST_F(DoctorOfDuplicates, HasNothingToSayOfWhatIsSound) {
  EXPECT_TRUE(examine(false).empty());
  remove_duplicate_cache(files());
  EXPECT_TRUE(examine(false).empty()) << "nobody has looked for duplicates";
}

TEST_F(DoctorOfDuplicates, RemovesAFileThatIsNoDatabase) {
  remove_duplicate_cache(files());
  ASSERT_TRUE(write_file_atomically(duplicate_cache_path(files()), "this is no database at all"));
  expect_mended();
}

TEST_F(DoctorOfDuplicates, RemovesADatabaseWithSpoiltPages) {
  const auto path = duplicate_cache_path(files());
  {
    const auto database = Database::open(path, Database::Mode::kWrite);
    ASSERT_TRUE(database && database->execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  }
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(4096).write(std::string(8192, 'x').data(), 8192);
  file.close();
  expect_mended();
}

TEST_F(DoctorOfDuplicates, RemovesADatabaseWithRowsThatAreNone) {
  {
    const auto database = Database::open(duplicate_cache_path(files()), Database::Mode::kWrite);
    ASSERT_TRUE(database && database->execute("UPDATE sketch SET levels = x'00' WHERE photo = 1"));
  }
  expect_mended();
}

TEST_F(DoctorOfDuplicates, RemovesASpoiltTable) {
  std::fstream file(files().vectors(1) / "duplicates.table",
                    std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(4096 + 6 * 8 + 20).write("xxxx", 4);
  file.close();
  expect_mended();
}

TEST_F(DoctorOfDuplicates, ASpoiltTableIsMadeAnewWithoutIt) {
  std::fstream file(files().vectors(1) / "duplicates.table",
                    std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(4096 + 8 * 8 + 20).write("\xff\xff\xff\x7f", 4);
  file.close();
  ASSERT_TRUE(find_duplicates(data(), "default", {}, {}));
  EXPECT_TRUE(examine(false).empty());
}

}  // namespace
}  // namespace semblance::test
