#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "catalogue/catalogue.h"
#include "describe/embedder.h"
#include "engine/collection_files.h"
#include "vector/projection.h"

namespace semblance {

// `sync --pca N`: shape vectors of a collection made shorter by principal components of its own
// photos. The map is kept in the catalogue under its SHA-256, which the card of the set of vectors
// names: vectors of another map, or of none, never mix.

/// How many numbers the collection wants a shape vector to have; 0: as many as the network gives.
Result<int> wanted_components(const Catalogue& catalogue);
Status want_components(const Catalogue& catalogue, int components);

/// The map that a card of this catalogue names; nothing where it names none. Errors: kCorrupt.
Result<std::optional<Projection>> projection_of(const Catalogue& catalogue, const ModelCard& card);

/// `network` as the collection with this card uses it: followed by the card's projection, if it has
/// one. Errors: kCorrupt.
Result<std::unique_ptr<Embedder>> with_projection(std::unique_ptr<Embedder> network,
                                                  const Catalogue& catalogue,
                                                  const ModelCard& card);

/// Fits a map to the live set (10,000 of its rows, evenly chosen, where it has more) and replaces
/// the set by one of projected vectors. Nothing is decoded or embedded again. Returns the map.
/// Needs the collection's lock. Errors: kInvalidArgument (too few photos), kIo, kCorrupt.
Result<Projection> project_live_set(const CollectionFiles& files, const Catalogue& catalogue,
                                    int components);

}  // namespace semblance
