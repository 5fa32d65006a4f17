#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/result.h"
#include "engine/duplicate_cache.h"
#include "engine/duplicates.h"

namespace semblance {

/// Two photos that may be one, by their numbers; a < b.
struct PhotoPair {
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  bool mirrored = false;
  auto operator<=>(const PhotoPair&) const = default;
};

struct MatchedPair {
  PhotoPair pair;
  PictureMatch match;
};

/// Compares two photos by their sketches.
Result<PictureMatch> match_pair(DuplicateCache& cache, std::int64_t sketch_a, std::int64_t sketch_b,
                                bool mirrored);

/// Whether a pair is one photo, as the options have it.
bool is_same_photo(const PictureMatch& match, const DuplicateOptions& options);

/// Those of `pairs` (ascending) that are one photo, in their order. `sketches[n]` is the key of
/// photo n's sketch in the cache at `path`. Errors: kCancelled, those of the cache.
Result<std::vector<MatchedPair>> matching_pairs(const std::filesystem::path& path,
                                                const std::vector<std::int64_t>& sketches,
                                                const std::vector<PhotoPair>& pairs,
                                                const DuplicateOptions& options,
                                                const DuplicateHooks& hooks);

}  // namespace semblance
