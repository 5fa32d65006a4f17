#include "base/markup_text.h"

#include "base/utf8.h"

namespace semblance {

std::string markup_text(std::string_view text) {
  std::string safe;
  for (const char c : to_utf8(text)) {
    if (c == '&') {
      safe += "&amp;";
    } else if (c == '<') {
      safe += "&lt;";
    } else if (c == '"') {
      safe += "&quot;";
    } else {
      safe += c;
    }
  }
  return safe;
}

}  // namespace semblance
