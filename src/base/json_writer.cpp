#include "base/json_writer.h"

#include <algorithm>
#include <cmath>

#include "base/utf8.h"

namespace semblance {

namespace {

bool is_escaped(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

/// ASCII without what has to be escaped, as nearly everything is.
bool is_plain(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return is_escaped(c) || static_cast<unsigned char>(c) >= 0x80;
  });
}

void append_escaped(char c, std::string& text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  switch (c) {
    case '"':
    case '\\':
      text += '\\';
      text += c;
      return;
    case '\n':
      text += "\\n";
      return;
    case '\r':
      text += "\\r";
      return;
    case '\t':
      text += "\\t";
      return;
    default:
      text += "\\u00";
      text += kDigits[static_cast<unsigned char>(c) >> 4];
      text += kDigits[static_cast<unsigned char>(c) & 15];
  }
}

}  // namespace

void JsonWriter::separate() {
  if (!text_.empty() && text_.back() != '{' && text_.back() != '[' && text_.back() != ':') {
    text_ += ',';
  }
}

void JsonWriter::open(char bracket) {
  separate();
  text_ += bracket;
}

void JsonWriter::quote(std::string_view text) {
  text_ += '"';
  for (auto rest = text.begin(); rest != text.end();) {
    const auto special = std::find_if(rest, text.end(), is_escaped);
    text_.append(rest, special);
    rest = special;
    if (special != text.end()) append_escaped(*rest++, text_);
  }
  text_ += '"';
}

void JsonWriter::key(std::string_view name) {
  value(name);
  text_ += ':';
}

void JsonWriter::value(std::string_view text) {
  separate();
  if (is_plain(text)) {
    text_ += '"';
    text_ += text;
    text_ += '"';
  } else if (is_utf8(text)) {
    quote(text);
  } else {
    quote(to_utf8(text));
  }
}

void JsonWriter::json(std::string_view written) {
  separate();
  text_ += written;
}

template <typename T>
void JsonWriter::write_floating(T number) {
  if (!std::isfinite(number)) return value(nullptr);
  char digits[32];
  const std::string_view text(
      digits, static_cast<std::size_t>(std::to_chars(digits, digits + sizeof(digits), number).ptr -
                                       digits));
  json(text);
  // Readers that tell whole numbers from others shall not take it for one.
  if (text.find_first_of(".e") == std::string_view::npos) text_ += ".0";
}

void JsonWriter::value(double number) {
  write_floating(number);
}

void JsonWriter::value(float number) {
  write_floating(number);
}

}  // namespace semblance
