#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "remote/cluster.h"

namespace semblance::remote {

/// One write of a document.
struct BulkOperation {
  enum class Kind {
    kIndex,   ///< creates or replaces
    kCreate,  ///< 409 where there is one already
    kUpdate,  ///< `document` holds the fields that change; 404 where there is none
    kDelete,  ///< 404 where there is none
  };
  Kind kind = Kind::kIndex;
  std::string document_id;
  Json document{};  ///< of all but kDelete
  /// Only if the document is still what was read (409 otherwise); not with kCreate.
  std::optional<std::int64_t> if_seq_no{};
  std::optional<std::int64_t> if_primary_term{};
  /// Of the caller, comes back with the outcome.
  std::uint64_t tag = 0;
};

/// What became of one.
struct BulkOutcome {
  std::uint64_t tag = 0;
  std::string document_id;
  BulkOperation::Kind kind = BulkOperation::Kind::kIndex;
  int status = 0;                         ///< HTTP; 0: the cluster did not answer
  ErrorCode code = ErrorCode::kInternal;  ///< where it is not ok()
  std::string type;                       ///< of the error: "mapper_parsing_exception"
  std::string result;                     ///< "created", "updated", "deleted", "noop", "not_found"
  std::string reason;                     ///< of the error, bounded
  std::int64_t seq_no = -1;
  std::int64_t primary_term = -1;
  /// Sent more than once: a kCreate that is 409 then, or a conditional write, may be in conflict
  /// with its own first attempt, and a kDelete that is 404. Where it is false, that is nearly, but
  /// not quite, excluded: when a node dies, the cluster sends writes again itself. Who needs to
  /// know reads the document.
  bool repeated = false;

  [[nodiscard]] bool ok() const { return status >= 200 && status < 300; }
  /// kConflict (409), kNotFound (404), kTooLarge (413), kUnavailable (429, 5xx after all retries),
  /// kBadRow (400: the document does not fit the mapping) and so on, with the cluster's reason.
  [[nodiscard]] Error error() const;
};

struct BulkOptions {
  std::size_t batch_documents = 500;
  std::size_t batch_bytes = std::size_t{8} << 20;
  /// Documents that were turned away (429, 503) are sent again for so long.
  std::chrono::milliseconds patience{60'000};
  const std::atomic<bool>* cancelled = nullptr;
  /// "false", "wait_for" (answers when a search finds it) or "true".
  std::string refresh = "false";
};

/// Gathers writes into bounded batches. One thread at a time. What was not acknowledged by the
/// cluster was not reported as done: the sink hears of every operation exactly once, after the
/// cluster has answered for it, or with the error that kept it from answering.
class BulkWriter {
 public:
  using Sink = std::function<void(const BulkOutcome&)>;

  /// `alias`: only names that are aliases are written to (write_alias() of an index that is not
  /// live), because a write to an index that is gone would make one with a mapping that nobody
  /// declared. Borrows the cluster.
  BulkWriter(const Cluster& cluster, std::string alias, BulkOptions options, Sink sink);
  BulkWriter(const BulkWriter&) = delete;
  BulkWriter& operator=(const BulkWriter&) = delete;
  /// What was added and not flushed is dropped.
  ~BulkWriter() = default;

  /// Sends a batch where this one fills it. A document larger than a batch goes alone.
  /// Errors: where the cluster did not answer at all within the patience (kUnavailable and the
  /// like, kCancelled). The batch's operations were told to the sink with status 0 then, and a
  /// later call may try others.
  Status add(BulkOperation operation);
  /// Sends what is left.
  Status flush();

  [[nodiscard]] std::size_t pending() const { return pending_.size(); }

 private:
  struct Pending {
    BulkOperation operation;
    std::string lines;
    bool repeated = false;
  };
  using Batch = std::vector<Pending>;

  Status send(Batch batch, Clock::time_point give_up);
  /// Tells the sink what the answer says; gives back those to be sent again.
  Result<Batch> settle(Batch batch, const Reply& reply, bool last_chance) const;
  void fail_all(const Batch& batch, int status, const Error& error) const;

  const Cluster* cluster_;
  std::string alias_;
  BulkOptions options_;
  Sink sink_;
  Batch pending_;
  std::size_t pending_bytes_ = 0;
};

}  // namespace semblance::remote
