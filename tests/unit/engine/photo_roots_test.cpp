#include "engine/photo_roots.h"

#include <gtest/gtest.h>

#include "sync_fixture.h"

namespace semblance {
namespace {

namespace fs = std::filesystem;

TEST(PhotoRoots, AreRealFoldersAndNoneBelowAnother) {
  const test::TemporaryFolder folder;
  const fs::path base = fs::canonical(folder.path());
  fs::create_directories(base / "a" / "b");
  fs::create_directories(base / "ab");
  fs::create_directory_symlink(base / "a", base / "link");
  PhotoRoots roots;
  roots.add(base / "link" / "b");
  EXPECT_EQ(roots.folders(), std::vector<fs::path>{base / "a" / "b"});
  roots.add(base / "nowhere");
  roots.add(base / "a" / ".." / "a" / "b");
  EXPECT_EQ(roots.folders().size(), 1U);
  roots.add(base / "a");
  EXPECT_EQ(roots.folders(), std::vector<fs::path>{base / "a"});
  EXPECT_NE(roots.root_of(base / "a" / "b" / "x.jpg"), nullptr);
  EXPECT_EQ(roots.root_of(base / "ab" / "x.jpg"), nullptr);
  EXPECT_EQ(roots.root_of(base), nullptr);
}

TEST(PhotoRoots, AnyNameOfAFolderIsKept) {
  const test::TemporaryFolder folder;
  PhotoRoots roots;
  for (const char* name : {"100%", "%0A", "two\nlines", "not utf-8 \xff", "blank "}) {
    fs::create_directories(folder.path() / name);
    roots.add(folder.path() / name);
  }
  EXPECT_EQ(roots.folders().size(), 5U);
  EXPECT_EQ(PhotoRoots::from_text(roots.to_text()).folders(), roots.folders());
  EXPECT_TRUE(PhotoRoots::from_text("relative\n\n../x").folders().empty());
}

class SyncRoots : public test::SyncFixture {
 protected:
  [[nodiscard]] std::vector<fs::path> roots() const {
    const auto stored = stored_roots(open().catalogue());
    EXPECT_TRUE(stored && *stored);
    return (*stored)->folders();
  }
};

TEST_F(SyncRoots, AreTheFoldersOfTheLastSource) {
  add_photo("a/1.jpg", 1);
  add_photo("b/2.jpg", 2);
  sync();
  EXPECT_EQ(roots(), std::vector<fs::path>{fs::canonical(photos())});
  options_.sources = {(photos() / "a").string()};
  options_.keep_missing = true;
  sync();
  EXPECT_EQ(roots(), std::vector<fs::path>{fs::canonical(photos())});
  options_.keep_missing = false;
  options_.yes = true;
  sync();
  EXPECT_EQ(roots(), std::vector<fs::path>{fs::canonical(photos() / "a")});
}

TEST_F(SyncRoots, AreWhereATableFindsItsPhotos) {
  add_photo("a/1.jpg", 1);
  add_photo("b/2.jpg", 2);
  const fs::path table = folder_.write("tables/t.csv", "id,image\nx,../photos/b/2.jpg\n");
  options_.sources = {table.string()};
  sync();
  EXPECT_EQ(roots(), std::vector<fs::path>{fs::canonical(photos() / "b")});
}

}  // namespace
}  // namespace semblance
