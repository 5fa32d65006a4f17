#include "http/target.h"

#include <optional>

#include "base/utf8.h"
#include "http/ascii.h"

namespace semblance::http {

namespace {

Error fault(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = lower_case(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

Result<std::string> decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
      if (low < 0) return fault("a '%' in the address is not followed by two hexadecimal digits");
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  if (decoded.find('\0') != std::string::npos) return fault("the address has a NUL");
  if (!is_utf8(decoded)) return fault("the address is not UTF-8");
  return decoded;
}

/// The part before the first `mark`; `text` keeps what is after it, or becomes nothing.
std::string_view take_until(std::optional<std::string_view>& text, char mark) {
  const std::string_view all = *text;
  const std::size_t at = all.find(mark);
  text = at == std::string_view::npos ? std::nullopt : std::optional(all.substr(at + 1));
  return all.substr(0, at);
}

/// Path and query without the scheme and the host that a client of a proxy sends.
std::string_view without_host(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!equal_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    const std::size_t end = target.find_first_of("/?", scheme.size());
    return end == std::string_view::npos ? "/" : target.substr(end);
  }
  return target;
}

Status parse_path(std::string_view path, Target& parsed) {
  if (path == "/") return {};
  std::optional<std::string_view> left = path.substr(1);
  while (left) {
    Result<std::string> segment = decode(take_until(left, '/'), false);
    if (!segment) return segment.error();
    parsed.segments.push_back(*std::move(segment));
  }
  return {};
}

Status parse_query(std::string_view query, Target& parsed) {
  std::optional<std::string_view> left = query;
  while (left) {
    const std::string_view pair = take_until(left, '&');
    if (pair.empty()) continue;
    std::optional<std::string_view> encoded_value = pair;
    Result<std::string> name = decode(take_until(encoded_value, '='), true);
    if (!name) return name.error();
    Result<std::string> value = decode(encoded_value.value_or(std::string_view()), true);
    if (!value) return value.error();
    parsed.query.emplace_back(*std::move(name), *std::move(value));
  }
  return {};
}

}  // namespace

Result<Target> parse_target(std::string_view target) {
  Target parsed;
  if (target == "*") {
    parsed.path = "*";
    parsed.segments = {"*"};
    return parsed;
  }
  if (target.find('#') != std::string_view::npos) {
    return fault("the address has a '#', which must be written as %23");
  }
  const std::string_view local = without_host(target);
  std::optional<std::string_view> query = local;
  std::string_view path = take_until(query, '?');
  if (path.empty() && local.size() != target.size()) path = "/";
  if (path.empty() || path.front() != '/') return fault("the address does not begin with '/'");
  parsed.path = path;
  SEMBLANCE_RETURN_IF_ERROR(parse_path(path, parsed));
  if (query) SEMBLANCE_RETURN_IF_ERROR(parse_query(*query, parsed));
  return parsed;
}

}  // namespace semblance::http
