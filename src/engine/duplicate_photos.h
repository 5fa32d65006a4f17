#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalogue/catalogue.h"
#include "catalogue/duplicate_decisions.h"
#include "engine/duplicate_cache.h"
#include "engine/duplicates.h"

namespace semblance {

/// Numbers of items of DuplicatePhotos, or of units made of them.
using PhotoNumbers = std::vector<std::uint32_t>;

/// Items that stand for one thing: identical ones, or versions of one photo.
struct PhotoUnit {
  PhotoNumbers items;     ///< the best one first
  std::uint32_t kin = 0;  ///< equal for units of identical pixels that somebody told apart
  [[nodiscard]] std::uint32_t best() const { return items.front(); }
};

/// Two numbers in either order as one key.
std::uint64_t pair_key(std::uint32_t a, std::uint32_t b);

/// What duplicates are found among: the items of a set of vectors with what is known of their
/// photos and what somebody decided about them. Numbered by content, so that neither ids nor rows
/// have a say in which groups there are.
class DuplicatePhotos {
 public:
  /// Errors: those of the catalogue.
  static Result<DuplicatePhotos> load(const Catalogue& catalogue, const VectorSet& set);
  void set_signatures(DuplicateCache::Signatures signatures);

  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(items_.size()); }
  [[nodiscard]] const DuplicateItem& item(std::uint32_t number) const { return items_[number]; }
  /// Of the item's vectors.
  [[nodiscard]] std::int64_t row(std::uint32_t number) const { return rows_[number]; }
  /// Null where the photo could not be looked at.
  [[nodiscard]] const PhotoSignature* signature_of(std::uint32_t number) const;
  /// The best items first: most pixels, most bytes, then by id.
  void sort_by_quality(PhotoNumbers& numbers) const;
  [[nodiscard]] bool is_better(std::uint32_t a, std::uint32_t b) const;

  [[nodiscard]] const std::vector<DuplicateDecision>& decisions() const { return decisions_; }
  /// Somebody said that they are no duplicates.
  [[nodiscard]] bool told_apart(std::uint32_t a, std::uint32_t b) const {
    return !apart_.empty() && apart_.contains(pair_key(a, b));
  }
  [[nodiscard]] bool told_apart(const PhotoUnit& a, const PhotoUnit& b) const;
  [[nodiscard]] bool anything_told_apart() const { return !apart_.empty(); }

  /// Of all that reports of this collection depend on, but for decisions.
  [[nodiscard]] Sha256 digest(const VectorSet& set) const;

 private:
  void note_what_is_apart();

  std::vector<DuplicateItem> items_;
  std::vector<std::int64_t> rows_;
  DuplicateCache::Signatures signatures_;
  std::vector<DuplicateDecision> decisions_;
  std::set<std::uint64_t> apart_;  ///< keys of pairs
};

}  // namespace semblance
