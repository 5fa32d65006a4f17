#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/sha256.h"
#include "catalogue/catalogue.h"

namespace semblance {

/// How duplicates are duplicates.
enum class DuplicateLane {
  kIdentical,  ///< equal files, or equal pixels in different files
  kSamePhoto,  ///< one photo, re-encoded, resized, slightly cropped
  kLookAlike,  ///< different photos of things that look alike
};

/// "identical", "same-photo", "look-alike".
std::string_view lane_name(DuplicateLane lane);
std::optional<DuplicateLane> parse_lane(std::string_view name);

/// What somebody said of a group of duplicates.
enum class DuplicateVerdict { kKeepOne, kNotDuplicates };

struct DecidedItem {
  std::int64_t item = 0;  ///< its key; 0: the item is gone, or its photo is another one by now
  std::string id;         ///< as it is now, or was when it went
  Sha256 content_hash{};
  bool kept = false;
};

struct DuplicateDecision {
  std::int64_t key = 0;
  std::string group;  ///< its name when it was decided
  DuplicateLane lane = DuplicateLane::kIdentical;
  DuplicateVerdict verdict = DuplicateVerdict::kKeepOne;
  std::vector<DecidedItem> items;  ///< by id
};

/// All decisions, oldest first. An item is known again by its key (which a renamed item keeps), or
/// by its id where it went and came back, and only with the photo that was decided about. None
/// where the catalogue is of a schema that has no decisions.
Result<std::vector<DuplicateDecision>> read_duplicate_decisions(const Catalogue& catalogue);

/// Stores a decision in place of earlier ones about no other items. `key` does not matter.
Status store_duplicate_decision(const Catalogue& catalogue, const DuplicateDecision& decision);

/// Forgets the decisions about the group of that name. Errors: kNotFound where there is none.
Status forget_duplicate_decision(const Catalogue& catalogue, std::string_view group);

}  // namespace semblance
