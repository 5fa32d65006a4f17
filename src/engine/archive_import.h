#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/result.h"
#include "catalogue/catalogue.h"
#include "engine/archive_export.h"

namespace semblance {

inline constexpr std::uint64_t kDefaultMaxArchiveBytes = std::uint64_t{64} << 30;

struct ImportOptions {
  std::filesystem::path archive;
  std::string collection;     ///< empty: the name it was exported under
  bool replace = false;       ///< a collection of that name may be there and is then replaced
  bool forget_paths = false;  ///< drop where the photos were: for archives from others
  std::uint64_t max_bytes = kDefaultMaxArchiveBytes;  ///< of the unpacked files
};

struct ImportReport {
  std::string collection;
  CatalogueCounts counts;
  std::int64_t rows = 0;
  std::string model;           ///< empty: the collection has none yet
  bool model_present = false;  ///< the network is here, so that photos can be searched for
  bool replaced = false;
};

/// Reads an archive that export_collection wrote, or anybody else. Everything is unpacked and
/// verified beside the collections; only then does it take the collection's place, in one step,
/// under the collection's lock. The network need not be here.
/// Errors: kMissingFile, kCorrupt, kConflict (there is such a collection; written by a newer
/// program), kTooLarge, kInvalidArgument (name), kIo, kUnavailable, kCancelled. What was there is
/// then as it was.
Result<ImportReport> import_collection(const std::filesystem::path& data_folder,
                                       const ImportOptions& options, const ArchiveHooks& hooks);

}  // namespace semblance
