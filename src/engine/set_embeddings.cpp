#include "engine/set_embeddings.h"

#include <span>
#include <string>

#include "engine/set_dimensions.h"
#include "vector/vector_store.h"

namespace semblance {

Sha256 name_of_set(const VectorSet& set) {
  const std::string text = std::to_string(set.key) + "\n" + set.card_json;
  return sha256(std::as_bytes(std::span(text)));
}

Result<VectorFile> open_embeddings(const CollectionFiles& files, const VectorSet& set) {
  const VectorFilePlace place = vector_files(files.vectors(set.key), dimensions_of(set)).front();
  return VectorFile::open(place.path, place.dimension, set.rows);
}

}  // namespace semblance
