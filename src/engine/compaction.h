#pragma once

#include <cstdint>

#include "base/result.h"
#include "catalogue/catalogue.h"
#include "engine/collection_files.h"

namespace semblance {

// A sync never overwrites a row of a vector file, so that searches may go on meanwhile. Rows of
// removed and changed photos therefore stay behind, and are dropped from time to time.

/// Whether so many of the set's rows belong to no item (at least `least`, and a quarter of all)
/// that copying the others is worth it. Errors: kIo.
Result<bool> compaction_pays(const Catalogue& catalogue, const VectorSet& live, std::int64_t least);

/// Copies the rows that items have into new files and switches to them, in one transaction: a crash
/// before its end leaves the old set as it was. Needs the collection's lock; must not be called
/// while a change of network is unfinished. Readers keep what they have mapped. Errors: kIo,
/// kCorrupt, kMissingFile.
Status compact_vectors(const CollectionFiles& files, const Catalogue& catalogue,
                       const VectorSet& live);

}  // namespace semblance
