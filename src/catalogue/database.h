#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace semblance {

/// A prepared SQL statement. Bind from 1, step, read columns from 0, reset to use it again.
/// Binding errors show in the next step. Not thread-safe.
class Statement {
 public:
  Statement() = default;

  Statement& bind(int index, std::int64_t value);
  Statement& bind(int index, double value);
  Statement& bind(int index, std::string_view text);
  Statement& bind(int index, std::span<const std::uint8_t> blob);
  Statement& bind_null(int index);
  template <typename T>
  Statement& bind(int index, const std::optional<T>& value) {
    return value ? bind(index, *value) : bind_null(index);
  }

  /// True when there is a row to read, false at the end.
  Result<bool> step();
  /// Steps to the end, ignoring rows, and resets.
  Status run();
  void reset();

  [[nodiscard]] bool is_prepared() const { return statement_ != nullptr; }
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::string text(int column) const;
  /// Valid until the next step or reset.
  [[nodiscard]] std::string_view text_view(int column) const;
  [[nodiscard]] std::span<const std::uint8_t> blob(int column) const;
  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] bool is_text(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// A connection to an SQLite database in WAL mode. Use one a thread. Errors of all that runs SQL:
/// kIo, kCorrupt, kConflict (locked by another connection for too long; a constraint of the
/// schema).
class Database {
 public:
  enum class Mode { kRead, kWrite, kUntrusted };

  /// kWrite creates the file where it is missing. kRead never changes it. kUntrusted is for a file
  /// from anywhere, which is only read, by SQLite at its most careful: no triggers, views or
  /// functions of its schema are run. Errors: kMissingFile, kIo, kCorrupt (not an SQLite file).
  static Result<Database> open(const std::filesystem::path& path, Mode mode);

  Result<Statement> prepare(std::string_view sql) const;
  /// Runs one or more statements without parameters or results.
  Status execute(const std::string& sql) const;
  /// The first column of the first row of `sql` as a number. Errors: kNotFound without a row.
  Result<std::int64_t> integer(std::string_view sql) const;

  /// Writes the database as it stands, one consistent state whatever other connections do, into a
  /// new file, which is no WAL database and not yet durable. Errors: kIo, kCorrupt.
  Status copy_to(const std::filesystem::path& path) const;

  [[nodiscard]] std::int64_t last_insert_key() const;
  /// Rows changed by the last statement.
  [[nodiscard]] std::int64_t changes() const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  static Result<Database> open_untrusted(const std::filesystem::path& path);
  explicit Database(sqlite3* handle) : handle_(handle) {}
  std::unique_ptr<sqlite3, Close> handle_;
};

/// BEGIN IMMEDIATE (or a plain BEGIN for reading one consistent state); rolled back on destruction
/// unless committed.
class Transaction {
 public:
  static Result<Transaction> begin(const Database& database);
  static Result<Transaction> begin_read(const Database& database);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  Status commit();

 private:
  explicit Transaction(const Database& database) : database_(&database) {}
  const Database* database_;
};

}  // namespace semblance
