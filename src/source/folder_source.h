#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "source/source.h"

namespace semblance {

/// What of a folder is no input.
struct FolderRules {
  std::vector<std::string> excludes;  ///< glob patterns (SourceOptions::excludes)
  /// Folders that are passed over wherever they are met, by whatever name; they need not exist.
  std::vector<std::filesystem::path> left_out;
};

/// Every file below a folder, in order of path within each folder. An item's id is its path below
/// the folder, with '/' between parts. Names that begin with a dot are ignored. Symbolic links are
/// followed; one that leads back to a folder above itself is reported once and not entered.
/// `id_prefix` is put before each id ("shoes/" when several folders are given).
/// Errors: kNotFound when the folder does not exist, kUnreadable when it cannot be listed.
Result<std::unique_ptr<Source>> open_folder_source(const std::filesystem::path& folder,
                                                   std::string id_prefix,
                                                   const FolderRules& rules = {});

}  // namespace semblance
