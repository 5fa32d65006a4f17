// What syncs of a source and items that were put one by one mean to each other; and which photos
// are shown.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "unit/live/live_fixture.h"

namespace semblance {
namespace {

namespace fs = std::filesystem;

class LiveAndSync : public test::LiveFixture {
 protected:
  [[nodiscard]] ErrorCode photo_error(const fs::path& path) const {
    Item item;
    item.id = "x";
    item.path = path;
    const auto photo = live_->photo(item);
    return photo ? ErrorCode::kInternal : photo.error().code;
  }
  void change_catalogue(const std::string& sql) const {
    const auto catalogue = Catalogue::open(catalogue_path(), Database::Mode::kWrite);
    ASSERT_TRUE(catalogue);
    ASSERT_TRUE(catalogue->database().execute(sql));
  }
};

TEST_F(LiveAndSync, ASyncLeavesAloneWhatWasPutOneByOne) {
  add_photos(3);
  sync();
  open_live();
  do_change(put_of("live", 7, Attributes{{"size", "M"}}));
  std::filesystem::remove(photos() / "0.jpg");
  options_.yes = true;
  const SyncReport report = sync();
  EXPECT_EQ(report.removed, 1);
  EXPECT_EQ(report.seen, 2);
  EXPECT_TRUE(*live_->item("live"));
  // They do not count when it is asked whether too much is removed.
  options_.yes = false;
  for (int i = 0; i < 20; ++i) do_change(put_of("live " + std::to_string(i), i));
  std::filesystem::remove(photos() / "1.jpg");
  const auto refused = try_sync();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
}

TEST_F(LiveAndSync, ASourceThatNamesTheIdTakesTheItemOver) {
  add_photos(2);
  sync();
  open_live();
  do_change(put_of("2.jpg", 7));
  add_photo("2.jpg", 2);
  EXPECT_EQ(sync().changed, 1);
  ASSERT_TRUE(comes_true([&] { return found(2, 1) == std::vector<std::string>{"2.jpg"}; }));
  EXPECT_EQ((*live_->item("2.jpg"))->path, photos() / "2.jpg");
  // From now on it is the source's.
  std::filesystem::remove(photos() / "2.jpg");
  options_.yes = true;
  EXPECT_EQ(sync().removed, 1);
  EXPECT_FALSE(*live_->item("2.jpg"));
}

TEST_F(LiveAndSync, PuttingAPhotoTakesTheItemFromTheSource) {
  add_photos(3);
  sync();
  open_live();
  EXPECT_EQ(do_change(put_of("1.jpg", 1)), Kind::kUnchanged);
  EXPECT_EQ(do_change(patch_of("0.jpg", {{"size", "M"}})), Kind::kPatched);
  EXPECT_EQ(do_change(put_of("2.jpg", 8)), Kind::kReplaced);
  for (int i = 0; i < 3; ++i) std::filesystem::remove(photos() / (std::to_string(i) + ".jpg"));
  options_.yes = true;
  EXPECT_EQ(sync().removed, 2);
  EXPECT_TRUE(*live_->item("2.jpg"));
  EXPECT_EQ(found(8, 1), std::vector<std::string>{"2.jpg"});
}

TEST_F(LiveAndSync, WorksWithShortenedVectors) {
  add_photos(30);
  options_.components = 8;
  sync();
  ASSERT_EQ(open().set().shape_dimension, 8);
  open_live();
  do_change(put_of("live", 40));
  EXPECT_TRUE(comes_true([&] { return found(40, 1) == std::vector<std::string>{"live"}; }));
}

TEST_F(LiveAndSync, PhotosAreReadFromTheSourcesFoldersOnly) {
  add_photo("1.jpg", 1);
  const fs::path secret = folder_.write("secret/key.jpg", "secret");
  const fs::path beside = folder_.write("photos-2/x.jpg", "beside");
  fs::create_symlink(secret, photos() / "link.jpg");
  fs::create_directory_symlink(secret.parent_path(), photos() / "folder");
  fs::create_symlink(photos() / "1.jpg", photos() / "inside.jpg");
  fs::create_symlink("nowhere", photos() / "dangling.jpg");
  ASSERT_EQ(::mkfifo((photos() / "pipe").c_str(), 0600), 0);
  sync();
  open_live();
  EXPECT_EQ(live_->photo(**live_->item("1.jpg")).operator*(), photo_of(1));
  Item inside;
  inside.path = photos() / "inside.jpg";
  EXPECT_TRUE(live_->photo(inside));
  EXPECT_EQ(photo_error(secret), ErrorCode::kUnreadable);
  EXPECT_EQ(photo_error(beside), ErrorCode::kUnreadable);
  EXPECT_EQ(photo_error(photos() / "link.jpg"), ErrorCode::kUnreadable);
  EXPECT_EQ(photo_error(photos() / "folder" / "key.jpg"), ErrorCode::kUnreadable);
  EXPECT_EQ(photo_error(photos() / ".." / "secret" / "key.jpg"), ErrorCode::kUnreadable);
  EXPECT_EQ(photo_error(photos() / "dangling.jpg"), ErrorCode::kMissingFile);
  EXPECT_EQ(photo_error(photos() / "none.jpg"), ErrorCode::kMissingFile);
  EXPECT_EQ(photo_error(photos() / "pipe"), ErrorCode::kUnreadable);
  EXPECT_EQ(photo_error(photos()), ErrorCode::kUnreadable);
  EXPECT_EQ(photo_error(catalogue_path()), ErrorCode::kUnreadable);
  EXPECT_EQ(photo_error(""), ErrorCode::kNotFound);
}

TEST_F(LiveAndSync, WithoutKnownRootsItSaysWhatToDo) {
  add_photo("1.jpg", 1);
  sync();
  change_catalogue("DELETE FROM setting WHERE name = 'photo_roots'");
  open_live();
  const auto photo = live_->photo(**live_->item("1.jpg"));
  ASSERT_FALSE(photo);
  EXPECT_EQ(photo.error().code, ErrorCode::kUnreadable);
  EXPECT_NE(photo.error().message.find("sync"), std::string::npos);
  do_change(put_of("live", 2));
  EXPECT_TRUE(live_->photo(**live_->item("live")));
}

TEST_F(LiveAndSync, UploadsAreFoundWhenTheDataFolderHasMoved) {
  begin();
  do_change(put_of("a", 1));
  live_.reset();
  const fs::path moved = folder_.path() / "moved";
  fs::rename(data(), moved);
  auto live = LiveCollection::open(moved, "default", live_options_);
  ASSERT_TRUE(live);
  EXPECT_EQ((*live)->photo(**(*live)->item("a")).operator*(), photo_of(1));
}

TEST_F(LiveAndSync, ADeletedCollectionIsNotMadeAgain) {
  begin();
  const ItemChange put = put_of("a", 1);
  do_change(put);
  ASSERT_TRUE(delete_collection(data(), "default"));
  EXPECT_EQ(change(put).error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(fs::exists(catalogue_path()));
  // One of the same name is another one, and taken up.
  ASSERT_TRUE(create_collection(data(), "default", options_.model));
  EXPECT_EQ(do_change(put_of("b", 2)), Kind::kCreated);
  EXPECT_TRUE(comes_true([&] { return found(2) == std::vector<std::string>{"b"}; }));
}

}  // namespace
}  // namespace semblance
