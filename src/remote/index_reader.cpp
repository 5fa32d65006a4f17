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

Error strange_answer(const Cluster& cluster, std::string_view what) {
  return {ErrorCode::kCorrupt, cluster.name() + " answered without " + std::string(what)};
}

}  // namespace

ShardReport shard_report(JsonView answer) {
  ShardReport report;
  const JsonView shards = answer["_shards"];
  report.total = static_cast<int>(shards["total"].integer().value_or(0));
  report.failed = static_cast<int>(shards["failed"].integer().value_or(0));
  const JsonView failures = shards["failures"];
  if (failures.size() > 0) report.reason = reason_in(failures.element(0)["reason"].copy());
  if (answer["timed_out"].is_true()) {
    report.failed = std::max(report.failed, 1);
    if (report.reason.empty()) report.reason = "a shard did not answer in time";
  }
  return report;
}

Result<SearchHits> IndexReader::search(std::string_view body, const SendOptions& options) const {
  Result<JsonDocument> answer =
      cluster_->read("POST", "/" + path_part(index_) + "/_search", body, options);
  if (!answer) return answer.error();
  SearchHits found{*std::move(answer), {}, {}, 0};
  const JsonView root = found.answer.root();
  const JsonView hits = root["hits"]["hits"];
  if (!hits.is_array()) return strange_answer(*cluster_, "hits");
  for (std::size_t i = 0; i < hits.size(); ++i) found.hits.push_back(hits.element(i));
  found.shards = shard_report(root);
  found.took_ms = root["took"].number().value_or(0);
  return found;
}

Result<SearchHits> IndexReader::search(const VectorQuery& query, bool exact,
                                       const SendOptions& options) const {
  return search(exact ? dialect_->exact_body(query) : dialect_->approximate_body(query), options);
}

Result<Documents> IndexReader::documents(std::span<const std::string> document_ids,
                                         std::span<const std::string> source,
                                         const SendOptions& options) const {
  Documents documents;
  documents.found.reserve(document_ids.size());
  std::string path = "/" + path_part(index_) + "/_mget?";
  if (source.empty()) {
    path += "_source=false";
  } else {
    path += "_source_includes=";
    for (std::size_t i = 0; i < source.size(); ++i) path += (i > 0 ? "," : "") + source[i];
  }
  while (documents.found.size() < document_ids.size()) {
    const std::size_t known = documents.found.size();
    const auto some =
        document_ids.subspan(known, std::min(kDocumentsAtOnce, document_ids.size() - known));
    Result<JsonDocument> answer = cluster_->read("POST", path, to_text({{"ids", some}}), options);
    if (!answer) return answer.error();
    const JsonView read = answer->root()["docs"];
    if (read.size() != some.size()) return strange_answer(*cluster_, "documents");
    for (std::size_t i = 0; i < read.size(); ++i) {
      const JsonView document = read.element(i);
      if (const JsonView error = document["error"]) {
        return Error{ErrorCode::kUnavailable, cluster_->name() + " cannot read a document (" +
                                                  reason_in(error.copy()) + ")"};
      }
      documents.found.push_back(document["found"].is_true() ? document : JsonView());
    }
    documents.answers.push_back(*std::move(answer));
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
  const Result<JsonDocument> answer =
      cluster_->read("POST", "/" + path_part(index_) + "/_search", to_text(body), options);
  if (!answer) return answer.error();
  const ShardReport shards = shard_report(answer->root());
  if (shards.partial()) {
    return Error{ErrorCode::kUnavailable,
                 cluster_->name() + " cannot count: " + std::to_string(shards.failed) + " of " +
                     std::to_string(shards.total) + " shards failed (" + shards.reason + ")"};
  }
  const JsonView buckets = answer->root()["aggregations"]["counts"]["buckets"];
  std::vector<std::int64_t> counts;
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    counts.push_back(buckets.element(i)["doc_count"].integer().value_or(0));
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
  return search(to_text(body), options);
}

}  // namespace semblance::remote
