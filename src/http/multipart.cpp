#include "http/multipart.h"

#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "http/ascii.h"

namespace semblance::http {

namespace {

constexpr std::string_view kForm = "multipart/form-data";

/// RFC 2046, 5.1.1.
constexpr std::size_t kMaxBoundaryLength = 70;

constexpr std::string_view kUnfinished = "the form ends before its last boundary";

Error fault(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

/// `value; name=token; name="quoted"`, as Content-Type and Content-Disposition have it.
struct Parameters {
  std::string_view value;
  std::vector<std::pair<std::string_view, std::string>> parameters;

  [[nodiscard]] const std::string* find(std::string_view name) const {
    const auto found = std::find_if(parameters.begin(), parameters.end(), [&](const auto& one) {
      return equal_ignoring_case(one.first, name);
    });
    return found == parameters.end() ? nullptr : &found->second;
  }
};

/// Reads a quoted string from behind its first quote; `text` keeps what is behind the last one.
std::optional<std::string> take_quoted(std::string_view& text) {
  std::string value;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return value;
    }
    // Other backslashes stand for themselves, as in the paths that some browsers send.
    const bool escapes =
        text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\');
    if (escapes) ++i;
    value += text[i];
  }
  return std::nullopt;
}

std::optional<Parameters> parse_parameters(std::string_view text) {
  Parameters parsed;
  std::size_t end = std::min(text.find(';'), text.size());
  parsed.value = trimmed(text.substr(0, end));
  text.remove_prefix(end);
  while (!text.empty()) {
    text = trimmed(text.substr(1));  // without the ';'
    if (text.empty()) break;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view name = trimmed(text.substr(0, equals));
    if (!is_token(name)) return std::nullopt;
    text = trimmed(text.substr(equals + 1));
    if (!text.empty() && text.front() == '"') {
      text.remove_prefix(1);
      std::optional<std::string> value = take_quoted(text);
      if (!value) return std::nullopt;
      parsed.parameters.emplace_back(name, *std::move(value));
      text = trimmed(text);
      if (!text.empty() && text.front() != ';') return std::nullopt;
    } else {
      end = std::min(text.find(';'), text.size());
      parsed.parameters.emplace_back(name, trimmed(text.substr(0, end)));
      text.remove_prefix(end);
    }
  }
  return parsed;
}

Result<std::string> boundary_of(std::string_view content_type) {
  const std::optional<Parameters> type = parse_parameters(content_type);
  if (!type || !equal_ignoring_case(type->value, kForm)) {
    return fault("the body is not multipart/form-data");
  }
  const std::string* boundary = type->find("boundary");
  if (boundary == nullptr || boundary->empty() || boundary->size() > kMaxBoundaryLength) {
    return fault("multipart/form-data needs a boundary of 1 to 70 characters");
  }
  return *boundary;
}

bool is_text(std::string_view text) {
  return is_utf8(text) && text.find('\0') == std::string_view::npos;
}

Status read_field(std::string_view line, Part& part, bool& is_named) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    return fault("a part of the form has a line that is no header field");
  }
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (equal_ignoring_case(name, "Content-Type")) part.content_type = to_utf8(value);
  if (!equal_ignoring_case(name, "Content-Disposition")) return {};
  const std::optional<Parameters> disposition = parse_parameters(value);
  if (!disposition || !equal_ignoring_case(disposition->value, "form-data")) {
    return fault("the Content-Disposition of a part of the form cannot be read");
  }
  const std::string* field_name = disposition->find("name");
  if (is_named || field_name == nullptr || !is_text(*field_name)) {
    return fault("a part of the form needs one name, which must be UTF-8");
  }
  part.name = *field_name;
  is_named = true;
  if (const std::string* filename = disposition->find("filename")) {
    part.filename = to_utf8(*filename);
  }
  return {};
}

/// Moves `body` behind the rest of a boundary's line. True where the boundary was the last one,
/// nothing where the line goes on with something else, so that it is none.
std::optional<bool> take_boundary_end(std::string_view& body) {
  const bool is_last = body.substr(0, 2) == "--";
  std::string_view rest = body.substr(is_last ? 2 : 0);
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  if (is_last && rest.empty()) {
    body = {};
    return true;
  }
  if (rest.substr(0, 2) != "\r\n") return std::nullopt;
  body = rest.substr(2);
  return is_last;
}

/// The bytes before the next boundary's line; `body` goes on behind it.
std::optional<std::string_view> take_content(std::string_view& body, std::string_view delimiter,
                                             bool& is_last) {
  const std::string_view all = body;
  std::size_t at = all.find(delimiter);
  while (at != std::string_view::npos) {
    std::string_view rest = all.substr(at + delimiter.size());
    if (const std::optional<bool> last = take_boundary_end(rest)) {
      is_last = *last;
      body = rest;
      return all.substr(0, at);
    }
    at = all.find(delimiter, at + 1);
  }
  return std::nullopt;
}

/// Reads the fields of one part; `body` goes on with its content.
Result<Part> take_fields(std::string_view& body, const MultipartLimits& limits) {
  const std::string_view searched = body.substr(0, limits.max_header_bytes);
  const std::size_t end = searched.find("\r\n\r\n");
  if (end == std::string_view::npos && searched.size() < body.size()) {
    return Error{ErrorCode::kTooLarge, "a part of the form has too long header fields"};
  }
  if (end == std::string_view::npos) return fault(std::string(kUnfinished));
  Part part;
  part.content_type = "text/plain";
  bool is_named = false;
  std::string_view lines = body.substr(0, end + 2);
  while (!lines.empty()) {
    const std::size_t line_end = lines.find("\r\n");
    SEMBLANCE_RETURN_IF_ERROR(read_field(lines.substr(0, line_end), part, is_named));
    lines.remove_prefix(line_end + 2);
  }
  if (!is_named) return fault("a part of the form has no name");
  body.remove_prefix(end + 4);
  return part;
}

/// Moves `body` behind the first boundary, which may be its first line, without a line's end before
/// it. Nothing where there is none.
std::optional<bool> take_first_boundary(std::string_view& body, std::string_view delimiter) {
  const std::string_view line = delimiter.substr(2);
  if (body.substr(0, line.size()) == line) {
    std::string_view rest = body.substr(line.size());
    if (const std::optional<bool> is_last = take_boundary_end(rest)) {
      body = rest;
      return is_last;
    }
  }
  bool is_last = false;
  if (!take_content(body, delimiter, is_last)) return std::nullopt;
  return is_last;
}

}  // namespace

bool is_multipart_form(std::string_view content_type) {
  return equal_ignoring_case(trimmed(content_type.substr(0, content_type.find(';'))), kForm);
}

Result<std::vector<Part>> parse_multipart(std::string_view content_type, std::string_view body,
                                          const MultipartLimits& limits) {
  const Result<std::string> boundary = boundary_of(content_type);
  if (!boundary) return boundary.error();
  const std::string delimiter = "\r\n--" + *boundary;
  const std::optional<bool> begins = take_first_boundary(body, delimiter);
  if (!begins) return fault("the form does not have its boundary");
  std::vector<Part> parts;
  bool is_last = *begins;
  while (!is_last) {
    if (parts.size() == limits.max_parts) {
      return Error{ErrorCode::kTooLarge,
                   "the form has more than " + std::to_string(limits.max_parts) + " parts"};
    }
    Result<Part> part = take_fields(body, limits);
    if (!part) return part.error();
    const std::optional<std::string_view> content = take_content(body, delimiter, is_last);
    if (!content) return fault(std::string(kUnfinished));
    part->bytes = *content;
    parts.push_back(*std::move(part));
  }
  return parts;
}

}  // namespace semblance::http
