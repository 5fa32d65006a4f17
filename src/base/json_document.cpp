#include "base/json_document.h"

namespace semblance {

JsonView JsonView::operator[](std::string_view name) const {
  if (!is_object()) return {};
  const rapidjson::Value wanted(
      rapidjson::StringRef(name.data(), static_cast<rapidjson::SizeType>(name.size())));
  const auto found = value_->FindMember(wanted);
  return found == value_->MemberEnd() ? JsonView() : JsonView(&found->value);
}

std::optional<std::string_view> JsonView::text() const {
  if (value_ == nullptr || !value_->IsString()) return std::nullopt;
  return std::string_view(value_->GetString(), value_->GetStringLength());
}

std::optional<double> JsonView::number() const {
  if (value_ == nullptr || !value_->IsNumber()) return std::nullopt;
  return value_->GetDouble();
}

std::optional<std::int64_t> JsonView::integer() const {
  if (value_ == nullptr || !value_->IsInt64()) return std::nullopt;
  return value_->GetInt64();
}

nlohmann::json JsonView::copy() const {
  if (value_ == nullptr || value_->IsNull()) return nullptr;
  if (value_->IsBool()) return value_->GetBool();
  if (value_->IsUint64()) return value_->GetUint64();
  if (value_->IsInt64()) return value_->GetInt64();
  if (value_->IsNumber()) return value_->GetDouble();
  if (const auto text = this->text()) return std::string(*text);
  nlohmann::json copied = is_array() ? nlohmann::json::array() : nlohmann::json::object();
  for (std::size_t i = 0; i < size(); ++i) copied.push_back(element(i).copy());
  all_members([&](std::string_view name, JsonView member) {
    copied[std::string(name)] = member.copy();
    return true;
  });
  return copied;
}

std::optional<JsonDocument> JsonDocument::parse(std::string text) {
  constexpr unsigned kHow = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag |
                            rapidjson::kParseFullPrecisionFlag | rapidjson::kParseInsituFlag;
  auto parsed = std::make_unique<Parsed>();
  parsed->text = std::move(text);
  parsed->document.ParseInsitu<kHow>(parsed->text.data());
  if (parsed->document.HasParseError()) return std::nullopt;
  return JsonDocument(std::move(parsed));
}

}  // namespace semblance
