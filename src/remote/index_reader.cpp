#include "remote/index_reader.h"

#include <algorithm>
#include <utility>

namespace semblance::remote {

namespace {

constexpr std::size_t kDocumentsAtOnce = 500;

Json match_all() {
  return {{"match_all", Json::object()}};
}

Json query_or_all(const Json& query) {
  return query.is_null() ? match_all() : query;
}

int number_at(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_integer() ? found->get<int>() : 0;
}

Error strange_answer(const Cluster& cluster, std::string_view what) {
  return {ErrorCode::kCorrupt, cluster.name() + " answered without " + std::string(what)};
}

}  // namespace

ShardReport shard_report(const Json& answer) {
  ShardReport report;
  if (!answer.is_object()) return report;
  if (const auto shards = answer.find("_shards"); shards != answer.end() && shards->is_object()) {
    report.total = number_at(*shards, "total");
    report.failed = number_at(*shards, "failed");
    const auto failures = shards->find("failures");
    if (failures != shards->end() && failures->is_array() && !failures->empty() &&
        failures->front().is_object()) {
      report.reason = reason_in(failures->front().value("reason", Json()));
    }
  }
  if (answer.value("timed_out", Json(false)) == Json(true)) {
    report.failed = std::max(report.failed, 1);
    if (report.reason.empty()) report.reason = "a shard did not answer in time";
  }
  return report;
}

Result<SearchHits> IndexReader::search(const Json& body, const SendOptions& options) const {
  Result<Reply> reply = cluster_->send("POST", "/" + path_part(index_) + "/_search", body, options);
  if (!reply) return reply.error();
  Json& answer = reply->body;
  if (!answer.is_object() || !answer.contains("hits") || !answer["hits"].is_object() ||
      !answer["hits"].value("hits", Json()).is_array()) {
    return strange_answer(*cluster_, "hits");
  }
  SearchHits found;
  found.hits = std::move(answer["hits"]["hits"].get_ref<Json::array_t&>());
  found.shards = shard_report(answer);
  found.took_ms = number_at(answer, "took");
  return found;
}

Result<SearchHits> IndexReader::search(const VectorQuery& query, bool exact,
                                       const SendOptions& options) const {
  return search(exact ? dialect_->exact_body(query) : dialect_->approximate_body(query), options);
}

Result<std::vector<std::optional<Json>>> IndexReader::documents(
    std::span<const std::string> document_ids, std::span<const std::string> source,
    const SendOptions& options) const {
  std::vector<std::optional<Json>> documents;
  documents.reserve(document_ids.size());
  std::string path = "/" + path_part(index_) + "/_mget?";
  if (source.empty()) {
    path += "_source=false";
  } else {
    path += "_source_includes=";
    for (std::size_t i = 0; i < source.size(); ++i) path += (i > 0 ? "," : "") + source[i];
  }
  while (documents.size() < document_ids.size()) {
    const auto some = document_ids.subspan(
        documents.size(), std::min(kDocumentsAtOnce, document_ids.size() - documents.size()));
    Result<Reply> reply = cluster_->send("POST", path, {{"ids", some}}, options);
    if (!reply) return reply.error();
    if (!reply->body.is_object() || !reply->body.value("docs", Json()).is_array() ||
        reply->body["docs"].size() != some.size()) {
      return strange_answer(*cluster_, "documents");
    }
    for (Json& document : reply->body["docs"]) {
      if (document.is_object() && document.contains("error")) {
        return Error{ErrorCode::kUnavailable, cluster_->name() + " cannot read a document (" +
                                                  reason_in(document["error"]) + ")"};
      }
      const bool found = document.is_object() && document.value("found", Json()) == Json(true);
      documents.push_back(found ? std::optional(std::move(document)) : std::nullopt);
    }
  }
  return documents;
}

Result<std::int64_t> IndexReader::count(const Json& query, const SendOptions& options) const {
  const Result<std::vector<std::int64_t>> numbers = counts(std::span(&query, 1), options);
  if (!numbers) return numbers.error();
  return numbers->front();
}

Result<std::vector<std::int64_t>> IndexReader::counts(std::span<const Json> queries,
                                                      const SendOptions& options) const {
  Json::array_t filters;
  for (const Json& query : queries) filters.push_back(query_or_all(query));
  const Json body = {{"size", 0},
                     {"track_total_hits", false},
                     {"aggs", {{"counts", {{"filters", {{"filters", std::move(filters)}}}}}}}};
  const Result<Reply> reply =
      cluster_->send("POST", "/" + path_part(index_) + "/_search", body, options);
  if (!reply) return reply.error();
  const ShardReport shards = shard_report(reply->body);
  if (shards.partial()) {
    return Error{ErrorCode::kUnavailable,
                 cluster_->name() + " cannot count: " + std::to_string(shards.failed) + " of " +
                     std::to_string(shards.total) + " shards failed (" + shards.reason + ")"};
  }
  const Json buckets =
      reply->body.value(Json::json_pointer("/aggregations/counts/buckets"), Json());
  std::vector<std::int64_t> counts;
  for (const Json& bucket : buckets) {
    if (bucket.is_object()) counts.push_back(bucket.value("doc_count", std::int64_t{0}));
  }
  if (counts.size() != queries.size()) return strange_answer(*cluster_, "counts");
  return counts;
}

Result<SearchHits> IndexReader::sample(const Json& query, std::size_t count, std::uint64_t seed,
                                       const std::vector<std::string>& source,
                                       const SendOptions& options) const {
  // Java's int; the field makes it the same on every copy of a shard.
  const auto small_seed = static_cast<std::int64_t>(seed % 0x7FFFFFFF);
  const Json body = {{"size", std::min(count, kMostHits)},
                     {"_source", source_filter(source)},
                     {"track_total_hits", false},
                     {"sort", Json::array({{{"_score", "desc"}}, {{"id", "asc"}}})},
                     {"query",
                      {{"function_score",
                        {{"query", query_or_all(query)},
                         {"random_score", {{"seed", small_seed}, {"field", "id"}}},
                         {"boost_mode", "replace"}}}}}};
  return search(body, options);
}

}  // namespace semblance::remote
