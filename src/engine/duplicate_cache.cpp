#include "engine/duplicate_cache.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

namespace semblance {

namespace {

namespace fs = std::filesystem;

/// Another sketch or hash, another way to compare or another limit is another version.
constexpr std::int64_t kVersion = 3;

constexpr const char* kTables = R"sql(
CREATE TABLE photo(
  key INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used again: pairs are remembered by it
  content_hash BLOB NOT NULL UNIQUE,
  pixel_hash BLOB NOT NULL,
  picture_hash BLOB NOT NULL
);
CREATE TABLE sketch(
  photo INTEGER PRIMARY KEY,
  levels BLOB NOT NULL
);
CREATE TABLE different(
  photo INTEGER NOT NULL,
  mirrored INTEGER NOT NULL,
  others BLOB NOT NULL,
  PRIMARY KEY(photo, mirrored)
) WITHOUT ROWID;
CREATE TABLE matched(
  photo INTEGER NOT NULL,
  other INTEGER NOT NULL,
  mirrored INTEGER NOT NULL,
  correlation REAL NOT NULL,
  worst_part REAL NOT NULL,
  usual_part REAL NOT NULL,
  worst_colour REAL NOT NULL,
  usual_colour REAL NOT NULL,
  broad_colour REAL NOT NULL,
  coverage REAL NOT NULL,
  gain REAL NOT NULL,
  aligned INTEGER NOT NULL,
  one_is_grey INTEGER NOT NULL,
  PRIMARY KEY(photo, other, mirrored)
) WITHOUT ROWID;
CREATE INDEX matched_other ON matched(other);
CREATE TABLE found_group(
  name TEXT PRIMARY KEY,
  lane TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE found_item(
  group_name TEXT NOT NULL,
  place INTEGER NOT NULL,
  item INTEGER NOT NULL,
  id TEXT NOT NULL,
  content_hash BLOB NOT NULL,
  PRIMARY KEY(group_name, place)
) WITHOUT ROWID;
)sql";

using HashBytes = std::array<std::uint8_t, sizeof(PictureHash::words)>;

/// Little-endian, the lowest frequency in the first bit.
HashBytes bytes_of(const PictureHash& hash) {
  HashBytes bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(hash.words[i / 8] >> (i % 8 * 8));
  }
  return bytes;
}

bool read_bytes(std::span<const std::uint8_t> bytes, PictureHash& hash) {
  if (bytes.size() != sizeof hash.words) return false;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    hash.words[i / 8] |= static_cast<std::uint64_t>(bytes[i]) << (i % 8 * 8);
  }
  return true;
}

bool read_bytes(std::span<const std::uint8_t> bytes, Sha256& digest) {
  if (bytes.size() != digest.size()) return false;
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return true;
}

Error damaged() {
  return Error{ErrorCode::kCorrupt,
               "duplicates.sqlite is damaged; remove it, and it will be made anew"};
}

/// Creates the tables where they are not those of this version.
Status prepare(const Database& database) {
  const Result<std::int64_t> version = database.integer("PRAGMA user_version");
  if (!version) return version.error();
  if (*version == kVersion) return {};
  if (*version != 0) return Error{ErrorCode::kCorrupt, "duplicates.sqlite is of another version"};
  Result<Transaction> transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  // Again under the lock: another process may have made them meanwhile.
  const Result<std::int64_t> now = database.integer("PRAGMA user_version");
  if (!now) return now.error();
  if (*now == kVersion) return {};
  SEMBLANCE_RETURN_IF_ERROR(database.execute(kTables));
  SEMBLANCE_RETURN_IF_ERROR(database.execute("PRAGMA user_version=" + std::to_string(kVersion)));
  return transaction->commit();
}

void remove_database(const fs::path& path) {
  std::error_code ignored;
  for (const char* ending : {"", "-wal", "-shm"}) fs::remove(fs::path(path) += ending, ignored);
}

}  // namespace

std::filesystem::path duplicate_cache_path(const CollectionFiles& files) {
  return files.folder() / "duplicates.sqlite";
}

std::filesystem::path duplicate_table_path(const CollectionFiles& files, const VectorSet& set) {
  return files.vectors(set.key) / "duplicates.table";
}

void remove_duplicate_cache(const CollectionFiles& files) {
  remove_database(duplicate_cache_path(files));
}

Result<std::optional<Error>> trouble_with_duplicate_cache(const CollectionFiles& files) {
  const auto trouble = [](const Error& error) -> Result<std::optional<Error>> {
    if (error.code == ErrorCode::kCorrupt) return std::optional(error);
    return error;
  };
  const Result<Database> database =
      Database::open(duplicate_cache_path(files), Database::Mode::kRead);
  if (!database && database.error().code == ErrorCode::kMissingFile) return std::optional<Error>();
  if (!database) return trouble(database.error());
  const Result<std::int64_t> version = database->integer("PRAGMA user_version");
  if (!version) return trouble(version.error());
  if (*version != kVersion) return std::optional<Error>();  // the next search begins it anew
  Result<Statement> check = database->prepare("PRAGMA quick_check(1)");
  if (!check) return trouble(check.error());
  const Result<bool> row = check->step();
  if (!row) return trouble(row.error());
  if (*row && check->text_view(0) != "ok") {
    return std::optional(
        Error{ErrorCode::kCorrupt, "duplicates.sqlite is damaged: " + check->text(0)});
  }
  const Result<std::int64_t> wrong = database->integer(
      "SELECT (SELECT count(*) FROM photo LEFT JOIN sketch ON sketch.photo = photo.key WHERE "
      "length(content_hash) <> 32 OR length(pixel_hash) <> 32 OR length(picture_hash) <> 32 OR "
      "coalesce(length(levels), 0) <> " +
      std::to_string(kSketchBytes) +
      ") + (SELECT count(*) FROM different WHERE length(others) % 4 <> 0)");
  if (!wrong) return trouble(wrong.error());
  if (*wrong == 0) return std::optional<Error>();
  return std::optional(
      Error{ErrorCode::kCorrupt, "duplicates.sqlite is damaged: " + std::to_string(*wrong) +
                                     " rows are not what they should be"});
}

std::size_t HashOfSha256::operator()(const Sha256& digest) const {
  std::size_t number = 0;
  std::memcpy(&number, digest.data(), sizeof number);
  return number;
}

Result<DuplicateCache> DuplicateCache::open(const fs::path& path) {
  for (const bool again : {false, true}) {
    Result<Database> database = Database::open(path, Database::Mode::kWrite);
    const Status prepared = database ? prepare(*database) : Status(database.error());
    if (prepared) return DuplicateCache(*std::move(database));
    if (again || prepared.error().code != ErrorCode::kCorrupt) return prepared.error();
    database = Error{};  // closes it
    remove_database(path);
  }
  return damaged();
}

Result<DuplicateCache> DuplicateCache::open_to_read(const fs::path& path) {
  Result<Database> database = Database::open(path, Database::Mode::kRead);
  if (!database) return database.error();
  const Result<std::int64_t> version = database->integer("PRAGMA user_version");
  if (!version) return version.error();
  if (*version != kVersion) {
    return Error{ErrorCode::kConflict, "duplicates.sqlite is of another version"};
  }
  return DuplicateCache(*std::move(database));
}

Result<DuplicateCache::Signatures> DuplicateCache::signatures() const {
  Result<Statement> statement =
      database_.prepare("SELECT key, content_hash, pixel_hash, picture_hash FROM photo");
  if (!statement) return statement.error();
  Signatures signatures;
  while (true) {
    const Result<bool> row = statement->step();
    if (!row) return row.error();
    if (!*row) return signatures;
    PhotoSignature signature;
    Sha256 content{};
    signature.key = statement->integer(0);
    if (!read_bytes(statement->blob(1), content) ||
        !read_bytes(statement->blob(2), signature.pixels) ||
        !read_bytes(statement->blob(3), signature.hash)) {
      return damaged();
    }
    signatures.emplace(content, signature);
  }
}

Result<PictureSketch> DuplicateCache::sketch(std::int64_t key) {
  if (!select_sketch_.is_prepared()) {
    Result<Statement> statement = database_.prepare("SELECT levels FROM sketch WHERE photo = ?");
    if (!statement) return statement.error();
    select_sketch_ = *std::move(statement);
  }
  select_sketch_.reset();
  const Result<bool> row = select_sketch_.bind(1, key).step();
  if (!row) return row.error();
  if (!*row) return Error{ErrorCode::kNotFound, "a photo's sketch is gone"};
  const auto sketch = sketch_from_bytes(select_sketch_.blob(0));
  select_sketch_.reset();
  if (!sketch) return damaged();
  return *sketch;
}

Status DuplicateCache::put(const std::vector<NewSignature>& photos) const {
  Result<Transaction> transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  Result<Statement> photo = database_.prepare(
      "INSERT INTO photo(content_hash, pixel_hash, picture_hash) VALUES(?, ?, ?) "
      "ON CONFLICT DO NOTHING");
  if (!photo) return photo.error();
  Result<Statement> sketch = database_.prepare("INSERT INTO sketch(photo, levels) VALUES(?, ?)");
  if (!sketch) return sketch.error();
  for (const NewSignature& each : photos) {
    SEMBLANCE_RETURN_IF_ERROR(
        photo->bind(1, each.content_hash).bind(2, each.pixels).bind(3, bytes_of(each.hash)).run());
    if (database_.changes() == 0) continue;  // another process had it first
    SEMBLANCE_RETURN_IF_ERROR(
        sketch->bind(1, database_.last_insert_key()).bind(2, to_bytes(each.sketch)).run());
  }
  return transaction->commit();
}

Status DuplicateCache::remove(const std::vector<std::int64_t>& keys) const {
  if (keys.empty()) return {};
  Result<Transaction> transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  for (const char* sql :
       {"DELETE FROM photo WHERE key = ?", "DELETE FROM sketch WHERE photo = ?",
        "DELETE FROM different WHERE photo = ?", "DELETE FROM matched WHERE photo = ?",
        "DELETE FROM matched WHERE other = ?"}) {
    Result<Statement> statement = database_.prepare(sql);
    if (!statement) return statement.error();
    for (const std::int64_t key : keys) SEMBLANCE_RETURN_IF_ERROR(statement->bind(1, key).run());
  }
  return transaction->commit();
}

Status DuplicateCache::store_groups(const std::vector<DuplicateLane>& lanes,
                                    const std::vector<FoundGroup>& groups) const {
  Result<Transaction> transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  for (const char* sql :
       {"DELETE FROM found_item WHERE group_name IN (SELECT name FROM found_group WHERE lane = ?)",
        "DELETE FROM found_group WHERE lane = ?"}) {
    Result<Statement> statement = database_.prepare(sql);
    if (!statement) return statement.error();
    for (const DuplicateLane lane : lanes) {
      SEMBLANCE_RETURN_IF_ERROR(statement->bind(1, lane_name(lane)).run());
    }
  }
  Result<Statement> insert = database_.prepare("INSERT INTO found_group(name, lane) VALUES(?, ?)");
  if (!insert) return insert.error();
  Result<Statement> insert_item = database_.prepare(
      "INSERT INTO found_item(group_name, place, item, id, content_hash) VALUES(?, ?, ?, ?, ?)");
  if (!insert_item) return insert_item.error();
  for (const FoundGroup& group : groups) {
    SEMBLANCE_RETURN_IF_ERROR(insert->bind(1, group.name).bind(2, lane_name(group.lane)).run());
    for (std::size_t place = 0; place < group.members.size(); ++place) {
      const FoundGroup::Member& member = group.members[place];
      SEMBLANCE_RETURN_IF_ERROR(insert_item->bind(1, group.name)
                                    .bind(2, static_cast<std::int64_t>(place))
                                    .bind(3, member.item)
                                    .bind(4, member.id)
                                    .bind(5, member.content_hash)
                                    .run());
    }
  }
  return transaction->commit();
}

Result<std::optional<FoundGroup>> DuplicateCache::group(std::string_view name) const {
  Result<Statement> statement = database_.prepare(
      "SELECT lane, item, id, content_hash FROM found_group "
      "JOIN found_item ON group_name = name WHERE name = ? ORDER BY place");
  if (!statement) return statement.error();
  statement->bind(1, name);
  std::optional<FoundGroup> group;
  while (true) {
    const Result<bool> row = statement->step();
    if (!row) return row.error();
    if (!*row) return group;
    if (!group) {
      const auto lane = parse_lane(statement->text_view(0));
      if (!lane) return damaged();
      group.emplace();
      group->name = name;
      group->lane = *lane;
    }
    FoundGroup::Member member{statement->integer(1), statement->text(2), {}};
    if (!read_bytes(statement->blob(3), member.content_hash)) return damaged();
    group->members.push_back(std::move(member));
  }
}

}  // namespace semblance
