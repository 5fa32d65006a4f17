#include "remote/kept_photos.h"

#include <gtest/gtest.h>

#include <string>

#include "support/http_server.h"
#include "support/temporary_folder.h"

namespace semblance::remote {
namespace {

Bytes some_bytes(std::size_t size, unsigned seed) {
  const std::string text = test::photo_bytes(size, seed);
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

std::uint64_t bytes_below(const std::filesystem::path& folder) {
  std::uint64_t total = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) total += entry.file_size();
  }
  return total;
}

TEST(KeptPhotos, GivesBackWhatWasStored) {
  const test::TemporaryFolder folder;
  const Bytes photo = some_bytes(5'000, 1);
  {
    KeptPhotos kept(folder.path() / "kept", 1 << 20);
    EXPECT_FALSE(kept.read(sha256(photo)));
    kept.store(sha256(photo), photo);
    EXPECT_EQ(kept.read(sha256(photo)), photo);
  }
  KeptPhotos again(folder.path() / "kept", 1 << 20);
  EXPECT_EQ(again.read(sha256(photo)), photo);
}

TEST(KeptPhotos, ForgetsWhatIsDamaged) {
  const test::TemporaryFolder folder;
  const Bytes photo = some_bytes(5'000, 1);
  KeptPhotos kept(folder.path(), 1 << 20);
  kept.store(sha256(photo), photo);
  const std::string name = to_hex(sha256(photo));
  const std::filesystem::path file = folder.path() / name.substr(0, 2) / name;
  ASSERT_TRUE(std::filesystem::exists(file));
  std::filesystem::resize_file(file, 4'000);
  EXPECT_FALSE(kept.read(sha256(photo)));
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST(KeptPhotos, KeepsNoMoreThanItMayAndThoseThatAreUsed) {
  const test::TemporaryFolder folder;
  constexpr std::uint64_t kMost = 50'000;
  KeptPhotos kept(folder.path(), kMost);
  const Bytes first = some_bytes(5'000, 1);
  kept.store(sha256(first), first);
  for (unsigned seed = 2; seed < 60; ++seed) {
    const Bytes photo = some_bytes(5'000, seed);
    kept.store(sha256(photo), photo);
    EXPECT_TRUE(kept.read(sha256(photo))) << seed;
    EXPECT_EQ(kept.read(sha256(first)), first) << seed;
    EXPECT_LE(bytes_below(folder.path()), kMost);
  }
  EXPECT_GT(bytes_below(folder.path()), kMost / 2);
  const Bytes huge = some_bytes(60'000, 100);
  kept.store(sha256(huge), huge);
  EXPECT_FALSE(kept.read(sha256(huge)));
  EXPECT_EQ(kept.read(sha256(first)), first);
}

TEST(KeptPhotos, CountsWhatAnotherProcessHasKept) {
  const test::TemporaryFolder folder;
  KeptPhotos one(folder.path(), 50'000);
  KeptPhotos other(folder.path(), 50'000);
  for (unsigned seed = 0; seed < 40; ++seed) {
    const Bytes photo = some_bytes(5'000, seed);
    (seed % 2 == 0 ? one : other).store(sha256(photo), photo);
  }
  // Each notices the other's when it makes room.
  EXPECT_LE(bytes_below(folder.path()), 2 * 50'000U);
}

TEST(KeptPhotos, DoesWithoutADisk) {
  const test::TemporaryFolder folder;
  folder.write("file", "in the way");
  KeptPhotos kept(folder.path() / "file", 1 << 20);
  const Bytes photo = some_bytes(5'000, 1);
  kept.store(sha256(photo), photo);
  EXPECT_FALSE(kept.read(sha256(photo)));
}

}  // namespace
}  // namespace semblance::remote
