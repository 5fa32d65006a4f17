#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "catalogue/catalogue.h"

namespace semblance {

/// What the user's side of an export or import provides; every member may be empty.
struct ArchiveHooks {
  /// Called often: bytes done of all.
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;
  /// One line for the user.
  std::function<void(std::string_view)> notice;
  /// Set by a signal handler: stop soon, leave nothing behind.
  const std::atomic<bool>* stop = nullptr;
};

struct ExportReport {
  CatalogueCounts counts;
  std::int64_t rows = 0;
  std::uint64_t bytes = 0;  ///< of the archive
};

/// Writes a collection as one archive (docs/formats.md): the catalogue as it stood at one moment,
/// whatever a sync does meanwhile, and the live vectors that belong to it, verified. The photos are
/// not in it. An archive that was there is replaced when the new one is complete.
/// Errors: kNotFound, kInvalidArgument (ending), kCorrupt, kIo, kUnavailable, kCancelled.
Result<ExportReport> export_collection(const std::filesystem::path& data_folder,
                                       std::string_view collection,
                                       const std::filesystem::path& archive,
                                       const std::string& program_version,
                                       const ArchiveHooks& hooks);

}  // namespace semblance
