#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bitmap.h"
#include "base/result.h"
#include "base/sha256.h"
#include "catalogue/attributes.h"
#include "catalogue/database.h"
#include "catalogue/facets.h"

namespace semblance {

enum class ItemStatus { kIndexed, kFailed, kSkipped };

/// Who put an item into the catalogue.
enum class ItemOrigin {
  kSource,  ///< a sync, from its source: the next sync removes it where the source names it no more
  kApi,     ///< somebody one by one: syncs leave it alone unless their source names its id
};

/// One photo of the catalogue.
struct Item {
  std::int64_t key = 0;  ///< internal; stays the same when the item is renamed
  std::string id;
  std::string product;
  std::filesystem::path path;  ///< absolute; empty when the photo has only an address
  std::string url;             ///< address of the photo; empty when it is a file
  std::string link;            ///< address of the product's page; empty when the source gave none
  int width = 0;               ///< pixels, upright
  int height = 0;
  /// Of the photo when it was indexed; nothing in the hits of a cluster.
  std::optional<Sha256> content_hash{};
};

struct ItemWithAttributes {
  Item item;
  Attributes attributes;
};

/// The vectors of one network. One set is live; another may be building beside it.
struct VectorSet {
  std::int64_t key = 0;
  bool live = false;
  std::string card_json;              ///< canonical
  std::filesystem::path card_folder;  ///< where the network's files were when the set began
  int shape_dimension = 0;
  int colour_dimension = 0;  ///< 0: the network has no colour output
  std::int64_t rows = 0;     ///< rows of the vector files that count
};

struct Problem {
  std::string subject;  ///< item id, or what stands in its place
  std::string place;    ///< file, or file:line
  std::string reason;   ///< a reason code
  std::string message;
  std::string kind;  ///< "failed", "skipped" or "attribute"
};

struct CatalogueCounts {
  std::int64_t items = 0;  ///< indexed
  std::int64_t products = 0;
  std::int64_t failed = 0;
  std::int64_t skipped = 0;
  bool operator==(const CatalogueCounts&) const = default;
};

/// kNotFound for the name of an attribute that a collection, which has `names`, does not have.
Error unknown_attribute(std::string_view attribute, std::span<const std::string> names);

/// What a collection knows of its items: everything but the vectors. Readers and one writer may
/// have the same catalogue open, in any processes; each object belongs to one thread.
class Catalogue {
 public:
  static Result<Catalogue> open(const std::filesystem::path& path, Database::Mode mode);

  Result<std::optional<std::string>> setting(std::string_view name) const;
  Status set_setting(std::string_view name, std::string_view value) const;

  Result<CatalogueCounts> counts() const;
  Result<std::optional<VectorSet>> live_set() const;
  Result<std::optional<VectorSet>> building_set() const;

  /// Begins a set of vectors; its `key` and `rows` are filled in. Errors: kConflict when there is
  /// one in that state already.
  Result<VectorSet> create_set(const VectorSet& set) const;
  /// The building set becomes the live one, and the one that was live is forgotten, in one step.
  Status switch_to(const VectorSet& building) const;
  Status drop_set(const VectorSet& set) const;

  /// For each row of the set, the key of the item it belongs to, or 0 for a row that belongs to
  /// none (its item was removed or changed).
  Result<std::vector<std::int64_t>> item_keys_by_row(const VectorSet& set) const;

  /// All ids, in one pass: pairs (key, id) of indexed items.
  Result<std::vector<std::pair<std::int64_t, std::string>>> indexed_ids() const;

  Result<std::optional<Item>> item(std::int64_t key) const;
  Result<std::optional<Item>> item_by_id(std::string_view id) const;
  Result<Attributes> attributes(std::int64_t key) const;
  /// Value of one attribute for every item that has it and is indexed: (key, value). "product"
  /// names the product unless the source gave an attribute of that name.
  Result<std::vector<std::pair<std::int64_t, std::string>>> values(
      std::string_view attribute) const;
  Result<std::vector<std::string>> attribute_names() const;
  /// Forgets the names that no item has any more.
  Status drop_unused_attribute_names() const;

  /// Keys of the indexed items for which a filter is true (docs/filters.md); all where the
  /// expression is empty. Errors: kInvalidArgument with a column and a caret (filter_error()).
  Result<Bitmap> filter(std::string_view expression) const;
  /// The same among `items` (by key, all of them indexed), which is quicker.
  Result<Bitmap> filter(std::string_view expression, const Bitmap& items) const;
  /// The values of an attribute (or of "id" or "product") among the items of filter(expression),
  /// and how many items have each: the `limit` most frequent. Errors: kNotFound for an attribute
  /// that the catalogue does not have, those of filter().
  Result<Facets> facets(std::string_view attribute, std::string_view expression,
                        std::size_t limit) const;
  /// A number for the product of each item, by item key: the same where the product is the same;
  /// -1 where there is no item of that key.
  Result<std::vector<std::int32_t>> product_numbers() const;

  Result<std::vector<Problem>> problems() const;

  [[nodiscard]] const Database& database() const { return database_; }

 private:
  explicit Catalogue(Database database) : database_(std::move(database)) {}
  Result<std::optional<VectorSet>> set_in_state(std::string_view state) const;
  Result<Bitmap> filter_now(std::string_view expression) const;
  Error unknown_attribute(std::string_view attribute) const;
  Status prepare_once(Statement& statement, std::string_view sql) const;
  Result<std::optional<Item>> read_item(Statement& statement) const;

  Database database_;
  // Of what is asked most, prepared when it is first asked.
  mutable Statement item_by_key_;
  mutable Statement item_by_id_;
  mutable Statement attributes_;
};

}  // namespace semblance
