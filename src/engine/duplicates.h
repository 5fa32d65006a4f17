#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/sha256.h"
#include "catalogue/catalogue.h"
#include "catalogue/duplicate_decisions.h"
#include "duplicates/picture_match.h"
#include "engine/collection_files.h"

namespace semblance {

// Duplicates of a collection in three lanes that share no pair: identical files or pixels, one
// photo in several versions, and different photos that look alike. docs/duplicates.md tells how.

/// Look-alikes score at least so much unless somebody asks for another number.
inline constexpr double kLookAlikeScore = .985;

struct DuplicateOptions {
  /// Nothing: all three.
  std::optional<DuplicateLane> lane;
  bool mirrored = false;  ///< a mirrored copy is the same photo, too
  bool grey = false;      ///< so is one in black and white
  double look_alike_score = kLookAlikeScore;
  int threads = 1;
};

/// Every member may be empty.
struct DuplicateHooks {
  const std::atomic<bool>* stop = nullptr;
  /// Called now and then, from the caller's thread.
  std::function<void(std::string_view what, std::int64_t done, std::int64_t total)> progress{};
  /// One line for the user.
  std::function<void(std::string_view)> notice{};
};

/// Why an item is in its group: compared with the group's best one.
struct DuplicateEvidence {
  bool equal_bytes = false;  ///< lane identical; otherwise equal pixels
  int hash_distance = 0;     ///< bits of 256; lane same-photo
  PictureMatch match;        ///< the same
  bool mirrored = false;     ///< the same
  double score = 0;          ///< lane look-alike: as a search gives it
};

/// An item that another one stands for.
struct DuplicateCopy {
  std::int64_t key = 0;
  std::string id;
};

struct DuplicateItem {
  std::int64_t key = 0;
  std::string id;
  std::string product;
  std::filesystem::path path;
  std::string url;
  int width = 0;
  int height = 0;
  std::int64_t size_bytes = 0;
  Sha256 content_hash{};
  /// Lanes same-photo and look-alike: items that are identical to this one and stand for nothing of
  /// their own there; lane look-alike: also its other versions.
  std::vector<DuplicateCopy> copies;
  DuplicateEvidence evidence;
};

struct DuplicateGroup {
  /// Stable as long as the group has the same photos: a letter for the lane, and ten hexadecimal
  /// digits made of their contents.
  std::string name;
  DuplicateLane lane = DuplicateLane::kIdentical;
  /// The best one first: most pixels, then most bytes, then by id.
  std::vector<DuplicateItem> items;
  /// What was decided about all of its items together; the id of the one to keep.
  std::optional<std::string> keep;
};

/// A group as it was found, as far as a decision about it needs it.
struct FoundGroup {
  struct Member {
    std::int64_t item = 0;
    std::string id;
    Sha256 content_hash{};
  };
  std::string name;
  DuplicateLane lane = DuplicateLane::kIdentical;
  std::vector<Member> members;  ///< the best one first
};

FoundGroup found_group(const DuplicateGroup& group);

/// What was decided about all items of a group together.
struct GroupDecision {
  std::string group;  ///< its name when it was decided
  DuplicateVerdict verdict = DuplicateVerdict::kNotDuplicates;
  std::string keep;  ///< id of the item; empty with kNotDuplicates
};

/// Decisions, to look up those about groups. Also about groups that were found before something was
/// decided.
class GroupDecisions {
 public:
  explicit GroupDecisions(std::vector<DuplicateDecision> decisions);
  /// The last one that is about all items of the group (or identical ones in their stead), where
  /// what is to be kept is there. Nothing where an item came into the group since.
  [[nodiscard]] std::optional<GroupDecision> about(const DuplicateGroup& group) const;

 private:
  struct Indexed {
    DuplicateLane lane = DuplicateLane::kIdentical;
    GroupDecision decision;
    std::set<std::int64_t> items;
  };
  std::vector<Indexed> decisions_;
  std::unordered_map<std::int64_t, std::vector<std::size_t>> by_item_;
};

struct DuplicateReport {
  std::vector<DuplicateGroup> groups;  ///< lane by lane, by name of the best item
  std::int64_t items = 0;              ///< of the collection
  std::int64_t described = 0;          ///< photos that had to be looked at
  std::int64_t unreadable = 0;         ///< photos that cannot be looked at (gone, or changed)
  std::int64_t compared = 0;           ///< pairs whose pixels were compared
  std::int64_t remembered = 0;         ///< pairs that had been compared before
  double describe_seconds = 0;
  double seconds = 0;  ///< all together
  /// Of the items that it is about: equal for two reports of the same items.
  Sha256 items_digest{};
  /// Names of groups whose items were kept apart in it because somebody had said so.
  std::set<std::string> kept_apart;
};

/// Finds the duplicates of a collection. Signatures of photos are kept in its folder, so that only
/// new photos are decoded. Changes neither photos nor catalogue. Errors: those of Collection::open,
/// kInvalidArgument (score out of 0..1), kCancelled (signatures computed so far are kept), kIo.
Result<DuplicateReport> find_duplicates(const std::filesystem::path& data_folder,
                                        std::string_view collection,
                                        const DuplicateOptions& options,
                                        const DuplicateHooks& hooks);

/// DuplicateReport::items_digest of a report made now. Errors: those of the catalogue.
Result<Sha256> digest_of_items(const Catalogue& catalogue);

/// What to remember about a group.
struct DuplicateRuling {
  DuplicateVerdict verdict = DuplicateVerdict::kNotDuplicates;
  std::string keep;  ///< id of the item to keep; empty with kNotDuplicates
};

/// Remembers what somebody decided about a group. The caller holds the collection's lock. Errors:
/// kNotFound (its items have changed), kInvalidArgument (`keep` is not in the group), kIo.
Status decide_about(const Catalogue& catalogue, const FoundGroup& group,
                    const DuplicateRuling& ruling);

/// The group of that name that find_duplicates found last, by whichever process. Errors: kNotFound,
/// kIo.
Result<FoundGroup> group_found_last(const CollectionFiles& files, std::string_view group);

/// The same for a group that find_duplicates found last, by its name.
/// Waits for the collection's lock. Errors: kNotFound (no such group now; its members have
/// changed), kInvalidArgument (`keep` is not in the group), kCancelled, kIo.
Status decide_duplicates(const std::filesystem::path& data_folder, std::string_view collection,
                         std::string_view group, const DuplicateRuling& ruling,
                         const DuplicateHooks& hooks);

/// Forgets what was decided about a group. Errors: kNotFound, kCancelled, kIo.
Status undecide_duplicates(const std::filesystem::path& data_folder, std::string_view collection,
                           std::string_view group, const DuplicateHooks& hooks);

/// Files that somebody may delete, for groups of which one item is to be kept: never the file of an
/// item that is kept by any decision, or that another item needs; nothing of a group whose kept
/// file is not there; none whose name has a line break, since a list of lines would name another
/// file then. Sorted. Semblance itself deletes none. Errors: those of Collection::open.
Result<std::vector<std::filesystem::path>> duplicates_to_delete(
    const std::filesystem::path& data_folder, std::string_view collection);
Result<std::vector<std::filesystem::path>> duplicates_to_delete(const CollectionFiles& files,
                                                                const Catalogue& catalogue);

}  // namespace semblance
