#include "source/table_reader.h"

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "base/file.h"
#include "source/source.h"

namespace semblance {

namespace {

// A quoted field that spans more lines than this is a quote that was never closed.
constexpr std::int64_t kMaxLinesOfAField = 200;

char most_frequent_separator(std::string_view header) {
  char best = ',';
  std::ptrdiff_t best_count = 0;
  for (const char candidate : {',', '\t', ';'}) {
    const std::ptrdiff_t count = std::count(header.begin(), header.end(), candidate);
    if (count > best_count) {
      best = candidate;
      best_count = count;
    }
  }
  return best;
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t") == std::string_view::npos;
}

}  // namespace

Result<TableReader> TableReader::open(const std::filesystem::path& path) {
  TableReader reader;
  reader.path_ = path;
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    return Error{ErrorCode::kMissingFile, system_message("cannot open", path, ENOENT)};
  }
  if (std::filesystem::is_directory(path, ignored)) {
    return Error{ErrorCode::kUnreadable, "'" + path.string() + "' is a folder, not a table"};
  }
  reader.stream_.open(path, std::ios::binary);
  if (!reader.stream_) {
    return Error{ErrorCode::kUnreadable, system_message("cannot open", path, errno)};
  }
  // Peek at the header for its separator, then read it like any record.
  std::string header;
  do {
    if (!reader.read_line(header)) {
      return Error{ErrorCode::kInvalidArgument, "'" + path.string() + "' has no header line"};
    }
  } while (is_blank(header));
  reader.separator_ = most_frequent_separator(header);
  reader.stream_.clear();
  reader.stream_.seekg(0);
  reader.line_ = 0;
  std::optional<Error> problem;
  const Result<bool> read = reader.read_record(reader.columns_, problem);
  if (!read) return read.error();
  if (!*read || problem) {
    return Error{ErrorCode::kInvalidArgument, "'" + path.string() + "' has no readable header"};
  }
  for (auto column = reader.columns_.begin(); column != reader.columns_.end(); ++column) {
    if (std::find(reader.columns_.begin(), column, *column) != column) {
      return Error{ErrorCode::kInvalidArgument,
                   "'" + path.string() + "' has two columns named '" + *column + "'"};
    }
  }
  return reader;
}

Result<std::size_t> TableReader::column(std::string_view name) const {
  const auto found = std::find(columns_.begin(), columns_.end(), name);
  if (found != columns_.end()) return static_cast<std::size_t>(found - columns_.begin());
  std::string list;
  for (const std::string& each : columns_) list += (list.empty() ? "" : ", ") + each;
  return Error{ErrorCode::kInvalidArgument, "'" + path_.string() + "' has no column '" +
                                                std::string(name) + "'; it has: " + list};
}

bool TableReader::read_line(std::string& line) {
  if (!std::getline(stream_, line)) return false;
  ++line_;
  if (!line.empty() && line.back() == '\r') line.pop_back();
  if (line_ == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
  return true;
}

Result<bool> TableReader::read_record(std::vector<std::string>& fields,
                                      std::optional<Error>& problem) {
  fields.clear();
  problem.reset();
  std::string line;
  do {
    if (!read_line(line)) {
      if (stream_.bad()) {
        return Error{ErrorCode::kUnreadable, system_message("cannot read", path_, errno)};
      }
      return false;
    }
  } while (is_blank(line));
  record_line_ = line_;
  const std::ifstream::pos_type behind_first_line =
      stream_.eof() ? std::ifstream::pos_type(-1) : stream_.tellg();

  // Only the first line of such a record is lost: reading goes on with the next one.
  const auto never_ends = [&] {
    problem = Error{ErrorCode::kBadRow, "a quoted field that begins here never ends"};
    if (behind_first_line != std::ifstream::pos_type(-1)) {
      stream_.clear();
      stream_.seekg(behind_first_line);
      line_ = record_line_;
    }
    return true;
  };

  std::string field;
  std::size_t position = 0;
  while (true) {
    field.clear();
    if (position < line.size() && line[position] == '"') {
      const std::int64_t field_line = line_;
      ++position;
      while (true) {
        if (position == line.size()) {  // the quoted text goes on in the next line
          field += '\n';
          position = 0;
          if (line_ - record_line_ < kMaxLinesOfAField && read_line(line)) continue;
          return never_ends();
        }
        if (line[position] != '"') {
          field += line[position++];
        } else if (position + 1 < line.size() && line[position + 1] == '"') {
          field += '"';
          position += 2;
        } else {
          ++position;
          break;
        }
      }
      // Text right behind what would close a field of several lines: that was the opening quote of
      // another row's field, and the rows between must not be swallowed.
      const bool closed = position == line.size() || line[position] == separator_;
      if (line_ != field_line && !closed) return never_ends();
    }
    // Unquoted text, or stray text behind a closing quote.
    const std::size_t end = std::min(line.find(separator_, position), line.size());
    field.append(line, position, end - position);
    fields.push_back(to_utf8(field));
    if (end == line.size()) return true;
    position = end + 1;
  }
}

Result<std::optional<TableReader::Row>> TableReader::next() {
  Row row;
  const Result<bool> read = read_record(row.fields, row.problem);
  if (!read) return read.error();
  if (!*read) return std::optional<Row>();
  row.line = record_line_;
  if (row.problem) return std::optional(std::move(row));
  if (row.fields.size() < columns_.size()) {
    row.problem =
        Error{ErrorCode::kBadRow, "the row has " + std::to_string(row.fields.size()) +
                                      " fields, the header " + std::to_string(columns_.size())};
    return std::optional(std::move(row));
  }
  while (row.fields.size() > columns_.size()) {
    const std::string surplus = std::move(row.fields[columns_.size()]);
    row.fields.erase(row.fields.begin() + static_cast<std::ptrdiff_t>(columns_.size()));
    row.fields[columns_.size() - 1] += separator_ + surplus;
  }
  return std::optional(std::move(row));
}

}  // namespace semblance
