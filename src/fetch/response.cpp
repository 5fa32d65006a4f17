#include "fetch/response.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "image/format.h"

namespace semblance {

namespace {

/// Validators are sent back and stored: what is longer or odd is not worth it.
constexpr std::size_t kMaxValidator = 512;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lowered(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string validator(std::string_view value) {
  const bool plain = std::all_of(value.begin(), value.end(), [](char c) {
    return static_cast<unsigned char>(c) >= ' ' && c != '\x7F';
  });
  return plain && value.size() <= kMaxValidator ? std::string(value) : std::string();
}

bool looks_like_page(std::string_view head) {
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  const std::string start = lowered(trimmed(head).substr(0, 64));
  static constexpr std::array<std::string_view, 7> kBeginnings = {
      "<!doctype html", "<html", "<head", "<body", "<script", "<title", "<meta"};
  if (std::any_of(kBeginnings.begin(), kBeginnings.end(),
                  [&](std::string_view beginning) { return start.starts_with(beginning); })) {
    return true;
  }
  return start.starts_with("<!--") && lowered(head).find("<html") != std::string::npos;
}

bool is_text_type(std::string_view type) {
  return type.starts_with("text/") || type == "application/json" || type == "application/xml" ||
         type == "application/xhtml+xml" || type == "application/problem+json" ||
         type == "application/javascript";
}

}  // namespace

void ResponseHead::add_line(std::string_view line) {
  if (line.starts_with("HTTP/")) {
    *this = {};
    const std::size_t space = line.find(' ');
    if (space != std::string_view::npos) {
      status = static_cast<int>(number(line.substr(space + 1, 3)).value_or(0));
    }
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string name = lowered(line.substr(0, colon));
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (name == "etag") {
    etag = validator(value);
  } else if (name == "last-modified") {
    last_modified = validator(value);
  } else if (name == "date") {
    date = validator(value);
  } else if (name == "content-type") {
    content_type = lowered(trimmed(value.substr(0, value.find(';'))));
    content_type.resize(std::min<std::size_t>(content_type.size(), 100));
  } else if (name == "content-length") {
    content_length = number(value);
  } else if (name == "content-range") {
    add_content_range(value);
  } else if (name == "content-encoding") {
    encoded = encoded || lowered(value) != "identity";
  } else if (name == "transfer-encoding") {
    chunked = true;
  }
}

void ResponseHead::add_content_range(std::string_view value) {
  if (!lowered(value).starts_with("bytes ")) return;
  value = trimmed(value.substr(6));
  const std::size_t dash = value.find('-');
  const std::size_t slash = value.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos || slash < dash) return;
  range_first = number(value.substr(0, dash));
  range_total = number(value.substr(slash + 1));
}

std::string status_text(int status) {
  static constexpr std::array<std::pair<int, std::string_view>, 17> kNames = {{
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {402, "Payment Required"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {406, "Not Acceptable"},
      {408, "Request Timeout"},
      {410, "Gone"},
      {416, "Range Not Satisfiable"},
      {421, "Misdirected Request"},
      {429, "Too Many Requests"},
      {451, "Unavailable For Legal Reasons"},
      {500, "Internal Server Error"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
  }};
  std::string text = std::to_string(status);
  for (const auto& [code, name] : kNames) {
    if (code == status) text.append(" ").append(name);
  }
  return text;
}

Status check_is_picture(std::span<const std::byte> bytes, std::string_view content_type,
                        bool complete) {
  if (!complete && bytes.size() < kBytesToTellPicture) return {};
  if (bytes.empty()) return Error{ErrorCode::kEmpty, "the server sent an empty answer"};
  if (sniff_format(bytes) != ImageFormat::kUnknown) return {};
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()),
                              std::min(bytes.size(), kBytesToTellPicture));
  const std::string declared =
      content_type.empty() ? "" : " (declared as " + std::string(content_type) + ")";
  if (looks_like_page(head)) {
    return Error{ErrorCode::kWrongContentType,
                 "the server sent an HTML page instead of a picture" + declared};
  }
  if (is_text_type(content_type)) {
    return Error{ErrorCode::kWrongContentType,
                 "the server sent " + std::string(content_type) + " instead of a picture"};
  }
  return Error{ErrorCode::kNotAnImage, "what the server sent is no picture" + declared};
}

}  // namespace semblance
