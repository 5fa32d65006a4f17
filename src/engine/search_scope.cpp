#include "engine/search_scope.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/descriptors_fit.h"
#include "engine/set_dimensions.h"

namespace semblance {

namespace {

Status check_photo(const PhotoDescriptors& photo, const CollectionSnapshot& snapshot) {
  if (snapshot.set.key == 0) return {};
  if (fits(photo, snapshot.network, dimensions_of(snapshot.set))) return {};
  return described_by_another_network();
}

}  // namespace

Result<QueryExamples> find_examples(const CollectionSnapshot& snapshot, ItemLookup& lookup,
                                    const SearchQuery& query) {
  QueryExamples examples;
  for (const PhotoDescriptors& photo : query.photos) {
    SEMBLANCE_RETURN_IF_ERROR(check_photo(photo, snapshot));
    examples.liked.push_back({photo.embedding, photo.histogram, photo.histogram_foreground});
  }
  const auto add = [&](const std::string& id, std::vector<DescriptorSpans>& to) -> Status {
    const Result<std::optional<std::int64_t>> row = lookup.row_of(id);
    if (!row) return row.error();
    if (!*row) return no_item_in(id, snapshot.name);
    to.push_back(snapshot.vectors.row(**row));
    examples.keys.push_back(snapshot.key_of(**row));
    examples.rows.push_back(**row);
    return {};
  };
  for (const std::string& id : query.like) SEMBLANCE_RETURN_IF_ERROR(add(id, examples.liked));
  for (const std::string& id : query.unlike) SEMBLANCE_RETURN_IF_ERROR(add(id, examples.unliked));
  return examples;
}

void SearchScope::leave_out(const QueryExamples& examples) {
  std::int64_t largest = -1;
  for (const std::int64_t key : examples.keys) largest = std::max(largest, key);
  left_out_items_ = Bitmap(static_cast<std::size_t>(largest + 1));
  for (const std::int64_t key : examples.keys) left_out_items_.add(key);
  left_out_rows_ = left_out_items_.count();
  if (!products_) return;
  std::int32_t last = -1;
  for (const std::int64_t row : examples.rows) last = std::max(last, product_of(row));
  left_out_products_ = Bitmap(static_cast<std::size_t>(last + 1));
  for (const std::int64_t row : examples.rows) left_out_products_.add(product_of(row));
}

Result<SearchScope> SearchScope::create(const CollectionSnapshot& snapshot, ItemLookup& lookup,
                                        const SearchOptions& options,
                                        const QueryExamples& examples) {
  SearchScope scope(snapshot);
  if (!options.filter.empty()) {
    Result<std::shared_ptr<const Bitmap>> items = lookup.filter(options.filter);
    if (!items) return items.error();
    scope.items_ = *std::move(items);
  }
  if (options.collapse) {
    Result<std::shared_ptr<const std::vector<std::int32_t>>> products = lookup.products();
    if (!products) return products.error();
    scope.products_ = *std::move(products);
  }
  scope.leave_out(examples);
  // Without a filter nearly every row can be a hit: naming them would cost more than a search.
  if (scope.items_ || scope.products_) {
    Bitmap rows(snapshot.keys_by_row.size());
    snapshot.used.for_each([&](std::int64_t row) {
      if (scope.has(row)) rows.add(row);
    });
    scope.rows_ = std::move(rows);
  }
  return scope;
}

bool SearchScope::has(std::int64_t row) const {
  if (rows_) return rows_->contains(row);
  const std::int64_t key = snapshot_->key_of(row);
  if (key == 0 || left_out_items_.contains(key)) return false;
  if (items_ && !items_->contains(key)) return false;
  if (!products_) return true;
  // A sync may have removed the item since the snapshot was made.
  const std::int32_t product = product_of(row);
  return product >= 0 && !left_out_products_.contains(product);
}

std::int32_t SearchScope::product_of(std::int64_t row) const {
  const auto key = static_cast<std::size_t>(snapshot_->key_of(row));
  return products_ && key < products_->size() ? (*products_)[key] : -1;
}

const Bitmap* SearchScope::rows() const {
  if (rows_) return &*rows_;
  return snapshot_->has_unused_rows() ? &snapshot_->used : nullptr;
}

std::int64_t SearchScope::allowed() const {
  return rows_ ? static_cast<std::int64_t>(rows_->count())
               : snapshot_->used_rows - static_cast<std::int64_t>(left_out_rows_);
}

}  // namespace semblance
