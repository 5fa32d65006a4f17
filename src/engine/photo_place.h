#pragma once

#include <filesystem>

#include "engine/collection_files.h"

namespace semblance {

/// Where the photo of an item is whose path in the catalogue is `path`. Photos that the collection
/// itself keeps are found by their names, also after its folder was moved.
std::filesystem::path place_of_photo(const CollectionFiles& files,
                                     const std::filesystem::path& path);

}  // namespace semblance
