#include "remote/remote_search.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/descriptors_fit.h"
#include "engine/diversity.h"
#include "index/top_groups.h"
#include "index/top_k.h"
#include "remote/document.h"
#include "remote/filter_query.h"

namespace semblance::remote {

namespace {

/// Inner products come as float32: what is so near to an identical photo is looked at exactly.
constexpr double kNearlyOne = 1 - 1e-5;
/// More hits than wanted that an exact search asks for: float32 may have put them in another order.
constexpr std::size_t kExactMargin = 32;
/// The walk through the graph of a shard keeps at least so many, for recall. Measured:
/// docs/benchmarks.md.
constexpr std::size_t kLeastEffort = 128;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

Error invalid(std::string message) {
  return Error{ErrorCode::kInvalidArgument, std::move(message)};
}

/// One photo that the cluster gave.
struct Found {
  RemoteItem item;
  Closeness closeness;
  int photos = 1;  ///< collapsed: the product's photos among those that were found
};

/// One search: the steps in the order in which run() calls them.
class RemoteSearch {
 public:
  RemoteSearch(const RemoteIndex& index, std::shared_ptr<const IndexView> view,
               const SearchQuery& query, const SearchOptions& options, const SendOptions& send)
      : index_(index),
        view_(std::move(view)),
        reader_(index.reader(*view_)),
        query_(query),
        options_(options),
        send_(send) {}

  Result<SearchAnswer> run();

 private:
  void begin_answer();
  Status find_examples();
  Status add_examples(const std::vector<std::string>& ids, std::vector<DescriptorSpans>& to);
  [[nodiscard]] Status check_photo(const PhotoDescriptors& photo) const;
  Status plan();
  Result<std::vector<Found>> ask(std::size_t size);
  Status score(std::vector<Found>& found);
  Status fetch_descriptors(std::vector<Found*>& of);
  Result<std::vector<Found>> find();
  [[nodiscard]] std::vector<Found> choose(std::vector<Found> found, std::size_t count) const;
  [[nodiscard]] std::vector<Found> make_differ(std::vector<Found> found) const;
  Status add_hits(std::vector<Found> found);
  Result<std::vector<int>> count_photos(const std::vector<Found>& hits);

  [[nodiscard]] int shape_dimension() const { return view_->meta().shape_dimension; }
  /// Whether descriptors come with the hits, to be ranked by the local engine's code.
  [[nodiscard]] bool ranks_again() const {
    return !ranked_by_cluster_ || options_.exact || options_.diversity > 0 ||
           options_.measure.colour_weight > 0;
  }
  [[nodiscard]] bool is_close(const Closeness& closeness) const {
    return closeness.score >= options_.min_score &&
           (!options_.max_distance || closeness.distance <= *options_.max_distance);
  }
  [[nodiscard]] bool is_behind(const Found& found) const {
    if (!options_.after) return true;
    if (found.closeness.score != options_.after->score) {
      return found.closeness.score < options_.after->score;
    }
    return found.item.item.id > options_.after->id;
  }
  [[nodiscard]] ExpectedDimensions expected() const {
    return {view_->meta().embedding_dimension(), kHistogramDimension};
  }

  const RemoteIndex& index_;
  const std::shared_ptr<const IndexView> view_;
  const IndexReader reader_;
  const SearchQuery& query_;
  const SearchOptions& options_;
  const SendOptions send_;

  std::vector<RemoteItem> example_items_;
  std::vector<DescriptorSpans> liked_;
  std::vector<DescriptorSpans> unliked_;
  std::set<std::string, std::less<>> example_ids_;
  std::set<std::string, std::less<>> example_products_;
  CombinedQuery combined_;
  std::optional<Scorer> scorer_;
  std::vector<float> vector_;       // what the cluster is asked for
  bool ranked_by_cluster_ = false;  // its order is that of the measure
  Json filter_;                     // null: all indexed items
  SearchAnswer answer_;
};

void RemoteSearch::begin_answer() {
  answer_.collection = index_.collection();
  answer_.model = view_->card.name;
  answer_.measure = options_.measure;
  answer_.limit = options_.limit;
  answer_.collapsed = options_.collapse;
  answer_.diversity = options_.diversity;
  answer_.explained = options_.explain;
}

Status RemoteSearch::check_photo(const PhotoDescriptors& photo) const {
  if (fits(photo, view_->network, view_->dimensions())) return {};
  return described_by_another_network();
}

Status RemoteSearch::add_examples(const std::vector<std::string>& ids,
                                  std::vector<DescriptorSpans>& to) {
  if (ids.empty()) return {};
  std::vector<std::string> document_ids;
  for (const std::string& id : ids) document_ids.push_back(item_document_id(id));
  const std::vector<std::string> source{std::string(kItemId), "product", "status",
                                        std::string(kDescriptors)};
  const auto documents = reader_.documents(document_ids, source, send_);
  if (!documents) return documents.error();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    std::optional<RemoteItem> item;
    if (const JsonView document = documents->found[i]) {
      Result<RemoteItem> parsed = parse_item(document, expected());
      if (!parsed) return parsed.error();
      if (parsed->status == ItemStatus::kIndexed && parsed->descriptors) item = *std::move(parsed);
    }
    if (!item) return no_item_in(ids[i], index_.collection());
    example_ids_.insert(ids[i]);
    example_products_.insert(item->item.product);
    example_items_.push_back(*std::move(item));
    to.push_back(example_items_.back().descriptors->spans());
  }
  return {};
}

Status RemoteSearch::find_examples() {
  example_items_.reserve(query_.like.size() + query_.unlike.size());  // spans point into it
  for (const PhotoDescriptors& photo : query_.photos) {
    SEMBLANCE_RETURN_IF_ERROR(check_photo(photo));
    liked_.push_back({photo.embedding, photo.histogram, photo.histogram_foreground});
  }
  SEMBLANCE_RETURN_IF_ERROR(add_examples(query_.like, liked_));
  return add_examples(query_.unlike, unliked_);
}

/// What the cluster is asked, and what is left to be done here.
Status RemoteSearch::plan() {
  Result<CombinedQuery> combined =
      combine_examples(liked_, unliked_, shape_dimension(), wants_non_negative(options_.measure));
  if (!combined) return combined.error();
  combined_ = *std::move(combined);
  scorer_.emplace(options_.measure, shape_dimension(), combined_.spans());
  auto vector = inner_product_query(options_.measure, shape_dimension(), combined_.spans());
  ranked_by_cluster_ = vector.has_value();
  if (!vector) {
    if (options_.exact) {
      return invalid(
          "a cluster can rank all items by shape, and by shape mixed with the network's colour, "
          "only; leave out --exact to rank the nearest " +
          std::to_string(kRankedAgain) + " by shape, or copy the collection to this machine");
    }
    vector = inner_product_query(Measure{}, shape_dimension(), combined_.spans());
  }
  if (!vector) return invalid("the collection's network gives nothing to search by");
  vector_ = *std::move(vector);
  if (options_.filter.empty()) return {};
  Result<Json> filter = indexed_items_query(options_.filter, view_->description.attributes);
  if (!filter) return filter.error();
  filter_ = *std::move(filter);
  return {};
}

/// The `size` best that the cluster gives, with scores.
Result<std::vector<Found>> RemoteSearch::ask(std::size_t size) {
  VectorQuery query{vector_,
                    size,
                    std::max(size, kLeastEffort),
                    filter_,
                    view_->description.shards != 1,
                    ranks_again() ? source_of_ranked_hits() : source_of_hits()};
  Result<SearchHits> hits = reader_.search(query, options_.exact, send_);
  // A node that has just gone takes its shards along; a moment later others have them.
  if (hits && hits->shards.partial()) hits = reader_.search(query, options_.exact, send_);
  if (!hits) return hits.error();
  answer_.approximate = !options_.exact;
  answer_.partial = answer_.partial || hits->shards.partial();
  answer_.explanation.effort = options_.exact ? 0 : query.ef_search;
  answer_.explanation.scan_us += hits->took_ms * 1000;
  answer_.explanation.scanned += static_cast<std::int64_t>(hits->hits.size());
  std::vector<Found> found;
  found.reserve(hits->hits.size());
  for (const JsonView hit : hits->hits) {
    Result<RemoteItem> item = parse_item(hit, expected());
    if (!item) return item.error();
    const double cosine =
        std::clamp(view_->dialect->inner_product(hit["_score"].number().value_or(0)), -1.0, 1.0);
    found.push_back({*std::move(item), {(1 + cosine) / 2, 1 - cosine}});
  }
  return found;
}

Status RemoteSearch::fetch_descriptors(std::vector<Found*>& of) {
  if (of.empty()) return {};
  std::vector<std::string> ids;
  for (const Found* found : of) ids.push_back(item_document_id(found->item.item.id));
  const std::vector<std::string> source{std::string(kItemId), std::string(kDescriptors)};
  const auto documents = reader_.documents(ids, source, send_);
  if (!documents) return documents.error();
  for (std::size_t i = 0; i < of.size(); ++i) {
    if (!documents->found[i]) continue;  // removed just now
    Result<RemoteItem> item = parse_item(documents->found[i], expected());
    if (!item) return item.error();
    of[i]->item.descriptors = std::move(item->descriptors);
  }
  return {};
}

/// By the local engine's code, wherever that gives something else than the cluster's float32.
Status RemoteSearch::score(std::vector<Found>& found) {
  std::vector<Found*> to_fetch;
  for (Found& each : found) {
    const bool can_be_hit = !example_ids_.contains(each.item.item.id);
    if (!each.item.descriptors && each.closeness.score > kNearlyOne && can_be_hit) {
      to_fetch.push_back(&each);
    }
  }
  SEMBLANCE_RETURN_IF_ERROR(fetch_descriptors(to_fetch));
  for (Found& each : found) {
    if (!each.item.descriptors) continue;
    const DescriptorSpans spans = each.item.descriptors->spans();
    const MatrixView row{spans.embedding.data(), 1, static_cast<int>(spans.embedding.size())};
    SEMBLANCE_RETURN_IF_ERROR(check_fits(options_.measure, shape_dimension(), row));
    each.closeness = scorer_->compare(spans);
    ++answer_.explanation.ranked;
  }
  return {};
}

/// The best `count` (of as many products, when collapsing) that can be hits of this page.
std::vector<Found> RemoteSearch::choose(std::vector<Found> found, std::size_t count) const {
  const auto id_of = [&](std::int64_t i) -> const std::string& {
    return found[static_cast<std::size_t>(i)].item.item.id;
  };
  const auto by_id = [&](std::int64_t a, std::int64_t b) { return id_of(a) < id_of(b); };
  std::set<std::string, std::less<>> products_before = example_products_;
  std::unordered_map<std::string, std::int32_t> numbers;
  std::vector<std::int32_t> product_of;
  std::vector<std::int64_t> wanted;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const Found& each = found[i];
    const auto number = static_cast<std::int32_t>(numbers.size());
    product_of.push_back(numbers.try_emplace(each.item.item.product, number).first->second);
    if (example_ids_.contains(each.item.item.id) || !is_close(each.closeness)) continue;
    if (is_behind(each)) {
      wanted.push_back(static_cast<std::int64_t>(i));
    } else {
      products_before.insert(each.item.item.product);
    }
  }
  const auto take = [&](auto best, bool collapse) {
    for (const std::int64_t i : wanted) {
      const Found& each = found[static_cast<std::size_t>(i)];
      if (collapse && products_before.contains(each.item.item.product)) continue;
      best.offer(i, each.closeness.score);
    }
    return best.take();
  };
  const auto group = [&](std::int64_t i) { return product_of[static_cast<std::size_t>(i)]; };
  const std::vector<Candidate> best = options_.collapse ? take(TopGroups(count, by_id, group), true)
                                                        : take(TopK(count, by_id), false);
  std::vector<Found> chosen;
  std::vector<int> photos(numbers.size());
  for (const std::int64_t i : wanted) ++photos[static_cast<std::size_t>(group(i))];
  for (const Candidate& each : best) {
    chosen.push_back(std::move(found[static_cast<std::size_t>(each.row)]));
    if (options_.collapse) chosen.back().photos = photos[static_cast<std::size_t>(group(each.row))];
  }
  return chosen;
}

/// Asks for more and more until those that it got are enough.
Result<std::vector<Found>> RemoteSearch::find() {
  const auto limit = static_cast<std::size_t>(options_.limit);
  const std::size_t count = options_.diversity > 0 ? diversity_pool(limit) : limit;
  const std::size_t before =
      options_.after ? static_cast<std::size_t>(options_.after->hits) : std::size_t{0};
  std::size_t size = (options_.collapse ? 3 : 1) * (before + count) + example_ids_.size() +
                     (options_.exact ? kExactMargin : 0);
  if (!ranked_by_cluster_) size = std::max(size, kRankedAgain);
  if (before + count > kMostHits) {
    return invalid("a cluster gives the first " + std::to_string(kMostHits) +
                   " hits at most; a filter finds those that lie behind them");
  }
  for (;; size *= 4) {
    size = std::min(size, kMostHits);
    Result<std::vector<Found>> found = ask(size);
    if (!found) return found;
    const std::size_t given = found->size();
    SEMBLANCE_RETURN_IF_ERROR(score(*found));
    const bool worst_is_close = !found->empty() && is_close(found->back().closeness);
    std::vector<Found> chosen = choose(*std::move(found), count);
    if (chosen.size() >= count || given < size || size == kMostHits || !worst_is_close ||
        !ranked_by_cluster_) {
      return chosen;
    }
  }
}

std::vector<Found> RemoteSearch::make_differ(std::vector<Found> found) const {
  if (options_.diversity == 0) return found;
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < found.size(); ++i) {
    candidates.push_back({static_cast<std::int64_t>(i), found[i].closeness.score});
  }
  const auto spans_of = [&](std::int64_t i) {
    return found[static_cast<std::size_t>(i)].item.descriptors->spans();
  };
  const std::vector<Candidate> best = diversify(
      std::move(candidates), static_cast<std::size_t>(options_.limit), options_.diversity,
      [&](std::int64_t row) {
        return [&spans_of, other = Scorer(options_.measure, shape_dimension(), spans_of(row))](
                   std::int64_t with) { return other.compare(spans_of(with)).score; };
      });
  std::vector<Found> chosen;
  for (const Candidate& each : best) chosen.push_back(found[static_cast<std::size_t>(each.row)]);
  return chosen;
}

/// Of each hit's product, the photos that could have been hits themselves; 1 unless collapsing.
Result<std::vector<int>> RemoteSearch::count_photos(const std::vector<Found>& hits) {
  if (!options_.collapse || options_.min_score > 0 || options_.max_distance || hits.empty()) {
    std::vector<int> photos;
    for (const Found& hit : hits) photos.push_back(hit.photos);
    return photos;
  }
  std::vector<Json> queries;
  for (const Found& hit : hits) {
    const Json product = {{"term", {{"product", hit.item.item.product}}}};
    const Json items = filter_.is_null() ? indexed_items_query() : filter_;
    queries.push_back({{"bool", {{"filter", Json::array({items, product})}}}});
  }
  const Result<std::vector<std::int64_t>> counts = reader_.counts(queries, send_);
  if (!counts) return counts.error();
  std::vector<int> photos;
  for (const std::int64_t count : *counts) {
    photos.push_back(static_cast<int>(std::max<std::int64_t>(count, 1)));
  }
  return photos;
}

Status RemoteSearch::add_hits(std::vector<Found> found) {
  const Result<std::vector<int>> photos = count_photos(found);
  if (!photos) return photos.error();
  for (std::size_t i = 0; i < found.size(); ++i) {
    answer_.hits.push_back({static_cast<int>(i) + 1, std::move(found[i].item.item),
                            found[i].closeness, std::move(found[i].item.attributes), (*photos)[i]});
  }
  return {};
}

Result<SearchAnswer> RemoteSearch::run() {
  const Clock::time_point start = Clock::now();
  begin_answer();
  SEMBLANCE_RETURN_IF_ERROR(find_examples());
  SEMBLANCE_RETURN_IF_ERROR(plan());
  answer_.explanation.method = options_.exact ? SearchMethod::kCompareAll : SearchMethod::kGraph;
  Result<std::vector<Found>> found = find();
  if (!found) return found.error();
  SEMBLANCE_RETURN_IF_ERROR(add_hits(make_differ(*std::move(found))));
  if (options_.explain) {
    const Result<std::vector<std::int64_t>> counts =
        reader_.counts(std::vector<Json>{indexed_items_query(),
                                         filter_.is_null() ? indexed_items_query() : filter_},
                       send_);
    if (!counts) return counts.error();
    answer_.explanation.rows = (*counts)[0];
    answer_.explanation.allowed = (*counts)[1];
  }
  answer_.took_ms = milliseconds_since(start);
  return std::move(answer_);
}

}  // namespace

Result<SearchAnswer> search_index(const RemoteIndex& index, const SearchQuery& query,
                                  const SearchOptions& options) {
  SEMBLANCE_RETURN_IF_ERROR(check_search_options(options));
  SendOptions send;
  send.cancelled = options.cancelled;
  Result<std::shared_ptr<const IndexView>> view = index.view(send);
  if (!view) return view.error();
  return RemoteSearch(index, *std::move(view), query, options, send).run();
}

}  // namespace semblance::remote
