#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/result.h"
#include "engine/duplicate_cache.h"
#include "engine/duplicates.h"

namespace semblance {

/// A photo that has no signature yet.
struct PhotoToDescribe {
  Sha256 content_hash{};
  std::filesystem::path path;
};

struct DescribedPhotos {
  std::int64_t described = 0;
  std::int64_t unreadable = 0;  ///< gone, changed since the last sync, or not decoded
};

/// Decodes photos and puts their signatures into the cache, some hundred a transaction. Errors:
/// kCancelled (what was done is kept), those of the cache.
Result<DescribedPhotos> describe_photos(const std::vector<PhotoToDescribe>& photos, int threads,
                                        const DuplicateHooks& hooks, const DuplicateCache& cache);

}  // namespace semblance
