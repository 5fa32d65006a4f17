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

/// What is needed of a photo to compare it.
struct PairedPhoto {
  std::int64_t sketch = 0;          ///< its key in the cache
  const Sha256* content = nullptr;  ///< of its file: says which one is laid over the other
};

struct PairMatches {
  std::vector<MatchedPair> pairs;  ///< those that are one photo, in their order
  std::int64_t compared = 0;       ///< the others had been compared before
};

/// Compares two photos by their sketches.
Result<PictureMatch> match_pair(DuplicateCache& cache, std::int64_t sketch_a, std::int64_t sketch_b,
                                bool mirrored);

/// Whether a pair is one photo, as the options have it.
bool is_same_photo(const PictureMatch& match, const DuplicateOptions& options);

/// Which of `pairs` (ascending) are one photo. Only those are compared that the cache (at `path`)
/// does not remember; then it does. Errors: kCancelled (what was compared is remembered), those of
/// the cache.
Result<PairMatches> matching_pairs(const std::filesystem::path& path, const DuplicateCache& cache,
                                   const std::vector<PairedPhoto>& photos,
                                   const std::vector<PhotoPair>& pairs,
                                   const DuplicateOptions& options, const DuplicateHooks& hooks);

}  // namespace semblance
