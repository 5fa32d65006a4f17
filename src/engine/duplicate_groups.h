#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "engine/duplicate_cache.h"
#include "engine/duplicate_lanes.h"
#include "engine/duplicates.h"

namespace semblance {

/// Makes the groups of a report of numbers of units: best photo, evidence, name, decision.
class DuplicateGroups {
 public:
  /// All outlive this.
  DuplicateGroups(const DuplicatePhotos& photos, const DuplicateOptions& options,
                  const LookAlikes& look_alikes, DuplicateCache& cache)
      : photos_(photos), options_(options), look_alikes_(look_alikes), cache_(cache) {}

  /// The groups of a lane, the largest first, then by the id of the best item. `groups` hold
  /// numbers of `units`; in the lane identical, of items. Errors: those of the cache.
  Result<std::vector<DuplicateGroup>> make(DuplicateLane lane,
                                           const std::vector<PhotoNumbers>& groups,
                                           const std::vector<PhotoUnit>& units) const;

 private:
  Result<DuplicateGroup> group_of(DuplicateLane lane, PhotoNumbers members,
                                  const std::vector<PhotoUnit>& units) const;
  Status add_evidence(DuplicateGroup& group, const PhotoNumbers& best_items) const;
  Result<DuplicateEvidence> evidence_of_same_photo(std::uint32_t best, std::uint32_t other) const;

  const DuplicatePhotos& photos_;
  const DuplicateOptions& options_;
  const LookAlikes& look_alikes_;
  DuplicateCache& cache_;
};

}  // namespace semblance
