#include "source/open_source.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <optional>
#include <utility>

#include "source/address_list_source.h"
#include "source/feed_source.h"
#include "source/folder_source.h"
#include "source/json_source.h"
#include "source/line_reader.h"
#include "source/photo_finder.h"
#include "source/table_source.h"
#include "source/web_address.h"

namespace semblance {

namespace {

namespace fs = std::filesystem;

enum class Kind { kFolder, kTable, kTsv, kFeed, kTableFeed, kAddresses, kJson };

constexpr std::string_view kFormats = "folder, csv, tsv, feed, urls, json";

Error refusal(const fs::path& path, const std::string& why) {
  return {ErrorCode::kInvalidArgument, "'" + to_utf8(path.native()) + "' " + why};
}

std::string ending_of(const fs::path& path) {
  std::string ending = path.extension().native();
  for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return ending;
}

/// The first bytes of a file, without byte-order mark and spaces.
Result<std::string> beginning_of(const fs::path& path) {
  Result<FileDescriptor> file = open_regular_file(path);
  if (!file) return file.error();
  std::string bytes(16U << 10, '\0');
  const Result<std::size_t> count = read_some(file->get(), bytes.data(), bytes.size(), path);
  if (!count) return count.error();
  bytes.resize(*count);
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.erase(0, 3);
  bytes.erase(0, bytes.find_first_not_of(" \t\r\n"));
  return bytes;
}

/// The first line that is no comment of a list of addresses.
std::string_view first_line(std::string_view text) {
  while (text.starts_with('#')) {
    const std::size_t end = text.find_first_of("\r\n");
    const std::size_t next = text.find_first_not_of(" \t\r\n", end);
    text = next == std::string_view::npos ? std::string_view() : text.substr(next);
  }
  return text.substr(0, text.find_first_of("\r\n"));
}

bool is_xml(std::string_view bytes) {
  // UTF-16 XML begins with a byte-order mark, which tables in UTF-16 have as well.
  const bool wide = bytes.starts_with(std::string_view("\xFF\xFE<\0", 4)) ||
                    bytes.starts_with(std::string_view("\xFE\xFF\0<", 4));
  return bytes.starts_with('<') || wide;
}

/// What cannot be a source, recognised so that the message can say what to do.
std::optional<Error> known_refusal(const fs::path& path, std::string_view bytes) {
  if (bytes.starts_with("\x1F\x8B")) return refusal(path, "is compressed; unpack it first");
  if (bytes.starts_with("PK\x03\x04")) {
    return refusal(path, "is a ZIP file or a spreadsheet; unpack it, or save it as CSV");
  }
  if (has_image_ending(path.native())) {
    return refusal(path, "is a photo; name the folder that it is in");
  }
  if (bytes.empty()) return refusal(path, "is empty");
  return std::nullopt;
}

Result<Kind> tell_kind(const fs::path& path) {
  const Result<std::string> bytes = beginning_of(path);
  if (!bytes) return bytes.error();
  if (const auto refused = known_refusal(path, *bytes)) return *refused;
  if (is_xml(*bytes)) return Kind::kFeed;
  const std::string ending = ending_of(path);
  if (ending == ".tsv" || ending == ".tab") return Kind::kTsv;
  if (ending == ".csv") return Kind::kTable;
  if (bytes->starts_with('[') || bytes->starts_with('{')) return Kind::kJson;
  const std::string_view line = first_line(*bytes);
  if (is_web_address(line)) return Kind::kAddresses;
  if (line.find_first_of(",;\t|") != std::string_view::npos) return Kind::kTable;
  return refusal(path, "is no source that is known; say what it is with --format (" +
                           std::string(kFormats) + ")");
}

Result<Kind> named_kind(const std::string& format, const fs::path& path) {
  if (format == "folder") return Kind::kFolder;
  if (format == "csv") return Kind::kTable;
  if (format == "tsv") return Kind::kTsv;
  if (format == "urls") return Kind::kAddresses;
  if (format == "json") return Kind::kJson;
  if (format != "feed") {
    return Error{ErrorCode::kInvalidArgument,
                 "there is no format '" + format + "'; there are: " + std::string(kFormats)};
  }
  const Result<std::string> bytes = beginning_of(path);
  if (!bytes) return bytes.error();
  return is_xml(*bytes) ? Kind::kFeed : Kind::kTableFeed;
}

Result<Kind> kind_of(const std::string& argument, const SourceOptions& options) {
  if (is_web_address(argument)) {
    return Error{ErrorCode::kInvalidArgument,
                 "'" + argument +
                     "' is an address; download it first, or write the addresses of "
                     "photos into a file, one a line"};
  }
  const fs::path path(argument);
  std::error_code code;
  const fs::file_status status = fs::status(path, code);
  if (!fs::exists(status)) {
    return Error{ErrorCode::kNotFound, "there is no file or folder '" + to_utf8(argument) + "'"};
  }
  const bool is_folder = fs::is_directory(status);
  if (options.format.empty()) return is_folder ? Result<Kind>(Kind::kFolder) : tell_kind(path);
  if (is_folder && options.format != "folder") return refusal(path, "is a folder");
  if (!is_folder && options.format == "folder") return refusal(path, "is not a folder");
  return named_kind(options.format, path);
}

Result<std::unique_ptr<Source>> open_as(Kind kind, const fs::path& path,
                                        const SourceOptions& options,
                                        const std::string& id_prefix) {
  const bool has_attributes = kind != Kind::kFolder && kind != Kind::kAddresses;
  if (!options.where.empty() && !has_attributes) {
    return refusal(path, "has no attributes that --where could ask for");
  }
  switch (kind) {
    case Kind::kFolder:
      return open_folder_source(path, id_prefix, {options.excludes, options.left_out});
    case Kind::kTable:
      return open_table_source(path, options, TableKind::kAny);
    case Kind::kTsv:
      return open_table_source(path, options, TableKind::kTsv);
    case Kind::kTableFeed:
      return open_table_source(path, options, TableKind::kFeed);
    case Kind::kFeed:
      return open_feed_source(path, options);
    case Kind::kAddresses:
      return open_address_list_source(path);
    case Kind::kJson:
      return open_json_source(path, options);
  }
  return refusal(path, "is no source");
}

/// "shoes/" for the folder .../shoes, whatever way it is named.
std::string prefix_of(const fs::path& folder) {
  std::error_code ignored;
  return to_utf8(fs::canonical(folder, ignored).filename().native()) + "/";
}

/// Ids begin with the folder's name where there are several.
Status check_prefixes(const std::vector<std::string>& prefixes) {
  for (std::size_t i = 0; i < prefixes.size(); ++i) {
    if (prefixes[i].empty()) continue;
    if (std::count(prefixes.begin(), prefixes.begin() + static_cast<std::ptrdiff_t>(i),
                   prefixes[i]) == 0) {
      continue;
    }
    return Error{ErrorCode::kInvalidArgument,
                 "two of the folders are called '" + prefixes[i].substr(0, prefixes[i].size() - 1) +
                     "', so their photos would have the same ids; sync the folder that both are "
                     "in, or rename one"};
  }
  return {};
}

Status check_options(const std::vector<Kind>& kinds, const SourceOptions& options) {
  const auto any_folder = std::count(kinds.begin(), kinds.end(), Kind::kFolder) > 0;
  const auto any_records = std::any_of(kinds.begin(), kinds.end(), [](Kind kind) {
    return kind != Kind::kFolder && kind != Kind::kAddresses;
  });
  const auto useless = [](const char* option, const char* needed) {
    return Error{ErrorCode::kInvalidArgument, std::string(option) + " needs " + needed};
  };
  constexpr const char* kRecords = "a table, feed or JSON list as source";
  if (!options.excludes.empty() && !any_folder) return useless("--exclude", "a folder as source");
  if (!options.id_column.empty() && !any_records) return useless("--id-column", kRecords);
  if (!options.image_column.empty() && !any_records) return useless("--image-column", kRecords);
  if (options.images && !any_records) return useless("--images", kRecords);
  return {};
}

class SourceChain : public Source {
 public:
  explicit SourceChain(std::vector<std::unique_ptr<Source>> sources)
      : sources_(std::move(sources)) {}

  Result<std::optional<SourceEntry>> next() override {
    for (; current_ < sources_.size(); ++current_) {
      Result<std::optional<SourceEntry>> entry = sources_[current_]->next();
      if (!entry || *entry) return entry;
      sources_[current_].reset();  // with the memory and files that it holds
    }
    return std::optional<SourceEntry>();
  }

 private:
  std::vector<std::unique_ptr<Source>> sources_;
  std::size_t current_ = 0;
};

}  // namespace

Result<std::unique_ptr<Source>> open_source(const std::string& argument,
                                            const SourceOptions& options,
                                            const std::string& id_prefix) {
  const Result<Kind> kind = kind_of(argument, options);
  if (!kind) return kind.error();
  return open_as(*kind, argument, options, id_prefix);
}

Result<std::unique_ptr<Source>> open_sources(const std::vector<std::string>& arguments,
                                             const SourceOptions& options) {
  if (arguments.empty()) return Error{ErrorCode::kInvalidArgument, "there is no source"};
  std::vector<Kind> kinds;
  for (const std::string& argument : arguments) {
    const Result<Kind> kind = kind_of(argument, options);
    if (!kind) return kind.error();
    kinds.push_back(*kind);
  }
  SEMBLANCE_RETURN_IF_ERROR(check_options(kinds, options));
  std::vector<std::string> prefixes(arguments.size());
  for (std::size_t i = 0; i < arguments.size() && arguments.size() > 1; ++i) {
    if (kinds[i] == Kind::kFolder) prefixes[i] = prefix_of(arguments[i]);
  }
  SEMBLANCE_RETURN_IF_ERROR(check_prefixes(prefixes));
  std::vector<std::unique_ptr<Source>> sources;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    Result<std::unique_ptr<Source>> source = open_as(kinds[i], arguments[i], options, prefixes[i]);
    if (!source) return source.error();
    sources.push_back(*std::move(source));
  }
  if (sources.size() == 1) return std::move(sources.front());
  return std::unique_ptr<Source>(std::make_unique<SourceChain>(std::move(sources)));
}

}  // namespace semblance
