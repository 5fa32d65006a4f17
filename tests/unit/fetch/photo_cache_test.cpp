#include "fetch/photo_cache.h"

#include <gtest/gtest.h>

#include <fstream>

#include "fetching.h"
#include "support/temporary_folder.h"

namespace semblance::test {
namespace {

const std::string kUrl = "https://shop.example/photos/blue shirt.jpg";
const Validators kValidators = {"https://cdn.example/1.jpg", "\"v1\"",
                                "Sat, 01 Jun 2024 10:00:00 GMT"};

std::span<const std::byte> bytes_of_text(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

PartialBody partial_of_text(std::string_view text) {
  const auto bytes = bytes_of_text(text);
  return {kValidators, Bytes(bytes.begin(), bytes.end())};
}

Status store(const PhotoCache& cache, const std::string& url, std::string_view text,
             const Validators& validators = kValidators) {
  const auto bytes = bytes_of_text(text);
  return cache.store(url, bytes, sha256(bytes), validators);
}

class PhotoCacheTest : public testing::Test {
 protected:
  [[nodiscard]] std::string content() const {
    return text_of(*read_file(cache_.find(kUrl)->file, 1 << 20));
  }
  [[nodiscard]] std::filesystem::path beside(const char* ending) const {
    std::filesystem::path path = cache_.file(kUrl);
    return path += ending;
  }

  TemporaryFolder folder_;
  PhotoCache cache_{folder_.path() / "photos"};
};

TEST_F(PhotoCacheTest, IsEmptyAtFirst) {
  EXPECT_FALSE(cache_.find(kUrl));
  EXPECT_FALSE(cache_.find_partial(kUrl, 1 << 20));
  EXPECT_TRUE(cache_.remove(kUrl));
  EXPECT_EQ(*cache_.sweep([](const std::string&) { return false; }), 0);
}

TEST_F(PhotoCacheTest, GivesBackWhatWasStored) {
  ASSERT_TRUE(store(cache_, kUrl, "first"));
  ASSERT_TRUE(store(cache_, "https://shop.example/other.jpg", "other", {}));
  const std::optional<CachedPhoto> photo = cache_.find(kUrl);
  ASSERT_TRUE(photo);
  EXPECT_EQ(content(), "first");
  EXPECT_EQ(photo->size_bytes, 5);
  EXPECT_EQ(photo->validators.url, kValidators.url);
  EXPECT_EQ(photo->validators.etag, kValidators.etag);
  EXPECT_EQ(photo->validators.last_modified, kValidators.last_modified);
}

TEST_F(PhotoCacheTest, ReplacesAVersionWithItsValidators) {
  ASSERT_TRUE(store(cache_, kUrl, "first"));
  ASSERT_TRUE(store(cache_, kUrl, "second", {}));
  EXPECT_EQ(content(), "second");
  EXPECT_TRUE(cache_.find(kUrl)->validators.empty());
}

TEST_F(PhotoCacheTest, APhotoWithoutAGoodNoteIsNotThere) {
  ASSERT_TRUE(store(cache_, kUrl, "first"));
  const std::string good = text_of(*read_file(beside(".json"), 1 << 20));
  const std::string notes[] = {"",
                               "{",
                               "[]",
                               "null",
                               "{}",
                               good.substr(0, good.size() / 2),
                               R"({"bytes":5})",
                               R"({"bytes":5,"sha256":"12"})",
                               R"({"bytes":"5","sha256":")" + std::string(64, '0') + "\"}",
                               R"({"bytes":4,"sha256":")" + std::string(64, '0') + "\"}",
                               R"({"bytes":5,"sha256":")" + std::string(64, 'x') + "\"}"};
  for (const std::string& note : notes) {
    std::ofstream(beside(".json")) << note;
    EXPECT_FALSE(cache_.find(kUrl)) << note;
  }
  std::ofstream(beside(".json")) << good;
  EXPECT_TRUE(cache_.find(kUrl));
  std::ofstream(cache_.file(kUrl), std::ios::app) << "more";
  EXPECT_FALSE(cache_.find(kUrl));
}

TEST_F(PhotoCacheTest, ReadsOnlyWhatWasStored) {
  ASSERT_TRUE(store(cache_, kUrl, "first"));
  EXPECT_EQ(cache_.find(kUrl)->content_hash, sha256(bytes_of_text("first")));
  EXPECT_EQ(text_of(*PhotoCache::read(*cache_.find(kUrl))), "first");
  std::ofstream(cache_.file(kUrl), std::ios::binary) << "FIRST";
  const Result<Bytes> changed = PhotoCache::read(*cache_.find(kUrl));
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, ErrorCode::kCorrupt);
}

TEST_F(PhotoCacheTest, KeepsBeginnings) {
  ASSERT_TRUE(cache_.store_partial(kUrl, partial_of_text("begin\nning")));
  EXPECT_FALSE(cache_.find(kUrl));
  const std::optional<PartialBody> partial = cache_.find_partial(kUrl, 1 << 20);
  ASSERT_TRUE(partial);
  EXPECT_EQ(text_of(partial->bytes), "begin\nning");
  EXPECT_EQ(partial->validators.url, kValidators.url);
  EXPECT_EQ(partial->validators.etag, kValidators.etag);
  EXPECT_FALSE(cache_.find_partial("https://shop.example/other.jpg", 1 << 20));

  ASSERT_TRUE(store(cache_, kUrl, "beginning and end"));
  EXPECT_FALSE(cache_.find_partial(kUrl, 1 << 20));
}

TEST_F(PhotoCacheTest, DoesNotTrustADamagedBeginning) {
  ASSERT_TRUE(cache_.store_partial(kUrl, partial_of_text("beginning")));
  const std::string whole = text_of(*read_file(beside(".part"), 1 << 20));
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    std::ofstream(beside(".part"), std::ios::binary) << whole.substr(0, size);
    EXPECT_FALSE(cache_.find_partial(kUrl, 1 << 20)) << size;
  }
  std::ofstream(beside(".part"), std::ios::binary) << whole << "more";
  EXPECT_FALSE(cache_.find_partial(kUrl, 1 << 20));
}

TEST_F(PhotoCacheTest, RemovesAllOfAPhoto) {
  ASSERT_TRUE(store(cache_, kUrl, "first"));
  ASSERT_TRUE(cache_.store_partial(kUrl, partial_of_text("beginning")));
  ASSERT_TRUE(cache_.remove(kUrl));
  EXPECT_FALSE(cache_.find(kUrl));
  EXPECT_FALSE(cache_.find_partial(kUrl, 1 << 20));
  EXPECT_TRUE(std::filesystem::is_empty(cache_.file(kUrl).parent_path()));
}

TEST_F(PhotoCacheTest, SweepsWhatIsNotWantedAndNothingElse) {
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(store(cache_, "http://h/" + std::to_string(i), "photo"));
  }
  ASSERT_TRUE(store(cache_, kUrl, "photo"));
  ASSERT_TRUE(cache_.store_partial("http://h/gone", partial_of_text("beginning")));
  std::ofstream(beside(".tmp-123-0")) << "half";
  std::ofstream(beside(".json.tmp-123-1")) << "half";
  folder_.write("photos/README", "of the user");

  const std::string wanted = PhotoCache::key(kUrl);
  EXPECT_EQ(*cache_.sweep([&](const std::string& key) { return key == wanted; }), 20);
  EXPECT_EQ(content(), "photo");
  EXPECT_EQ(cache_.find(kUrl)->validators.etag, "\"v1\"");
  int files = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(folder_.path() / "photos")) {
    files += entry.is_regular_file() ? 1 : 0;
  }
  EXPECT_EQ(files, 3);  // the photo, its note, the user's file
}

TEST_F(PhotoCacheTest, SaysWhenItCannotBeWritten) {
  const PhotoCache blocked(folder_.write("file", "not a folder"));
  const Status status = store(blocked, kUrl, "first");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kIo);
  EXPECT_FALSE(blocked.find(kUrl));
}

TEST_F(PhotoCacheTest, TakesAddressesOfAnyBytes) {
  const std::string odd = "http://h/\xFF\xFE\n../../etc";
  ASSERT_TRUE(store(cache_, odd, "photo"));
  EXPECT_TRUE(cache_.find(odd));
  ASSERT_TRUE(cache_.store_partial(odd, partial_of_text("beginning")));
}

}  // namespace
}  // namespace semblance::test
