#pragma once

#include <memory>
#include <string>

#include "base/lru_cache.h"
#include "base/result.h"
#include "engine/measure.h"
#include "live/live_collection.h"

namespace semblance::server {

/// From which score on two photos of a collection are close, and very close: a number that means
/// one thing in one collection means another in the next, so these are told from the collection's
/// own photos.
struct ClosenessWords {
  double very_close = 1;  ///< a quarter of the items have a neighbour this near
  double close = 1;       ///< half of the items have ten
};

/// Tells the words for a measure from the neighbours of some items; remembers them.
class ClosenessScale {
 public:
  /// Errors: those of LiveCollection::search.
  Result<ClosenessWords> words(const LiveCollection& collection, const Measure& measure,
                               const std::atomic<bool>* cancelled);

 private:
  LruCache<std::string, ClosenessWords> known_{256};
};

}  // namespace semblance::server
