#include "catalogue/database.h"

#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

namespace semblance {

namespace {

Error database_error(sqlite3* handle, std::string_view doing) {
  const int code = sqlite3_errcode(handle) & 0xff;
  const bool corrupt = code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
  std::string message = "catalogue: " + std::string(doing) + ": " + sqlite3_errmsg(handle);
  if (code == SQLITE_BUSY) message += " (another process is writing to this collection)";
  if (corrupt) message += " (run 'semblance doctor')";
  if (code == SQLITE_READONLY || code == SQLITE_CANTOPEN) {
    message += " (can its folder be written?)";
  }
  const bool conflict = code == SQLITE_BUSY || code == SQLITE_CONSTRAINT;
  return Error{corrupt ? ErrorCode::kCorrupt : (conflict ? ErrorCode::kConflict : ErrorCode::kIo),
               std::move(message)};
}

/// A WAL database cannot be read without writing its index beside it. Where that may not be done
/// and no log waits to be read, the file itself is complete: a copy on a read-only disk, say.
/// (Somebody with more rights could still change it meanwhile; SQLite then reports damage at
/// worst.)
bool is_frozen(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  std::error_code ignored;
  std::filesystem::path log = path;
  log += "-wal";
  return ::access(folder.c_str(), W_OK) != 0 && !std::filesystem::exists(log, ignored);
}

/// "file:" address that tells SQLite that nobody changes the file.
std::string immutable_address(const std::filesystem::path& path) {
  std::string address = "file:";
  for (const char c : path.string()) {
    if (c == '%' || c == '?' || c == '#') {
      address += c == '%' ? "%25" : (c == '?' ? "%3f" : "%23");
    } else {
      address += c;
    }
  }
  return address + "?immutable=1";
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Statement& Statement::bind(int index, std::int64_t value) {
  sqlite3_bind_int64(statement_.get(), index, value);
  return *this;
}

Statement& Statement::bind(int index, double value) {
  sqlite3_bind_double(statement_.get(), index, value);
  return *this;
}

Statement& Statement::bind(int index, std::string_view text) {
  sqlite3_bind_text64(statement_.get(), index, text.data() == nullptr ? "" : text.data(),
                      text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind(int index, std::span<const std::uint8_t> blob) {
  sqlite3_bind_blob64(statement_.get(), index, blob.data(), blob.size(), SQLITE_TRANSIENT);
  return *this;
}

Statement& Statement::bind_null(int index) {
  sqlite3_bind_null(statement_.get(), index);
  return *this;
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  Error error = database_error(sqlite3_db_handle(statement_.get()), "cannot run a statement");
  sqlite3_reset(statement_.get());
  return error;
}

Status Statement::run() {
  while (true) {
    const Result<bool> more = step();
    if (!more) return more.error();
    if (!*more) break;
  }
  reset();
  return {};
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

double Statement::real(int column) const {
  return sqlite3_column_double(statement_.get(), column);
}

std::string_view Statement::text_view(int column) const {
  const unsigned char* text = sqlite3_column_text(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (text == nullptr) return {};
  return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)};
}

std::string Statement::text(int column) const {
  return std::string(text_view(column));
}

std::span<const std::uint8_t> Statement::blob(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return {static_cast<const std::uint8_t*>(data), static_cast<std::size_t>(size)};
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

bool Statement::is_text(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_TEXT;
}

void Database::Close::operator()(sqlite3* handle) const {
  sqlite3_close_v2(handle);
}

Result<Database> Database::open(const std::filesystem::path& path, Mode mode) {
  std::error_code ignored;
  if (mode != Mode::kWrite && !std::filesystem::exists(path, ignored)) {
    return Error{ErrorCode::kMissingFile, "no catalogue at '" + path.string() + "'"};
  }
  if (mode == Mode::kUntrusted) return open_untrusted(path);
  const bool frozen = mode == Mode::kRead && is_frozen(path);
  // A reader of a WAL database must be able to write its shared-memory index; query_only below is
  // what keeps it from changing anything.
  const int flags = frozen
                        ? SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
                        : SQLITE_OPEN_READWRITE | (mode == Mode::kWrite ? SQLITE_OPEN_CREATE : 0);
  const std::string name = frozen ? immutable_address(path) : path.string();
  sqlite3* raw = nullptr;
  int code = sqlite3_open_v2(name.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(raw);
  if (code != SQLITE_OK && mode == Mode::kRead && !frozen) {
    raw = nullptr;
    code = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
    database = Database(raw);
  }
  if (code != SQLITE_OK) {
    if (raw == nullptr) return Error{ErrorCode::kIo, "catalogue: out of memory"};
    return database_error(raw, "cannot open '" + path.string() + "'");
  }
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, 10'000);
  const char* settings = mode == Mode::kRead ? "PRAGMA query_only=1; PRAGMA temp_store=MEMORY;"
                                             : "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
                                               "PRAGMA foreign_keys=ON; PRAGMA temp_store=FILE;";
  SEMBLANCE_RETURN_IF_ERROR(database.execute(settings));
  return database;
}

Result<Database> Database::open_untrusted(const std::filesystem::path& path) {
  sqlite3* raw = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(raw);
  if (raw == nullptr) return Error{ErrorCode::kIo, "catalogue: out of memory"};
  if (code != SQLITE_OK) return database_error(raw, "cannot open '" + path.string() + "'");
  constexpr std::pair<int, int> kSettings[] = {{SQLITE_DBCONFIG_DEFENSIVE, 1},
                                               {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
                                               {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
                                               {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
                                               {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0}};
  for (const auto& [setting, value] : kSettings) sqlite3_db_config(raw, setting, value, nullptr);
  SEMBLANCE_RETURN_IF_ERROR(
      database.execute("PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY;"));
  return database;
}

Status Database::copy_to(const std::filesystem::path& path) const {
  sqlite3* raw = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &raw,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  const Database copy(raw);
  if (raw == nullptr) return Error{ErrorCode::kIo, "catalogue: out of memory"};
  if (code != SQLITE_OK) return database_error(raw, "cannot create '" + path.string() + "'");
  sqlite3_backup* backup = sqlite3_backup_init(raw, "main", handle_.get(), "main");
  // All pages at once: a read transaction, which in WAL mode hinders no writer.
  if (backup != nullptr) sqlite3_backup_step(backup, -1);
  if (backup == nullptr || sqlite3_backup_finish(backup) != SQLITE_OK) {
    return database_error(raw, "cannot copy to '" + path.string() + "'");
  }
  // The copy says that it is a WAL database, as the original does.
  return copy.execute("PRAGMA journal_mode=DELETE");
}

Result<Statement> Database::prepare(std::string_view sql) const {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()), 0, &statement,
                         nullptr) != SQLITE_OK) {
    return database_error(handle_.get(), "cannot prepare '" + std::string(sql) + "'");
  }
  return Statement(statement);
}

Status Database::execute(const std::string& sql) const {
  if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return database_error(handle_.get(), "cannot run a statement");
  }
  return {};
}

Result<std::int64_t> Database::integer(std::string_view sql) const {
  Result<Statement> statement = prepare(sql);
  if (!statement) return statement.error();
  const Result<bool> row = statement->step();
  if (!row) return row.error();
  if (!*row) return Error{ErrorCode::kNotFound, "no row for '" + std::string(sql) + "'"};
  return statement->integer(0);
}

std::int64_t Database::last_insert_key() const {
  return sqlite3_last_insert_rowid(handle_.get());
}

std::int64_t Database::changes() const {
  return sqlite3_changes64(handle_.get());
}

Result<Transaction> Transaction::begin(const Database& database) {
  SEMBLANCE_RETURN_IF_ERROR(database.execute("BEGIN IMMEDIATE"));
  return Transaction(database);
}

Result<Transaction> Transaction::begin_read(const Database& database) {
  SEMBLANCE_RETURN_IF_ERROR(database.execute("BEGIN"));
  return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  // An error here means that SQLite has rolled back already.
  if (database_ != nullptr) (void)database_->execute("ROLLBACK").ok();
}

Status Transaction::commit() {
  SEMBLANCE_RETURN_IF_ERROR(database_->execute("COMMIT"));
  database_ = nullptr;
  return {};
}

}  // namespace semblance
