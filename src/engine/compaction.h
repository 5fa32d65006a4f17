#pragma once

#include <cstdint>

#include "base/result.h"
#include "catalogue/catalogue.h"
#include "engine/collection_files.h"

namespace semblance {

/// A sync never overwrites a row of a vector file, so that searches may go on meanwhile; rows of
/// removed and changed photos stay behind. Where they are many (at least `least`, and a quarter of
/// all) this copies the live set's other rows into new files and switches to them: readers keep
/// what they have mapped. Does nothing while a change of network is unfinished. Needs the
/// collection's lock. Errors: kIo, kCorrupt, kMissingFile.
Status compact_if_it_pays(const CollectionFiles& files, const Catalogue& catalogue,
                          std::int64_t least);

}  // namespace semblance
