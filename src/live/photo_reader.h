#pragma once

#include <cstdint>
#include <optional>

#include "base/file.h"
#include "base/result.h"
#include "catalogue/catalogue.h"
#include "engine/collection_files.h"
#include "engine/photo_roots.h"

namespace semblance {

/// Reads an item's photo, but only a regular file whose real path lies below the collection's roots
/// (nothing: it has none yet), its downloaded or its uploaded photos. Errors: kNotFound (the item
/// has no file), kMissingFile, kUnreadable, kTooLarge when it holds more than `max_bytes`.
Result<Bytes> read_photo(const CollectionFiles& files, const std::optional<PhotoRoots>& roots,
                         const Item& item, std::uint64_t max_bytes);

}  // namespace semblance
