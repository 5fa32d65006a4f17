#include "index/neighbour_file.h"

#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace semblance {
namespace {

using test::TemporaryFolder;

NeighbourLists some_lists() {
  return {2, {11, 0, 13}, {{2, .5F}, {}, {}, {}, {0, .5F}, {}}};
}

NeighbourSource some_source() {
  NeighbourSource source;
  source.set.fill(7);
  source.colour_weight = .25;
  source.members = 99;
  source.exact = false;
  return source;
}

class NeighbourFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(write_neighbour_file(path_, some_lists().view(), some_source()));
  }
  void change(std::uint64_t offset, char byte) const {
    std::FILE* file = std::fopen(path_.c_str(), "r+b");
    ASSERT_NE(file, nullptr);
    std::fseek(file, static_cast<long>(offset), SEEK_SET);
    std::fputc(byte, file);
    std::fclose(file);
  }
  [[nodiscard]] ErrorCode refusal() const {
    const auto file = NeighbourFile::open(path_);
    return file ? ErrorCode::kInternal : file.error().code;
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "neighbours.table";
};

TEST_F(NeighbourFileTest, GivesBackWhatWasWritten) {
  const auto file = NeighbourFile::open(path_);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->source(), some_source());
  EXPECT_EQ(file->view().rows, 3);
  EXPECT_EQ(file->view().k, 2);
  EXPECT_EQ(file->view().tags[2], 13U);
  ASSERT_EQ(file->view().of(0).size(), 1U);
  EXPECT_EQ(file->view().of(0)[0], (Neighbour{2, .5F}));
  EXPECT_TRUE(file->view().of(1).empty());
  EXPECT_TRUE(file->verify());
}

TEST_F(NeighbourFileTest, MayHoldNothing) {
  ASSERT_TRUE(write_neighbour_file(path_, NeighbourLists{20, {}, {}}.view(), some_source()));
  const auto file = NeighbourFile::open(path_);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->view().rows, 0);
  EXPECT_TRUE(file->verify());
}

TEST_F(NeighbourFileTest, RefusesADamagedHeader) {
  for (const std::uint64_t offset : {0, 8, 12, 16, 24, 32, 64, 68, 72, 76}) {
    ASSERT_TRUE(write_neighbour_file(path_, some_lists().view(), some_source()));
    change(offset, '\x55');
    EXPECT_EQ(refusal(), ErrorCode::kCorrupt) << offset;
  }
}

TEST_F(NeighbourFileTest, RefusesAnotherLength) {
  const auto size = std::filesystem::file_size(path_);
  for (const auto other : {std::uintmax_t{0}, std::uintmax_t{100}, size - 1, size + 8}) {
    std::filesystem::resize_file(path_, other);
    EXPECT_EQ(refusal(), ErrorCode::kCorrupt) << other;
  }
  std::filesystem::remove(path_);
  EXPECT_EQ(refusal(), ErrorCode::kMissingFile);
}

TEST_F(NeighbourFileTest, FindsDamageInTheListsWhenAsked) {
  change(4096 + 24 + 4, '\x01');
  const auto file = NeighbourFile::open(path_);
  ASSERT_TRUE(file);
  ASSERT_FALSE(file->verify());
  EXPECT_EQ(file->verify().error().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace semblance
