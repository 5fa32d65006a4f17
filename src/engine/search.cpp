#include "engine/search.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "engine/collection.h"
#include "engine/collection_snapshot.h"
#include "engine/diversity.h"
#include "engine/item_lookup.h"
#include "engine/ranking.h"
#include "engine/search_scope.h"
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

Error invalid(std::string message) {
  return Error{ErrorCode::kInvalidArgument, std::move(message)};
}

Error given_up() {
  return Error{ErrorCode::kCancelled, "the search was given up"};
}

/// Products that have a photo up to the place where a page begins: they were shown before it.
class ProductsBefore {
 public:
  ProductsBefore(double score, const SearchScope& scope) : score_(score), scope_(scope) {}
  [[nodiscard]] double threshold() const { return score_; }
  void offer(std::int64_t row, double /*score*/) { products_.insert(scope_.product_of(row)); }
  [[nodiscard]] bool contains(std::int32_t product) const { return products_.contains(product); }

 private:
  double score_;
  const SearchScope& scope_;
  std::unordered_set<std::int32_t> products_;
};

/// One search: the steps in the order in which run() calls them.
class SearchRun {
 public:
  SearchRun(const CollectionSnapshot& snapshot, ItemLookup& lookup, const SearchQuery& query,
            const SearchOptions& options)
      : snapshot_(snapshot), lookup_(lookup), query_(query), options_(options) {}

  Result<SearchAnswer> run();

 private:
  /// Rows of the hits, best first, and for each of how many photos it is the best; none: of one.
  struct Found {
    std::vector<Candidate> rows;
    std::vector<int> photos;
  };

  void begin_answer();
  bool read_table(const QueryExamples& examples, Found& found);
  Result<Found> find_rows(const QueryExamples& examples, const CombinedQuery& combined,
                          const Scorer& scorer);
  Result<std::vector<Candidate>> candidates(const CombinedQuery& combined, const Scorer& scorer,
                                            const SearchScope& scope);
  std::vector<Candidate> compare_all(const Scorer& scorer, const SearchScope& scope,
                                     std::size_t count);
  Result<std::vector<Candidate>> ask_index(const SearchPlan& plan, std::span<const float> vector,
                                           const Scorer& scorer, const SearchScope& scope,
                                           std::size_t count);
  std::vector<Candidate> choose(const std::vector<Candidate>& given, const Scorer& scorer,
                                const SearchScope& scope, std::size_t count, double surely_given,
                                std::size_t& sure) const;
  Result<IndexAnswer> ask_once(const SearchPlan& plan, const IndexQuery& query);
  [[nodiscard]] std::vector<int> count_photos(const Scorer& scorer, const SearchScope& scope,
                                              const std::vector<Candidate>& hits) const;
  Status add_hits(const Found& found, const DescriptorSpans& query, const Scorer& scorer);

  [[nodiscard]] bool stopped() const {
    return options_.cancelled != nullptr && options_.cancelled->load(std::memory_order_relaxed);
  }
  [[nodiscard]] bool is_close(const Closeness& closeness) const {
    return closeness.score >= options_.min_score &&
           (!options_.max_distance || closeness.distance <= *options_.max_distance);
  }
  /// Behind the place where the page begins.
  [[nodiscard]] bool is_behind(std::int64_t row, double score) const {
    if (!options_.after) return true;
    if (score != options_.after->score) return score < options_.after->score;
    return lookup_.id_of(row) > options_.after->id;
  }
  [[nodiscard]] auto by_id() const {
    return [this](std::int64_t a, std::int64_t b) { return lookup_.id_of(a) < lookup_.id_of(b); };
  }

  const CollectionSnapshot& snapshot_;
  ItemLookup& lookup_;
  const SearchQuery& query_;
  const SearchOptions& options_;
  SearchAnswer answer_;
};

/// The best `count` rows (of as many products, when collapsing) in the scope, each compared.
std::vector<Candidate> SearchRun::compare_all(const Scorer& scorer, const SearchScope& scope,
                                              std::size_t count) {
  const auto for_each_row = [&](auto&& visit) {
    snapshot_.used.for_each([&](std::int64_t row) {
      if (scope.has(row)) visit(row);
    });
  };
  const auto stop = [this] { return stopped(); };
  const auto wanted = [this](std::int64_t row, const Closeness& closeness) {
    return is_close(closeness) && is_behind(row, closeness.score);
  };
  if (!options_.collapse) {
    TopK best(count, by_id());
    rank_rows(scorer, snapshot_.vectors, for_each_row, options_.min_score, wanted, stop, best);
    return best.take();
  }
  ProductsBefore before(options_.after ? options_.after->score : 1, scope);
  if (options_.after) {
    const auto is_before = [this](std::int64_t row, const Closeness& closeness) {
      return is_close(closeness) && !is_behind(row, closeness.score);
    };
    rank_rows(scorer, snapshot_.vectors, for_each_row, options_.min_score, is_before, stop, before);
  }
  const auto new_product = [&](std::int64_t row, const Closeness& closeness) {
    return wanted(row, closeness) && !before.contains(scope.product_of(row));
  };
  TopGroups best(count, by_id(), [&](std::int64_t row) { return scope.product_of(row); });
  rank_rows(scorer, snapshot_.vectors, for_each_row, options_.min_score, new_product, stop, best);
  return best.take();
}

Result<IndexAnswer> SearchRun::ask_once(const SearchPlan& plan, const IndexQuery& query) {
  const bool gather = plan.method == SearchMethod::kExact && snapshot_.gathered != nullptr;
  Result<IndexAnswer> found =
      gather ? snapshot_.gathered->search(query) : plan.index->search(query);
  if (!found) return found;
  SearchExplanation& explanation = answer_.explanation;
  explanation.scanned += found->statistics.scanned;
  explanation.candidates = found->statistics.candidates;
  explanation.ranked += found->statistics.ranked;
  explanation.scan_us += found->statistics.scan_us;
  explanation.rank_us += found->statistics.rank_us;
  answer_.approximate = !found->statistics.exact;
  return found;
}

/// Of the rows that an index gave, the best `count` (of as many products, when collapsing) that can
/// be hits of this page. `sure` counts those that are at least as near as `surely_given`.
std::vector<Candidate> SearchRun::choose(const std::vector<Candidate>& given, const Scorer& scorer,
                                         const SearchScope& scope, std::size_t count,
                                         double surely_given, std::size_t& sure) const {
  std::vector<Candidate> behind;
  ProductsBefore before(0, scope);
  sure = 0;
  for (const Candidate& each : given) {
    const Closeness closeness = scorer.compare(snapshot_.vectors.row(each.row));
    if (!is_close(closeness) || !scope.has(each.row)) continue;
    if (is_behind(each.row, closeness.score)) {
      behind.push_back({each.row, closeness.score});
      sure += each.score >= surely_given ? 1 : 0;
    } else if (options_.collapse) {
      before.offer(each.row, closeness.score);
    }
  }
  if (!options_.collapse) {
    TopK best(count, by_id());
    for (const Candidate& each : behind) best.offer(each.row, each.score);
    return best.take();
  }
  TopGroups best(count, by_id(), [&](std::int64_t row) { return scope.product_of(row); });
  for (const Candidate& each : behind) {
    if (!before.contains(scope.product_of(each.row))) best.offer(each.row, each.score);
  }
  std::vector<Candidate> chosen = best.take();
  sure = chosen.size();
  return chosen;
}

/// The same by an index. It is asked for more and more rows until those that it gave are enough: a
/// row that it did not give is no better than any that it gave.
Result<std::vector<Candidate>> SearchRun::ask_index(const SearchPlan& plan,
                                                    std::span<const float> vector,
                                                    const Scorer& scorer, const SearchScope& scope,
                                                    std::size_t count) {
  const auto allowed = static_cast<std::size_t>(answer_.explanation.allowed);
  IndexQuery query{vector, 0, scope.rows(), kNearTie, plan.effort};
  query.stop = options_.cancelled;
  const auto before_page =
      options_.after ? std::min(static_cast<std::size_t>(options_.after->hits), allowed) : 0;
  for (std::size_t k = (options_.collapse ? 3 : 1) * (before_page + count);; k *= 4) {
    query.k = std::min(k, allowed) + scope.examples_among_rows();
    const Result<IndexAnswer> found = ask_once(plan, query);
    if (!found) return found.error();
    const std::vector<Candidate>& given = found->best;
    std::size_t sure = 0;
    if (k >= allowed || given.size() < query.k) {
      return choose(given, scorer, scope, count, -std::numeric_limits<double>::infinity(), sure);
    }
    // Rows that were given only for their nearness to the last one asked for are not all there are.
    const Candidate& last = given[query.k - 1];
    std::vector<Candidate> best = choose(given, scorer, scope, count, last.score, sure);
    if (sure >= count || !is_close(scorer.compare(snapshot_.vectors.row(last.row)))) return best;
  }
}

Result<std::vector<Candidate>> SearchRun::candidates(const CombinedQuery& combined,
                                                     const Scorer& scorer,
                                                     const SearchScope& scope) {
  const auto limit = static_cast<std::size_t>(options_.limit);
  const std::size_t count = std::min(options_.diversity > 0 ? diversity_pool(limit) : limit,
                                     snapshot_.keys_by_row.size());
  const auto vector =
      inner_product_query(options_.measure, snapshot_.set.shape_dimension, combined.spans());
  SearchExplanation& explanation = answer_.explanation;
  SearchPlan plan;
  if (vector && snapshot_.index) {
    // A few items that are left out are no filter.
    const std::int64_t allowed = scope.rows() != nullptr ? explanation.allowed : explanation.rows;
    // Which products a page before this one showed must be sure, so that none is shown again.
    const bool exact = options_.exact || (options_.after && options_.collapse);
    plan = choose_plan(*snapshot_.index, explanation.rows, allowed, exact, options_.recall_target,
                       colour_share(options_.measure));
  }
  explanation.method = plan.method;
  explanation.effort = plan.effort;
  if (plan.index != nullptr) return ask_index(plan, *vector, scorer, scope, count);
  const Clock::time_point start = Clock::now();
  std::vector<Candidate> best = compare_all(scorer, scope, count);
  if (stopped()) return given_up();
  explanation.scanned = explanation.ranked = explanation.allowed;
  explanation.rank_us = microseconds_since(start);
  return best;
}

/// What was computed ahead for one item, where that is the answer.
bool SearchRun::read_table(const QueryExamples& examples, Found& found) {
  if (!snapshot_.table || !query_.photos.empty() || query_.like.size() != 1 ||
      !query_.unlike.empty()) {
    return false;
  }
  const Clock::time_point start = Clock::now();
  auto hits = snapshot_.table->neighbours_of(
      examples.rows.front(), options_, [this](std::int64_t row) { return lookup_.id_of(row); });
  if (!hits) return false;
  found.rows = *std::move(hits);
  answer_.approximate = !snapshot_.table->exact();
  answer_.explanation.method = SearchMethod::kTable;
  answer_.explanation.allowed = snapshot_.used_rows - 1;
  answer_.explanation.ranked = static_cast<std::int64_t>(found.rows.size());
  answer_.explanation.rank_us = microseconds_since(start);
  return true;
}

/// Of each hit's product, the photos that could have been hits themselves; 1 unless collapsing.
std::vector<int> SearchRun::count_photos(const Scorer& scorer, const SearchScope& scope,
                                         const std::vector<Candidate>& hits) const {
  std::vector<int> counts(hits.size(), 1);
  if (!scope.collapses()) return counts;
  std::unordered_map<std::int32_t, std::size_t> hit_of;
  for (std::size_t i = 0; i < hits.size(); ++i) {
    hit_of[scope.product_of(hits[i].row)] = i;
    counts[i] = 0;
  }
  const bool any = options_.min_score == 0 && !options_.max_distance;
  scope.rows()->for_each([&](std::int64_t row) {
    const auto hit = hit_of.find(scope.product_of(row));
    if (hit == hit_of.end()) return;
    if (any || is_close(scorer.compare(snapshot_.vectors.row(row)))) ++counts[hit->second];
  });
  return counts;
}

/// The rows of the hits and, when collapsing, how many photos each stands for.
Result<SearchRun::Found> SearchRun::find_rows(const QueryExamples& examples,
                                              const CombinedQuery& combined, const Scorer& scorer) {
  const Clock::time_point start = Clock::now();
  const Result<SearchScope> scope = SearchScope::create(snapshot_, lookup_, options_, examples);
  if (!scope) return scope.error();
  answer_.explanation.allowed = scope->allowed();
  answer_.explanation.filter_us = microseconds_since(start);
  Result<std::vector<Candidate>> rows = candidates(combined, scorer, *scope);
  if (!rows) return rows.error();
  Found found{*std::move(rows), {}};
  const VectorStore& vectors = snapshot_.vectors;
  if (options_.diversity > 0) {
    const auto limit = static_cast<std::size_t>(options_.limit);
    found.rows = diversify(std::move(found.rows), limit, options_.diversity, [&](std::int64_t row) {
      return [&vectors,
              other = Scorer(options_.measure, snapshot_.set.shape_dimension, vectors.row(row))](
                 std::int64_t with) { return other.compare(vectors.row(with)).score; };
    });
  }
  found.photos = count_photos(scorer, *scope, found.rows);
  return found;
}

/// Reads the hits from the catalogue.
Status SearchRun::add_hits(const Found& found, const DescriptorSpans& query, const Scorer& scorer) {
  answer_.hits.reserve(found.rows.size());
  for (std::size_t i = 0; i < found.rows.size(); ++i) {
    const std::int64_t row = found.rows[i].row;
    const Result<std::shared_ptr<const ItemWithAttributes>> item = lookup_.item_of(row);
    if (!item) return item.error();
    if (!*item) continue;  // removed since the snapshot was made
    const DescriptorSpans photo = snapshot_.vectors.row(row);
    answer_.hits.push_back({static_cast<int>(answer_.hits.size()) + 1, (*item)->item,
                            scorer.compare(photo), (*item)->attributes,
                            found.photos.empty() ? 1 : found.photos[i],
                            confidence_of_hit(snapshot_.confidence, query_, options_.measure,
                                              snapshot_.set.shape_dimension, query, photo)});
  }
  return {};
}

void SearchRun::begin_answer() {
  answer_.collection = snapshot_.name;
  answer_.model = snapshot_.card.name;
  answer_.measure = options_.measure;
  answer_.limit = options_.limit;
  answer_.collapsed = options_.collapse;
  answer_.diversity = options_.diversity;
  answer_.explained = options_.explain;
  answer_.explanation.rows = static_cast<std::int64_t>(snapshot_.keys_by_row.size());
}

Result<SearchAnswer> SearchRun::run() {
  SEMBLANCE_RETURN_IF_ERROR(check_search_options(options_));
  if (stopped()) return given_up();
  const Clock::time_point start = Clock::now();
  begin_answer();
  const Result<QueryExamples> examples = find_examples(snapshot_, lookup_, query_);
  if (!examples) return examples.error();
  if (snapshot_.set.key == 0 && !examples->liked.empty()) return std::move(answer_);
  const int shape_dimension = snapshot_.set.shape_dimension;
  SEMBLANCE_RETURN_IF_ERROR(
      check_fits(options_.measure, shape_dimension, snapshot_.vectors.embedding()));
  const Result<CombinedQuery> combined = combine_examples(
      examples->liked, examples->unliked, shape_dimension, wants_non_negative(options_.measure));
  if (!combined) return combined.error();
  const Scorer scorer(options_.measure, shape_dimension, combined->spans());
  Found found;
  if (!read_table(*examples, found)) {
    Result<Found> searched = find_rows(*examples, *combined, scorer);
    if (!searched) return searched.error();
    found = *std::move(searched);
  }
  const Clock::time_point hits_start = Clock::now();
  SEMBLANCE_RETURN_IF_ERROR(add_hits(found, combined->spans(), scorer));
  answer_.explanation.hits_us = microseconds_since(hits_start);
  answer_.took_ms = microseconds_since(start) / 1000;
  return std::move(answer_);
}

}  // namespace

Status check_search_options(const SearchOptions& options) {
  if (options.limit < 1) return invalid("the limit must be at least 1");
  if (!(options.min_score >= 0 && options.min_score <= 1)) {
    return invalid("the minimal score must be between 0 and 1");
  }
  if (options.max_distance && !(*options.max_distance >= 0)) {
    return invalid("the largest distance must be at least 0");
  }
  if (!(options.diversity >= 0 && options.diversity <= 1)) {
    return invalid("the diversity must be between 0 and 1");
  }
  if (!options.after) return {};
  if (options.diversity > 0) return invalid("with diversity there are no further pages");
  if (!(options.after->score >= 0 && options.after->score <= 1) || options.after->hits < 0) {
    return invalid("the place of the page before is none that a search gives");
  }
  return {};
}

Error no_item_in(std::string_view id, std::string_view collection) {
  return Error{ErrorCode::kNotFound,
               "no item '" + std::string(id) + "' in collection '" + std::string(collection) + "'"};
}

Error described_by_another_network() {
  return Error{
      ErrorCode::kConflict,
      "the photo was described by another network than the collection's; describe it again"};
}

Result<SearchAnswer> search_snapshot(const CollectionSnapshot& snapshot, ItemLookup& lookup,
                                     const SearchQuery& query, const SearchOptions& options) {
  return SearchRun(snapshot, lookup, query, options).run();
}

Result<SearchAnswer> Collection::search(const SearchQuery& query,
                                        const SearchOptions& options) const {
  CatalogueLookup lookup(*snapshot_, catalogue_);
  return search_snapshot(*snapshot_, lookup, query, options);
}

}  // namespace semblance
