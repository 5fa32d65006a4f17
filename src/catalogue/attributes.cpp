#include "catalogue/attributes.h"

#include <algorithm>
#include <charconv>
#include <span>
#include <utility>

namespace semblance {

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
