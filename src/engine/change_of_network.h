#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "catalogue/catalogue.h"
#include "engine/collection_files.h"
#include "engine/sync.h"

namespace semblance {

// `sync --model OTHER` embeds all photos into a second set of vectors while the live one goes on
// serving, and makes the second one live at the end. In between the change is unfinished.

/// How far an unfinished change of network is.
struct UnfinishedChange {
  std::string model;
  std::int64_t embedded = 0;  ///< items whose photo, as it was last seen, is in the new set
  std::int64_t items = 0;     ///< indexed ones
};

/// Nothing where no change is unfinished.
Result<std::optional<UnfinishedChange>> unfinished_change(const Catalogue& catalogue);

/// Drops an unfinished change: what it has embedded is gone, the live vectors stay. Waits for the
/// collection's lock. Errors: kNotFound (no such collection, nothing unfinished), kIo, kCorrupt.
Result<UnfinishedChange> discard_change(const std::filesystem::path& data_folder,
                                        std::string_view collection, const SyncHooks& hooks);

/// Removes the vector files of sets that the catalogue does not know any more; needs the
/// collection's lock. Readers that have them mapped keep them until they let go.
Status remove_unused_vectors(const CollectionFiles& files, const Catalogue& catalogue);

}  // namespace semblance
