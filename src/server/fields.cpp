#include "server/fields.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "base/parse_json.h"
#include "base/utf8.h"

namespace semblance::server {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostAttributes = 256;
constexpr std::size_t kLongestAttribute = 2'500;  // characters

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Characters of valid UTF-8.
std::size_t length_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;  // not one that continues a character
  }));
}

bool is_clean(std::string_view text) {
  return is_utf8(text) && text.find('\0') == std::string_view::npos;
}

/// What a number looks like in an attribute: as short as it can be.
std::string attribute_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.dump();
}

std::optional<std::string> attribute_value(const Json& value) {
  if (value.is_string() || value.is_boolean() || value.is_number()) return attribute_text(value);
  if (!value.is_array()) return std::nullopt;
  std::string joined;
  for (const Json& each : value) {
    if (!each.is_string() && !each.is_number()) return std::nullopt;
    joined += (joined.empty() ? "" : ", ") + attribute_text(each);
  }
  return joined;
}

}  // namespace

Result<Fields> Fields::from_json(std::string_view text) {
  Json json = parse_json(text);
  if (json.is_discarded()) {
    return Error{ErrorCode::kInvalidArgument,
                 is_utf8(text) ? "the body is not JSON" : "the body is not UTF-8"};
  }
  if (!json.is_object()) {
    return Error{ErrorCode::kInvalidArgument, "the body must be a JSON object"};
  }
  return from_object(std::move(json));
}

Fields Fields::from_object(Json object) {
  Fields fields;
  fields.values_ = std::move(object);
  return fields;
}

Fields Fields::from_query(const http::Request& request) {
  Fields fields;
  fields.from_text_ = true;
  for (const auto& [name, value] : request.query) fields.add_text(name, value);
  return fields;
}

void Fields::add_text(const std::string& name, std::string text) {
  from_text_ = true;
  const auto [entry, fresh] = values_.emplace(name, Json());
  Json& value = *entry;
  if (fresh) {
    value = std::move(text);
    return;
  }
  if (!value.is_array()) value = Json::array({std::move(value)});
  value.push_back(std::move(text));
}

const Json* Fields::take(const std::string& name) {
  read_.insert(name);
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : &*found;
}

void Fields::refuse(const std::string& name, const std::string& reason) {
  if (!error_) error_ = Error{ErrorCode::kInvalidArgument, "'" + name + "' " + reason};
}

std::optional<double> Fields::as_number(const Json& value) const {
  if (value.is_number()) return value.get<double>();
  if (from_text_ && value.is_string()) return parse_number(value.get_ref<const std::string&>());
  return std::nullopt;
}

const Json* Fields::as_json(const Json& value, Json& parsed) const {
  if (!from_text_ || !value.is_string()) return &value;
  parsed = parse_json(value.get_ref<const std::string&>());
  return parsed.is_discarded() ? nullptr : &parsed;
}

std::optional<double> Fields::number(const std::string& name, double least, double most) {
  const Json* const value = take(name);
  if (value == nullptr) return std::nullopt;
  const std::optional<double> number = as_number(*value);
  if (!number || !std::isfinite(*number) || *number < least || *number > most) {
    refuse(name, "must be a number from " + Json(least).dump() + " to " + Json(most).dump());
    return std::nullopt;
  }
  return number;
}

std::optional<std::int64_t> Fields::integer(const std::string& name, std::int64_t least,
                                            std::int64_t most) {
  const Json* const value = take(name);
  if (value == nullptr) return std::nullopt;
  const std::optional<double> number = as_number(*value);
  if (!number || *number != std::floor(*number) || *number < static_cast<double>(least) ||
      *number > static_cast<double>(most)) {
    refuse(name,
           "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return std::nullopt;
  }
  return static_cast<std::int64_t>(*number);
}

std::optional<bool> Fields::boolean(const std::string& name) {
  const Json* const value = take(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  if (from_text_ && value->is_string()) {
    const auto& text = value->get_ref<const std::string&>();
    if (text == "true" || text == "1") return true;
    if (text == "false" || text == "0") return false;
  }
  refuse(name, "must be true or false");
  return std::nullopt;
}

std::optional<std::string> Fields::text(const std::string& name, std::size_t longest) {
  const Json* const value = take(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string() || !is_clean(value->get_ref<const std::string&>())) {
    refuse(name, "must be one text");
    return std::nullopt;
  }
  if (length_of(value->get_ref<const std::string&>()) > longest) {
    refuse(name, "must have at most " + std::to_string(longest) + " characters");
    return std::nullopt;
  }
  return value->get<std::string>();
}

std::string Fields::one_of(const std::string& name,
                           std::initializer_list<std::string_view> values) {
  const std::optional<std::string> value = text(name);
  if (!value) return {};
  std::string names;
  for (const std::string_view each : values) {
    if (each == *value) return *value;
    names += (names.empty() ? "" : ", ") + std::string(each);
  }
  refuse(name, "must be one of " + names);
  return {};
}

std::vector<std::string> Fields::texts(const std::string& name, std::size_t most,
                                       std::size_t longest) {
  const Json* const value = take(name);
  std::vector<std::string> texts;
  if (value == nullptr) return texts;
  const Json list = value->is_array() || !from_text_ ? *value : Json::array({*value});
  if (!list.is_array() || list.size() > most) {
    refuse(name, "must be a list of at most " + std::to_string(most) + " texts");
    return texts;
  }
  for (const Json& each : list) {
    if (!each.is_string() || each.get_ref<const std::string&>().empty() ||
        !is_clean(each.get_ref<const std::string&>()) ||
        length_of(each.get_ref<const std::string&>()) > longest) {
      refuse(name, "must be a list of texts of 1 to " + std::to_string(longest) + " characters");
      return texts;
    }
    texts.push_back(each.get<std::string>());
  }
  return texts;
}

std::optional<std::vector<float>> Fields::numbers(const std::string& name, std::size_t most) {
  const Json* const value = take(name);
  if (value == nullptr) return std::nullopt;
  Json parsed;
  const Json* const list = as_json(*value, parsed);
  std::vector<float> numbers;
  bool right = list != nullptr && list->is_array() && !list->empty() && list->size() <= most;
  if (right) numbers.reserve(list->size());
  for (std::size_t i = 0; right && i < list->size(); ++i) {
    const Json& each = (*list)[i];
    const double number = each.is_number() ? each.get<double>() : HUGE_VAL;
    right = std::abs(number) <= static_cast<double>(std::numeric_limits<float>::max());
    numbers.push_back(right ? static_cast<float>(number) : 0.0F);
  }
  if (right) return numbers;
  refuse(name, "must be a list of 1 to " + std::to_string(most) + " finite numbers");
  return std::nullopt;
}

std::optional<Box> Fields::box(const std::string& name) {
  const Json* const value = take(name);
  if (value == nullptr) return std::nullopt;
  // "x,y,w,h" is what stands between the brackets of the list.
  Json parsed;
  const Json* const list =
      from_text_ && value->is_string()
          ? as_json(Json("[" + value->get_ref<const std::string&>() + "]"), parsed)
          : value;
  bool right = list != nullptr && list->is_array() && list->size() == 4;
  for (std::size_t i = 0; right && i < 4; ++i) right = (*list)[i].is_number();
  if (!right) {
    refuse(name, "must be four numbers: x, y, width and height, as shares of the photo");
    return std::nullopt;
  }
  const Box box{(*list)[0].get<double>(), (*list)[1].get<double>(), (*list)[2].get<double>(),
                (*list)[3].get<double>()};
  if (const Status checked = check_box(box); !checked) {
    refuse(name, "is wrong: " + checked.error().message);
    return std::nullopt;
  }
  return box;
}

std::optional<Attributes> Fields::attributes(const std::string& name,
                                             std::vector<std::string>* removed) {
  const Json* const value = take(name);
  if (value == nullptr) return std::nullopt;
  Json parsed;
  const Json* const object = as_json(*value, parsed);
  if (object == nullptr || !object->is_object() || object->size() > kMostAttributes) {
    refuse(name, "must be an object of at most " + std::to_string(kMostAttributes) + " values");
    return std::nullopt;
  }
  Attributes attributes;
  for (const auto& [key, each] : object->items()) {
    if (key.empty() || !is_clean(key) || length_of(key) > kLongestAttribute) {
      refuse(name, "has an attribute without a proper name");
    } else if (each.is_null() && removed != nullptr) {
      removed->push_back(key);
    } else if (auto text = attribute_value(each);
               text && is_clean(*text) && length_of(*text) <= kLongestAttribute) {
      attributes.push_back({key, *std::move(text)});
    } else {
      refuse(name, "must hold texts, numbers, booleans or lists of texts");
    }
  }
  return attributes;
}

std::optional<Json> Fields::object(const std::string& name) {
  const Json* const value = take(name);
  if (value == nullptr) return std::nullopt;
  Json parsed;
  const Json* const object = as_json(*value, parsed);
  if (object != nullptr && object->is_object()) return *object;
  refuse(name, "must be an object");
  return std::nullopt;
}

std::optional<Json> Fields::list(const std::string& name, std::size_t most) {
  const Json* const value = take(name);
  if (value == nullptr) return std::nullopt;
  Json parsed;
  const Json* const list = as_json(*value, parsed);
  if (list != nullptr && list->is_array() && !list->empty() && list->size() <= most) return *list;
  refuse(name, "must be a list of 1 to " + std::to_string(most));
  return std::nullopt;
}

Status Fields::finish() const {
  if (error_) return *error_;
  for (const auto& [name, value] : values_.items()) {
    if (!read_.contains(name)) {
      return Error{ErrorCode::kInvalidArgument,
                   "'" + to_utf8(name) + "' is nothing that this request knows"};
    }
  }
  return {};
}

}  // namespace semblance::server
