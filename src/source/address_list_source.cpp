#include "source/address_list_source.h"

#include <optional>
#include <string>
#include <utility>

#include "source/line_reader.h"
#include "source/web_address.h"

namespace semblance {

namespace {

constexpr std::size_t kMaxAddressBytes = 4096;  // more than servers take

/// The line without spaces around it; empty for a comment.
std::string_view content_of(const LineReader::Line& line) {
  const std::string_view text = line.text;
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos || text[first] == '#') return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

bool is_usable(std::string_view content) {
  return content.size() <= kMaxAddressBytes && is_web_address(content);
}

class AddressListSource : public Source {
 public:
  AddressListSource(LineReader lines, AddressIds ids, std::string name)
      : lines_(std::move(lines)), ids_(std::move(ids)), name_(std::move(name)) {}

  Result<std::optional<SourceEntry>> next() override {
    LineReader::Line line;
    while (true) {
      const Result<bool> found = lines_.next(line);
      if (!found) return found.error();
      if (!*found) return std::optional<SourceEntry>();
      if (const std::string_view content = content_of(line); !content.empty()) {
        return std::optional(entry_for(content, line.number));
      }
    }
  }

 private:
  [[nodiscard]] SourceEntry entry_for(std::string_view content, std::int64_t line) const {
    SourceEntry entry;
    entry.place = name_ + ':' + std::to_string(line);
    if (is_usable(content)) {
      entry.url = clean_web_address(content);
      entry.id = ids_.id_of(entry.url);
      return entry;
    }
    entry.id = to_utf8(content.substr(0, kShownBytes));
    entry.problem = Error{ErrorCode::kBadRow, content.size() > kMaxAddressBytes
                                                  ? "the address is longer than 4,096 bytes"
                                                  : "not an http or https address"};
    return entry;
  }

  static constexpr std::size_t kShownBytes = 200;

  LineReader lines_;
  AddressIds ids_;
  std::string name_;  // of the file, for messages
};

}  // namespace

Result<std::unique_ptr<Source>> open_address_list_source(const std::filesystem::path& file) {
  Result<LineReader> lines = LineReader::open(file);
  if (!lines) return lines.error();
  AddressIds ids;
  LineReader::Line line;
  while (true) {
    const Result<bool> found = lines->next(line);
    if (!found) return found.error();
    if (!*found) break;
    const std::string_view content = content_of(line);
    if (is_usable(content)) ids.add(clean_web_address(content));
  }
  ids.freeze();
  Result<LineReader> again = LineReader::open(file);
  if (!again) return again.error();
  return std::unique_ptr<Source>(std::make_unique<AddressListSource>(
      *std::move(again), std::move(ids), to_utf8(file.native())));
}

}  // namespace semblance
