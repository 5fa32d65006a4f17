#include "vector/vector_store.h"

#include <zlib.h>

#include <system_error>
#include <utility>
#include <vector>

namespace semblance {

namespace {

constexpr const char* kEmbedding = "embedding.vec";
constexpr const char* kHistogram = "histogram.vec";
constexpr const char* kHistogramForeground = "histogram-foreground.vec";

}  // namespace

std::array<VectorFileName, 3> vector_file_names(const DescriptorDimensions& dimensions) {
  return {{{kEmbedding, dimensions.embedding},
           {kHistogram, dimensions.histogram},
           {kHistogramForeground, dimensions.histogram}}};
}

Result<VectorStore> VectorStore::open(const std::filesystem::path& folder,
                                      const DescriptorDimensions& dimensions, std::int64_t rows) {
  VectorStore store;
  const struct {
    VectorFile* file;
    const char* name;
    int dimension;
  } files[] = {{&store.embedding_, kEmbedding, dimensions.embedding},
               {&store.histogram_, kHistogram, dimensions.histogram},
               {&store.histogram_foreground_, kHistogramForeground, dimensions.histogram}};
  for (const auto& [file, name, dimension] : files) {
    Result<VectorFile> opened = VectorFile::open(folder / name, dimension, rows);
    if (!opened) return opened.error();
    *file = *std::move(opened);
  }
  return store;
}

DescriptorSpans VectorStore::row(std::int64_t index) const {
  return {embedding().row(index), histogram().row(index), histogram_foreground().row(index)};
}

Result<VectorStoreWriter> VectorStoreWriter::open(const std::filesystem::path& folder,
                                                  const DescriptorDimensions& dimensions,
                                                  std::int64_t rows) {
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (code) {
    return Error{ErrorCode::kIo, "cannot make folder '" + folder.string() + "': " + code.message()};
  }
  SEMBLANCE_RETURN_IF_ERROR(sync_folder(folder.parent_path()));
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

Result<std::int64_t> VectorStoreWriter::append_copy(std::int64_t row) {
  std::vector<float> embedding(static_cast<std::size_t>(dimensions_.embedding));
  std::vector<float> histogram(static_cast<std::size_t>(dimensions_.histogram));
  std::vector<float> foreground(histogram.size());
  SEMBLANCE_RETURN_IF_ERROR(embedding_.read(row, embedding));
  SEMBLANCE_RETURN_IF_ERROR(histogram_.read(row, histogram));
  SEMBLANCE_RETURN_IF_ERROR(histogram_foreground_.read(row, foreground));
  return append({embedding, histogram, foreground});
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
