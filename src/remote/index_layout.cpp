#include <charconv>
#include <cmath>
#include <system_error>

#include "base/sha256.h"
#include "remote/dialect.h"
#include "remote/field_names.h"

namespace semblance::remote {

namespace {

constexpr int kFieldsOfAttribute = 4;  // the object and what is in it
constexpr int kOtherFields = 100;
constexpr std::size_t kNetworkDigits = 16;

Json keyword() {
  return {{"type", "keyword"}};
}

/// Kept and given back, and neither searched nor sorted by, so that it may be of any length.
Json kept() {
  return {{"type", "keyword"}, {"index", false}, {"doc_values", false}};
}

Json of_type(const char* type) {
  return {{"type", type}};
}

/// What only comes back: JSON as it was written.
Json opaque() {
  return {{"type", "object"}, {"enabled", false}};
}

Json attribute_mapping() {
  return {{"properties",
           {{"text", keyword()}, {"number", of_type("double")}, {"boolean", of_type("boolean")}}}};
}

Json attributes_object(std::span<const std::string> names) {
  Json properties = Json::object();
  for (const std::string& name : names) properties[field_name(name)] = attribute_mapping();
  return {{"type", "object"}, {"dynamic", "strict"}, {"properties", std::move(properties)}};
}

Json fields() {
  return {
      {"kind", keyword()},
      {"id", keyword()},
      {"part", of_type("integer")},
      {"product", keyword()},
      {"status", keyword()},
      {"origin", keyword()},
      {"path", kept()},
      {"url", kept()},
      {"link", kept()},
      {"place", kept()},
      {"subject", kept()},
      {"message", kept()},
      {"reason", keyword()},
      {"content_hash", keyword()},
      {"attributes_hash", keyword()},
      {"size_bytes", of_type("long")},
      {"mtime_ns", of_type("long")},
      {"width", of_type("integer")},
      {"height", of_type("integer")},
      {"format", keyword()},
      {"descriptors", of_type("binary")},
      {"other_attributes", opaque()},
      {"state", opaque()},
  };
}

Error not_ours(std::string_view index) {
  return {ErrorCode::kInvalidArgument,
          "index '" + std::string(index) +
              "' was not made by Semblance (its _meta does not say so): choose another name"};
}

int whole_number(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_integer() ? found->get<int>() : -1;
}

std::string text_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

Json to_json(const IndexMeta& meta) {
  return {{"semblance",
           {{"schema", meta.schema},
            {"card", meta.card_json},
            {"network", meta.network},
            {"shape_dimension", meta.shape_dimension},
            {"colour_dimension", meta.colour_dimension},
            {"settings", meta.settings}}}};
}

Result<IndexMeta> parse_index_meta(const Json& meta, std::string_view index) {
  if (!meta.is_object() || !meta.contains("semblance") || !meta["semblance"].is_object()) {
    return not_ours(index);
  }
  const Json& said = meta["semblance"];
  IndexMeta read;
  read.schema = whole_number(said, "schema");
  if (read.schema > kIndexSchema) {
    return Error{ErrorCode::kInvalidArgument,
                 "index '" + std::string(index) + "' was made by a newer Semblance (schema " +
                     std::to_string(read.schema) + ", this program knows " +
                     std::to_string(kIndexSchema) + "): update this program"};
  }
  if (read.schema < 1) return not_ours(index);
  read.card_json = text_of(said, "card");
  read.network = text_of(said, "network");
  read.shape_dimension = whole_number(said, "shape_dimension");
  read.colour_dimension = whole_number(said, "colour_dimension");
  if (said.contains("settings") && said["settings"].is_object()) read.settings = said["settings"];
  const bool has_card = !read.card_json.empty();
  if (read.shape_dimension < 0 || read.colour_dimension < 0 ||
      has_card != (read.shape_dimension > 0) ||
      read.network != (has_card ? network_id(read.card_json) : "")) {
    return Error{ErrorCode::kCorrupt, "index '" + std::string(index) +
                                          "' says things of its network that do not fit together "
                                          "(_meta); its vectors cannot be trusted: sync into a new "
                                          "collection"};
  }
  return read;
}

std::string network_id(std::string_view card_json) {
  return to_hex(sha256(std::as_bytes(std::span(card_json)))).substr(0, kNetworkDigits);
}

Json attributes_mapping_body(std::span<const std::string> attribute_names) {
  Json attributes = attributes_object(attribute_names);
  attributes.erase("type");
  return {{"properties", {{"attributes", std::move(attributes)}}}};
}

Json numbers(std::span<const float> vector) {
  constexpr int kDigitsAfterFirst = 8;
  Json list = Json::array();
  auto& elements = list.get_ref<Json::array_t&>();
  elements.reserve(vector.size());
  for (const float number : vector) {
    char text[32];
    double shorter = static_cast<double>(number);
    const auto written = std::to_chars(text, text + sizeof(text), number,
                                       std::chars_format::scientific, kDigitsAfterFirst);
    if (written.ec == std::errc()) (void)std::from_chars(text, written.ptr, shorter);
    elements.emplace_back(shorter);
  }
  return list;
}

Json source_filter(std::span<const std::string> fields) {
  if (fields.empty()) return false;
  Json includes = Json::array();
  for (const std::string& field : fields) includes.push_back(field);
  return {{"includes", std::move(includes)}};
}

Json Dialect::index_body(const IndexLayout& layout) const {
  Json settings = {
      {"number_of_shards", layout.shards},
      {"number_of_replicas", layout.replicas},
      {"refresh_interval", "500ms"},
      {"mapping",
       {{"total_fields", {{"limit", kMostAttributes * kFieldsOfAttribute + kOtherFields}}}}},
  };
  settings.update(vector_settings());
  Json properties = fields();
  properties["attributes"] = attributes_object(layout.attribute_names);
  if (layout.meta.embedding_dimension() > 0) {
    properties[std::string(kEmbeddingField)] = embedding_mapping(layout);
  }
  return {{"settings", {{"index", std::move(settings)}}},
          {"mappings",
           {{"dynamic", "strict"},
            {"_meta", to_json(layout.meta)},
            {"properties", std::move(properties)}}}};
}

Json Dialect::meta_body(const IndexLayout& layout) const {
  Json body = {{"_meta", to_json(layout.meta)}};
  if (layout.meta.embedding_dimension() > 0) {
    body["properties"] = {{std::string(kEmbeddingField), embedding_mapping(layout)}};
  }
  return body;
}

Status Dialect::check_mapping(const Json& mappings, std::string_view index) const {
  if (!mappings.is_object()) return not_ours(index);
  const Result<IndexMeta> meta = parse_index_meta(mappings.value("_meta", Json()), index);
  if (!meta) return meta.error();
  if (text_of(mappings, "dynamic") != "strict") {
    return Error{
        ErrorCode::kInvalidArgument,
        "index '" + std::string(index) +
            "' takes fields that nobody declared; set its mapping's 'dynamic' to 'strict'"};
  }
  const Json properties = mappings.value("properties", Json::object());
  const auto embedding = properties.find(kEmbeddingField);
  if (meta->embedding_dimension() == 0) return {};
  if (embedding == properties.end() || !embedding->is_object()) {
    return Error{ErrorCode::kInvalidArgument, "index '" + std::string(index) + "' has no field '" +
                                                  std::string(kEmbeddingField) +
                                                  "' for vectors: sync into a new collection"};
  }
  return check_embedding(*embedding, meta->embedding_dimension(), index);
}

}  // namespace semblance::remote
