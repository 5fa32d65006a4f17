#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalogue/facets.h"
#include "remote/cluster.h"
#include "remote/dialect.h"

namespace semblance::remote {

/// Some shards of an answer failed: it is there, but documents may be missing from it.
struct ShardReport {
  int total = 0;
  int failed = 0;
  std::string reason;  ///< of the first that failed

  [[nodiscard]] bool partial() const { return failed > 0; }
};
ShardReport shard_report(JsonView answer);

struct ScanOptions {
  std::vector<std::string> source{};  ///< fields; empty: none
  std::size_t page_documents = 1'000;
  /// A page that would be larger is asked for again with half as many documents.
  std::uint64_t page_bytes = std::uint64_t{32} << 20;
  bool versions = false;  ///< with _seq_no and _primary_term
  /// Only ids after this one, in byte order: to go on where another scan stopped.
  std::string after_id{};
  const std::atomic<bool>* cancelled = nullptr;
};

/// Hits of a search: each with `_source`, `_score`, `_id`.
struct SearchHits {
  JsonDocument answer;  ///< that the hits are parts of
  std::vector<JsonView> hits;
  ShardReport shards;
  double took_ms = 0;  ///< as the cluster says
};

/// Documents that were asked for.
struct Documents {
  std::vector<JsonDocument> answers;  ///< that the documents are parts of
  std::vector<JsonView> found;        ///< one for each `_id`; nothing for those that are not there
};

/// Reads the documents of one index. Safe to use from several threads. Borrows the cluster.
class IndexReader {
 public:
  /// `index` may be an alias.
  IndexReader(const Cluster& cluster, const Dialect& dialect, std::string index)
      : cluster_(&cluster), dialect_(&dialect), index_(std::move(index)) {}

  [[nodiscard]] const std::string& index() const { return index_; }
  [[nodiscard]] const Cluster& cluster() const { return *cluster_; }
  [[nodiscard]] const Dialect& dialect() const { return *dialect_; }

  /// Sends a search body as it is. Errors: those of Cluster::send; kCorrupt where the answer has no
  /// hits.
  Result<SearchHits> search(std::string_view body, const SendOptions& options = {}) const;
  /// By inner product: approximate or exact.
  Result<SearchHits> search(const VectorQuery& query, bool exact,
                            const SendOptions& options = {}) const;

  /// Calls `each` with every document that matches `query` (null: all), in byte order of the field
  /// `id`, as of one moment (point in time): memory holds a page. `each` may stop with an error.
  /// Errors: those of send, kUnavailable where a shard fails: a scan is whole or it is an error.
  Status scan(const Json& query, const ScanOptions& options,
              const std::function<Status(JsonView hit)>& each) const;

  /// One answer for each `_id`, in their order.
  Result<Documents> documents(std::span<const std::string> document_ids,
                              std::span<const std::string> source,
                              const SendOptions& options = {}) const;
  Result<std::int64_t> count(const Json& query, const SendOptions& options = {}) const;
  /// For each of the queries; one request.
  Result<std::vector<std::int64_t>> counts(std::span<const Json> queries,
                                           const SendOptions& options = {}) const;

  /// Counts the values of a keyword field among the documents of `query`: exact, whatever the
  /// number of shards and values. The answer's `attribute` is left empty.
  Result<Facets> facets(const std::string& field, const Json& query, std::size_t limit,
                        const SendOptions& options = {}) const;
  /// How many different values a keyword field has; exact.
  Result<std::int64_t> distinct(const std::string& field, const Json& query,
                                const SendOptions& options = {}) const;

  /// Some documents chosen by `seed`: the same while the index does not change.
  Result<SearchHits> sample(const Json& query, std::size_t count, std::uint64_t seed,
                            const std::vector<std::string>& source,
                            const SendOptions& options = {}) const;

 private:
  const Cluster* cluster_;
  const Dialect* dialect_;
  std::string index_;
};

}  // namespace semblance::remote
