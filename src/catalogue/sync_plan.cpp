#include "catalogue/sync_plan.h"

#include <algorithm>
#include <utility>

#include "catalogue/path_bytes.h"

namespace semblance {

namespace {

std::optional<Sha256> optional_hash(const Statement& statement, int column) {
  const std::span<const std::uint8_t> blob = statement.blob(column);
  Sha256 hash{};
  if (blob.size() != hash.size()) return std::nullopt;
  std::copy(blob.begin(), blob.end(), hash.begin());
  return hash;
}

constexpr std::string_view kActionNames = "SNTERFMUP";  // in the order of SyncAction

}  // namespace

Result<SyncPlan> SyncPlan::create(const Database& database) {
  SEMBLANCE_RETURN_IF_ERROR(database.execute(R"sql(
DROP TABLE IF EXISTS temp.seen;
DROP TABLE IF EXISTS temp.gone;
DROP TABLE IF EXISTS temp.input_problem;
CREATE TEMP TABLE seen(
  ordinal INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  product TEXT,
  path BLOB NOT NULL,
  url TEXT NOT NULL,
  link TEXT NOT NULL,
  place TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  attributes TEXT,
  attributes_hash BLOB,
  problem_code INTEGER,
  problem_message TEXT,
  action TEXT NOT NULL DEFAULT 'N',
  item INTEGER,
  status TEXT,
  known_hash BLOB,
  previous_hash BLOB,
  renamed INTEGER NOT NULL DEFAULT 0,
  kept INTEGER NOT NULL DEFAULT 0,
  stored INTEGER NOT NULL DEFAULT 0
);
CREATE TEMP TABLE gone(
  item INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  size_bytes INTEGER,
  content_hash BLOB
);
CREATE TEMP TABLE input_problem(
  subject TEXT NOT NULL,
  place TEXT NOT NULL,
  reason TEXT NOT NULL,
  message TEXT NOT NULL
);
)sql"));
  SyncPlan plan(database);
  const std::pair<Statement*, std::string_view> statements[] = {
      {&plan.insert_,
       "INSERT OR IGNORE INTO temp.seen(id, product, path, url, link, place, size_bytes, mtime_ns, "
       "attributes, attributes_hash, problem_code, problem_message) "
       "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      {&plan.insert_problem_,
       "INSERT INTO temp.input_problem(subject, place, reason, message) VALUES(?, ?, ?, ?)"},
      {&plan.find_vector_,
       "SELECT vector.row, vector.checksum, item.width, item.height, item.format "
       "FROM main.vector JOIN main.item ON item.key = vector.item "
       "AND item.content_hash = vector.content_hash "
       "WHERE vector.vector_set = ? AND vector.content_hash = ? AND vector.row >= 0 LIMIT 1"},
  };
  for (const auto& [statement, sql] : statements) {
    Result<Statement> prepared = database.prepare(sql);
    if (!prepared) return prepared.error();
    *statement = *std::move(prepared);
  }
  return plan;
}

Result<bool> SyncPlan::add(const SeenItem& item) {
  insert_.bind(1, item.id)
      .bind(2, item.product)
      .bind(3, path_bytes(item.path))
      .bind(4, item.url)
      .bind(5, item.link)
      .bind(6, item.place)
      .bind(7, static_cast<std::int64_t>(item.size_bytes))
      .bind(8, item.mtime_ns);
  if (item.attributes) {
    insert_.bind(9, pack(*item.attributes)).bind(10, hash_of(*item.attributes));
  } else {
    insert_.bind_null(9).bind_null(10);
  }
  if (item.problem) {
    insert_.bind(11, static_cast<std::int64_t>(item.problem->code)).bind(12, item.problem->message);
  } else {
    insert_.bind_null(11).bind_null(12);
  }
  SEMBLANCE_RETURN_IF_ERROR(insert_.run());
  return database_->changes() == 1;
}

Status SyncPlan::classify(std::int64_t set_key, bool retry) {
  const std::string set = std::to_string(set_key);
  const std::string failed_again = retry ? "'R'" : "'S'";
  // A photo with an address has no size and time to compare: its server is asked, also again for
  // what failed last time.
  return database_->execute(
      "UPDATE temp.seen SET (item, status, previous_hash, action) = ("
      "  SELECT item.key, item.status, item.content_hash, CASE"
      "    WHEN seen.url <> '' AND item.status <> 'indexed' THEN 'R'"
      "    WHEN seen.url <> '' AND item.url IS NOT seen.url THEN 'T'"
      "    WHEN seen.url = '' AND (item.size_bytes IS NOT seen.size_bytes OR"
      "      item.mtime_ns IS NOT seen.mtime_ns)"
      "      THEN CASE item.status WHEN 'indexed' THEN 'T' ELSE 'R' END"
      "    WHEN item.status <> 'indexed' AND item.reason = 'embed_failed' AND NOT EXISTS"
      "      (SELECT 1 FROM vector_set WHERE key = " +
      set +
      " AND state = 'live') THEN 'R'"
      "    WHEN item.status <> 'indexed' THEN " +
      failed_again + "    WHEN NOT EXISTS (SELECT 1 FROM vector WHERE vector_set = " + set +
      "      AND vector.item = item.key AND vector.content_hash = item.content_hash) THEN 'E'"
      "    WHEN seen.url <> '' THEN 'U'"
      "    ELSE 'S' END FROM main.item WHERE item.id = seen.id)"
      "  WHERE EXISTS (SELECT 1 FROM main.item WHERE item.id = seen.id);"
      "UPDATE temp.seen SET action = 'P' WHERE problem_code IS NOT NULL;"
      "INSERT INTO temp.gone SELECT key, id, size_bytes, content_hash FROM main.item "
      "  WHERE origin = 'source' AND NOT EXISTS (SELECT 1 FROM temp.seen WHERE seen.id = item.id);"
      "CREATE INDEX temp.gone_by_size ON gone(size_bytes);"
      "CREATE INDEX temp.seen_by_action ON seen(action, ordinal) WHERE action <> 'S';");
}

Status SyncPlan::add_problem(std::string_view subject, std::string_view place, const Error& error) {
  return insert_problem_.bind(1, subject)
      .bind(2, place)
      .bind(3, code_name(error.code))
      .bind(4, error.message)
      .run();
}

Result<std::int64_t> SyncPlan::count_problems() const {
  return database_->integer("SELECT count(*) FROM temp.input_problem");
}

Status SyncPlan::keep_what_could_not_be_read() const {
  return database_->execute(
      "DELETE FROM temp.gone WHERE EXISTS (SELECT 1 FROM temp.input_problem "
      "WHERE reason = 'unreadable' AND (gone.id = subject OR "
      "substr(gone.id, 1, length(subject) + 1) = subject || '/'))");
}

Status SyncPlan::store_problems() const {
  return database_->execute(
      "INSERT INTO main.problem(kind, subject, place, reason, message) "
      "SELECT 'input', subject, place, reason, message FROM temp.input_problem ORDER BY rowid");
}

Result<SyncPlan::Counts> SyncPlan::counts() const {
  Counts counts;
  const std::pair<std::int64_t*, std::string_view> questions[] = {
      {&counts.seen, "SELECT count(*) FROM temp.seen WHERE NOT kept"},
      {&counts.same_indexed,
       "SELECT count(*) FROM temp.seen WHERE action = 'S' AND status = 'indexed' AND NOT renamed"},
      {&counts.same_renamed, "SELECT count(*) FROM temp.seen WHERE action = 'S' AND renamed"},
      {&counts.same_failed,
       "SELECT count(*) FROM temp.seen WHERE action = 'S' AND status = 'failed'"},
      {&counts.same_skipped,
       "SELECT count(*) FROM temp.seen WHERE action = 'S' AND status = 'skipped'"},
      {&counts.fresh, "SELECT count(*) FROM temp.seen WHERE action = 'N'"},
      {&counts.touched, "SELECT count(*) FROM temp.seen WHERE action IN ('T', 'R')"},
      {&counts.embed, "SELECT count(*) FROM temp.seen WHERE action = 'E' AND NOT kept"},
      {&counts.kept, "SELECT count(*) FROM temp.seen WHERE kept"},
      {&counts.check, "SELECT count(*) FROM temp.seen WHERE action = 'U'"},
      {&counts.problem, "SELECT count(*) FROM temp.seen WHERE action = 'P'"},
      {&counts.refresh, "SELECT count(*) FROM temp.seen WHERE action = 'F'"},
      {&counts.rename, "SELECT count(*) FROM temp.seen WHERE action = 'M'"},
      {&counts.gone, "SELECT count(*) FROM temp.gone"},
      {&counts.gone_indexed, "SELECT count(*) FROM temp.gone WHERE content_hash IS NOT NULL"},
      {&counts.existing_indexed,
       "SELECT count(*) FROM main.item WHERE status = 'indexed' AND origin = 'source'"},
  };
  for (const auto& [count, sql] : questions) {
    const Result<std::int64_t> number = database_->integer(sql);
    if (!number) return number.error();
    *count = *number;
  }
  return counts;
}

Result<std::vector<SyncTask>> SyncPlan::read_tasks(std::string_view condition, std::int64_t ordinal,
                                                   int limit) const {
  Result<Statement> statement = database_->prepare(
      "SELECT ordinal, action, seen.id, seen.product, seen.path, seen.size_bytes, seen.mtime_ns, "
      "attributes, seen.item, known_hash, previous_hash, renamed, url, link, place, problem_code, "
      "problem_message, kept FROM temp.seen WHERE ordinal > ?1 "
      "AND (" +
      std::string(condition) + ") ORDER BY ordinal LIMIT ?2");
  if (!statement) return statement.error();
  statement->bind(1, ordinal).bind(2, static_cast<std::int64_t>(limit));
  std::vector<SyncTask> tasks;
  while (true) {
    const Result<bool> row = statement->step();
    if (!row) return row.error();
    if (!*row) break;
    SyncTask task;
    task.ordinal = statement->integer(0);
    task.action = static_cast<SyncAction>(kActionNames.find(statement->text_view(1)));
    task.seen.id = statement->text(2);
    if (!statement->is_null(3)) task.seen.product = statement->text(3);
    task.seen.path = statement->text(4);
    task.seen.size_bytes = static_cast<std::uint64_t>(statement->integer(5));
    task.seen.mtime_ns = statement->integer(6);
    if (!statement->is_null(7)) task.seen.attributes = unpack(statement->text_view(7));
    task.item_key = statement->integer(8);
    task.known_hash = optional_hash(*statement, 9);
    task.previous_hash = optional_hash(*statement, 10);
    task.renamed = statement->integer(11) != 0;
    task.seen.url = statement->text(12);
    task.seen.link = statement->text(13);
    task.seen.place = statement->text(14);
    if (!statement->is_null(15)) {
      task.seen.problem =
          Error{static_cast<ErrorCode>(statement->integer(15)), statement->text(16)};
    }
    task.kept = statement->integer(17) != 0;
    if (task.kept) task.origin.reset();
    tasks.push_back(std::move(task));
  }
  return tasks;
}

Result<std::vector<SyncTask>> SyncPlan::tasks_after(Photos photos, std::int64_t ordinal,
                                                    int limit) const {
  return read_tasks(photos == Photos::kFiles
                        ? "action IN ('N', 'T', 'E', 'R', 'U') AND (url = '' OR stored)"
                        : "action IN ('N', 'T', 'E', 'R', 'U') AND url <> '' AND NOT stored",
                    ordinal, limit);
}

Result<std::vector<SyncTask>> SyncPlan::problems_after(std::int64_t ordinal, int limit) const {
  return read_tasks("action = 'P'", ordinal, limit);
}

Result<std::vector<SyncTask>> SyncPlan::undecided_after(std::int64_t ordinal, int limit) const {
  return read_tasks(
      "known_hash IS NULL AND url = '' AND (action = 'T' OR (action = 'N' AND EXISTS "
      "(SELECT 1 FROM temp.gone WHERE gone.size_bytes = seen.size_bytes)))",
      ordinal, limit);
}

Result<std::vector<SyncTask>> SyncPlan::relabelled_after(std::int64_t ordinal, int limit) const {
  return read_tasks(
      "action = 'S' AND status = 'indexed' AND EXISTS (SELECT 1 FROM main.item "
      "WHERE item.key = seen.item AND (item.path IS NOT seen.path OR item.link IS NOT seen.link "
      "OR item.origin <> 'source' "
      "OR item.product <> "
      "coalesce(seen.product, item.product) "
      "OR (seen.attributes_hash IS NOT NULL AND item.attributes_hash IS NOT "
      "seen.attributes_hash)))",
      ordinal, limit);
}

Status SyncPlan::decide(const SyncTask& task, const Sha256& hash) const {
  Result<Statement> statement = database_->prepare(
      "UPDATE temp.seen SET known_hash = ?1, action = ?2, renamed = ?2 = 'M', item = ?3 "
      "WHERE ordinal = ?4");
  if (!statement) return statement.error();
  SyncAction action = task.action;
  std::int64_t item_key = task.item_key;
  if (action == SyncAction::kTouched && task.previous_hash == hash) action = SyncAction::kRefresh;
  if (action == SyncAction::kNew) {
    Result<Statement> claim = database_->prepare(
        "DELETE FROM temp.gone WHERE item = (SELECT item FROM temp.gone WHERE size_bytes = ? "
        "AND content_hash = ? ORDER BY item LIMIT 1) RETURNING item");
    if (!claim) return claim.error();
    claim->bind(1, static_cast<std::int64_t>(task.seen.size_bytes)).bind(2, hash);
    const Result<bool> claimed = claim->step();
    if (!claimed) return claimed.error();
    if (*claimed) {
      action = SyncAction::kRename;
      item_key = claim->integer(0);
    }
  }
  statement->bind(1, hash).bind(2, kActionNames.substr(static_cast<std::size_t>(action), 1));
  if (item_key == 0) {
    statement->bind_null(3);
  } else {
    statement->bind(3, item_key);
  }
  return statement->bind(4, task.ordinal).run();
}

Status SyncPlan::embed_kept(std::int64_t set_key, bool keep_missing) const {
  const std::string set = std::to_string(set_key);
  return database_->execute(
      "CREATE INDEX temp.seen_by_item ON seen(item);"
      "INSERT INTO temp.seen(id, path, url, link, place, size_bytes, mtime_ns, action, item, "
      "status, previous_hash, kept, stored) "
      "SELECT id, coalesce(path, ''), coalesce(url, ''), coalesce(link, ''), '', "
      "coalesce(size_bytes, 0), coalesce(mtime_ns, 0), 'E', key, status, content_hash, 1, "
      "origin = 'api' "
      "FROM main.item WHERE status = 'indexed' "
      "AND NOT EXISTS (SELECT 1 FROM temp.seen WHERE seen.item = item.key) "
      "AND NOT EXISTS (SELECT 1 FROM main.vector WHERE vector_set = " +
      set + " AND vector.item = item.key AND vector.content_hash = item.content_hash)" +
      (keep_missing ? "" : " AND NOT EXISTS (SELECT 1 FROM temp.gone WHERE gone.item = key)"));
}

Result<std::vector<SyncTask>> SyncPlan::moves_after(std::int64_t ordinal, int limit) const {
  return read_tasks("action IN ('F', 'M')", ordinal, limit);
}

Status SyncPlan::finish_moves(std::int64_t set_key) const {
  return database_->execute(
      "UPDATE temp.seen SET status = 'indexed', action = CASE WHEN EXISTS ("
      "SELECT 1 FROM main.vector JOIN main.item ON item.key = vector.item "
      "AND item.content_hash = vector.content_hash WHERE vector_set = " +
      std::to_string(set_key) +
      " AND vector.item = seen.item) THEN 'S' ELSE 'E' END WHERE action IN ('F', 'M')");
}

Result<std::optional<StoredVector>> SyncPlan::find_vector(std::int64_t set_key,
                                                          const Sha256& content_hash) {
  const Result<bool> found = find_vector_.bind(1, set_key).bind(2, content_hash).step();
  if (!found) return found.error();
  std::optional<StoredVector> vector;
  if (*found) {
    vector.emplace();
    vector->row = find_vector_.integer(0);
    vector->checksum = static_cast<std::uint32_t>(find_vector_.integer(1));
    vector->facts = {content_hash, static_cast<int>(find_vector_.integer(2)),
                     static_cast<int>(find_vector_.integer(3)), find_vector_.text(4)};
  }
  find_vector_.reset();
  return vector;
}

Result<std::vector<std::int64_t>> SyncPlan::gone_after(std::int64_t key, int limit) const {
  Result<Statement> statement =
      database_->prepare("SELECT item FROM temp.gone WHERE item > ? ORDER BY item LIMIT ?");
  if (!statement) return statement.error();
  statement->bind(1, key).bind(2, static_cast<std::int64_t>(limit));
  std::vector<std::int64_t> keys;
  while (true) {
    const Result<bool> row = statement->step();
    if (!row) return row.error();
    if (!*row) break;
    keys.push_back(statement->integer(0));
  }
  return keys;
}

}  // namespace semblance
