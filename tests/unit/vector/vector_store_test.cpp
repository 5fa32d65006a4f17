#include "vector/vector_store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <vector>

#include "support/temporary_folder.h"

namespace semblance {
namespace {

constexpr DescriptorDimensions kDimensions{4, 3};

struct Photo {
  std::vector<float> embedding;
  std::vector<float> histogram;
  std::vector<float> foreground;
  [[nodiscard]] DescriptorSpans spans() const { return {embedding, histogram, foreground}; }
};

Photo photo(float seed) {
  return {{seed, seed + 1, seed + 2, seed + 3},
          {seed + 10, seed + 11, seed + 12},
          {seed + 20, seed + 21, seed + 22}};
}

void expect_equal(const DescriptorSpans& a, const DescriptorSpans& b) {
  const auto vector = [](std::span<const float> span) {
    return std::vector<float>(span.begin(), span.end());
  };
  EXPECT_EQ(vector(a.embedding), vector(b.embedding));
  EXPECT_EQ(vector(a.histogram), vector(b.histogram));
  EXPECT_EQ(vector(a.histogram_foreground), vector(b.histogram_foreground));
}

TEST(VectorStore, KeepsThePartsOfAPhotoInStep) {
  const test::TemporaryFolder folder;
  auto writer = VectorStoreWriter::open(folder.path() / "made" / "here", kDimensions, 0);
  ASSERT_TRUE(writer) << writer.error().message;
  EXPECT_EQ(writer->append(photo(100).spans()), 0);
  EXPECT_EQ(writer->append(photo(200).spans()), 1);
  ASSERT_TRUE(writer->flush());
  const auto store = VectorStore::open(folder.path() / "made" / "here", kDimensions, 2);
  ASSERT_TRUE(store) << store.error().message;
  expect_equal(store->row(0), photo(100).spans());
  expect_equal(store->row(1), photo(200).spans());
  EXPECT_EQ(store->embedding().dimension, 4);
  EXPECT_EQ(store->histogram().dimension, 3);
  EXPECT_EQ(store->histogram_foreground().rows, 2);
}

TEST(VectorStore, CopiesARowFlushedOrNot) {
  const test::TemporaryFolder folder;
  auto writer = VectorStoreWriter::open(folder.path(), kDimensions, 0);
  ASSERT_TRUE(writer) << writer.error().message;
  writer->append(photo(1).spans());
  ASSERT_TRUE(writer->flush());
  writer->append(photo(2).spans());
  for (const std::int64_t original : {0, 1}) {
    const auto copy =
        writer->append_copy(original, checksum(photo(static_cast<float>(original + 1)).spans()));
    ASSERT_TRUE(copy) << copy.error().message;
    EXPECT_EQ(*copy, original + 2);
  }
  EXPECT_EQ(writer->append_copy(1, checksum(photo(1).spans())).error().code, ErrorCode::kCorrupt);
  ASSERT_TRUE(writer->flush());
  const auto store = VectorStore::open(folder.path(), kDimensions, 4);
  ASSERT_TRUE(store) << store.error().message;
  expect_equal(store->row(2), photo(1).spans());
  expect_equal(store->row(3), photo(2).spans());
}

TEST(VectorStore, AllFilesMustHaveTheRows) {
  const test::TemporaryFolder folder;
  {
    auto writer = VectorStoreWriter::open(folder.path(), kDimensions, 0);
    ASSERT_TRUE(writer);
    writer->append(photo(1).spans());
    ASSERT_TRUE(writer->flush());
  }
  EXPECT_EQ(VectorStore::open(folder.path(), {5, 3}, 1).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(VectorStore::open(folder.path(), {4, 2}, 1).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(VectorStore::open(folder.path(), kDimensions, 2).error().code, ErrorCode::kCorrupt);
  std::filesystem::resize_file(folder.path() / "histogram-foreground.vec", 4096);
  EXPECT_EQ(VectorStore::open(folder.path(), kDimensions, 1).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(VectorStoreWriter::open(folder.path(), kDimensions, 1).error().code,
            ErrorCode::kCorrupt);
}

TEST(VectorStore, AChecksumCoversEveryNumberOfEveryPart) {
  const Photo original = photo(7);
  const std::uint32_t expected = checksum(original.spans());
  EXPECT_EQ(checksum(photo(7).spans()), expected);
  for (const auto part : {&Photo::embedding, &Photo::histogram, &Photo::foreground}) {
    for (std::size_t i = 0; i < (original.*part).size(); ++i) {
      Photo changed = original;
      (changed.*part)[i] += 1;
      EXPECT_NE(checksum(changed.spans()), expected);
    }
  }
  Photo swapped = original;
  std::swap(swapped.histogram, swapped.foreground);
  EXPECT_NE(checksum(swapped.spans()), expected);
}

}  // namespace
}  // namespace semblance
