#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "base/result.h"
#include "engine/collection.h"
#include "engine/collection_files.h"
#include "engine/duplicate_cache.h"
#include "engine/duplicate_pairs.h"
#include "engine/duplicate_photos.h"
#include "index/neighbour_file.h"

namespace semblance {

// The three lanes, one after the other: each takes the units of the one before, so that no pair is
// in two lanes.

/// Units of a lane, and which of them are groups.
struct LaneUnits {
  std::vector<PhotoUnit> units;      ///< every item is in one
  std::vector<std::uint32_t> of;     ///< the unit of each item
  std::vector<PhotoNumbers> groups;  ///< of the lane: numbers of units of the lane before (items
                                     ///< in the lane identical)
};

/// Items of equal files or pixels become one unit, or several where somebody told them apart.
LaneUnits identical_photos(const DuplicatePhotos& photos);

/// The closest items of each item, kept in a file of their own beside the vectors.
class CloseItems {
 public:
  /// Brings the file up to date. Errors: those of refresh_neighbour_file.
  static Result<CloseItems> open(const Collection& collection, const CollectionFiles& files,
                                 const DuplicatePhotos& photos, int threads,
                                 const DuplicateHooks& hooks);

  /// Calls visit(other item) for those of `number` that score at least `least`, nearly: scores in
  /// the file are rounded.
  template <typename Visit>
  void for_each(std::uint32_t number, double least, Visit&& visit) const {
    if (!file_) return;
    for (const Neighbour& one : file_->view().of(rows_[number])) {
      if (one.score < least) break;
      const std::uint32_t other = item_of_row_.at(static_cast<std::size_t>(one.row));
      if (other != kNoItem) visit(other);
    }
  }

 private:
  static constexpr std::uint32_t kNoItem = 0xffffffff;
  std::optional<NeighbourFile> file_;  ///< nothing: there are no vectors
  std::vector<std::int64_t> rows_;     ///< by item
  std::vector<std::uint32_t> item_of_row_;
};

/// Pairs of identical units that are worth comparing: of near hashes, and of near embeddings, which
/// find crops that change a hash. Ascending.
std::vector<PhotoPair> candidate_pairs(const DuplicatePhotos& photos, const LaneUnits& identical,
                                       const CloseItems& close, bool mirrored);

/// Identical units become one where they are versions of one photo. `matches` are the pairs that
/// match. Errors: those of the cache.
Result<LaneUnits> same_photos(const DuplicatePhotos& photos, const LaneUnits& identical,
                              const std::vector<MatchedPair>& matches,
                              const DuplicateOptions& options, DuplicateCache& cache);

/// Groups of different photos that look alike. The photos of one product do not.
class LookAlikes {
 public:
  LookAlikes(const DuplicatePhotos& photos, const Collection& collection, double least_score)
      : photos_(photos), collection_(collection), least_score_(least_score) {}

  /// Groups of the units of `versions`.
  [[nodiscard]] std::vector<PhotoNumbers> find(const LaneUnits& versions,
                                               const CloseItems& close) const;
  /// Of two items, as a search for the one gives the other.
  [[nodiscard]] double score(std::uint32_t a, std::uint32_t b) const;

 private:
  [[nodiscard]] bool may_be(const PhotoUnit& a, const PhotoUnit& b) const;

  const DuplicatePhotos& photos_;
  const Collection& collection_;
  const double least_score_;
};

}  // namespace semblance
