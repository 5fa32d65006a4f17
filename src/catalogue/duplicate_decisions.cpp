#include "catalogue/duplicate_decisions.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace semblance {

namespace {

/// The first schema with decisions.
constexpr std::int64_t kSchemaWithDecisions = 4;

constexpr std::array<std::pair<DuplicateLane, std::string_view>, 3> kLanes{{
    {DuplicateLane::kIdentical, "identical"},
    {DuplicateLane::kSamePhoto, "same-photo"},
    {DuplicateLane::kLookAlike, "look-alike"},
}};

std::string_view verdict_name(DuplicateVerdict verdict) {
  return verdict == DuplicateVerdict::kKeepOne ? "keep" : "not-duplicates";
}

Result<DuplicateDecision> decision_in(const Statement& row) {
  DuplicateDecision decision;
  decision.key = row.integer(0);
  decision.group = row.text(1);
  const auto lane = parse_lane(row.text_view(2));
  if (!lane) return Error{ErrorCode::kCorrupt, "a decision about duplicates has no known lane"};
  decision.lane = *lane;
  decision.verdict = row.text_view(3) == verdict_name(DuplicateVerdict::kKeepOne)
                         ? DuplicateVerdict::kKeepOne
                         : DuplicateVerdict::kNotDuplicates;
  return decision;
}

}  // namespace

std::string_view lane_name(DuplicateLane lane) {
  for (const auto& [each, name] : kLanes) {
    if (each == lane) return name;
  }
  return {};
}

std::optional<DuplicateLane> parse_lane(std::string_view name) {
  for (const auto& [lane, each] : kLanes) {
    if (each == name) return lane;
  }
  return std::nullopt;
}

Result<std::vector<DuplicateDecision>> read_duplicate_decisions(const Catalogue& catalogue) {
  std::vector<DuplicateDecision> decisions;
  const Result<std::int64_t> version = catalogue.database().integer("PRAGMA user_version");
  if (!version) return version.error();
  if (*version < kSchemaWithDecisions) return decisions;
  Result<Statement> statement = catalogue.database().prepare(
      "SELECT decision.key, decision.group_name, decision.lane, decision.verdict, about.id, "
      "about.content_hash, about.kept, item.key, item.id "
      "FROM duplicate_decision decision "
      "JOIN duplicate_decision_item about ON about.decision = decision.key "
      "LEFT JOIN item ON item.status = 'indexed' AND item.content_hash = about.content_hash AND "
      "item.key = coalesce(about.item, (SELECT key FROM item same WHERE same.id = about.id)) "
      "ORDER BY decision.key, about.id");
  if (!statement) return statement.error();
  while (true) {
    const Result<bool> row = statement->step();
    if (!row) return row.error();
    if (!*row) return decisions;
    if (decisions.empty() || decisions.back().key != statement->integer(0)) {
      Result<DuplicateDecision> decision = decision_in(*statement);
      if (!decision) return decision.error();
      decisions.push_back(*std::move(decision));
    }
    DecidedItem item;
    const auto hash = statement->blob(5);
    if (hash.size() != item.content_hash.size()) {
      return Error{ErrorCode::kCorrupt, "a decision about duplicates has a damaged hash"};
    }
    std::copy(hash.begin(), hash.end(), item.content_hash.begin());
    item.kept = statement->integer(6) != 0;
    item.item = statement->is_null(7) ? 0 : statement->integer(7);
    item.id = statement->is_null(7) ? statement->text(4) : statement->text(8);
    decisions.back().items.push_back(std::move(item));
  }
}

Status store_duplicate_decision(const Catalogue& catalogue, const DuplicateDecision& decision) {
  const Database& database = catalogue.database();
  Result<Transaction> transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  const auto earlier = read_duplicate_decisions(catalogue);
  if (!earlier) return earlier.error();
  std::set<std::string_view> ids;
  for (const DecidedItem& item : decision.items) ids.insert(item.id);
  for (const DuplicateDecision& other : *earlier) {
    const bool replaced = std::all_of(other.items.begin(), other.items.end(),
                                      [&](const DecidedItem& one) { return ids.contains(one.id); });
    if (!replaced) continue;
    SEMBLANCE_RETURN_IF_ERROR(database.execute("DELETE FROM duplicate_decision WHERE key = " +
                                               std::to_string(other.key)));
  }
  Result<Statement> insert =
      database.prepare("INSERT INTO duplicate_decision(group_name, lane, verdict) VALUES(?, ?, ?)");
  if (!insert) return insert.error();
  SEMBLANCE_RETURN_IF_ERROR(insert->bind(1, decision.group)
                                .bind(2, lane_name(decision.lane))
                                .bind(3, verdict_name(decision.verdict))
                                .run());
  const std::int64_t key = database.last_insert_key();
  Result<Statement> insert_item = database.prepare(
      "INSERT INTO duplicate_decision_item(decision, id, content_hash, item, kept) "
      "VALUES(?, ?, ?, ?, ?)");
  if (!insert_item) return insert_item.error();
  for (const DecidedItem& item : decision.items) {
    SEMBLANCE_RETURN_IF_ERROR(insert_item->bind(1, key)
                                  .bind(2, item.id)
                                  .bind(3, item.content_hash)
                                  .bind(4, item.item)
                                  .bind(5, std::int64_t{item.kept ? 1 : 0})
                                  .run());
  }
  return transaction->commit();
}

Status forget_duplicate_decision(const Catalogue& catalogue, std::string_view group) {
  Result<Statement> statement =
      catalogue.database().prepare("DELETE FROM duplicate_decision WHERE group_name = ?");
  if (!statement) return statement.error();
  SEMBLANCE_RETURN_IF_ERROR(statement->bind(1, group).run());
  if (catalogue.database().changes() > 0) return {};
  return Error{ErrorCode::kNotFound,
               "nothing was decided about a group '" + std::string(group) + "'"};
}

}  // namespace semblance
