#pragma once

#include "base/result.h"
#include "base/sha256.h"
#include "catalogue/catalogue.h"
#include "engine/collection_files.h"
#include "vector/vector_file.h"

namespace semblance {

/// Names a set of vectors in what is computed from it: another network, or files written anew, have
/// another name.
Sha256 name_of_set(const VectorSet& set);

/// The set's embeddings, mapped. Errors: those of VectorFile::open.
Result<VectorFile> open_embeddings(const CollectionFiles& files, const VectorSet& set);

}  // namespace semblance
