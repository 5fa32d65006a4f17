#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/bitmap.h"
#include "base/result.h"
#include "engine/collection_snapshot.h"
#include "engine/item_lookup.h"
#include "engine/query.h"
#include "engine/search.h"

namespace semblance {

/// What a query is made of, found.
struct QueryExamples {
  std::vector<DescriptorSpans> liked;
  std::vector<DescriptorSpans> unliked;
  std::vector<std::int64_t> keys;  // of the items among them
  std::vector<std::int64_t> rows;  // of these
};

/// Borrows the numbers of the query and of the snapshot. Errors: kNotFound for an id, kConflict for
/// a photo that another network described.
Result<QueryExamples> find_examples(const CollectionSnapshot& snapshot, ItemLookup& lookup,
                                    const SearchQuery& query);

/// Which rows of a collection can be hits.
class SearchScope {
 public:
  /// Borrows the snapshot.
  static Result<SearchScope> create(const CollectionSnapshot& snapshot, ItemLookup& lookup,
                                    const SearchOptions& options, const QueryExamples& examples);

  [[nodiscard]] bool has(std::int64_t row) const;
  [[nodiscard]] bool collapses() const { return products_ != nullptr; }
  /// Of a row; -1 where it is not known.
  [[nodiscard]] std::int32_t product_of(std::int64_t row) const;

  /// Rows that can be hits, by number; null: all. Examples may be among them: so many more rows
  /// have to be asked for.
  [[nodiscard]] const Bitmap* rows() const;
  [[nodiscard]] std::size_t examples_among_rows() const { return rows_ ? 0 : left_out_rows_; }
  [[nodiscard]] std::int64_t allowed() const;

 private:
  explicit SearchScope(const CollectionSnapshot& snapshot) : snapshot_(&snapshot) {}
  void leave_out(const QueryExamples& examples);

  const CollectionSnapshot* snapshot_;
  std::shared_ptr<const Bitmap> items_;                        // by item key; null: all
  std::shared_ptr<const std::vector<std::int32_t>> products_;  // by item key; null: not collapsing
  Bitmap left_out_items_;
  Bitmap left_out_products_;
  std::size_t left_out_rows_ = 0;  // of left_out_items_
  std::optional<Bitmap> rows_;     // nothing: all used ones but those of left_out_items_
};

}  // namespace semblance
