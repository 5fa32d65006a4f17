#pragma once

#include <chrono>
#include <filesystem>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/duplicates.h"

namespace semblance {

/// Photos that a live collection has more than once, and what is decided about them. From any
/// number of threads.
class CollectionDuplicates {
 public:
  CollectionDuplicates(const CollectionDuplicates&) = delete;
  CollectionDuplicates& operator=(const CollectionDuplicates&) = delete;
  virtual ~CollectionDuplicates() = default;

  /// As find_duplicates; an empty collection has none. Takes seconds to minutes.
  virtual Result<DuplicateReport> find(const DuplicateOptions& options,
                                       const DuplicateHooks& hooks) const = 0;
  /// DuplicateReport::items_digest of a report of the snapshot of now.
  virtual Result<Sha256> items_digest() const = 0;
  virtual Result<std::vector<DuplicateDecision>> decisions() const = 0;
  /// As group_found_last.
  virtual Result<FoundGroup> found_last(std::string_view group) const = 0;
  /// As decide_about; durable. Errors: also kUnavailable, as those of LiveCollection::change.
  virtual Status decide(const FoundGroup& group, const DuplicateRuling& ruling,
                        std::chrono::steady_clock::time_point deadline) = 0;
  /// Forgets what was decided about the group of that name. Errors: kNotFound, kUnavailable, kIo.
  virtual Status undecide(std::string_view group,
                          std::chrono::steady_clock::time_point deadline) = 0;
  /// As duplicates_to_delete.
  virtual Result<std::vector<std::filesystem::path>> to_delete() const = 0;

 protected:
  CollectionDuplicates() = default;
};

}  // namespace semblance
