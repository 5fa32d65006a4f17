#pragma once

#include <rapidjson/document.h>

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace semblance {

/// A value of a JsonDocument, or nothing. Whatever is asked of it, where it is of another kind the
/// answer is nothing, too.
class JsonView {
 public:
  JsonView() = default;
  explicit JsonView(const rapidjson::Value* value) : value_(value) {}

  [[nodiscard]] explicit operator bool() const { return value_ != nullptr; }
  [[nodiscard]] bool is_null() const { return value_ != nullptr && value_->IsNull(); }
  [[nodiscard]] bool is_object() const { return value_ != nullptr && value_->IsObject(); }
  [[nodiscard]] bool is_array() const { return value_ != nullptr && value_->IsArray(); }
  [[nodiscard]] bool is_true() const { return value_ != nullptr && value_->IsTrue(); }

  /// The member of that name.
  [[nodiscard]] JsonView operator[](std::string_view name) const;
  [[nodiscard]] std::optional<std::string_view> text() const;
  [[nodiscard]] std::optional<double> number() const;
  /// A whole number that an int64 holds.
  [[nodiscard]] std::optional<std::int64_t> integer() const;

  /// Elements of an array; 0 for anything else.
  [[nodiscard]] std::size_t size() const { return is_array() ? value_->Size() : 0; }
  [[nodiscard]] JsonView element(std::size_t i) const {
    return JsonView(&(*value_)[static_cast<rapidjson::SizeType>(i)]);
  }

  /// Calls `each(name, value)` with every member of an object, until it returns false. Whether it
  /// never did.
  template <typename F>
  bool all_members(F&& each) const {
    if (!is_object()) return true;
    for (auto member = value_->MemberBegin(); member != value_->MemberEnd(); ++member) {
      if (!each(std::string_view(member->name.GetString(), member->name.GetStringLength()),
                JsonView(&member->value))) {
        return false;
      }
    }
    return true;
  }

  /// A copy that can be kept; null for nothing.
  [[nodiscard]] nlohmann::json copy() const;

 private:
  const rapidjson::Value* value_ = nullptr;
};

/// JSON that is read once and not changed, such as a cluster's long answers: made in a fifth of the
/// time that a document of nlohmann's takes. docs/decisions/0014-rapidjson.md
class JsonDocument {
 public:
  /// Nothing where `text` is no JSON.
  static std::optional<JsonDocument> parse(std::string text);

  /// Views are good for as long as the document lives; it may be moved meanwhile.
  [[nodiscard]] JsonView root() const { return JsonView(&parsed_->document); }

 private:
  struct Parsed {
    std::string text;  ///< its texts lie in here
    rapidjson::Document document;
  };
  explicit JsonDocument(std::unique_ptr<Parsed> parsed) : parsed_(std::move(parsed)) {}

  std::unique_ptr<Parsed> parsed_;
};

}  // namespace semblance
