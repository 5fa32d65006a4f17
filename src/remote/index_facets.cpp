// Counting the values of a field: IndexReader::facets.
#include <algorithm>
#include <utility>

#include "remote/index_reader.h"

namespace semblance::remote {

namespace {

constexpr int kBucketsAtOnce = 10'000;

bool is_more_frequent(const Facets::Value& a, const Facets::Value& b) {
  return a.count != b.count ? a.count > b.count : a.value < b.value;
}

/// Keeps the most frequent of any number of values.
class MostFrequent {
 public:
  explicit MostFrequent(std::size_t limit) : limit_(limit) {}

  void add(Facets::Value value) {
    ++facets_.distinct;
    facets_.items += value.count;
    if (limit_ == 0) return;
    std::vector<Facets::Value>& heap = facets_.values;  // the least frequent one in front
    if (heap.size() == limit_) {
      if (!is_more_frequent(value, heap.front())) return;
      std::pop_heap(heap.begin(), heap.end(), is_more_frequent);
      heap.pop_back();
    }
    heap.push_back(std::move(value));
    std::push_heap(heap.begin(), heap.end(), is_more_frequent);
  }

  Facets finish() {
    std::sort(facets_.values.begin(), facets_.values.end(), is_more_frequent);
    return std::move(facets_);
  }

 private:
  std::size_t limit_;
  Facets facets_;
};

Json body_with(const Json& query, Json aggregation) {
  Json body = {
      {"size", 0}, {"track_total_hits", false}, {"aggs", {{"values", std::move(aggregation)}}}};
  if (!query.is_null()) body["query"] = query;
  return body;
}

/// The aggregation's answer. Errors: those of send; kUnavailable where a shard failed.
Result<Json> ask(const IndexReader& reader, const Json& body, const SendOptions& options) {
  const Cluster& cluster = reader.cluster();
  const Result<JsonDocument> answer =
      cluster.read("POST", "/" + path_part(reader.index()) + "/_search", to_text(body), options);
  if (!answer) return answer.error();
  const ShardReport shards = shard_report(answer->root());
  if (shards.partial()) {
    return Error{ErrorCode::kUnavailable,
                 cluster.name() + " cannot count values: " + std::to_string(shards.failed) +
                     " of " + std::to_string(shards.total) + " shards failed (" + shards.reason +
                     ")"};
  }
  Json values = answer->root()["aggregations"]["values"].copy();
  if (!values.is_object() || !values.value("buckets", Json()).is_array()) {
    return Error{ErrorCode::kCorrupt, cluster.name() + " answered without the counts"};
  }
  return values;
}

/// A bucket's value and count; nothing where it has none. `key` is its key.
std::optional<Facets::Value> value_of(const Json& bucket, const Json& key) {
  if (!key.is_string() || !bucket.value("doc_count", Json()).is_number_integer()) {
    return std::nullopt;
  }
  return Facets::Value{key.get<std::string>(), bucket["doc_count"].get<std::int64_t>()};
}

/// One request, where all values fit in it; nothing where they do not.
Result<std::optional<Facets>> few_values(const IndexReader& reader, const std::string& field,
                                         const Json& query, std::size_t limit,
                                         const SendOptions& options) {
  const Json terms = {
      {"terms", {{"field", field}, {"size", kBucketsAtOnce}, {"shard_size", kBucketsAtOnce}}}};
  const Result<Json> answer = ask(reader, body_with(query, terms), options);
  if (!answer) return answer.error();
  if (answer->value("sum_other_doc_count", Json()) != Json(0) ||
      answer->value("doc_count_error_upper_bound", Json()) != Json(0)) {
    return std::optional<Facets>();
  }
  MostFrequent most(limit);
  for (const Json& bucket : (*answer)["buckets"]) {
    if (auto value = value_of(bucket, bucket.value("key", Json()))) most.add(*std::move(value));
  }
  return std::optional(most.finish());
}

/// Page after page of all values, in their order.
Result<Facets> many_values(const IndexReader& reader, const std::string& field, const Json& query,
                           std::size_t limit, const SendOptions& options) {
  MostFrequent most(limit);
  Json after;
  while (true) {
    Json composite = {{"size", kBucketsAtOnce},
                      {"sources", Json::array({{{"value", {{"terms", {{"field", field}}}}}}})}};
    if (!after.is_null()) composite["after"] = after;
    Result<Json> answer =
        ask(reader, body_with(query, {{"composite", std::move(composite)}}), options);
    if (!answer) return answer.error();
    for (const Json& bucket : (*answer)["buckets"]) {
      const Json key = bucket.value(Json::json_pointer("/key/value"), Json());
      if (auto value = value_of(bucket, key)) most.add(*std::move(value));
    }
    Json next = answer->value("after_key", Json());
    if ((*answer)["buckets"].empty() || next.is_null() || next == after) return most.finish();
    after = std::move(next);
  }
}

}  // namespace

Result<Facets> IndexReader::facets(const std::string& field, const Json& query, std::size_t limit,
                                   const SendOptions& options) const {
  // The answers of shards to a terms aggregation are exact where each gives all of its values.
  Result<std::optional<Facets>> few = few_values(*this, field, query, limit, options);
  if (!few) return few.error();
  if (*few) return **std::move(few);
  return many_values(*this, field, query, limit, options);
}

Result<std::int64_t> IndexReader::distinct(const std::string& field, const Json& query,
                                           const SendOptions& options) const {
  const Result<Facets> values = facets(field, query, 0, options);
  if (!values) return values.error();
  return values->distinct;
}

}  // namespace semblance::remote
