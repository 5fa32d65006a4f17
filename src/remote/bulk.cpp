#include "remote/bulk.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "remote/backoff.h"

namespace semblance::remote {

namespace {

using Kind = BulkOperation::Kind;

std::string_view verb_of(Kind kind) {
  switch (kind) {
    case Kind::kIndex:
      return "index";
    case Kind::kCreate:
      return "create";
    case Kind::kUpdate:
      return "update";
    case Kind::kDelete:
      break;
  }
  return "delete";
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string lines_of(const BulkOperation& operation) {
  Json action = {{"_id", operation.document_id}};
  if (operation.if_seq_no && operation.kind != Kind::kCreate) {
    action["if_seq_no"] = *operation.if_seq_no;
    action["if_primary_term"] = operation.if_primary_term.value_or(1);
  }
  std::string lines = dump({{verb_of(operation.kind), std::move(action)}});
  if (operation.kind == Kind::kDelete) return lines;
  if (operation.kind == Kind::kUpdate) return lines + dump({{"doc", operation.document}});
  return lines + dump(operation.document);
}

/// A second one of these is not answered as the first.
bool tells_repeats(const BulkOperation& operation) {
  return operation.kind == Kind::kCreate || operation.kind == Kind::kDelete ||
         operation.if_seq_no.has_value();
}

ErrorCode code_of(int status) {
  switch (status) {
    case 400:
      return ErrorCode::kBadRow;
    case 404:
      return ErrorCode::kNotFound;
    case 409:
      return ErrorCode::kConflict;
    case 413:
      return ErrorCode::kTooLarge;
    case 429:
      return ErrorCode::kUnavailable;
    default:
      return status >= 500 || status == 401 || status == 403 ? ErrorCode::kUnavailable
                                                             : ErrorCode::kBadRow;
  }
}

/// To be sent again.
bool is_turned_away(const BulkOutcome& outcome, const Json& error) {
  return outcome.status == 429 || outcome.status == 503 ||
         (outcome.status == 500 && names_lost_node(error));
}

std::int64_t number_at(const Json& object, const char* name, std::int64_t otherwise) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>()
                                                             : otherwise;
}

std::string text_at(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

/// What the answer says of one operation, which stands below its verb; null where it does not fit.
const Json* result_of(const Json& item, const BulkOperation& operation) {
  if (!item.is_object()) return nullptr;
  const auto found = item.find(verb_of(operation.kind));
  if (found == item.end() || !found->is_object()) return nullptr;
  if (text_at(*found, "_id") != operation.document_id) return nullptr;
  return number_at(*found, "status", 0) >= 200 ? &*found : nullptr;
}

}  // namespace

Error BulkOutcome::error() const {
  const std::string what = reason.empty() ? result : reason;
  if (status == 0) return {code, what};
  return {code, "document '" + document_id + "': " + std::to_string(status) +
                    (what.empty() ? "" : " (" + what + ")")};
}

BulkWriter::BulkWriter(const Cluster& cluster, std::string alias, BulkOptions options, Sink sink)
    : cluster_(&cluster),
      alias_(std::move(alias)),
      options_(std::move(options)),
      sink_(std::move(sink)) {}

Status BulkWriter::add(BulkOperation operation) {
  std::string lines = lines_of(operation);
  operation.document = nullptr;  // the lines have it
  Status sent;
  if (!pending_.empty() && pending_bytes_ + lines.size() > options_.batch_bytes) sent = flush();
  pending_bytes_ += lines.size();
  pending_.push_back({std::move(operation), std::move(lines), false});
  const bool full =
      pending_.size() >= options_.batch_documents || pending_bytes_ >= options_.batch_bytes;
  if (sent && full) return flush();
  return sent;
}

Status BulkWriter::flush() {
  if (pending_.empty()) return {};
  Batch batch = std::exchange(pending_, {});
  pending_bytes_ = 0;
  return send(std::move(batch), Clock::now() + options_.patience);
}

Status BulkWriter::send(Batch batch, Clock::time_point give_up) {
  for (int failures = 0; !batch.empty(); ++failures) {
    std::string lines;
    bool fresh = false;
    for (const Pending& pending : batch) {
      lines += pending.lines;
      fresh = fresh || tells_repeats(pending.operation);
    }
    SendOptions sending;
    sending.deadline = give_up;
    sending.cancelled = options_.cancelled;
    sending.fresh_connection = fresh;
    const Result<Reply> reply = cluster_->send_lines(
        "POST", "/" + path_part(alias_) + "/_bulk?require_alias=true&refresh=" + options_.refresh,
        lines, sending);
    if (!reply && reply.error().code == ErrorCode::kTooLarge && batch.size() > 1) {
      const auto middle = batch.begin() + static_cast<std::ptrdiff_t>(batch.size() / 2);
      Batch second(std::make_move_iterator(middle), std::make_move_iterator(batch.end()));
      batch.erase(middle, batch.end());
      const Status first_sent = send(std::move(batch), give_up);
      const Status second_sent = send(std::move(second), give_up);
      return first_sent ? second_sent : first_sent;
    }
    if (!reply) {
      const bool too_large = reply.error().code == ErrorCode::kTooLarge;
      fail_all(batch, too_large ? 413 : 0, reply.error());
      return too_large ? Status() : reply.error();
    }
    const Clock::time_point again = Clock::now() + random_pause(failures);
    Result<Batch> rest = settle(std::move(batch), *reply, again >= give_up);
    if (!rest) return rest.error();
    batch = *std::move(rest);
    if (!batch.empty() && !sleep_until(again, options_.cancelled)) {
      const Error error{ErrorCode::kCancelled, "the writes were given up"};
      fail_all(batch, 0, error);
      return error;
    }
  }
  return {};
}

Result<BulkWriter::Batch> BulkWriter::settle(Batch batch, const Reply& reply,
                                             bool last_chance) const {
  const Json items = reply.body.is_object() ? reply.body.value("items", Json()) : Json();
  bool fits = items.is_array() && items.size() == batch.size();
  for (std::size_t i = 0; fits && i < batch.size(); ++i) {
    fits = result_of(items[i], batch[i].operation) != nullptr;
  }
  if (!fits) {
    const Error error{ErrorCode::kUnavailable,
                      cluster_->name() + " answered a bulk write with something else"};
    fail_all(batch, 0, error);
    return error;
  }
  Batch rest;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    Pending& pending = batch[i];
    const Json& result = *result_of(items[i], pending.operation);
    BulkOutcome outcome;
    outcome.tag = pending.operation.tag;
    outcome.document_id = pending.operation.document_id;
    outcome.kind = pending.operation.kind;
    outcome.status = static_cast<int>(number_at(result, "status", 0));
    outcome.code = code_of(outcome.status);
    outcome.result = text_at(result, "result");
    outcome.seq_no = number_at(result, "_seq_no", -1);
    outcome.primary_term = number_at(result, "_primary_term", -1);
    outcome.repeated = pending.repeated || reply.attempts > 1;
    const Json error = result.value("error", Json());
    outcome.type = error.is_object() ? text_at(error, "type") : "";
    outcome.reason = reason_in(error);
    if (is_turned_away(outcome, error) && !last_chance) {
      // A node that was lost may have carried it out before.
      pending.repeated = outcome.repeated || outcome.status == 500;
      rest.push_back(std::move(pending));
      continue;
    }
    sink_(outcome);
  }
  return rest;
}

void BulkWriter::fail_all(const Batch& batch, int status, const Error& error) const {
  for (const Pending& pending : batch) {
    BulkOutcome outcome;
    outcome.tag = pending.operation.tag;
    outcome.document_id = pending.operation.document_id;
    outcome.kind = pending.operation.kind;
    outcome.status = status;
    outcome.code = error.code;
    outcome.reason = error.message;
    outcome.repeated = pending.repeated;
    sink_(outcome);
  }
}

}  // namespace semblance::remote
