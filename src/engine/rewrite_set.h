#pragma once

#include <functional>

#include "base/result.h"
#include "catalogue/catalogue.h"
#include "engine/collection_files.h"
#include "vector/vector_store.h"

namespace semblance {

/// What a row of the new set holds instead of the old one's; the numbers belong to the callee and
/// must last until the next call.
using RowTransform = std::function<DescriptorSpans(const DescriptorSpans&)>;

/// Writes the rows of the live set that belong to an item into the files of a new set, `target`
/// (its card and dimensions), and makes that the live one: in one transaction, so that a crash
/// before its end leaves everything as it was. Without a transform rows keep their numbers and
/// checksums. `also` is done in the same transaction. Needs the collection's lock and no other
/// building set; readers keep what they have mapped. Errors: kIo, kCorrupt, kMissingFile, those of
/// `also`.
Status rewrite_set(const CollectionFiles& files, const Catalogue& catalogue, const VectorSet& live,
                   VectorSet target, const RowTransform& transform,
                   const std::function<Status()>& also);

}  // namespace semblance
