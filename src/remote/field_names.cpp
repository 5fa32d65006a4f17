#include "remote/field_names.h"

#include <cstddef>
#include <span>

#include "base/sha256.h"

namespace semblance::remote {

namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";
constexpr std::string_view kEmptyName = "%";
constexpr std::size_t kMostTermBytes = 32'766;
constexpr std::size_t kComparedBytes = 32'000;

bool stays(char c, bool first) {
  const bool alphanumeric =
      (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return alphanumeric || c == '-' || (c == '_' && !first);
}

int hex_value(char c) {
  const std::size_t value = kHexDigits.find(c);
  return value == std::string_view::npos ? -1 : static_cast<int>(value);
}

std::string sub_field(std::string_view attribute, std::string_view kind) {
  return "attributes." + field_name(attribute) + "." + std::string(kind);
}

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

}  // namespace

std::string field_name(std::string_view attribute) {
  if (attribute.empty()) return std::string(kEmptyName);
  std::string field;
  for (const char c : attribute) {
    if (stays(c, field.empty())) {
      field += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    field += '%';
    field += kHexDigits[byte >> 4];
    field += kHexDigits[byte & 15];
  }
  return field;
}

std::optional<std::string> attribute_of_field(std::string_view field) {
  if (field == kEmptyName) return "";
  std::string attribute;
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (field[i] != '%') {
      attribute += field[i];
      continue;
    }
    if (i + 2 >= field.size()) return std::nullopt;
    const int high = hex_value(field[i + 1]);
    const int low = hex_value(field[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    attribute += static_cast<char>(high << 4 | low);
    i += 2;
  }
  // "%41" would be a second field for the attribute "A".
  if (attribute.empty() || field_name(attribute) != field) return std::nullopt;
  return attribute;
}

std::string text_field(std::string_view attribute) {
  return sub_field(attribute, "text");
}

std::string number_field(std::string_view attribute) {
  return sub_field(attribute, "number");
}

std::string boolean_field(std::string_view attribute) {
  return sub_field(attribute, "boolean");
}

std::string comparable_text(std::string_view text) {
  if (text.size() <= kMostTermBytes) return std::string(text);
  std::size_t length = kComparedBytes;
  while (length > 0 && continues_character(text[length])) --length;
  return std::string(text.substr(0, length)) + to_hex(sha256(std::as_bytes(std::span(text))));
}

}  // namespace semblance::remote
