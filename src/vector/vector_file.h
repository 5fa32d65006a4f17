#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace semblance {

/// n x dimension float32 rows in memory that somebody else owns.
struct MatrixView {
  const float* data = nullptr;
  std::int64_t rows = 0;
  int dimension = 0;

  [[nodiscard]] std::span<const float> row(std::int64_t index) const {
    return {data + index * dimension, static_cast<std::size_t>(dimension)};
  }
};

/// A flat file of float32 rows (format: docs/formats.md). Which rows count is the catalogue's
/// business: the file only grows, and rows behind the last one that the catalogue knows are a torn
/// tail.
class VectorFile {
 public:
  /// Maps `rows` rows for reading. Errors: kMissingFile, kCorrupt (bad header, another dimension,
  /// shorter than `rows`).
  static Result<VectorFile> open(const std::filesystem::path& path, int dimension,
                                 std::int64_t rows);

  [[nodiscard]] MatrixView view() const;

 private:
  MappedFile file_;
  int dimension_ = 0;
  std::int64_t rows_ = 0;
};

/// Length of a vector file of so many rows, header included.
std::uint64_t vector_file_bytes(std::int64_t rows, int dimension);

/// Appends rows. One writer at a time (the collection's lock); readers are not disturbed.
class VectorFileWriter {
 public:
  /// Creates the file, or opens it and cuts what stands behind `rows` rows (a batch that was
  /// interrupted before the catalogue knew of it). Errors: kIo, kCorrupt.
  static Result<VectorFileWriter> open(const std::filesystem::path& path, int dimension,
                                       std::int64_t rows);

  /// Appends one row of `dimension` numbers; buffered until flush. Returns its index.
  std::int64_t append(std::span<const float> row);
  /// Reads back a row, flushed or not, into `row` of `dimension` numbers. Errors: kIo.
  Status read(std::int64_t index, std::span<float> row) const;
  /// Writes what was appended and makes it durable: only then may a catalogue refer to it.
  Status flush();

  [[nodiscard]] std::int64_t rows() const { return rows_; }

 private:
  std::filesystem::path path_;
  FileDescriptor file_;
  int dimension_ = 0;
  std::int64_t rows_ = 0;          ///< with the buffered ones
  std::int64_t flushed_rows_ = 0;  ///< durable
  std::vector<float> buffer_;
};

/// A vector file read with care, for examining what may be damaged: neither its header nor its
/// length is trusted, and a disk that cannot read a row gives an error where a mapped file would
/// end the program.
class VectorFileProbe {
 public:
  /// Errors: kMissingFile, kIo.
  static Result<VectorFileProbe> open(const std::filesystem::path& path, int dimension);

  [[nodiscard]] bool header_sound() const { return header_sound_; }
  /// Whole rows that the file is long enough for.
  [[nodiscard]] std::int64_t rows() const;
  /// Bytes behind the first `rows` rows; 0 where the file ends before.
  [[nodiscard]] std::uint64_t bytes_behind(std::int64_t rows) const;
  /// Errors: kIo.
  Status read(std::int64_t index, std::span<float> row) const;

 private:
  std::filesystem::path path_;
  FileDescriptor file_;
  int dimension_ = 0;
  std::uint64_t size_ = 0;
  bool header_sound_ = false;
};

/// Writes the header anew over a damaged one; the rows stay. Errors: kIo.
Status rewrite_vector_header(const std::filesystem::path& path, int dimension);

/// Cuts what stands behind `rows` rows. Errors: kIo.
Status cut_vector_file(const std::filesystem::path& path, int dimension, std::int64_t rows);

}  // namespace semblance
