// libFuzzer: whatever a request's target is, parse_target returns, and what it gives is UTF-8
// without NUL. A path that is put together again from its parts has the same parts.
//   fuzz_target WORK_FOLDER tests/fuzz/corpus/target

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/utf8.h"
#include "http/target.h"

namespace {

bool is_text(const std::string& text) {
  return semblance::is_utf8(text) && text.find('\0') == std::string::npos;
}

std::string encoded(const std::string& segment) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "/";
  for (const char c : segment) {
    const auto byte = static_cast<unsigned char>(c);
    text += '%';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto target = semblance::http::parse_target(text);
  if (!target) {
    if (!semblance::is_utf8(target.error().message)) std::abort();
    return 0;
  }
  if (!std::all_of(target->segments.begin(), target->segments.end(), is_text)) std::abort();
  for (const auto& [name, value] : target->query) {
    if (!is_text(name) || !is_text(value)) std::abort();
  }
  if (target->path == "*") return 0;
  std::string path;
  for (const std::string& segment : target->segments) path += encoded(segment);
  const auto again = semblance::http::parse_target(path.empty() ? "/" : path);
  if (!again) std::abort();
  // "/" alone is no part rather than an empty one.
  if (again->segments != target->segments && path != "/") std::abort();
  return 0;
}
