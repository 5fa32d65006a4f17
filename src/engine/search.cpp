#include "engine/search.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <unordered_map>
#include <utility>

#include "engine/collection.h"
#include "index/top_k.h"

namespace semblance {

namespace {

/// Ids of rows, looked up in the catalogue when a tie makes them matter.
class RowIds {
 public:
  RowIds(const Catalogue& catalogue, const std::vector<std::int64_t>& keys)
      : catalogue_(catalogue), keys_(keys) {}

  const std::string& operator()(std::int64_t row) {
    const auto [entry, fresh] = ids_.try_emplace(row);
    if (fresh) {
      const auto item = catalogue_.item(keys_[static_cast<std::size_t>(row)]);
      if (item && *item) entry->second = (*item)->id;
    }
    return entry->second;
  }

 private:
  const Catalogue& catalogue_;
  const std::vector<std::int64_t>& keys_;
  std::unordered_map<std::int64_t, std::string> ids_;
};

Closeness mean(const std::vector<Scorer>& scorers, const DescriptorSpans& stored) {
  Closeness sum;
  bool identical = true;
  for (const Scorer& scorer : scorers) {
    const Closeness one = scorer.compare(stored);
    identical = identical && one.score == 1;
    sum.score += one.score;
    sum.distance += one.distance;
    sum.shape_score += one.shape_score;
    sum.colour_score += one.colour_score;
  }
  const auto count = static_cast<double>(scorers.size());
  // Rounding must not make a mean 1 that has smaller numbers in it.
  const double score = identical ? 1.0 : std::min(sum.score / count, std::nextafter(1.0, 0.0));
  return {score, sum.distance / count, sum.shape_score / count, sum.colour_score / count};
}

Status check(const SearchOptions& options) {
  if (options.limit < 1) return Error{ErrorCode::kInvalidArgument, "the limit must be at least 1"};
  if (!(options.min_score >= 0 && options.min_score <= 1)) {
    return Error{ErrorCode::kInvalidArgument, "the minimal score must be between 0 and 1"};
  }
  return {};
}

/// The items that have a row.
Bitmap items_of(const std::vector<std::int64_t>& keys_by_row) {
  const auto largest = std::max_element(keys_by_row.begin(), keys_by_row.end());
  Bitmap items(largest == keys_by_row.end() ? 0 : static_cast<std::size_t>(*largest) + 1);
  for (const std::int64_t key : keys_by_row) {
    if (key != 0) items.add(key);  // 0: no item
  }
  return items;
}

/// Keeps the best row of each product; `before` decides ties.
template <typename Before>
class BestOfProducts {
 public:
  struct Best {
    std::int64_t row = -1;
    double score = 0;
    int photos = 0;
  };

  explicit BestOfProducts(Before before) : before_(std::move(before)) {}

  void offer(std::int32_t product, std::int64_t row, double score) {
    const auto index = static_cast<std::size_t>(product);
    if (index >= bests_.size()) bests_.resize(std::max(index + 1, bests_.size() * 2));
    Best& best = bests_[index];
    if (best.photos == 0 || score > best.score || (score == best.score && before_(row, best.row))) {
      best.row = row;
      best.score = score;
    }
    ++best.photos;
  }

  [[nodiscard]] const std::vector<Best>& bests() const { return bests_; }
  [[nodiscard]] int photos(std::int32_t product) const {
    return bests_[static_cast<std::size_t>(product)].photos;
  }

 private:
  Before before_;
  std::vector<Best> bests_;
};

}  // namespace

Result<SearchAnswer> Collection::search(std::span<const PhotoDescriptors> photos,
                                        const SearchOptions& options) const {
  std::vector<DescriptorSpans> queries;
  for (const PhotoDescriptors& photo : photos) {
    queries.push_back({photo.embedding, photo.histogram, photo.histogram_foreground});
  }
  return search_rows(queries, options, 0);
}

Result<SearchAnswer> Collection::similar(std::string_view id, const SearchOptions& options) const {
  const Result<std::optional<Item>> item = catalogue_.item_by_id(id);
  if (!item) return item.error();
  if (*item) {
    for (std::size_t row = 0; row < keys_by_row_.size(); ++row) {
      if (keys_by_row_[row] != (*item)->key) continue;
      const DescriptorSpans query = vectors_.row(static_cast<std::int64_t>(row));
      return search_rows({&query, 1}, options, (*item)->key);
    }
  }
  return Error{ErrorCode::kNotFound,
               "no item '" + std::string(id) + "' in collection '" + name_ + "'"};
}

/// Which rows of a collection can be hits.
struct Collection::Scope {
  std::optional<Bitmap> items;         // by item key; nothing: all
  std::vector<std::int32_t> products;  // numbers by item key; empty unless collapsing
  std::int64_t left_out_key = 0;
  std::int32_t left_out_product = -1;

  [[nodiscard]] std::int32_t product_of(std::int64_t key) const {
    const auto index = static_cast<std::size_t>(key);
    return index < products.size() ? products[index] : -1;
  }

  [[nodiscard]] bool has(std::int64_t key) const {
    if (key == 0 || key == left_out_key) return false;
    if (items && !items->contains(key)) return false;
    if (products.empty()) return true;
    // A sync may have removed the item since the collection was opened.
    const std::int32_t product = product_of(key);
    return product >= 0 && product != left_out_product;
  }
};

Result<Collection::Scope> Collection::scope_of(const SearchOptions& options,
                                               std::int64_t left_out_key) const {
  Scope scope;
  scope.left_out_key = left_out_key;
  if (!options.filter.empty()) {
    Result<Bitmap> items = catalogue_.filter(options.filter, items_of(keys_by_row_));
    if (!items) return items.error();
    scope.items = *std::move(items);
  }
  if (options.collapse) {
    Result<std::vector<std::int32_t>> products = catalogue_.product_numbers();
    if (!products) return products.error();
    scope.products = *std::move(products);
    if (left_out_key != 0) scope.left_out_product = scope.product_of(left_out_key);
  }
  return scope;
}

Result<SearchAnswer> Collection::search_rows(std::span<const DescriptorSpans> queries,
                                             const SearchOptions& options,
                                             std::int64_t left_out_key) const {
  if (queries.empty()) return Error{ErrorCode::kInvalidArgument, "no photo to search for"};
  SEMBLANCE_RETURN_IF_ERROR(check(options));
  const auto start = std::chrono::steady_clock::now();
  const Result<Scope> scope = scope_of(options, left_out_key);
  if (!scope) return scope.error();
  std::vector<Scorer> scorers;
  for (const DescriptorSpans& query : queries) {
    scorers.emplace_back(options.measure, set_.shape_dimension, query);
  }
  RowIds ids(catalogue_, keys_by_row_);
  const auto by_id = [&ids](std::int64_t a, std::int64_t b) { return ids(a) < ids(b); };
  TopK top(std::min(static_cast<std::size_t>(options.limit), keys_by_row_.size()), by_id);
  BestOfProducts products(by_id);
  for (std::size_t i = 0; i < keys_by_row_.size(); ++i) {
    if (!scope->has(keys_by_row_[i])) continue;
    const auto row = static_cast<std::int64_t>(i);
    const double score = mean(scorers, vectors_.row(row)).score;
    if (score < options.min_score) continue;
    if (options.collapse) {
      products.offer(scope->product_of(keys_by_row_[i]), row, score);
    } else {
      top.offer(row, score);
    }
  }
  for (const auto& best : products.bests()) {
    if (best.photos > 0) top.offer(best.row, best.score);
  }

  SearchAnswer answer;
  for (const Candidate& candidate : top.take()) {
    const std::int64_t key = keys_by_row_[static_cast<std::size_t>(candidate.row)];
    Result<std::optional<Item>> item = catalogue_.item(key);
    if (!item) return item.error();
    if (!*item) continue;  // removed by a sync since the collection was opened
    Result<Attributes> attributes = catalogue_.attributes(key);
    if (!attributes) return attributes.error();
    answer.hits.push_back({static_cast<int>(answer.hits.size()) + 1, **std::move(item),
                           mean(scorers, vectors_.row(candidate.row)), *std::move(attributes),
                           options.collapse ? products.photos(scope->product_of(key)) : 1});
  }
  answer.took_ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  answer.collection = name_;
  answer.model = card_.name;
  answer.measure = options.measure;
  answer.limit = options.limit;
  answer.collapsed = options.collapse;
  return answer;
}

}  // namespace semblance
