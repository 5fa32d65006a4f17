#include "catalogue/attributes.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>
#include <utility>

namespace semblance {

namespace {

std::optional<double> plain_number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) {
    return std::nullopt;
  }
  return number;
}

bool is_currency_code(std::string_view text) {
  return text.size() == 3 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

constexpr std::string_view kCurrencySigns[] = {"$", "\u20ac", "\u00a3", "\u00a5", "\u20b9"};

}  // namespace

std::optional<double> number_in(std::string_view text) {
  const auto trim = [&text] {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
  };
  trim();
  if (const std::optional<double> number = plain_number(text)) return number;
  if (text.size() > 4 && text[3] == ' ' && is_currency_code(text.substr(0, 3))) {
    text.remove_prefix(3);
  } else if (text.size() > 4 && text[text.size() - 4] == ' ' &&
             is_currency_code(text.substr(text.size() - 3))) {
    text.remove_suffix(3);
  } else {
    for (const std::string_view sign : kCurrencySigns) {
      if (text.starts_with(sign)) {
        text.remove_prefix(sign.size());
        break;
      }
      if (text.ends_with(sign)) {
        text.remove_suffix(sign.size());
        break;
      }
    }
  }
  trim();
  return plain_number(text);
}

Sha256 hash_of(const Attributes& attributes) {
  Attributes sorted = attributes;
  std::sort(sorted.begin(), sorted.end(),
            [](const Attribute& a, const Attribute& b) { return a.name < b.name; });
  std::string text;
  for (const Attribute& attribute : sorted) {
    // Lengths keep ("ab", "c") apart from ("a", "bc").
    text += std::to_string(attribute.name.size()) + ":" + attribute.name +
            std::to_string(attribute.value.size()) + ":" + attribute.value;
  }
  return sha256(std::as_bytes(std::span(text)));
}

// Length, colon, bytes, again and again.
std::string pack(const Attributes& attributes) {
  std::string packed;
  for (const Attribute& attribute : attributes) {
    for (const std::string* text : {&attribute.name, &attribute.value}) {
      packed += std::to_string(text->size()) + ":" + *text;
    }
  }
  return packed;
}

Attributes unpack(std::string_view packed) {
  const auto take = [&packed] {
    std::size_t size = 0;
    const auto end = std::from_chars(packed.data(), packed.data() + packed.size(), size).ptr;
    packed.remove_prefix(static_cast<std::size_t>(end - packed.data()) + 1);
    std::string text(packed.substr(0, size));
    packed.remove_prefix(size);
    return text;
  };
  Attributes attributes;
  while (!packed.empty()) {
    std::string name = take();
    std::string value = take();
    attributes.push_back({std::move(name), std::move(value)});
  }
  return attributes;
}

}  // namespace semblance
