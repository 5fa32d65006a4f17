#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace semblance {

/// Writes JSON in the order of the calls, for what is written so often that building a document
/// first would take most of the time. Whoever calls it keeps to the grammar: in an object a key,
/// then its value.
class JsonWriter {
 public:
  void begin_object() { open('{'); }
  void end_object() { text_ += '}'; }
  void begin_array() { open('['); }
  void end_array() { text_ += ']'; }
  void key(std::string_view name);

  /// Bytes that are not UTF-8 appear as \xHH.
  void value(std::string_view text);
  void value(const char* text) { value(std::string_view(text)); }
  void value(std::nullptr_t) { json("null"); }
  template <std::same_as<bool> T>
  void value(T truth) {
    json(truth ? "true" : "false");
  }
  template <std::integral T>
  void value(T number) requires(!std::same_as<T, bool>) {
    char digits[24];
    json({digits, static_cast<std::size_t>(
                      std::to_chars(digits, digits + sizeof(digits), number).ptr - digits)});
  }
  /// As short as it can be and still be read as the same number; null where it is none.
  void value(double number);
  void value(float number);

  /// A value that is JSON already.
  void json(std::string_view written);

  template <typename T>
  void member(std::string_view name, const T& content) {
    key(name);
    value(content);
  }

  /// What was written; the writer is as new.
  std::string take() { return std::exchange(text_, {}); }

 private:
  /// A comma, unless this is the first in its list or the value of a key.
  void separate();
  void open(char bracket);
  void quote(std::string_view text);
  template <typename T>
  void write_floating(T number);

  std::string text_;
};

}  // namespace semblance
