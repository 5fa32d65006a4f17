// Reading all documents of a query: IndexReader::scan.
#include <algorithm>
#include <utility>

#include "remote/backoff.h"
#include "remote/index_reader.h"

namespace semblance::remote {

namespace {

constexpr std::string_view kKeepAlive = "2m";
/// A page that fails, or whose point in time is gone, is tried again so often.
constexpr int kMostFailures = 6;

/// The documents of one moment, given back on destruction.
class PointInTime {
 public:
  static Result<PointInTime> open(const Cluster& cluster, const Dialect& dialect,
                                  const std::string& index, const SendOptions& options) {
    const Result<Reply> reply =
        cluster.send("POST", dialect.open_pit_path(index, kKeepAlive), options);
    if (!reply) return reply.error();
    const Json id =
        reply->body.is_object() ? reply->body.value(dialect.pit_id_field(), Json()) : Json();
    if (!id.is_string()) {
      return Error{ErrorCode::kCorrupt, cluster.name() + " gives no point in time"};
    }
    PointInTime pit(cluster, dialect);
    pit.id_ = id.get<std::string>();
    return pit;
  }

  PointInTime(PointInTime&& other) noexcept
      : cluster_(other.cluster_), dialect_(other.dialect_), id_(std::exchange(other.id_, "")) {}
  PointInTime& operator=(PointInTime&& other) noexcept {
    close();
    cluster_ = other.cluster_;
    dialect_ = other.dialect_;
    id_ = std::exchange(other.id_, "");
    return *this;
  }
  PointInTime(const PointInTime&) = delete;
  PointInTime& operator=(const PointInTime&) = delete;
  ~PointInTime() { close(); }

  [[nodiscard]] const std::string& id() const { return id_; }
  void renew(std::string id) { id_ = std::move(id); }

 private:
  PointInTime(const Cluster& cluster, const Dialect& dialect)
      : cluster_(&cluster), dialect_(&dialect) {}

  /// It ends by itself after a while; nobody waits for a cluster that is away.
  void close() {
    if (id_.empty()) return;
    SendOptions options;
    options.deadline = Clock::now() + std::chrono::seconds(2);
    (void)cluster_->send("DELETE", dialect_->close_pit_path(), dialect_->close_pit_body(id_),
                         options);
    id_.clear();
  }

  const Cluster* cluster_;
  const Dialect* dialect_;
  std::string id_;
};

/// Where a scan is.
class Scan {
 public:
  Scan(const IndexReader& reader, const Json& query, const ScanOptions& options)
      : reader_(reader),
        query_(query),
        options_(options),
        page_documents_(std::clamp<std::size_t>(options.page_documents, 1, kMostHits)) {
    if (!options.after_id.empty()) after_ = options.after_id;
  }

  Status run(const std::function<Status(JsonView hit)>& each) {
    int failures = 0;
    while (true) {
      const Result<JsonDocument> page = next_page();
      if (!page) {
        SEMBLANCE_RETURN_IF_ERROR(recover(page.error(), failures));
        continue;
      }
      failures = 0;
      const JsonView hits = page->root()["hits"]["hits"];
      for (std::size_t i = 0; i < hits.size(); ++i)
        SEMBLANCE_RETURN_IF_ERROR(each(hits.element(i)));
      if (hits.size() < asked_for_) return {};
    }
  }

 private:
  [[nodiscard]] SendOptions sending() const {
    SendOptions sending;
    sending.cancelled = options_.cancelled;
    sending.max_reply_bytes = options_.page_bytes;
    return sending;
  }

  /// Nothing where the next page can be asked for again.
  Status recover(const Error& error, int& failures) {
    if (error.code == ErrorCode::kTooLarge && page_documents_ > 1) {
      page_documents_ /= 2;
      return {};
    }
    // A point in time ends with the node that holds it, or when it was not used for long. Ids are
    // unique and in order, so the next one goes on where this one stopped.
    const bool passing =
        error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kNotFound;
    if (!passing || !opened_ || ++failures > kMostFailures) return error;
    pit_.reset();
    if (!sleep_until(Clock::now() + random_pause(failures), options_.cancelled)) {
      return Error{ErrorCode::kCancelled, "reading the index was given up"};
    }
    return {};
  }

  /// An answer with hits.
  Result<JsonDocument> next_page() {
    const Cluster& cluster = reader_.cluster();
    if (!pit_) {
      Result<PointInTime> pit =
          PointInTime::open(cluster, reader_.dialect(), reader_.index(), sending());
      if (!pit) {
        // An index that is not there will not come.
        if (pit.error().code == ErrorCode::kNotFound) opened_ = false;
        return pit.error();
      }
      pit_ = *std::move(pit);
      opened_ = true;
    }
    Json body = {{"size", page_documents_},
                 {"_source", source_filter(options_.source)},
                 {"track_total_hits", false},
                 {"sort", Json::array({{{"id", "asc"}}})},
                 {"pit", {{"id", pit_->id()}, {"keep_alive", kKeepAlive}}}};
    if (!query_.is_null()) body["query"] = query_;
    if (options_.versions) body["seq_no_primary_term"] = true;
    if (after_) body["search_after"] = Json::array({*after_});
    asked_for_ = page_documents_;
    Result<JsonDocument> page = cluster.read("POST", "/_search", to_text(body), sending());
    if (page) SEMBLANCE_RETURN_IF_ERROR(take(page->root()));
    return page;
  }

  /// Checks a page, and sees where the next one begins.
  Status take(JsonView answer) {
    const Cluster& cluster = reader_.cluster();
    const ShardReport shards = shard_report(answer);
    if (shards.partial()) {
      return Error{ErrorCode::kUnavailable,
                   cluster.name() + " cannot read all of '" + reader_.index() +
                       "': " + std::to_string(shards.failed) + " of " +
                       std::to_string(shards.total) + " shards failed (" + shards.reason + ")"};
    }
    const JsonView hits = answer["hits"]["hits"];
    if (!hits.is_array()) {
      return Error{ErrorCode::kCorrupt, cluster.name() + " answered without hits"};
    }
    if (const auto id = answer["pit_id"].text()) pit_->renew(std::string(*id));
    if (hits.size() == 0) return {};
    const JsonView sort = hits.element(hits.size() - 1)["sort"];
    const auto last = sort.size() > 0 ? sort.element(0).text() : std::nullopt;
    if (!last || *last == after_) {
      return Error{ErrorCode::kCorrupt, cluster.name() + " does not say where a page ends"};
    }
    after_ = *last;
    return {};
  }

  const IndexReader& reader_;
  const Json& query_;
  const ScanOptions& options_;
  std::size_t page_documents_;
  std::size_t asked_for_ = 0;
  std::optional<PointInTime> pit_;
  bool opened_ = false;
  std::optional<std::string> after_;  ///< id of the last document that was read
};

}  // namespace

Status IndexReader::scan(const Json& query, const ScanOptions& options,
                         const std::function<Status(JsonView hit)>& each) const {
  return Scan(*this, query, options).run(each);
}

}  // namespace semblance::remote
