#include "catalogue/schema.h"

#include <array>
#include <string>

namespace semblance {

namespace {

// kMigrations[n] leads from version n to n + 1. Never change one that was released: add another.
// docs/formats.md explains the tables.
constexpr std::array kMigrations = {
    R"sql(
CREATE TABLE setting(
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE item(
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  product TEXT NOT NULL,
  path BLOB,
  url TEXT,
  link TEXT,
  size_bytes INTEGER,
  mtime_ns INTEGER,
  content_hash BLOB,
  width INTEGER,
  height INTEGER,
  format TEXT,
  status TEXT NOT NULL CHECK(status IN ('indexed', 'failed', 'skipped')),
  reason TEXT,
  message TEXT,
  attributes_hash BLOB,
  CHECK((status = 'indexed') = (reason IS NULL))
);
CREATE INDEX item_by_product ON item(product);
CREATE INDEX item_by_status ON item(status) WHERE status <> 'indexed';

CREATE TABLE attribute_name(
  key INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);
CREATE TABLE attribute(
  item INTEGER NOT NULL REFERENCES item(key) ON DELETE CASCADE,
  name INTEGER NOT NULL REFERENCES attribute_name(key),
  text TEXT NOT NULL,
  number REAL,
  PRIMARY KEY(item, name)
) WITHOUT ROWID;
CREATE INDEX attribute_by_value ON attribute(name, text);
CREATE INDEX attribute_by_number ON attribute(name, number) WHERE number IS NOT NULL;

CREATE TABLE vector_set(
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  state TEXT NOT NULL CHECK(state IN ('building', 'live')),
  card TEXT NOT NULL,
  card_folder TEXT NOT NULL,
  shape_dimension INTEGER NOT NULL,
  colour_dimension INTEGER NOT NULL,
  rows INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX vector_set_one_live ON vector_set(state) WHERE state = 'live';
CREATE UNIQUE INDEX vector_set_one_building ON vector_set(state) WHERE state = 'building';

CREATE TABLE vector(
  vector_set INTEGER NOT NULL REFERENCES vector_set(key) ON DELETE CASCADE,
  item INTEGER NOT NULL REFERENCES item(key) ON DELETE CASCADE,
  row INTEGER NOT NULL,
  content_hash BLOB NOT NULL,
  checksum INTEGER NOT NULL,
  PRIMARY KEY(vector_set, item)
) WITHOUT ROWID;
CREATE UNIQUE INDEX vector_by_row ON vector(vector_set, row);
CREATE INDEX vector_by_item ON vector(item);
CREATE INDEX vector_by_content ON vector(vector_set, content_hash);

CREATE TABLE problem(
  key INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK(kind IN ('input', 'attribute')),
  subject TEXT NOT NULL,
  place TEXT NOT NULL,
  reason TEXT NOT NULL,
  message TEXT NOT NULL
);
)sql",
    R"sql(
CREATE TABLE projection(
  sha256 TEXT PRIMARY KEY,
  bytes BLOB NOT NULL
);
)sql",
    R"sql(
ALTER TABLE item ADD COLUMN origin TEXT NOT NULL DEFAULT 'source' CHECK(origin IN ('source', 'api'));
)sql",
    R"sql(
CREATE TABLE duplicate_decision(
  key INTEGER PRIMARY KEY,
  group_name TEXT NOT NULL,
  lane TEXT NOT NULL CHECK(lane IN ('identical', 'same-photo', 'look-alike')),
  verdict TEXT NOT NULL CHECK(verdict IN ('keep', 'not-duplicates'))
);
CREATE TABLE duplicate_decision_item(
  decision INTEGER NOT NULL REFERENCES duplicate_decision(key) ON DELETE CASCADE,
  id TEXT NOT NULL,
  content_hash BLOB NOT NULL,
  item INTEGER REFERENCES item(key) ON DELETE SET NULL,
  kept INTEGER NOT NULL CHECK(kept IN (0, 1)),
  PRIMARY KEY(decision, id)
) WITHOUT ROWID;
CREATE INDEX duplicate_decision_item_by_item ON duplicate_decision_item(item);
)sql",
};
constexpr int kVersion = static_cast<int>(kMigrations.size());
/// Readers understand versions from this one on: what came later is for those who write.
constexpr int kOldestToRead = 2;

/// Everything that a database's schema says, as one text.
Result<std::string> schema_text(const Database& database) {
  Result<Statement> statement = database.prepare(
      "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name, tbl_name, sql");
  if (!statement) return statement.error();
  std::string text;
  while (true) {
    const Result<bool> row = statement->step();
    if (!row) return row.error();
    if (!*row) return text;
    for (int column = 0; column < 4; ++column) text += statement->text(column) + '\x1f';
  }
}

Error newer_schema(std::int64_t version) {
  return Error{ErrorCode::kConflict, "the catalogue was written by a newer Semblance (schema " +
                                         std::to_string(version) + ", this program knows " +
                                         std::to_string(kVersion) + "); update this program"};
}

}  // namespace

Status migrate_schema(const Database& database) {
  Result<std::int64_t> version = database.integer("PRAGMA user_version");
  if (!version) return version.error();
  if (*version == kVersion) return {};
  Result<Transaction> transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  // Again under the lock: another process may have migrated meanwhile.
  version = database.integer("PRAGMA user_version");
  if (!version) return version.error();
  if (*version > kVersion) return check_schema(database);
  for (auto next = static_cast<std::size_t>(*version); next < kMigrations.size(); ++next) {
    SEMBLANCE_RETURN_IF_ERROR(database.execute(kMigrations[next]));
  }
  SEMBLANCE_RETURN_IF_ERROR(database.execute("PRAGMA user_version=" + std::to_string(kVersion)));
  return transaction->commit();
}

Status check_schema(const Database& database) {
  const Result<std::int64_t> version = database.integer("PRAGMA user_version");
  if (!version) return version.error();
  if (*version >= kOldestToRead && *version <= kVersion) return {};
  if (*version < kOldestToRead) {
    return Error{ErrorCode::kConflict,
                 "the catalogue was written by an older Semblance; run 'semblance sync' once"};
  }
  return newer_schema(*version);
}

Status check_schema_is_ours(const Database& database) {
  const Result<std::int64_t> version = database.integer("PRAGMA user_version");
  if (!version) return version.error();
  if (*version > kVersion) return newer_schema(*version);
  if (*version < 1) return Error{ErrorCode::kCorrupt, "the catalogue has no schema of Semblance's"};
  Result<Database> ours = Database::open(":memory:", Database::Mode::kWrite);
  if (!ours) return ours.error();
  for (auto next = std::size_t{0}; next < static_cast<std::size_t>(*version); ++next) {
    SEMBLANCE_RETURN_IF_ERROR(ours->execute(kMigrations[next]));
  }
  const Result<std::string> expected = schema_text(*ours);
  if (!expected) return expected.error();
  const Result<std::string> found = schema_text(database);
  if (!found) return found.error();
  if (*found == *expected) return {};
  return Error{ErrorCode::kCorrupt,
               "the catalogue's tables are not those that Semblance makes (schema " +
                   std::to_string(*version) + ")"};
}

}  // namespace semblance
