#include "vector/vector_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "support/temporary_folder.h"

namespace semblance {
namespace {

namespace fs = std::filesystem;

std::vector<float> row_of(std::int64_t index, int dimension) {
  std::vector<float> row;
  for (int i = 0; i < dimension; ++i) row.push_back(static_cast<float>(index * 100 + i));
  return row;
}

/// Appends rows `from`.. to a file that holds `from` rows.
void append_rows(const fs::path& path, int dimension, std::int64_t from, std::int64_t count) {
  auto writer = VectorFileWriter::open(path, dimension, from);
  ASSERT_TRUE(writer) << writer.error().message;
  for (std::int64_t i = from; i < from + count; ++i) {
    EXPECT_EQ(writer->append(row_of(i, dimension)), i);
  }
  const Status flushed = writer->flush();
  ASSERT_TRUE(flushed) << flushed.error().message;
}

void expect_rows(const fs::path& path, int dimension, std::int64_t rows) {
  const auto file = VectorFile::open(path, dimension, rows);
  ASSERT_TRUE(file) << file.error().message;
  const MatrixView view = file->view();
  ASSERT_EQ(view.rows, rows);
  for (std::int64_t i = 0; i < rows; ++i) {
    const auto row = view.row(i);
    EXPECT_EQ(std::vector<float>(row.begin(), row.end()), row_of(i, dimension)) << i;
  }
}

void change_byte(const fs::path& path, std::streamoff offset) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekg(offset);
  const int byte = file.get();
  file.seekp(offset);
  file.put(static_cast<char>(byte ^ 1));
}

TEST(VectorFile, GivesBackWhatWasAppendedInSeveralRuns) {
  const test::TemporaryFolder folder;
  const fs::path path = folder.path() / "a.vec";
  append_rows(path, 7, 0, 3);
  append_rows(path, 7, 3, 5);
  expect_rows(path, 7, 8);
  expect_rows(path, 7, 4);  // the catalogue decides how many count
  expect_rows(path, 7, 0);
}

TEST(VectorFile, RowsStartAtAPageSoThatMappedRowsAreAligned) {
  const test::TemporaryFolder folder;
  const fs::path path = folder.path() / "a.vec";
  append_rows(path, 3, 0, 2);
  const auto file = VectorFile::open(path, 3, 2);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(file->view().data) % 64, 0U);
  EXPECT_EQ(fs::file_size(path), 4096U + 2 * 3 * sizeof(float));
}

TEST(VectorFile, RefusesWhatIsNoneOrIsForAnotherDimension) {
  const test::TemporaryFolder folder;
  const fs::path path = folder.path() / "a.vec";
  EXPECT_EQ(VectorFile::open(path, 7, 0).error().code, ErrorCode::kMissingFile);
  EXPECT_EQ(VectorFile::open(folder.write("empty", ""), 7, 0).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(VectorFile::open(folder.write("short", "SEMBVECT"), 7, 0).error().code,
            ErrorCode::kCorrupt);
  EXPECT_EQ(VectorFile::open(folder.write("other", std::string(5000, 'x')), 7, 0).error().code,
            ErrorCode::kCorrupt);
  append_rows(path, 7, 0, 3);
  EXPECT_EQ(VectorFile::open(path, 8, 3).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(VectorFileWriter::open(path, 6, 3).error().code, ErrorCode::kCorrupt);
  expect_rows(path, 7, 3);  // and the refusal changed nothing
}

TEST(VectorFile, EveryByteOfTheHeaderIsChecked) {
  const test::TemporaryFolder folder;
  for (std::streamoff offset = 0; offset < 24; ++offset) {
    const fs::path path = folder.path() / std::to_string(offset);
    append_rows(path, 7, 0, 1);
    change_byte(path, offset);
    const auto opened = VectorFile::open(path, 7, 1);
    ASSERT_FALSE(opened) << offset;
    EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt) << offset;
  }
}

TEST(VectorFile, AnotherVersionIsNamedInTheMessage) {
  const test::TemporaryFolder folder;
  const fs::path path = folder.path() / "a.vec";
  append_rows(path, 7, 0, 1);
  change_byte(path, 8 + 1);  // version 1 -> 257
  EXPECT_NE(VectorFile::open(path, 7, 1).error().message.find("version 257"), std::string::npos);
}

TEST(VectorFile, ShorterThanTheCatalogueSaysIsCorrupt) {
  const test::TemporaryFolder folder;
  const fs::path path = folder.path() / "a.vec";
  append_rows(path, 7, 0, 3);
  fs::resize_file(path, fs::file_size(path) - 1);
  EXPECT_EQ(VectorFile::open(path, 7, 3).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(VectorFileWriter::open(path, 7, 3).error().code, ErrorCode::kCorrupt);
  expect_rows(path, 7, 2);
  fs::remove(path);
  const auto gone = VectorFileWriter::open(path, 7, 3);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::kCorrupt);
  EXPECT_FALSE(fs::exists(path));
}

TEST(VectorFileWriter, CutsATornTail) {
  const test::TemporaryFolder folder;
  const fs::path path = folder.path() / "a.vec";
  append_rows(path, 7, 0, 3);
  std::ofstream(path, std::ios::binary | std::ios::app) << "half a row";
  append_rows(path, 7, 3, 1);
  expect_rows(path, 7, 4);
  append_rows(path, 7, 2, 0);  // the catalogue never heard of rows 2 and 3
  EXPECT_EQ(fs::file_size(path), 4096U + 2 * 7 * sizeof(float));
  append_rows(path, 7, 2, 2);
  expect_rows(path, 7, 4);
}

TEST(VectorFileWriter, WithoutRowsItBeginsAgainWhateverIsThere) {
  const test::TemporaryFolder folder;
  const fs::path path = folder.write("a.vec", "not a vector file");
  append_rows(path, 7, 0, 2);
  expect_rows(path, 7, 2);
}

TEST(VectorFileWriter, ReadsBackRowsBeforeAndAfterFlush) {
  const test::TemporaryFolder folder;
  auto writer = VectorFileWriter::open(folder.path() / "a.vec", 5, 0);
  ASSERT_TRUE(writer) << writer.error().message;
  std::vector<float> row(5);
  for (std::int64_t i = 0; i < 6; ++i) {
    writer->append(row_of(i, 5));
    if (i == 2) {
      ASSERT_TRUE(writer->flush());
    }
    for (std::int64_t back = 0; back <= i; ++back) {
      ASSERT_TRUE(writer->read(back, row));
      EXPECT_EQ(row, row_of(back, 5));
    }
  }
  EXPECT_EQ(writer->rows(), 6);
}

TEST(VectorFileWriter, WhatWasNotFlushedIsNotThere) {
  const test::TemporaryFolder folder;
  const fs::path path = folder.path() / "a.vec";
  append_rows(path, 7, 0, 2);
  {
    auto writer = VectorFileWriter::open(path, 7, 2);
    ASSERT_TRUE(writer);
    writer->append(row_of(2, 7));
  }
  expect_rows(path, 7, 2);
  EXPECT_EQ(VectorFile::open(path, 7, 3).error().code, ErrorCode::kCorrupt);
}

TEST(VectorFile, StaysReadableWhileRowsAreAppended) {
  const test::TemporaryFolder folder;
  const fs::path path = folder.path() / "a.vec";
  append_rows(path, 16, 0, 10);
  const auto before = VectorFile::open(path, 16, 10);
  ASSERT_TRUE(before) << before.error().message;
  auto writer = VectorFileWriter::open(path, 16, 10);
  ASSERT_TRUE(writer) << writer.error().message;
  std::thread appending([&] {
    for (std::int64_t i = 10; i < 200; ++i) {
      writer->append(row_of(i, 16));
      if (i % 20 == 0) {
        EXPECT_TRUE(writer->flush());
      }
    }
    EXPECT_TRUE(writer->flush());
  });
  for (int round = 0; round < 50; ++round) {
    for (std::int64_t i = 0; i < 10; ++i) {
      const auto row = before->view().row(i);
      ASSERT_EQ(std::vector<float>(row.begin(), row.end()), row_of(i, 16));
    }
  }
  appending.join();
  expect_rows(path, 16, 200);
}

TEST(VectorFileWriter, SaysWhichFileCannotBeMade) {
  const auto writer = VectorFileWriter::open("/nonexistent-folder/a.vec", 7, 0);
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().code, ErrorCode::kIo);
  EXPECT_NE(writer.error().message.find("/nonexistent-folder/a.vec"), std::string::npos);
}

}  // namespace
}  // namespace semblance
