#include "source/record_spool.h"

#include <iterator>
#include <utility>

namespace semblance {

namespace {

// An empty file name is SQLite's for a database in a temporary file. One transaction from beginning
// to end: nothing needs to survive.
constexpr const char* kTables = R"(
  PRAGMA journal_mode = OFF;
  PRAGMA synchronous = OFF;
  PRAGMA cache_size = -16000;
  CREATE TABLE record (ordinal INTEGER PRIMARY KEY, line INTEGER, key TEXT, fields TEXT, problem TEXT);
  CREATE TABLE annotation (ordinal INTEGER PRIMARY KEY, key TEXT, fields TEXT);
  BEGIN)";

Status prepare(const Database& database, std::string_view sql, Statement& statement) {
  Result<Statement> prepared = database.prepare(sql);
  if (!prepared) return prepared.error();
  statement = *std::move(prepared);
  return {};
}

}  // namespace

Result<RecordSpool> RecordSpool::create() {
  Result<Database> database = Database::open("", Database::Mode::kWrite);
  if (!database) return database.error();
  RecordSpool spool(*std::move(database));
  SEMBLANCE_RETURN_IF_ERROR(spool.database_.execute(kTables));
  SEMBLANCE_RETURN_IF_ERROR(
      prepare(spool.database_, "INSERT INTO record(line, key, fields, problem) VALUES (?,?,?,?)",
              spool.insert_record_));
  SEMBLANCE_RETURN_IF_ERROR(prepare(spool.database_,
                                    "INSERT INTO annotation(key, fields) VALUES (?,?)",
                                    spool.insert_annotation_));
  return spool;
}

Status RecordSpool::add_record(std::int64_t line, std::string_view key, const Attributes& fields,
                               std::string_view problem) {
  insert_record_.bind(1, line).bind(2, key).bind(3, pack(fields)).bind(4, problem);
  return insert_record_.run();
}

Status RecordSpool::add_annotation(std::string_view key, const Attributes& fields) {
  has_annotations_ = true;
  insert_annotation_.bind(1, key).bind(2, pack(fields));
  return insert_annotation_.run();
}

Status RecordSpool::finish_adding() {
  if (has_annotations_) {
    SEMBLANCE_RETURN_IF_ERROR(
        database_.execute("CREATE INDEX by_key ON annotation(key, ordinal, fields)"));
  }
  SEMBLANCE_RETURN_IF_ERROR(prepare(
      database_, "SELECT line, key, fields, problem FROM record ORDER BY ordinal", records_));
  return prepare(database_, "SELECT fields FROM annotation WHERE key = ? ORDER BY ordinal",
                 annotations_);
}

Result<std::optional<RecordSpool::Record>> RecordSpool::next() {
  if (at_end_) return std::optional<Record>();
  const Result<bool> found = records_.step();
  if (!found) return found.error();
  at_end_ = !*found;
  if (at_end_) return std::optional<Record>();
  Record record;
  record.line = records_.integer(0);
  record.fields = unpack(records_.text_view(2));
  record.problem = records_.text(3);
  const std::string_view key = records_.text_view(1);
  if (!has_annotations_ || key.empty()) return std::optional(std::move(record));
  annotations_.bind(1, key);
  while (true) {
    const Result<bool> more = annotations_.step();
    if (!more) return more.error();
    if (!*more) break;
    Attributes fields = unpack(annotations_.text_view(0));
    record.fields.insert(record.fields.end(), std::make_move_iterator(fields.begin()),
                         std::make_move_iterator(fields.end()));
  }
  annotations_.reset();
  return std::optional(std::move(record));
}

}  // namespace semblance
