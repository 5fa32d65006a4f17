#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "base/result.h"
#include "vector/vector_file.h"

namespace semblance {

/// The numbers that are stored of one photo, borrowed.
struct DescriptorSpans {
  std::span<const float> embedding;  ///< shape and colour of the network, side by side
  std::span<const float> histogram;
  std::span<const float> histogram_foreground;
};

/// Numbers in each descriptor.
struct DescriptorDimensions {
  int embedding = 0;
  int histogram = 0;
};

/// One of the files of a set.
struct VectorFilePlace {
  std::filesystem::path path;
  int dimension = 0;
};
/// Those of a set in `folder` (empty: their names), in the order of DescriptorSpans.
std::array<VectorFilePlace, 3> vector_files(const std::filesystem::path& folder,
                                            const DescriptorDimensions& dimensions);

/// The vector files of one set, mapped for reading: row i of each belongs to the same photo.
class VectorStore {
 public:
  /// Errors: those of VectorFile::open.
  static Result<VectorStore> open(const std::filesystem::path& folder,
                                  const DescriptorDimensions& dimensions, std::int64_t rows);

  [[nodiscard]] MatrixView embedding() const { return embedding_.view(); }
  [[nodiscard]] MatrixView histogram() const { return histogram_.view(); }
  [[nodiscard]] MatrixView histogram_foreground() const { return histogram_foreground_.view(); }
  [[nodiscard]] DescriptorSpans row(std::int64_t index) const;

 private:
  VectorFile embedding_;
  VectorFile histogram_;
  VectorFile histogram_foreground_;
};

/// Appends to all vector files of one set in step.
class VectorStoreWriter {
 public:
  /// Makes the folder where it is missing. Rows behind `rows` are cut.
  static Result<VectorStoreWriter> open(const std::filesystem::path& folder,
                                        const DescriptorDimensions& dimensions, std::int64_t rows);

  /// Returns the row.
  std::int64_t append(const DescriptorSpans& descriptors);
  /// Appends a copy of `row`, whose numbers have that checksum. Returns the new row. Errors:
  /// kCorrupt (they have another), kIo.
  Result<std::int64_t> append_copy(std::int64_t row, std::uint32_t expected_checksum);
  /// Makes everything appended durable.
  Status flush();
  [[nodiscard]] std::int64_t rows() const { return embedding_.rows(); }

 private:
  VectorStoreWriter(VectorFileWriter embedding, VectorFileWriter histogram,
                    VectorFileWriter histogram_foreground, const DescriptorDimensions& dimensions)
      : embedding_(std::move(embedding)),
        histogram_(std::move(histogram)),
        histogram_foreground_(std::move(histogram_foreground)),
        dimensions_(dimensions) {}

  VectorFileWriter embedding_;
  VectorFileWriter histogram_;
  VectorFileWriter histogram_foreground_;
  DescriptorDimensions dimensions_;
};

/// CRC-32 of all of a photo's numbers: kept in the catalogue, to find rows that were damaged.
std::uint32_t checksum(const DescriptorSpans& descriptors);

}  // namespace semblance
