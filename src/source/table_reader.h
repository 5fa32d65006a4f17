#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "source/line_reader.h"

namespace semblance {

/// Reads a CSV or TSV file with a header line, one row at a time in flat memory: RFC 4180 quoting,
/// lines ending in LF, CRLF or CR, an optional UTF-8 byte-order mark; the separator (comma,
/// semicolon, tab, bar) is told from the header. Blank lines, and lines of nothing but separators,
/// are ignored.
/// Repairs are made where the meaning is certain: a row with more fields than the header either
/// ends in empty ones, which are dropped, or got an unquoted separator in its last column, so that
/// the surplus is joined to it again. A quote that is never closed costs its own line only.
class TableReader {
 public:
  struct Row {
    std::int64_t line = 0;            ///< 1 is the first line of the file
    std::vector<std::string> fields;  ///< UTF-8; as many as the header has, or there is a problem
    std::vector<std::string> bytes;   ///< the fields as the file has them, where that is not UTF-8
    bool joined = false;              ///< surplus fields were joined to the last column
    std::optional<Error> problem;     ///< kBadRow: too few fields, or a quote that never ends
  };

  /// Errors: kMissingFile, kUnreadable, kInvalidArgument (no header, a column name twice, UTF-16).
  static Result<TableReader> open(const std::filesystem::path& path,
                                  std::optional<char> separator = std::nullopt);

  /// Without spaces around them; one without a name is "column_N", N from 1.
  [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }
  /// Index of a column. Errors: kInvalidArgument, naming the columns there are.
  [[nodiscard]] Result<std::size_t> column(std::string_view name) const;

  /// The next row, or nothing at the end. Errors: kUnreadable.
  Result<std::optional<Row>> next();

 private:
  explicit TableReader(LineReader lines) : lines_(std::move(lines)) {}
  Status read_header(std::optional<char> separator);
  /// Reads one record (which may span lines) into `row`. False at the end of the file.
  Result<bool> read_record(Row& row);
  Result<bool> read_rest(Row& row, class RecordSplitter& splitter);
  Status give_up(Row& row, const std::string& reason);
  [[nodiscard]] bool is_blank(std::string_view line) const;
  void fit_to_header(Row& row) const;

  std::filesystem::path path_;
  LineReader lines_;
  LineReader::Line line_;                     // the last one read
  std::vector<LineReader::Line> more_lines_;  // of a record that spans lines, without the first
  char separator_ = ',';
  std::vector<std::string> columns_;
};

}  // namespace semblance
