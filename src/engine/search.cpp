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

using Clock = std::chrono::steady_clock;

/// An index ranks by inner products, the answer by scores: what is nearer than this by the one may
/// stand in another order by the other. The norms of stored vectors are 1 to about 1e-7.
constexpr double kNearTie = 1e-6;

double microseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

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
  std::vector<std::int64_t> rows;  // of these
};

/// Rows of the hits, best first, and for each of how many photos it is the best; none: of one.
struct Collection::Found {
  std::vector<Candidate> rows;
  std::vector<int> photos;
};

/// Which rows of a collection can be hits.
struct Collection::Scope {
  std::optional<Bitmap> items;         // by item key; nothing: all
  std::vector<std::int32_t> products;  // numbers by item key; empty unless collapsing
  Bitmap left_out_items;
  Bitmap left_out_products;
  std::size_t left_out_rows = 0;  // of left_out_items
  std::optional<Bitmap> rows;     // that can be hits; nothing: all but those of left_out_items

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
    examples.rows.push_back(row - keys_by_row_.begin());
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
  scope.left_out_rows = scope.left_out_items.count();
  SEMBLANCE_RETURN_IF_ERROR(add_products(options, examples, scope));
  // Without a filter nearly every row can be a hit: naming them would cost more than a search.
  if (scope.items || options.collapse ||
      used_rows_ < static_cast<std::int64_t>(keys_by_row_.size())) {
    scope.rows = Bitmap(keys_by_row_.size());
    for (std::size_t row = 0; row < keys_by_row_.size(); ++row) {
      if (scope.has(keys_by_row_[row])) scope.rows->add(static_cast<std::int64_t>(row));
    }
  }
  return scope;
}

/// When collapsing: which products there are, and which are left out.
Status Collection::add_products(const SearchOptions& options, const Examples& examples,
                                Scope& scope) const {
  if (!options.collapse) return {};
  Result<std::vector<std::int32_t>> products = catalogue_.product_numbers();
  if (!products) return products.error();
  scope.products = *std::move(products);
  std::int32_t last = -1;
  for (const std::int64_t key : examples.keys) last = std::max(last, scope.product_of(key));
  scope.left_out_products = Bitmap(static_cast<std::size_t>(last + 1));
  for (const std::int64_t key : examples.keys) scope.left_out_products.add(scope.product_of(key));
  return {};
}

/// The best `count` rows (of as many products, when collapsing) in the scope, each compared.
std::vector<Candidate> Collection::compare_all(const Scorer& scorer, const Scope& scope,
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

/// The same by an index. It is asked for more and more rows until those that it gave are of enough
/// products: a row that it did not give is no better than any that it gave.
Result<std::vector<Candidate>> Collection::ask_index(
    const SearchPlan& plan, std::span<const float> vector, const Scorer& scorer, const Scope& scope,
    const SearchOptions& options, std::size_t count, SearchAnswer& answer) const {
  RowIds ids(catalogue_, keys_by_row_);
  const auto by_id = [&ids](std::int64_t a, std::int64_t b) { return ids(a) < ids(b); };
  const auto product_of = [&](std::int64_t row) {
    return scope.product_of(keys_by_row_[static_cast<std::size_t>(row)]);
  };
  SearchExplanation& explanation = answer.explanation;
  const auto allowed = static_cast<std::size_t>(explanation.allowed);
  IndexQuery query{vector, 0, scope.rows ? &*scope.rows : nullptr, kNearTie, plan.effort};
  const std::size_t extra = scope.rows ? 0 : scope.left_out_rows;
  for (std::size_t k = options.collapse ? 3 * count : count;; k *= 4) {
    query.k = std::min(k, allowed) + extra;
    const Result<IndexAnswer> found = plan.index->search(query);
    if (!found) return found.error();
    explanation.scanned += found->statistics.scanned;
    explanation.candidates = found->statistics.candidates;
    explanation.ranked += found->statistics.ranked;
    explanation.scan_us += found->statistics.scan_us;
    explanation.rank_us += found->statistics.rank_us;
    answer.approximate = !found->statistics.exact;
    TopK rows(count, by_id);
    TopGroups products(count, by_id, product_of);
    for (const Candidate& each : found->best) {
      if (!scope.has(keys_by_row_[static_cast<std::size_t>(each.row)])) continue;
      const double score = scorer.compare(vectors_.row(each.row)).score;
      if (score < options.min_score) continue;
      options.collapse ? products.offer(each.row, score) : rows.offer(each.row, score);
    }
    if (!options.collapse) return rows.take();
    std::vector<Candidate> best = products.take();
    const bool lowest_counts =
        found->best.empty() ||
        scorer.compare(vectors_.row(found->best.back().row)).score >= options.min_score;
    if (best.size() >= count || k >= allowed || !lowest_counts) return best;
  }
}

Result<std::vector<Candidate>> Collection::candidates(const CombinedQuery& query,
                                                      const Scorer& scorer, const Scope& scope,
                                                      const SearchOptions& options,
                                                      SearchAnswer& answer) const {
  const auto limit = static_cast<std::size_t>(options.limit);
  const std::size_t count =
      std::min(options.diversity > 0 ? diversity_pool(limit) : limit, keys_by_row_.size());
  const auto vector = inner_product_query(options.measure, set_.shape_dimension, query.spans());
  SearchExplanation& explanation = answer.explanation;
  SearchPlan plan;
  if (vector && index_) {
    // A few items that are left out are no filter.
    const std::int64_t allowed = scope.rows ? explanation.allowed : explanation.rows;
    plan = choose_plan(*index_, explanation.rows, allowed, options.exact, options.recall_target,
                       colour_share(options.measure));
  }
  explanation.method = plan.method;
  explanation.effort = plan.effort;
  if (plan.index != nullptr) {
    return ask_index(plan, *vector, scorer, scope, options, count, answer);
  }
  const Clock::time_point start = Clock::now();
  std::vector<Candidate> best = compare_all(scorer, scope, options, count);
  explanation.scanned = explanation.ranked = explanation.allowed;
  explanation.rank_us = microseconds_since(start);
  return best;
}

/// What was computed ahead for one item, where that is the answer.
std::optional<std::vector<Candidate>> Collection::read_table(const SearchQuery& query,
                                                             const Examples& examples,
                                                             const SearchOptions& options,
                                                             SearchAnswer& answer) const {
  if (!table_ || !query.photos.empty() || query.like.size() != 1 || !query.unlike.empty()) {
    return std::nullopt;
  }
  const Clock::time_point start = Clock::now();
  RowIds ids(catalogue_, keys_by_row_);
  auto hits =
      table_->neighbours_of(examples.rows.front(), options,
                            [&ids](std::int64_t a, std::int64_t b) { return ids(a) < ids(b); });
  if (!hits) return std::nullopt;
  answer.approximate = !table_->exact();
  answer.explanation.method = SearchMethod::kTable;
  answer.explanation.allowed = used_rows_ - 1;
  answer.explanation.ranked = static_cast<std::int64_t>(hits->size());
  answer.explanation.rank_us = microseconds_since(start);
  return hits;
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

/// The rows of the hits and, when collapsing, how many photos each stands for.
Result<Collection::Found> Collection::find_rows(const Examples& examples,
                                                const CombinedQuery& combined, const Scorer& scorer,
                                                const SearchOptions& options,
                                                SearchAnswer& answer) const {
  const Clock::time_point start = Clock::now();
  const Result<Scope> scope = scope_of(options, examples);
  if (!scope) return scope.error();
  answer.explanation.allowed = scope->rows
                                   ? static_cast<std::int64_t>(scope->rows->count())
                                   : used_rows_ - static_cast<std::int64_t>(scope->left_out_rows);
  answer.explanation.filter_us = microseconds_since(start);
  Result<std::vector<Candidate>> rows = candidates(combined, scorer, *scope, options, answer);
  if (!rows) return rows.error();
  Found found{*std::move(rows), {}};
  if (options.diversity > 0) {
    const auto limit = static_cast<std::size_t>(options.limit);
    found.rows = diversify(std::move(found.rows), limit, options.diversity, [&](std::int64_t row) {
      return [this, other = Scorer(options.measure, set_.shape_dimension, vectors_.row(row))](
                 std::int64_t with) { return other.compare(vectors_.row(with)).score; };
    });
  }
  found.photos = count_photos(scorer, *scope, options.min_score, found.rows);
  return found;
}

/// Reads the hits from the catalogue.
Status Collection::add_hits(const Found& found, const Scorer& scorer, SearchAnswer& answer) const {
  for (std::size_t i = 0; i < found.rows.size(); ++i) {
    const std::int64_t key = keys_by_row_[static_cast<std::size_t>(found.rows[i].row)];
    Result<std::optional<Item>> item = catalogue_.item(key);
    if (!item) return item.error();
    if (!*item) continue;  // removed by a sync since the collection was opened
    Result<Attributes> attributes = catalogue_.attributes(key);
    if (!attributes) return attributes.error();
    answer.hits.push_back({static_cast<int>(answer.hits.size()) + 1, **std::move(item),
                           scorer.compare(vectors_.row(found.rows[i].row)), *std::move(attributes),
                           found.photos.empty() ? 1 : found.photos[i]});
  }
  return {};
}

Result<SearchAnswer> Collection::search(const SearchQuery& query,
                                        const SearchOptions& options) const {
  SEMBLANCE_RETURN_IF_ERROR(check(options));
  const Clock::time_point start = Clock::now();
  const Result<Examples> examples = find_examples(query);
  if (!examples) return examples.error();
  const int shape_dimension = set_.shape_dimension;
  SEMBLANCE_RETURN_IF_ERROR(check_fits(options.measure, shape_dimension, vectors_.embedding()));
  const Result<CombinedQuery> combined = combine_examples(
      examples->liked, examples->unliked, shape_dimension, wants_non_negative(options.measure));
  if (!combined) return combined.error();
  const Scorer scorer(options.measure, shape_dimension, combined->spans());

  SearchAnswer answer;
  answer.collection = name_;
  answer.model = card_.name;
  answer.measure = options.measure;
  answer.limit = options.limit;
  answer.collapsed = options.collapse;
  answer.diversity = options.diversity;
  answer.explained = options.explain;
  answer.explanation.rows = static_cast<std::int64_t>(keys_by_row_.size());
  Found found;
  if (auto saved = read_table(query, *examples, options, answer)) {
    found.rows = *std::move(saved);
  } else {
    Result<Found> searched = find_rows(*examples, *combined, scorer, options, answer);
    if (!searched) return searched.error();
    found = *std::move(searched);
  }
  const Clock::time_point hits_start = Clock::now();
  SEMBLANCE_RETURN_IF_ERROR(add_hits(found, scorer, answer));
  answer.explanation.hits_us = microseconds_since(hits_start);
  answer.took_ms = microseconds_since(start) / 1000;
  return answer;
}

}  // namespace semblance
