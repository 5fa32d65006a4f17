#include "engine/search.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <unordered_map>
#include <utility>

#include "engine/collection.h"
#include "engine/diversity.h"
#include "engine/ranking.h"
#include "index/top_groups.h"
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

Status check(const SearchOptions& options) {
  if (options.limit < 1) return Error{ErrorCode::kInvalidArgument, "the limit must be at least 1"};
  if (!(options.min_score >= 0 && options.min_score <= 1)) {
    return Error{ErrorCode::kInvalidArgument, "the minimal score must be between 0 and 1"};
  }
  if (!(options.diversity >= 0 && options.diversity <= 1)) {
    return Error{ErrorCode::kInvalidArgument, "the diversity must be between 0 and 1"};
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

/// The descriptors of one photo, to compare with other photos of the collection.
DescriptorSpans spans_of(const PhotoDescriptors& photo) {
  return {photo.embedding, photo.histogram, photo.histogram_foreground};
}

}  // namespace

/// What a query is made of, found.
struct Collection::Examples {
  std::vector<DescriptorSpans> liked;
  std::vector<DescriptorSpans> unliked;
  std::vector<std::int64_t> keys;  // of the items among them
};

/// Which rows of a collection can be hits.
struct Collection::Scope {
  std::optional<Bitmap> items;         // by item key; nothing: all
  std::vector<std::int32_t> products;  // numbers by item key; empty unless collapsing
  Bitmap left_out_items;
  Bitmap left_out_products;

  [[nodiscard]] std::int32_t product_of(std::int64_t key) const {
    const auto index = static_cast<std::size_t>(key);
    return index < products.size() ? products[index] : -1;
  }

  [[nodiscard]] bool has(std::int64_t key) const {
    if (key == 0 || left_out_items.contains(key)) return false;
    if (items && !items->contains(key)) return false;
    if (products.empty()) return true;
    // A sync may have removed the item since the collection was opened.
    const std::int32_t product = product_of(key);
    return product >= 0 && !left_out_products.contains(product);
  }
};

Result<Collection::Examples> Collection::find_examples(const SearchQuery& query) const {
  Examples examples;
  for (const PhotoDescriptors& photo : query.photos) examples.liked.push_back(spans_of(photo));
  const auto add = [&](const std::string& id, std::vector<DescriptorSpans>& to) -> Status {
    const Result<std::optional<Item>> item = catalogue_.item_by_id(id);
    if (!item) return item.error();
    const auto row = *item ? std::find(keys_by_row_.begin(), keys_by_row_.end(), (*item)->key)
                           : keys_by_row_.end();
    if (row == keys_by_row_.end()) {
      return Error{ErrorCode::kNotFound, "no item '" + id + "' in collection '" + name_ + "'"};
    }
    to.push_back(vectors_.row(row - keys_by_row_.begin()));
    examples.keys.push_back((*item)->key);
    return {};
  };
  for (const std::string& id : query.like) SEMBLANCE_RETURN_IF_ERROR(add(id, examples.liked));
  for (const std::string& id : query.unlike) SEMBLANCE_RETURN_IF_ERROR(add(id, examples.unliked));
  return examples;
}

Result<Collection::Scope> Collection::scope_of(const SearchOptions& options,
                                               const Examples& examples) const {
  Scope scope;
  const std::int64_t largest =
      examples.keys.empty() ? -1 : *std::max_element(examples.keys.begin(), examples.keys.end());
  scope.left_out_items = Bitmap(static_cast<std::size_t>(largest + 1));
  for (const std::int64_t key : examples.keys) scope.left_out_items.add(key);
  if (!options.filter.empty()) {
    Result<Bitmap> items = catalogue_.filter(options.filter, items_of(keys_by_row_));
    if (!items) return items.error();
    scope.items = *std::move(items);
  }
  if (!options.collapse) return scope;
  Result<std::vector<std::int32_t>> products = catalogue_.product_numbers();
  if (!products) return products.error();
  scope.products = *std::move(products);
  std::int32_t last = -1;
  for (const std::int64_t key : examples.keys) last = std::max(last, scope.product_of(key));
  scope.left_out_products = Bitmap(static_cast<std::size_t>(last + 1));
  for (const std::int64_t key : examples.keys) scope.left_out_products.add(scope.product_of(key));
  return scope;
}

/// The best `count` rows (of as many products, when collapsing) in the scope.
std::vector<Candidate> Collection::candidates(const Scorer& scorer, const Scope& scope,
                                              const SearchOptions& options,
                                              std::size_t count) const {
  RowIds ids(catalogue_, keys_by_row_);
  const auto by_id = [&ids](std::int64_t a, std::int64_t b) { return ids(a) < ids(b); };
  const auto for_each_row = [&](auto&& visit) {
    for (std::size_t i = 0; i < keys_by_row_.size(); ++i) {
      if (scope.has(keys_by_row_[i])) visit(static_cast<std::int64_t>(i));
    }
  };
  const std::size_t most = std::min(count, keys_by_row_.size());
  if (!options.collapse) {
    TopK best(most, by_id);
    rank_rows(scorer, vectors_, for_each_row, options.min_score, best);
    return best.take();
  }
  TopGroups best(most, by_id, [&](std::int64_t row) {
    return scope.product_of(keys_by_row_[static_cast<std::size_t>(row)]);
  });
  rank_rows(scorer, vectors_, for_each_row, options.min_score, best);
  return best.take();
}

/// Of each hit's product, the photos that could have been hits themselves; 1 unless collapsing.
std::vector<int> Collection::count_photos(const Scorer& scorer, const Scope& scope,
                                          double min_score,
                                          const std::vector<Candidate>& hits) const {
  std::vector<int> counts(hits.size(), 1);
  if (scope.products.empty()) return counts;
  std::unordered_map<std::int32_t, std::size_t> hit_of;
  for (std::size_t i = 0; i < hits.size(); ++i) {
    hit_of[scope.product_of(keys_by_row_[static_cast<std::size_t>(hits[i].row)])] = i;
    counts[i] = 0;
  }
  for (std::size_t i = 0; i < keys_by_row_.size(); ++i) {
    if (!scope.has(keys_by_row_[i])) continue;
    const auto hit = hit_of.find(scope.product_of(keys_by_row_[i]));
    if (hit == hit_of.end()) continue;
    const auto row = static_cast<std::int64_t>(i);
    if (min_score == 0 || scorer.compare(vectors_.row(row)).score >= min_score) {
      ++counts[hit->second];
    }
  }
  return counts;
}

Result<SearchAnswer> Collection::search(const SearchQuery& query,
                                        const SearchOptions& options) const {
  SEMBLANCE_RETURN_IF_ERROR(check(options));
  const auto start = std::chrono::steady_clock::now();
  const Result<Examples> examples = find_examples(query);
  if (!examples) return examples.error();
  const int shape_dimension = set_.shape_dimension;
  SEMBLANCE_RETURN_IF_ERROR(check_fits(options.measure, shape_dimension, vectors_.embedding()));
  const Result<CombinedQuery> combined = combine_examples(
      examples->liked, examples->unliked, shape_dimension, wants_non_negative(options.measure));
  if (!combined) return combined.error();
  const Result<Scope> scope = scope_of(options, *examples);
  if (!scope) return scope.error();
  const Scorer scorer(options.measure, shape_dimension, combined->spans());

  const auto limit = static_cast<std::size_t>(options.limit);
  std::vector<Candidate> best =
      candidates(scorer, *scope, options, options.diversity > 0 ? diversity_pool(limit) : limit);
  if (options.diversity > 0) {
    best = diversify(std::move(best), limit, options.diversity, [&](std::int64_t row) {
      return [this, other = Scorer(options.measure, shape_dimension, vectors_.row(row))](
                 std::int64_t with) { return other.compare(vectors_.row(with)).score; };
    });
  }
  const std::vector<int> photos = count_photos(scorer, *scope, options.min_score, best);

  SearchAnswer answer;
  for (std::size_t i = 0; i < best.size(); ++i) {
    const std::int64_t key = keys_by_row_[static_cast<std::size_t>(best[i].row)];
    Result<std::optional<Item>> item = catalogue_.item(key);
    if (!item) return item.error();
    if (!*item) continue;  // removed by a sync since the collection was opened
    Result<Attributes> attributes = catalogue_.attributes(key);
    if (!attributes) return attributes.error();
    answer.hits.push_back({static_cast<int>(answer.hits.size()) + 1, **std::move(item),
                           scorer.compare(vectors_.row(best[i].row)), *std::move(attributes),
                           photos[i]});
  }
  answer.took_ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  answer.collection = name_;
  answer.model = card_.name;
  answer.measure = options.measure;
  answer.limit = options.limit;
  answer.collapsed = options.collapse;
  answer.diversity = options.diversity;
  return answer;
}

}  // namespace semblance
