#include "http/encoding.h"

#include <optional>

#include "http/ascii.h"

namespace semblance::http {

namespace {

/// "0", "0.", "0.000": what nobody wants.
bool is_zero(std::string_view quality) {
  return !quality.empty() && quality.find_first_not_of("0.") == std::string_view::npos;
}

/// Of one entry, "gzip;q=0.5".
bool is_wanted(std::string_view entry) {
  const std::size_t semicolon = entry.find(';');
  if (semicolon == std::string_view::npos) return true;
  const std::string_view parameter = trimmed(entry.substr(semicolon + 1));
  const bool is_quality = parameter.starts_with("q=") || parameter.starts_with("Q=");
  return !is_quality || !is_zero(trimmed(parameter.substr(2)));
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  std::optional<bool> gzip;
  bool others = false;
  while (!accept_encoding.empty()) {
    const std::size_t comma = accept_encoding.find(',');
    const std::string_view entry = accept_encoding.substr(0, comma);
    const std::string_view name = trimmed(entry.substr(0, entry.find(';')));
    if (equal_ignoring_case(name, "gzip") || equal_ignoring_case(name, "x-gzip")) {
      gzip = is_wanted(entry);
    }
    if (name == "*") others = is_wanted(entry);
    if (comma == std::string_view::npos) break;
    accept_encoding.remove_prefix(comma + 1);
  }
  return gzip.value_or(others);
}

}  // namespace semblance::http
