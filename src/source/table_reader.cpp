#include "source/table_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "source/source.h"

namespace semblance {

namespace {

// A quoted field that spans more than this is a quote that was never closed.
constexpr std::size_t kMaxLinesOfARecord = 200;
constexpr std::size_t kMaxBytesOfARecord = LineReader::kMaxLineBytes;

char most_frequent_separator(std::string_view header) {
  constexpr std::string_view kCandidates = ",\t;|";
  std::array<int, kCandidates.size()> counts{};
  bool quoted = false;
  for (const char character : header) {
    if (character == '"') quoted = !quoted;
    const std::size_t candidate = kCandidates.find(character);
    if (!quoted && candidate != std::string_view::npos) ++counts[candidate];
  }
  return kCandidates[std::max_element(counts.begin(), counts.end()) - counts.begin()];
}

std::string trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

std::string fields_against_columns(std::size_t fields, std::size_t columns) {
  return "the row has " + std::to_string(fields) + (fields == 1 ? " field" : " fields") +
         ", the header " + std::to_string(columns);
}

}  // namespace

/// Splits the lines of one record into fields.
class RecordSplitter {
 public:
  RecordSplitter(std::vector<std::string>& fields, char separator)
      : fields_(fields), separator_(separator) {}

  /// False when a quoted field goes on in the next line.
  bool add_line(std::string_view line) {
    while (true) {
      if (!in_quotes_ && !line.empty() && line.front() == '"') {
        in_quotes_ = true;
        line.remove_prefix(1);
      }
      if (in_quotes_ && !take_quoted(line)) return false;
      // Unquoted text, or stray text behind a closing quote.
      const std::size_t end = std::min(line.find(separator_), line.size());
      has_stray_text_ = has_stray_text_ || (closed_quote_ && end > 0);
      field_.append(line.substr(0, end));
      fields_.push_back(std::exchange(field_, {}));
      closed_quote_ = false;
      if (end == line.size()) return true;
      line.remove_prefix(end + 1);
    }
  }

  [[nodiscard]] bool has_stray_text() const { return has_stray_text_; }
  [[nodiscard]] std::size_t open_bytes() const { return field_.size(); }

 private:
  /// Takes quoted text with its closing quote. False when the line ends before that.
  bool take_quoted(std::string_view& line) {
    while (true) {
      const std::size_t quote = line.find('"');
      if (quote == std::string_view::npos) {
        field_.append(line);
        field_ += '\n';
        return false;
      }
      field_.append(line.substr(0, quote));
      line.remove_prefix(quote + 1);
      if (!line.starts_with('"')) break;
      field_ += '"';
      line.remove_prefix(1);
    }
    in_quotes_ = false;
    closed_quote_ = true;
    return true;
  }

  std::vector<std::string>& fields_;
  char separator_;
  std::string field_;
  bool in_quotes_ = false;
  bool closed_quote_ = false;    // in the field being read
  bool has_stray_text_ = false;  // behind a closing quote, in any field
};

Result<TableReader> TableReader::open(const std::filesystem::path& path,
                                      std::optional<char> separator) {
  Result<LineReader> lines = LineReader::open(path);
  if (!lines) return lines.error();
  TableReader reader(*std::move(lines));
  reader.path_ = path;
  SEMBLANCE_RETURN_IF_ERROR(reader.read_header(separator));
  return reader;
}

Status TableReader::read_header(std::optional<char> separator) {
  const auto fail = [&](const std::string& what) {
    return Error{ErrorCode::kInvalidArgument, "'" + path_.string() + "' " + what};
  };
  // Look at the header for its separator, then read it like any record.
  do {
    const Result<bool> found = lines_.next(line_);
    if (!found) return found.error();
    if (!*found) return fail("has no header line");
  } while (line_.text.find_first_not_of(" \t") == std::string::npos);
  separator_ = separator.value_or(most_frequent_separator(line_.text));
  lines_.unread({line_});
  Row header;
  const Result<bool> read = read_record(header);
  if (!read) return read.error();
  if (!*read || header.problem) return fail("has no readable header");
  columns_ = std::move(header.fields);
  for (std::string& name : columns_) name = trimmed(name);
  while (columns_.size() > 1 && columns_.back().empty()) columns_.pop_back();
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].empty()) columns_[i] = "column_" + std::to_string(i + 1);
    const auto here = columns_.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find(columns_.begin(), here, *here) != here) {
      return fail("has two columns named '" + *here + "'");
    }
  }
  return {};
}

Result<std::size_t> TableReader::column(std::string_view name) const {
  const auto found = std::find(columns_.begin(), columns_.end(), name);
  if (found != columns_.end()) return static_cast<std::size_t>(found - columns_.begin());
  std::string list;
  for (const std::string& each : columns_) list += (list.empty() ? "" : ", ") + each;
  return Error{ErrorCode::kInvalidArgument, "'" + path_.string() + "' has no column '" +
                                                std::string(name) + "'; it has: " + list};
}

bool TableReader::is_blank(std::string_view line) const {
  return std::all_of(line.begin(), line.end(), [&](char character) {
    return character == ' ' || character == '\t' || character == separator_;
  });
}

Result<bool> TableReader::read_record(Row& row) {
  do {
    const Result<bool> found = lines_.next(line_);
    if (!found) return found.error();
    if (!*found) return false;
  } while (is_blank(line_.text));
  row.line = line_.number;
  row.fields.reserve(columns_.size() + 1);
  more_lines_.clear();
  RecordSplitter splitter(row.fields, separator_);
  if (!splitter.add_line(line_.text)) {
    const Result<bool> complete = read_rest(row, splitter);
    if (!complete) return complete.error();
    if (!*complete) {
      SEMBLANCE_RETURN_IF_ERROR(give_up(row, "a quoted field that begins here never ends"));
    }
  }
  if (line_.cut) {
    row.problem = Error{ErrorCode::kBadRow, "the line is longer than 4 MiB"};
  } else if (line_.text.find('\0') != std::string::npos) {
    row.problem = Error{ErrorCode::kBadRow, "the row holds a zero byte: not text"};
  }
  const bool all_utf8 = std::all_of(row.fields.begin(), row.fields.end(), is_utf8);
  if (all_utf8) return true;
  row.bytes = row.fields;
  for (std::string& field : row.fields) field = to_utf8(field);
  return true;
}

/// Reads the lines in which a quoted field goes on. False when they do not make a sound row, which
/// means that the quote was none: text with a stray quote at its beginning, such as inches.
Result<bool> TableReader::read_rest(Row& row, RecordSplitter& splitter) {
  while (more_lines_.size() < kMaxLinesOfARecord && splitter.open_bytes() < kMaxBytesOfARecord) {
    LineReader::Line line;
    const Result<bool> found = lines_.next(line);
    if (!found) return found.error();
    if (!*found) return false;
    more_lines_.push_back(std::move(line));
    const bool complete = splitter.add_line(more_lines_.back().text);
    if (splitter.has_stray_text()) return false;
    if (complete) return columns_.empty() || row.fields.size() == columns_.size();
  }
  return false;
}

/// Only the first line is lost: what was read behind it is read again.
Status TableReader::give_up(Row& row, const std::string& reason) {
  lines_.unread(std::exchange(more_lines_, {}));
  const std::size_t quote = std::string_view(line_.text).find('"');
  // What stands before the quote is sound: it names the row in messages.
  const std::string_view sound = std::string_view(line_.text).substr(0, quote);
  row.fields.clear();
  RecordSplitter(row.fields, separator_).add_line(sound);
  row.problem = Error{ErrorCode::kBadRow, reason};
  return {};
}

void TableReader::fit_to_header(Row& row) const {
  std::vector<std::string>& fields = row.fields;
  const std::size_t wanted = columns_.size();
  if (fields.size() < wanted) {
    row.problem = Error{ErrorCode::kBadRow, fields_against_columns(fields.size(), wanted)};
  }
  if (fields.size() <= wanted) return;
  const auto surplus = fields.begin() + static_cast<std::ptrdiff_t>(wanted);
  row.joined = std::any_of(surplus, fields.end(), [](const auto& field) { return !field.empty(); });
  for (std::vector<std::string>* each : {&row.fields, &row.bytes}) {
    if (each->empty()) continue;
    for (std::size_t i = wanted; row.joined && i < each->size(); ++i) {
      (*each)[wanted - 1] += separator_ + (*each)[i];
    }
    each->resize(wanted);
  }
}

Result<std::optional<TableReader::Row>> TableReader::next() {
  Row row;
  const Result<bool> read = read_record(row);
  if (!read) return read.error();
  if (!*read) return std::optional<Row>();
  if (!row.problem) fit_to_header(row);
  return std::optional(std::move(row));
}

}  // namespace semblance
