#include "source/photo_finder.h"

#include <gtest/gtest.h>

#include "source_entries.h"
#include "support/temporary_folder.h"

namespace semblance {
namespace {

namespace fs = std::filesystem;

class PhotoFinderTest : public ::testing::Test {
 protected:
  SourceEntry find(std::string_view text) {
    SourceEntry entry;
    finder().find(text, entry);
    return entry;
  }
  SourceEntry find_named(std::string_view name) {
    SourceEntry entry;
    finder().find_named(name, entry);
    return entry;
  }
  PhotoFinder finder() {
    Result<PhotoFinder> finder = PhotoFinder::beside(root() / "table.csv", std::nullopt);
    EXPECT_TRUE(finder.ok());
    return *std::move(finder);
  }
  [[nodiscard]] fs::path root() const { return folder_.path(); }

  test::TemporaryFolder folder_;
};

TEST_F(PhotoFinderTest, FindsPathsInTheUsualFolderAndBesideTheFile) {
  folder_.write("images/1.jpg", "abc");
  folder_.write("2.jpg", "x");
  EXPECT_EQ(find("1.jpg").path, root() / "images/1.jpg");
  EXPECT_EQ(find("1.jpg").size_bytes, 3U);
  EXPECT_GT(find("1.jpg").mtime_ns, 0);
  EXPECT_EQ(find("images/1.jpg").path, root() / "images/1.jpg");
  EXPECT_EQ(find("./images//../2.jpg").path, root() / "2.jpg");
  EXPECT_EQ(find((root() / "2.jpg").native()).path, root() / "2.jpg");
  EXPECT_EQ(find("images\\1.jpg").path, root() / "images/1.jpg");
}

TEST_F(PhotoFinderTest, FindsNamesWithoutEnding) {
  folder_.write("images/a/7.PNG", "");
  folder_.write("images/x.y.jpeg", "");
  folder_.write("images/z.txt", "");
  EXPECT_EQ(find_named("a/7").path, root() / "images/a/7.PNG");
  EXPECT_EQ(find("a/7").path, root() / "images/a/7.PNG");
  EXPECT_EQ(find_named("x.y").path, root() / "images/x.y.jpeg");
  EXPECT_EQ(find_named("x.y.jpeg").path, root() / "images/x.y.jpeg");
  EXPECT_EQ(test::problem(find_named("z")), "missing_file");
  EXPECT_EQ(test::problem(find_named("x")), "missing_file");
}

TEST_F(PhotoFinderTest, PrefersJpegWhereAPhotoIsThereTwice) {
  folder_.write("images/1.webp", "");
  folder_.write("images/1.png", "");
  folder_.write("images/1.jpg", "");
  folder_.write("images/10.jpg", "");
  EXPECT_EQ(find_named("1").path, root() / "images/1.jpg");
}

TEST_F(PhotoFinderTest, FindsNamesThatAreNotUtf8) {
  folder_.write("images/caf\xE9.jpg", "");
  EXPECT_EQ(find_named("caf\xE9").path.native(), (root() / "images/caf\xE9.jpg").native());
  EXPECT_EQ(find("caf\xE9.jpg").path.native(), (root() / "images/caf\xE9.jpg").native());
}

TEST_F(PhotoFinderTest, TakesAddressesAsTheyAre) {
  const SourceEntry entry = find("https://shop.example/red shoe.jpg");
  EXPECT_EQ(entry.url, "https://shop.example/red%20shoe.jpg");
  EXPECT_TRUE(entry.path.empty());
  EXPECT_EQ(test::problem(entry), "");
  EXPECT_EQ(test::problem(find("ftp://a/b.jpg")), "bad_row");
  EXPECT_EQ(test::problem(find("file:///etc/passwd")), "bad_row");
}

TEST_F(PhotoFinderTest, SaysWhereItLooked) {
  fs::create_directory(root() / "photos");
  const SourceEntry entry = find("gone.jpg");
  ASSERT_EQ(test::problem(entry), "missing_file");
  EXPECT_NE(entry.problem->message.find("gone.jpg"), std::string::npos);
  EXPECT_NE(entry.problem->message.find((root() / "photos").native()), std::string::npos);
  const SourceEntry longer = find(std::string(100'000, 'x'));
  ASSERT_EQ(test::problem(longer), "missing_file");
  EXPECT_LT(longer.problem->message.size(), 1000U);
}

TEST_F(PhotoFinderTest, ReportsWhatIsNoFile) {
  fs::create_directory(root() / "folder.jpg");
  EXPECT_EQ(test::problem(find("folder.jpg")), "unreadable");
  EXPECT_EQ(test::problem(find_named("folder")), "unreadable");
  EXPECT_EQ(test::problem(find(std::string_view("a\0.jpg", 6))), "missing_file");
}

TEST_F(PhotoFinderTest, NeedsTheFolderThatIsNamed) {
  EXPECT_EQ(PhotoFinder::beside(root() / "t.csv", root() / "gone").error().code,
            ErrorCode::kNotFound);
  const fs::path file = folder_.write("file", "");
  EXPECT_EQ(PhotoFinder::beside(root() / "t.csv", file).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace semblance
