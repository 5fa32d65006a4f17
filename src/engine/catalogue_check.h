#pragma once

#include <functional>

#include "base/result.h"
#include "catalogue/catalogue.h"
#include "vector/vector_store.h"

namespace semblance {

/// Looks over a catalogue that leaves or enters by an archive: SQLite's own checks, texts that are
/// texts in UTF-8, and sets of vectors that make sense. The database's schema must be known to be
/// ours. Errors: kCorrupt, kIo.
Status check_catalogue_content(const Database& database);

/// Every vector of the live set that belongs to an item: its row is one that counts, its numbers
/// are finite, and its checksum is right. `step` is called now and then; false stops. Errors:
/// kCorrupt, kCancelled.
Status check_vectors(const Catalogue& catalogue, const VectorSet& set, const VectorStore& vectors,
                     const std::function<bool()>& step);

}  // namespace semblance
