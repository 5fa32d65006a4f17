#include "live/item_change_rules.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/utf8.h"

namespace semblance {

namespace {

constexpr std::size_t kLongestText = 4096;  // of ids, products and names of attributes

Error invalid(std::string message) {
  return Error{ErrorCode::kInvalidArgument, std::move(message)};
}

std::optional<Error> trouble_with_text(std::string_view what, std::string_view text) {
  if (text.empty()) return invalid(std::string(what) + " must not be empty");
  if (text.size() > kLongestText) {
    return invalid(std::string(what) + " must not be longer than " + std::to_string(kLongestText) +
                   " bytes");
  }
  if (!is_utf8(text) || text.find('\0') != std::string_view::npos) {
    return invalid(std::string(what) + " must be UTF-8 text");
  }
  return std::nullopt;
}

}  // namespace

std::optional<Error> trouble_with_texts(const ItemChange& change) {
  if (auto trouble = trouble_with_text("an item's id", change.id)) return trouble;
  if (change.product) {
    if (auto trouble = trouble_with_text("a product", *change.product)) return trouble;
  }
  if (!change.attributes) return std::nullopt;
  for (const Attribute& attribute : *change.attributes) {
    if (auto trouble = trouble_with_text("an attribute's name", attribute.name)) return trouble;
    if (!is_utf8(attribute.value)) return invalid("an attribute's value must be UTF-8 text");
  }
  return std::nullopt;
}

Error no_item(std::string_view id) {
  return Error{ErrorCode::kNotFound, "no item '" + std::string(id) + "'"};
}

Attributes patched(Attributes attributes, const ItemChange& change) {
  for (const std::string& name : change.removed_attributes) {
    std::erase_if(attributes, [&](const Attribute& one) { return one.name == name; });
  }
  if (!change.attributes) return attributes;
  for (const Attribute& changed : *change.attributes) {
    const auto known = std::find_if(attributes.begin(), attributes.end(),
                                    [&](const Attribute& one) { return one.name == changed.name; });
    if (known == attributes.end()) {
      attributes.push_back(changed);
    } else {
      known->value = changed.value;
    }
  }
  return attributes;
}

}  // namespace semblance
