// Inputs of every kind, good and bad: each ends somewhere.

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>

#include "engine/answer_json.h"
#include "engine/photo_name.h"
#include "engine/sync.h"
#include "support/picture_writers.h"
#include "sync_fixture.h"

namespace semblance {
namespace {

namespace fs = std::filesystem;

using SyncPictures = test::SyncFixture;
using Outcomes = std::map<std::string, std::string>;

/// A plain picture that the fake network refuses.
std::string purple_photo() {
  Image image{20, 20, {}};
  for (int i = 0; i < 400; ++i) image.pixels.insert(image.pixels.end(), {128, 0, 128});
  const Bytes bytes = test::write_bmp(image, test::BmpKind::kRgb24);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST_F(SyncPictures, EveryInputEndsWithItsReason) {
  Outcomes expected;
  for (const test::PictureFile& file : test::make_picture_files()) {
    static_cast<void>(
        add_file(file.name, {reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size()}));
    expected[file.name] =
        !file.error
            ? "indexed"
            : (is_skipped_rather_than_failed(*file.error, file.name) ? "skipped " : "failed ") +
                  std::string(code_name(*file.error));
  }
  const SyncReport report = sync();
  EXPECT_EQ(outcomes(), expected);
  EXPECT_EQ(report.seen, static_cast<std::int64_t>(expected.size()));
  EXPECT_GT(report.failed, 0);
  EXPECT_GT(report.skipped, 0);
  // Known failures are not tried again, but counted.
  const SyncReport again = sync();
  EXPECT_EQ(again.unchanged, report.added);
  EXPECT_EQ(again.failed, report.failed);
  EXPECT_EQ(again.skipped, report.skipped);
  EXPECT_EQ(outcomes(), expected);
}

TEST_F(SyncPictures, TablesAndTextsBetweenPhotosAreSkipped) {
  add_photo("a.jpg", 1);
  for (const char* name : {"styles.csv", "README.md", "Thumbs.db", "empty.txt", "noending"}) {
    static_cast<void>(
        add_file(name, name == std::string("empty.txt") ? "" : "some text, no photo"));
  }
  const SyncReport report = sync();
  EXPECT_EQ(report.added, 1);
  EXPECT_EQ(report.skipped, 5);
  EXPECT_EQ(report.failed, 0);
}

TEST_F(SyncPictures, APhotoThatTheNetworkRefusesFails) {
  add_photo("a.jpg", 1);
  static_cast<void>(add_file("purple.bmp", purple_photo()));
  EXPECT_EQ(sync().failed, 1);
  EXPECT_EQ(outcomes(), (Outcomes{{"a.jpg", "indexed"}, {"purple.bmp", "failed embed_failed"}}));
}

TEST_F(SyncPictures, AFailedPhotoIsTriedAgainOnRequestOrWhenItChanged) {
  const fs::path broken = add_file("broken.jpg", "no photo at all");
  add_photo("a.jpg", 1);
  EXPECT_EQ(sync().failed, 1);
  const int calls = calls_;
  options_.retry = true;
  EXPECT_EQ(sync().failed, 1);
  EXPECT_EQ(calls_, calls);  // it never came as far as the network
  options_.retry = false;
  add_photo("broken.jpg", 2);
  const SyncReport mended = sync();
  EXPECT_EQ(mended.changed, 1);
  EXPECT_EQ(mended.failed, 0);
  EXPECT_TRUE(open().catalogue().problems()->empty());
  expect_sound_vectors();
}

TEST_F(SyncPictures, AnIndexedPhotoThatBreaksIsFoundNoMore) {
  add_photos(3);
  sync();
  static_cast<void>(add_file("1.jpg", "not a photo any more"));
  const SyncReport report = sync();
  EXPECT_EQ(report.failed, 1);
  EXPECT_EQ(report.removed, 0);
  EXPECT_EQ(search(photos() / "0.jpg"), (std::vector<std::string>{"0.jpg", "2.jpg"}));
}

TEST_F(SyncPictures, LimitsAreForFilesAndPixels) {
  add_photo("a.jpg", 1);
  options_.limits.max_pixels = 72 * 96 - 1;
  EXPECT_EQ(sync().failed, 1);
  EXPECT_EQ(outcomes(), (Outcomes{{"a.jpg", "failed too_many_pixels"}}));
  options_.limits = {};
  options_.limits.max_bytes = 100;
  options_.retry = true;
  EXPECT_EQ(sync().failed, 1);
  EXPECT_EQ(outcomes(), (Outcomes{{"a.jpg", "failed too_large"}}));
  options_.limits = {};
  EXPECT_EQ(sync().changed, 1);
}

TEST_F(SyncPictures, PipesAndLinksToNowhereAreProblemsAndDoNotHang) {
  add_photos(2);
  sync();
  fs::remove(photos() / "1.jpg");
  ASSERT_EQ(::mkfifo((photos() / "1.jpg").c_str(), 0600), 0);
  fs::create_symlink("gone.jpg", photos() / "link.jpg");
  fs::create_directory_symlink(".", photos() / "circle");
  const SyncReport report = sync();
  EXPECT_EQ(report.failed, 3);
  EXPECT_EQ(outcomes(), (Outcomes{{"0.jpg", "indexed"},
                                  {"1.jpg", "failed unreadable"},
                                  {"link.jpg", "failed missing_file"},
                                  {"circle", "failed unreadable"}}));
  // A problem that is gone is forgotten.
  fs::remove(photos() / "link.jpg");
  fs::remove(photos() / "circle");
  EXPECT_EQ(sync().failed, 1);
  EXPECT_EQ(outcomes().size(), 2U);
}

TEST_F(SyncPictures, ANamedPipeAsLongAsAnItemThatIsGoneDoesNotHang) {
  add_photos(6);
  static_cast<void>(add_file("empty.jpg", ""));
  sync();
  fs::remove(photos() / "empty.jpg");
  ASSERT_EQ(::mkfifo((photos() / "pipe.jpg").c_str(), 0600), 0);  // 0 bytes, too
  EXPECT_EQ(sync().failed, 1);
}

TEST_F(SyncPictures, NamesOfAnyBytesAreIndexedAndPrintable) {
  add_photo("caf\xE9.jpg", 1);
  add_photo("\xE6\x97\xA5 \"quoted\" \n.jpg", 2);
  ASSERT_EQ(::mkfifo((photos() / "pipe \xFF.jpg").c_str(), 0600), 0);
  EXPECT_EQ(sync().added, 2);
  const auto answer = open().similar("caf\\xE9.jpg", {});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->hits.size(), 1U);
  EXPECT_NE(to_json(*answer).find("quoted"), std::string::npos);
  // Messages of problems name the file as well.
  const auto problems = open().catalogue().problems();
  ASSERT_TRUE(problems && problems->size() == 1);
  EXPECT_NE(to_json(*problems).find("pipe \\\\xFF.jpg"), std::string::npos);
}

TEST_F(SyncPictures, WhatThisUserMayNotReadIsAProblem) {
  fs::permissions(folder_.path(), fs::perms(0777));
  fs::permissions(photos(), fs::perms(0777));
  add_photo("a.jpg", 1);
  fs::permissions(add_photo("secret.jpg", 2), fs::perms::none);
  add_photo("locked/b.jpg", 3);
  fs::permissions(photos() / "locked", fs::perms::none);
  const pid_t child = ::fork();
  if (child == 0) {
    constexpr uid_t kNobody = 65534;
    if (::geteuid() == 0 && (::setegid(kNobody) != 0 || ::seteuid(kNobody) != 0)) ::_exit(2);
    const auto report = try_sync();
    if (!report || report->added != 1 || report->failed != 2) ::_exit(3);
    const Outcomes expected{
        {"a.jpg", "indexed"}, {"secret.jpg", "failed unreadable"}, {"locked", "failed unreadable"}};
    ::_exit(outcomes() == expected ? 0 : 4);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  fs::permissions(photos() / "locked", fs::perms(0777));
}

}  // namespace
}  // namespace semblance
