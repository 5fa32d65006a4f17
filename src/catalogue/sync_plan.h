#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/sha256.h"
#include "catalogue/catalogue.h"
#include "catalogue/database.h"

namespace semblance {

/// What a source says of one item.
struct SeenItem {
  std::string id;
  std::optional<std::string> product;  ///< nothing: keeps its product; a new item is its own
  std::filesystem::path path;          ///< of a photo with an address: where its download is kept
  std::string url;                     ///< address of the photo; empty: the photo is a file
  std::string link;                    ///< of the product's page; may be empty
  std::string place;                   ///< where the source says so, for messages
  std::uint64_t size_bytes = 0;
  std::int64_t mtime_ns = 0;
  std::optional<Attributes> attributes;  ///< nothing: the item keeps the attributes it has
  std::optional<Error> problem;          ///< the source names the item but cannot offer its photo
};

enum class SyncAction {
  kSame,     ///< nothing to do but perhaps attributes and path
  kNew,      ///< no item of that id; perhaps a renamed or copied photo
  kTouched,  ///< size or time differ: the content has to be looked at
  kEmbed,    ///< content known, but the set of vectors being filled lacks it
  kRetry,    ///< failed or was skipped last time and is tried again
  kRefresh,  ///< touched, but the content is the one known
  kRename,   ///< an item that is gone under its old id: `item_key`
  kCheck,    ///< a photo with an address: its server is asked whether it changed
  kProblem,  ///< there is no photo to look at: `seen.problem`
};

struct SyncTask {
  std::int64_t ordinal = 0;
  SyncAction action = SyncAction::kNew;
  SeenItem seen;
  std::int64_t item_key = 0;  ///< 0 for kNew
  bool renamed = false;       ///< kRename, also when it has become kEmbed
  bool kept = false;          ///< the source does not name it (embed_kept)
  /// Whose the item is when the task is done; nothing: as before.
  std::optional<ItemOrigin> origin = ItemOrigin::kSource;
  std::optional<Sha256> known_hash;     ///< of the content, where planning has looked at it
  std::optional<Sha256> previous_hash;  ///< of the content when the item was last indexed
};

/// What indexing found out about a photo.
struct PhotoFacts {
  Sha256 content_hash{};
  int width = 0;
  int height = 0;
  std::string format;
};

/// Where a photo's vectors stand in the vector files of the set being written.
struct StoredVector {
  std::int64_t row = 0;
  std::uint32_t checksum = 0;  ///< CRC-32 of the bytes of all its descriptors
  PhotoFacts facts;
};

/// The comparison of a source with the catalogue, kept in temporary tables of one connection so
/// that millions of inputs need no memory. Use: add() everything seen, classify(), read tasks.
class SyncPlan {
 public:
  static Result<SyncPlan> create(const Database& database);

  /// False when an item of that id was added before.
  Result<bool> add(const SeenItem& item);

  /// Compares with the catalogue, for vectors of `set_key` (0: a set that does not exist yet).
  Status classify(std::int64_t set_key, bool retry);

  struct Counts {
    std::int64_t seen = 0;
    std::int64_t same_indexed = 0;  ///< with those refreshed, without those renamed
    std::int64_t same_renamed = 0;  ///< kSame after a kRename
    std::int64_t same_failed = 0;   ///< known failures that are not tried again
    std::int64_t same_skipped = 0;
    std::int64_t fresh = 0;    ///< kNew
    std::int64_t touched = 0;  ///< kTouched and kRetry
    std::int64_t embed = 0;    ///< kEmbed, without those kept
    std::int64_t kept = 0;     ///< kEmbed of items that the source does not name, not in `seen`
    std::int64_t check = 0;    ///< kCheck
    std::int64_t problem = 0;  ///< kProblem
    std::int64_t refresh = 0;
    std::int64_t rename = 0;
    std::int64_t gone = 0;
    std::int64_t gone_indexed = 0;      ///< of these, what search finds
    std::int64_t existing_indexed = 0;  ///< items that search found before the sync
  };
  Result<Counts> counts() const;

  /// A photo that has an address and yet is the collection's own copy (ItemOrigin::kApi) counts as
  /// a file.
  enum class Photos { kFiles, kAddresses };
  /// Up to `limit` tasks that need a look at the photo, in order, behind `ordinal`: kNew, kTouched,
  /// kEmbed, kRetry, kCheck, of photos that are files or of those that have an address.
  Result<std::vector<SyncTask>> tasks_after(Photos photos, std::int64_t ordinal, int limit) const;

  /// kProblem tasks.
  Result<std::vector<SyncTask>> problems_after(std::int64_t ordinal, int limit) const;

  /// Writes down trouble with an input that is no item (it has no id of its own, or one that an
  /// earlier input has).
  Status add_problem(std::string_view subject, std::string_view place, const Error& error);
  Result<std::int64_t> count_problems() const;
  /// The items at and below each such input that could not be read (a folder) are kept.
  Status keep_what_could_not_be_read() const;
  /// Moves them to the catalogue, as problems of kind `input`, inside the caller's transaction.
  Status store_problems() const;

  /// Tasks whose content decides what they are: touched ones, and new ones as long as a gone item.
  Result<std::vector<SyncTask>> undecided_after(std::int64_t ordinal, int limit) const;
  /// Decides such a task from its content: a touched one becomes kRefresh if the content is known,
  /// a new one kRename if a gone item (which is then gone no longer) has the same.
  Status decide(const SyncTask& task, const Sha256& hash) const;

  /// Items that stay though the source does not name them (all of those, or those that could not
  /// be looked for) become kEmbed tasks where the set lacks their vectors: a new network has to see
  /// them, too.
  Status embed_kept(std::int64_t set_key, bool keep_missing) const;

  /// kRefresh and kRename tasks: what needs no look at pixels.
  Result<std::vector<SyncTask>> moves_after(std::int64_t ordinal, int limit) const;
  /// Once they are done: they become kSame, or kEmbed where the set lacks their vectors.
  Status finish_moves(std::int64_t set_key) const;

  /// Vectors of this set that were computed from the same content, to be copied instead of computed
  /// again. Rows of a set are never overwritten, so the answer stays good while the sync goes on.
  Result<std::optional<StoredVector>> find_vector(std::int64_t set_key, const Sha256& content_hash);

  /// Keys of items of kSource that the source no longer names.
  Result<std::vector<std::int64_t>> gone_after(std::int64_t key, int limit) const;

  /// Items without other work whose path, product or attributes differ from what was seen.
  Result<std::vector<SyncTask>> relabelled_after(std::int64_t ordinal, int limit) const;

 private:
  explicit SyncPlan(const Database& database) : database_(&database) {}
  Result<std::vector<SyncTask>> read_tasks(std::string_view condition, std::int64_t ordinal,
                                           int limit) const;

  const Database* database_;
  Statement insert_;
  Statement find_vector_;
  Statement insert_problem_;
};

}  // namespace semblance
