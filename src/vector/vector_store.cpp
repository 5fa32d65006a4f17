#include "vector/vector_store.h"

#include <zlib.h>

#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace semblance {

namespace {

constexpr const char* kEmbedding = "embedding.vec";
constexpr const char* kHistogram = "histogram.vec";
constexpr const char* kHistogramForeground = "histogram-foreground.vec";

}  // namespace

std::array<VectorFilePlace, 3> vector_files(const std::filesystem::path& folder,
                                            const DescriptorDimensions& dimensions) {
  return {{{folder / kEmbedding, dimensions.embedding},
           {folder / kHistogram, dimensions.histogram},
           {folder / kHistogramForeground, dimensions.histogram}}};
}

Result<VectorStore> VectorStore::open(const std::filesystem::path& folder,
                                      const DescriptorDimensions& dimensions, std::int64_t rows) {
  VectorStore store;
  const std::array places = vector_files(folder, dimensions);
  const std::array files = {&store.embedding_, &store.histogram_, &store.histogram_foreground_};
  for (std::size_t i = 0; i < files.size(); ++i) {
    Result<VectorFile> opened = VectorFile::open(places[i].path, places[i].dimension, rows);
    if (!opened) return opened.error();
    *files[i] = *std::move(opened);
  }
  return store;
}

DescriptorSpans VectorStore::row(std::int64_t index) const {
  return {embedding().row(index), histogram().row(index), histogram_foreground().row(index)};
}

Result<VectorStoreWriter> VectorStoreWriter::open(const std::filesystem::path& folder,
                                                  const DescriptorDimensions& dimensions,
                                                  std::int64_t rows) {
  SEMBLANCE_RETURN_IF_ERROR(create_folders_durably(folder.parent_path()));
  SEMBLANCE_RETURN_IF_ERROR(create_folders_durably(folder));
  auto embedding = VectorFileWriter::open(folder / kEmbedding, dimensions.embedding, rows);
  if (!embedding) return embedding.error();
  auto histogram = VectorFileWriter::open(folder / kHistogram, dimensions.histogram, rows);
  if (!histogram) return histogram.error();
  auto foreground =
      VectorFileWriter::open(folder / kHistogramForeground, dimensions.histogram, rows);
  if (!foreground) return foreground.error();
  return VectorStoreWriter(*std::move(embedding), *std::move(histogram), *std::move(foreground),
                           dimensions);
}

std::int64_t VectorStoreWriter::append(const DescriptorSpans& descriptors) {
  histogram_.append(descriptors.histogram);
  histogram_foreground_.append(descriptors.histogram_foreground);
  return embedding_.append(descriptors.embedding);
}

Result<std::int64_t> VectorStoreWriter::append_copy(std::int64_t row,
                                                    std::uint32_t expected_checksum) {
  std::vector<float> embedding(static_cast<std::size_t>(dimensions_.embedding));
  std::vector<float> histogram(static_cast<std::size_t>(dimensions_.histogram));
  std::vector<float> foreground(histogram.size());
  SEMBLANCE_RETURN_IF_ERROR(embedding_.read(row, embedding));
  SEMBLANCE_RETURN_IF_ERROR(histogram_.read(row, histogram));
  SEMBLANCE_RETURN_IF_ERROR(histogram_foreground_.read(row, foreground));
  const DescriptorSpans copy{embedding, histogram, foreground};
  if (checksum(copy) != expected_checksum) {
    return Error{ErrorCode::kCorrupt, "row " + std::to_string(row) + " of the vectors is damaged"};
  }
  return append(copy);
}

Status VectorStoreWriter::flush() {
  SEMBLANCE_RETURN_IF_ERROR(embedding_.flush());
  SEMBLANCE_RETURN_IF_ERROR(histogram_.flush());
  return histogram_foreground_.flush();
}

std::uint32_t checksum(const DescriptorSpans& descriptors) {
  uLong crc = ::crc32(0, nullptr, 0);
  for (const std::span<const float> part :
       {descriptors.embedding, descriptors.histogram, descriptors.histogram_foreground}) {
    crc = ::crc32(crc, reinterpret_cast<const Bytef*>(part.data()),
                  static_cast<uInt>(part.size_bytes()));
  }
  return static_cast<std::uint32_t>(crc);
}

}  // namespace semblance
