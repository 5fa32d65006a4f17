#include "vector/code_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <vector>

#include "support/temporary_folder.h"

namespace semblance {
namespace {

namespace fs = std::filesystem;

constexpr int kDimension = 20;

class CodeFileTest : public testing::Test {
 protected:
  CodeFileTest() : numbers_(20'000 * kDimension) {
    std::mt19937 random(1);
    std::normal_distribution<float> normal(0, .1F);
    for (float& x : numbers_) x = normal(random);
  }

  [[nodiscard]] MatrixView rows(std::int64_t count) const {
    return {numbers_.data(), count, kDimension};
  }
  [[nodiscard]] fs::path path() const { return folder_.path() / "embedding.codes"; }

  CodeUpdate update(std::int64_t count) {
    const auto done = update_code_file(path(), rows(count), source_);
    EXPECT_TRUE(done) << done.error().message;
    return *done;
  }

  [[nodiscard]] ErrorCode refusal(std::int64_t count) const {
    const auto file = CodeFile::open(path(), rows(count), source_);
    EXPECT_FALSE(file);
    return file ? ErrorCode::kInternal : file.error().code;
  }

  /// The file has the codes that its own step gives for each row, and bounds that hold.
  void expect_codes_of(std::int64_t count) const {
    const auto file = CodeFile::open(path(), rows(count), source_);
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_TRUE(file->verify());
    const CodeView view = file->view();
    ASSERT_EQ(view.rows, count);
    std::vector<std::int8_t> codes(static_cast<std::size_t>(view.stride));
    std::size_t rough = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      const CodedRow coded = encode_row(rows(count).row(i), view.step, codes.data());
      ASSERT_TRUE(std::equal(codes.begin(), codes.end(), view.row(i))) << i;
      EXPECT_LE(static_cast<double>(coded.norm), view.norm);
      if (static_cast<double>(coded.error) <= view.error) continue;
      ASSERT_LT(rough, view.rough.size());
      EXPECT_EQ(view.rough[rough].row, static_cast<std::uint32_t>(i));
      EXPECT_EQ(view.rough[rough++].error, coded.error);
    }
    EXPECT_EQ(rough, view.rough.size());
  }

  void change_byte(const fs::path& file, std::streamoff offset) const {
    std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
    stream.seekg(offset);
    const auto byte = static_cast<char>(stream.get() ^ 0x10);
    stream.seekp(offset);
    stream.put(byte);
  }

  test::TemporaryFolder folder_;
  std::vector<float> numbers_;
  Sha256 source_ = sha256(std::as_bytes(std::span("set 1")));
};

TEST_F(CodeFileTest, IsBuiltThenExtendedThenLeftAlone) {
  EXPECT_EQ(refusal(10), ErrorCode::kMissingFile);
  EXPECT_EQ(update(5000), CodeUpdate::kBuilt);
  expect_codes_of(5000);
  EXPECT_EQ(update(5001), CodeUpdate::kExtended);
  expect_codes_of(5001);
  EXPECT_EQ(update(12'000), CodeUpdate::kExtended);
  expect_codes_of(12'000);
  EXPECT_EQ(update(12'000), CodeUpdate::kUnchanged);
}

TEST_F(CodeFileTest, OfNoRowsIsAFileToo) {
  EXPECT_EQ(update(0), CodeUpdate::kBuilt);
  expect_codes_of(0);
  EXPECT_EQ(update(100), CodeUpdate::kBuilt) << "a step chosen on nothing does not count";
  expect_codes_of(100);
}

TEST_F(CodeFileTest, TheStepIsChosenAnewWhenTheRowsHaveGrownFourfold) {
  update(100);
  EXPECT_EQ(update(400), CodeUpdate::kExtended);
  EXPECT_EQ(update(401), CodeUpdate::kBuilt);
  expect_codes_of(401);
}

TEST_F(CodeFileTest, TheStepIsChosenAnewWhenNewRowsAreOfAnotherSize) {
  update(5000);
  for (std::size_t i = 5000 * kDimension; i < numbers_.size(); ++i) numbers_[i] *= 10;
  EXPECT_EQ(update(10'000), CodeUpdate::kBuilt);
  expect_codes_of(10'000);
}

TEST_F(CodeFileTest, AReaderThatIsBehindOrAheadGetsWhatBothHave) {
  update(5000);
  const auto behind = CodeFile::open(path(), rows(3000), source_);
  ASSERT_TRUE(behind);
  EXPECT_EQ(behind->view().rows, 3000);
  EXPECT_TRUE(behind->verify());
  for (const RoughRow& rough : behind->view().rough) EXPECT_LT(rough.row, 3000U);
  const auto ahead = CodeFile::open(path(), rows(6000), source_);
  ASSERT_TRUE(ahead);
  EXPECT_EQ(ahead->view().rows, 5000);
}

TEST_F(CodeFileTest, AReaderKeepsWhatItMappedWhileTheFileIsExtendedAndBuiltAnew) {
  update(2000);
  const auto file = CodeFile::open(path(), rows(2000), source_);
  ASSERT_TRUE(file);
  const std::vector<std::int8_t> before(file->view().data, file->view().row(2000));
  update(4000);
  update(20'000);
  EXPECT_TRUE(std::equal(before.begin(), before.end(), file->view().data));
}

TEST_F(CodeFileTest, OfAnotherSetOrOfReplacedRowsIsRefusedAndBuiltAnew) {
  update(5000);
  const Sha256 same = source_;
  source_ = sha256(std::as_bytes(std::span("set 2")));
  EXPECT_EQ(refusal(5000), ErrorCode::kConflict);
  source_ = same;
  numbers_[4999 * kDimension] += 1;
  EXPECT_EQ(refusal(5000), ErrorCode::kConflict);
  EXPECT_EQ(update(5000), CodeUpdate::kBuilt);
  expect_codes_of(5000);
  EXPECT_EQ(update(4000), CodeUpdate::kBuilt) << "rows were cut";
}

TEST_F(CodeFileTest, DamageIsSeen) {
  update(1000);
  change_byte(path(), 4096 + 500);
  const auto file = CodeFile::open(path(), rows(1000), source_);
  ASSERT_TRUE(file) << "opening reads nothing big";
  EXPECT_EQ(file->verify().error().code, ErrorCode::kCorrupt);
  update(20'000);  // built anew
  for (std::streamoff offset = 0; offset < 24; ++offset) {
    change_byte(path(), offset);
    // Its last bytes are dimension and number of the build: others may be of an interrupted build.
    EXPECT_EQ(refusal(20'000), offset < 12 ? ErrorCode::kCorrupt : ErrorCode::kConflict) << offset;
    change_byte(path(), offset);
  }
  const auto state_bytes = static_cast<std::streamoff>(fs::file_size(code_state_path(path())));
  for (std::streamoff offset = 0; offset < state_bytes; offset += 7) {
    change_byte(code_state_path(path()), offset);
    EXPECT_EQ(refusal(20'000), ErrorCode::kCorrupt) << offset;
    change_byte(code_state_path(path()), offset);
  }
  expect_codes_of(20'000);
}

TEST_F(CodeFileTest, WhatACrashLeavesIsNeverTakenForRight) {
  update(1000);
  const fs::path old_state = folder_.path() / "old-state";
  fs::copy_file(code_state_path(path()), old_state);
  // Codes were appended, the state was not written: the old rows are right, the rest is redone.
  update(3000);
  fs::copy_file(old_state, code_state_path(path()), fs::copy_options::overwrite_existing);
  expect_codes_of(1000);
  EXPECT_EQ(update(2500), CodeUpdate::kExtended);
  expect_codes_of(2500);
  // New codes have their name, the state is that of the old ones.
  update(20'000);
  fs::copy_file(old_state, code_state_path(path()), fs::copy_options::overwrite_existing);
  EXPECT_EQ(refusal(1000), ErrorCode::kConflict);
  EXPECT_EQ(update(1000), CodeUpdate::kBuilt);
  expect_codes_of(1000);
  // Cut short.
  fs::resize_file(path(), 5000);
  EXPECT_EQ(refusal(1000), ErrorCode::kCorrupt);
  EXPECT_EQ(update(1000), CodeUpdate::kBuilt);
  fs::resize_file(code_state_path(path()), 20);
  EXPECT_EQ(refusal(1000), ErrorCode::kCorrupt);
  EXPECT_EQ(update(1000), CodeUpdate::kBuilt);
}

TEST_F(CodeFileTest, AFolderThatCannotBeWrittenIsAnError) {
  const auto failed = update_code_file(folder_.path() / "missing" / "x", rows(10), source_);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace semblance
