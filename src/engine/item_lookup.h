#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/bitmap.h"
#include "base/result.h"
#include "catalogue/catalogue.h"
#include "engine/collection_snapshot.h"
#include "engine/query.h"
#include "engine/search.h"

namespace semblance {

/// What one search asks about items. Belongs to one thread.
class ItemLookup {
 public:
  ItemLookup() = default;
  ItemLookup(const ItemLookup&) = delete;
  ItemLookup& operator=(const ItemLookup&) = delete;
  virtual ~ItemLookup() = default;

  /// The row of the item of that id; nothing where there is none.
  virtual Result<std::optional<std::int64_t>> row_of(std::string_view id) = 0;
  /// The id of a row's item, valid as long as this; empty where it has gone.
  virtual std::string_view id_of(std::int64_t row) = 0;
  /// Null where the row's item was removed since the snapshot was made.
  virtual Result<std::shared_ptr<const ItemWithAttributes>> item_of(std::int64_t row) = 0;
  /// Those of the snapshot's items, by key, for which a filter (not empty) is true. Errors: those
  /// of Catalogue::filter.
  virtual Result<std::shared_ptr<const Bitmap>> filter(std::string_view expression) = 0;
  /// As Catalogue::product_numbers.
  virtual Result<std::shared_ptr<const std::vector<std::int32_t>>> products() = 0;
};

/// Asks a catalogue each time.
class CatalogueLookup final : public ItemLookup {
 public:
  /// Both outlive this.
  CatalogueLookup(const CollectionSnapshot& snapshot, const Catalogue& catalogue)
      : snapshot_(snapshot), catalogue_(catalogue) {}

  Result<std::optional<std::int64_t>> row_of(std::string_view id) override;
  std::string_view id_of(std::int64_t row) override;
  Result<std::shared_ptr<const ItemWithAttributes>> item_of(std::int64_t row) override;
  Result<std::shared_ptr<const Bitmap>> filter(std::string_view expression) override;
  Result<std::shared_ptr<const std::vector<std::int32_t>>> products() override;

 private:
  const CollectionSnapshot& snapshot_;
  const Catalogue& catalogue_;
  std::unordered_map<std::int64_t, std::string> ids_;
};

/// The items closest to what is searched for, as Collection::search says.
Result<SearchAnswer> search_snapshot(const CollectionSnapshot& snapshot, ItemLookup& lookup,
                                     const SearchQuery& query, const SearchOptions& options);

}  // namespace semblance
