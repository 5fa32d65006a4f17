#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace semblance {

/// Reads a CSV or TSV file with a header line, one row at a time in flat memory: RFC 4180 quoting,
/// lines ending in LF or CRLF, an optional UTF-8 byte-order mark; the separator (comma, semicolon,
/// tab) is told from the header. Blank lines are ignored.
/// One repair is made because its meaning is certain: a row with more fields than the header got an
/// unquoted separator in its last column, so the surplus is joined to it again.
class TableReader {
 public:
  struct Row {
    std::int64_t line = 0;            ///< 1 is the header
    std::vector<std::string> fields;  ///< as many as the header has, unless there is a problem
    std::optional<Error> problem;     ///< kBadRow: too few fields, or a quote that never ends
  };

  /// Errors: kMissingFile, kUnreadable, kInvalidArgument (no header, a column name twice).
  static Result<TableReader> open(const std::filesystem::path& path);

  [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }
  /// Index of a column. Errors: kInvalidArgument, naming the columns there are.
  [[nodiscard]] Result<std::size_t> column(std::string_view name) const;

  /// The next row, or nothing at the end. Errors: kUnreadable.
  Result<std::optional<Row>> next();

 private:
  /// Reads one record (which may span lines) into `fields`. False at the end of the file.
  Result<bool> read_record(std::vector<std::string>& fields, std::optional<Error>& problem);
  bool read_line(std::string& line);

  std::filesystem::path path_;
  std::ifstream stream_;
  char separator_ = ',';
  std::int64_t line_ = 0;         // of the last line read
  std::int64_t record_line_ = 0;  // where the last record began
  std::vector<std::string> columns_;
};

}  // namespace semblance
