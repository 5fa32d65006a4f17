#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalogue/catalogue.h"
#include "describe/model_card.h"
#include "vector/vector_store.h"

namespace semblance {

inline constexpr std::string_view kManifestMember = "manifest.json";
inline constexpr std::string_view kCatalogueMember = "catalogue.sqlite";
inline constexpr std::string_view kVectorsMember = "vectors/";  ///< before each vector file's name
inline constexpr std::uint64_t kLargestManifest = 1U << 20;

/// One file of an archive.
struct ArchivedFile {
  std::string name;
  std::uint64_t bytes = 0;
  std::string sha256;  ///< 64 lower-case hexadecimal digits
};

/// The network of an archived collection and the size of its vectors.
struct ArchivedNetwork {
  ModelCard card;
  std::int64_t rows = 0;
  int histogram_dimension = 0;

  [[nodiscard]] int colour_dimension() const { return card.colour ? card.colour->dimension : 0; }
  [[nodiscard]] DescriptorDimensions dimensions() const {
    return {card.shape_dimension() + colour_dimension(), histogram_dimension};
  }
};

/// The first member of an archive: what the others must be (docs/formats.md, "Archive").
struct ArchiveManifest {
  std::string program;     ///< version of the program that wrote it
  std::string collection;  ///< a valid name
  std::string created;     ///< UTC, ISO 8601
  CatalogueCounts counts;
  std::optional<ArchivedNetwork> network;  ///< nothing: no photo was synced yet
  std::vector<ArchivedFile> files;         ///< in the order of the archive
};

/// The files that an archive of this network has, in order, with their sizes; 0 for the catalogue,
/// whose size is free.
std::vector<ArchivedFile> expected_files(const std::optional<ArchivedNetwork>& network);

std::string to_json(const ArchiveManifest& manifest);

/// Errors: kCorrupt with the field's name (missing or wrong, a file name or size that the format
/// does not allow), kConflict when a newer program wrote it.
Result<ArchiveManifest> parse_archive_manifest(std::string_view json);

}  // namespace semblance
