#include "source/json_records.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "source/line_reader.h"
#include "source/source.h"

namespace semblance {

namespace {

constexpr std::size_t kBufferBytes = 128U << 10;
constexpr std::size_t kMaxTokenBytes = 8U << 20;
constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxRecordBytes = 1U << 20;
constexpr std::size_t kMaxRecordFields = 1000;
constexpr std::array<std::string_view, 9> kRecordLists = {
    "images", "items", "products", "photos", "data", "records", "results", "entries", "urls"};

/// The bytes of a file, one after the other, with the number of the line.
class FileBytes {
 public:
  FileBytes(FileDescriptor file, std::filesystem::path path)
      : file_(std::move(file)), path_(std::move(path)), buffer_(kBufferBytes) {
    fill();
  }

  [[nodiscard]] bool at_end() const { return next_ == end_; }
  [[nodiscard]] char current() const { return buffer_[next_]; }
  [[nodiscard]] std::int64_t line() const { return line_; }
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

  void advance() {
    if (buffer_[next_] == '\n') ++line_;
    ++token_bytes_;
    if (++next_ == end_) fill();
  }
  /// A value begins or ends here: what is read for one is limited.
  void note_event() { token_bytes_ = 0; }
  [[nodiscard]] bool token_too_long() const { return token_bytes_ > kMaxTokenBytes; }

  void skip_spaces() {
    while (!at_end() && std::string_view(" \t\r\n").find(current()) != std::string_view::npos) {
      advance();
    }
  }

 private:
  void fill() {
    next_ = end_ = 0;
    if (token_too_long()) return;
    const Result<std::size_t> count = read_some(file_.get(), buffer_.data(), buffer_.size(), path_);
    if (count) {
      end_ = *count;
    } else {
      error_ = count.error();
    }
  }

  FileDescriptor file_;
  std::filesystem::path path_;
  std::vector<char> buffer_;
  std::size_t next_ = 0;
  std::size_t end_ = 0;
  std::size_t token_bytes_ = 0;
  std::int64_t line_ = 1;
  std::optional<Error> error_;
};

/// What the JSON library wants to read from.
class ByteIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = char;

  ByteIterator() = default;  // the end
  explicit ByteIterator(FileBytes& bytes) : bytes_(&bytes) {}
  char operator*() const { return bytes_->current(); }
  ByteIterator& operator++() {
    bytes_->advance();
    return *this;
  }
  ByteIterator operator++(int) {
    ByteIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const ByteIterator& other) const { return at_end() == other.at_end(); }
  bool operator!=(const ByteIterator& other) const { return !(*this == other); }

 private:
  [[nodiscard]] bool at_end() const { return bytes_ == nullptr || bytes_->at_end(); }
  FileBytes* bytes_ = nullptr;
};

/// What an object or array that is being read is for.
enum class Purpose {
  kRoot,         // the outermost object
  kRecords,      // array of records
  kAnnotations,  // array of annotations
  kRecord,
  kAnnotation,
  kNested,  // object inside a record or annotation
  kValues,  // array inside one
  kIgnored,
};

/// Called by the JSON library for every value; false stops it.
class RecordCollector {
 public:
  using Json = nlohmann::json;

  RecordCollector(FileBytes& bytes, JsonRecordSink& sink) : bytes_(bytes), sink_(sink) {}

  /// Why reading was stopped by a limit or by the sink.
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }
  [[nodiscard]] const std::string& bad_token() const { return bad_token_; }

  bool null() {
    bytes_.note_event();
    return open_.empty() || is_list_element() ? scalar("") : true;
  }
  bool boolean(bool value) { return scalar(value ? "true" : "false"); }
  bool number_integer(Json::number_integer_t value) { return scalar(std::to_string(value)); }
  bool number_unsigned(Json::number_unsigned_t value) { return scalar(std::to_string(value)); }
  bool number_float(Json::number_float_t, const std::string& spelling) { return scalar(spelling); }
  bool binary(Json::binary_t&) { return true; }  // JSON has none

  bool string(std::string& value) {
    if (!is_list_element()) return scalar(value);
    bytes_.note_event();
    begin_record();
    add_field("url", value);
    return end_record();
  }

  bool key(std::string& name) {
    bytes_.note_event();
    open_.back().key = name;
    return true;
  }

  bool start_object(std::size_t) {
    bytes_.note_event();
    if (open_.empty()) {
      root_has_list_ = false;
      begin_record();
      return push(Purpose::kRoot, "");
    }
    switch (open_.back().purpose) {
      case Purpose::kRecords:
        begin_record();
        return push(Purpose::kRecord, "");
      case Purpose::kAnnotations:
        begin_record();
        return push(Purpose::kAnnotation, "");
      case Purpose::kIgnored:
        return push(Purpose::kIgnored, "");
      default:
        return push(Purpose::kNested, value_name());
    }
  }

  bool end_object() {
    bytes_.note_event();
    const Purpose purpose = open_.back().purpose;
    open_.pop_back();
    if (purpose == Purpose::kRecord) return end_record();
    if (purpose == Purpose::kRoot) return root_has_list_ || end_record();
    if (purpose == Purpose::kAnnotation && problem_.empty()) {
      return check(sink_.annotation(std::move(fields_)));
    }
    return true;
  }

  bool start_array(std::size_t) {
    bytes_.note_event();
    if (open_.empty()) return push(Purpose::kRecords, "");
    switch (open_.back().purpose) {
      case Purpose::kRecords:
        return bad_record() && push(Purpose::kIgnored, "");
      case Purpose::kRoot:
        return start_array_of_root();
      case Purpose::kAnnotations:
      case Purpose::kValues:  // coordinates and the like
      case Purpose::kIgnored:
        return push(Purpose::kIgnored, "");
      default:
        return push(Purpose::kValues, value_name());
    }
  }

  bool end_array() {
    bytes_.note_event();
    open_.pop_back();
    return true;
  }

  bool parse_error(std::size_t, const std::string& last_token, const Json::exception&) {
    bad_token_ = last_token;
    return false;
  }

 private:
  struct Level {
    Purpose purpose;
    std::string name;  // of what stands here, from the record on
    std::string key;   // of the value that comes next
  };

  [[nodiscard]] bool is_list_element() const {
    return !open_.empty() && open_.back().purpose == Purpose::kRecords;
  }

  /// The name of the value that comes next.
  [[nodiscard]] std::string value_name() const {
    const Level& level = open_.back();
    if (level.purpose == Purpose::kValues || level.purpose == Purpose::kIgnored) return level.name;
    return level.name.empty() ? level.key : level.name + "_" + level.key;
  }

  bool push(Purpose purpose, std::string name) {
    if (open_.size() == kMaxDepth) return stop(ErrorCode::kCorrupt, "nested too deeply");
    count_bytes(name.size());
    if (!problem_.empty()) name.clear();
    open_.push_back({purpose, std::move(name), ""});
    return true;
  }

  bool start_array_of_root() {
    const std::string& name = open_.back().key;
    const bool is_list =
        std::find(kRecordLists.begin(), kRecordLists.end(), name) != kRecordLists.end();
    if (is_list || name == "annotations") {
      root_has_list_ = true;
      return push(is_list ? Purpose::kRecords : Purpose::kAnnotations, "");
    }
    return push(root_has_list_ ? Purpose::kIgnored : Purpose::kValues, name);
  }

  bool scalar(const std::string& text) {
    bytes_.note_event();
    if (open_.empty()) return stop(ErrorCode::kCorrupt, "neither a list nor an object");
    const Purpose purpose = open_.back().purpose;
    if (purpose == Purpose::kRecords) return bad_record();
    if (purpose != Purpose::kIgnored && purpose != Purpose::kAnnotations) {
      add_field(value_name(), text);
    }
    return true;
  }

  void begin_record() {
    fields_.clear();
    problem_.clear();
    record_bytes_ = 0;
    line_ = bytes_.line();
  }

  void count_bytes(std::size_t count) {
    record_bytes_ += count;
    if (record_bytes_ > kMaxRecordBytes) problem_ = "the record holds more than 1 MiB";
  }

  void add_field(std::string name, const std::string& text) {
    count_bytes(name.size() + text.size());
    if (fields_.size() == kMaxRecordFields) problem_ = "the record has more than 1,000 values";
    if (problem_.empty() && !text.empty()) fields_.push_back({std::move(name), text});
  }

  bool end_record() {
    Attributes fields = std::exchange(fields_, {});
    return check(sink_.record(line_, std::move(fields), std::exchange(problem_, {})));
  }

  bool bad_record() {
    bytes_.note_event();
    begin_record();
    problem_ = "neither text nor an object";
    return end_record();
  }

  bool check(const Status& status) {
    if (!status && !error_) error_ = status.error();
    return status.ok();
  }

  bool stop(ErrorCode code, std::string why) {
    if (!error_) error_ = Error{code, std::move(why)};
    return false;
  }

  FileBytes& bytes_;
  JsonRecordSink& sink_;
  std::vector<Level> open_;
  bool root_has_list_ = false;
  std::int64_t line_ = 0;
  Attributes fields_;
  std::string problem_;
  std::size_t record_bytes_ = 0;
  std::optional<Error> error_;
  std::string bad_token_;
};

Error parse_failure(const std::filesystem::path& path, const FileBytes& bytes,
                    const RecordCollector& collector) {
  if (bytes.error()) return *bytes.error();
  const std::string where = "'" + to_utf8(path.native()) + "' line " + std::to_string(bytes.line());
  if (collector.error()) {
    if (collector.error()->code != ErrorCode::kCorrupt) return *collector.error();
    return {ErrorCode::kCorrupt, where + ": " + collector.error()->message};
  }
  if (bytes.token_too_long()) return {ErrorCode::kCorrupt, where + ": a value without end"};
  if (bytes.at_end())
    return {ErrorCode::kCorrupt, where + ": the JSON ends early; is the file complete?"};
  constexpr std::size_t kShown = 40;
  const std::string& token = collector.bad_token();
  const std::string shown = token.size() > kShown ? token.substr(token.size() - kShown) : token;
  return {ErrorCode::kCorrupt, where + ": not valid JSON at '" + to_utf8(shown) + "'"};
}

}  // namespace

Status read_json_records(const std::filesystem::path& path, JsonRecordSink& sink) {
  Result<FileDescriptor> file = open_regular_file(path);
  if (!file) return file.error();
  FileBytes bytes(*std::move(file), path);
  RecordCollector collector(bytes, sink);
  try {
    do {
      const bool parsed =
          nlohmann::json::sax_parse(ByteIterator(bytes), ByteIterator(), &collector,
                                    nlohmann::json::input_format_t::json, /*strict=*/false);
      if (!parsed) return parse_failure(path, bytes, collector);
      bytes.skip_spaces();
    } while (!bytes.at_end());
  } catch (const std::exception& exception) {
    return Error{ErrorCode::kCorrupt,
                 "'" + to_utf8(path.native()) + "': cannot be read as JSON: " + exception.what()};
  }
  if (bytes.error()) return *bytes.error();
  return {};
}

}  // namespace semblance
