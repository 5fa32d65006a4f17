#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalogue/catalogue.h"

namespace semblance {

/// One line of `semblance collections`.
struct CollectionListing {
  std::string name;
  CatalogueCounts counts;
  std::string model;                                                 ///< empty: none was chosen yet
  std::uint64_t bytes = 0;                                           ///< of all its files
  std::optional<std::chrono::system_clock::time_point> last_change;  ///< nothing: in a cluster
  std::optional<Error> problem;  ///< it cannot be read; counts and model are then not known
};

/// All collections of a data directory, sorted by name. One that cannot be read is among them.
std::vector<CollectionListing> describe_collections(const std::filesystem::path& data_folder);

/// Makes an empty collection. With `model` (a name or file, see choose_model) it remembers that
/// network: the next sync takes it, and searches find nothing until then. Without, the first sync
/// chooses, and until then searches say that the collection is empty.
/// Errors: kInvalidArgument (name), kConflict (exists), those of choose_model, kIo.
Status create_collection(const std::filesystem::path& data_folder, std::string_view name,
                         const std::string& model);

/// Deletes a collection: for other processes in one step. Photos are not touched. Searches that
/// have it open go on. Errors: kNotFound, kConflict (another process is changing it), kIo.
Status delete_collection(const std::filesystem::path& data_folder, std::string_view name);

/// Sizes of all files below a folder.
std::uint64_t bytes_below(const std::filesystem::path& folder);

}  // namespace semblance
