#include "remote/document.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/base64.h"
#include "base/utf8.h"
#include "remote/dialect.h"
#include "remote/field_names.h"

namespace semblance::remote {

namespace {

constexpr std::size_t kIdDigits = 32;
constexpr std::string_view kBytesPrefix = "base64:";

std::string hashed(std::string_view text) {
  return to_hex(sha256(std::as_bytes(std::span(text)))).substr(0, kIdDigits);
}

/// Kinds of documents never share an `_id`: a NUL is in no item's id.
std::string hashed(std::string_view kind, std::string_view text) {
  return hashed(std::string(1, '\0') + std::string(kind) + std::string(1, '\0') +
                std::string(text));
}

std::string_view status_name(ItemStatus status) {
  switch (status) {
    case ItemStatus::kIndexed:
      return "indexed";
    case ItemStatus::kFailed:
      return "failed";
    case ItemStatus::kSkipped:
      break;
  }
  return "skipped";
}

/// An absolute path begins with a slash, so the prefix is no path's own.
std::string path_text(const std::filesystem::path& path) {
  const std::string& bytes = path.native();
  if (is_utf8(bytes)) return bytes;
  return std::string(kBytesPrefix) + encode_base64(std::as_bytes(std::span(bytes)));
}

void put_text(Json& document, const char* name, const std::string& text) {
  if (!text.empty()) document[name] = text;
}

bool says(std::string_view text, std::span<const std::string_view> texts) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

void put_attributes(const Attributes& attributes, Json& document) {
  Json indexed = Json::object();
  Json others = Json::object();
  for (const Attribute& attribute : attributes) {
    const std::string name = field_name(attribute.name);
    std::string comparable = comparable_text(attribute.value);
    if (attribute.value.empty() || comparable != attribute.value) {
      others[name] = attribute.value;
    }
    if (attribute.value.empty()) continue;  // an empty text counts as no value
    Json& field = indexed[name];
    field["text"] = std::move(comparable);
    if (const std::optional<double> number = number_in(attribute.value)) {
      field["number"] = *number + 0.0;  // Lucene knows two zeros
    }
    const bool yes = says(attribute.value, kTrueTexts);
    if (yes || says(attribute.value, kFalseTexts)) field["boolean"] = yes;
  }
  if (!indexed.empty()) document["attributes"] = std::move(indexed);
  if (!others.empty()) document["other_attributes"] = std::move(others);
}

std::vector<std::string> with_descriptors(std::vector<std::string> fields) {
  fields.emplace_back(kDescriptors);
  return fields;
}

}  // namespace

std::string item_document_id(std::string_view id) {
  return hashed(id);
}

std::string problem_document_id(const Problem& problem) {
  std::string text;
  for (const std::string* part :
       {&problem.kind, &problem.subject, &problem.place, &problem.reason, &problem.message}) {
    text += std::to_string(part->size()) + ":" + *part;
  }
  return hashed("problem", text);
}

std::string state_document_id(std::string_view key) {
  return hashed("state", key);
}

int part_of(std::string_view id) {
  const Sha256 hash = sha256(std::as_bytes(std::span(id)));
  return hash[0] << 8 | hash[1];
}

PartRange part_range(int i, int n) {
  const auto border = [n](int number) {
    return static_cast<int>(std::int64_t{kParts} * number / n);
  };
  return {border(i - 1), border(i)};
}

std::string encode_descriptors(const DescriptorSpans& descriptors) {
  Bytes bytes;
  const auto add = [&bytes](std::span<const float> numbers) {
    for (const float number : numbers) {
      const auto bits = std::bit_cast<std::uint32_t>(number);
      for (int shift = 0; shift < 32; shift += 8) {
        bytes.push_back(static_cast<std::byte>(bits >> shift & 255));
      }
    }
  };
  bytes.reserve(sizeof(float) * (descriptors.embedding.size() + descriptors.histogram.size() +
                                 descriptors.histogram_foreground.size()));
  add(descriptors.embedding);
  add(descriptors.histogram);
  add(descriptors.histogram_foreground);
  return encode_base64(bytes);
}

Json to_document(const RemoteItem& item) {
  Json document = {
      {"kind", "item"},
      {"id", item.item.id},
      {"part", part_of(item.item.id)},
      {"product", item.item.product},
      {"status", status_name(item.status)},
      {"origin", item.origin == ItemOrigin::kApi ? "api" : "source"},
      {"size_bytes", item.size_bytes},
      {"mtime_ns", item.mtime_ns},
      {"attributes_hash", to_hex(hash_of(item.attributes))},
  };
  put_text(document, "path", path_text(item.item.path));
  put_text(document, "url", item.item.url);
  put_text(document, "link", item.item.link);
  put_text(document, "place", item.place);
  put_text(document, "reason", item.reason);
  put_text(document, "message", item.message);
  put_text(document, "format", item.format);
  if (item.item.width > 0) document["width"] = item.item.width;
  if (item.item.height > 0) document["height"] = item.item.height;
  if (item.content_hash) document["content_hash"] = to_hex(*item.content_hash);
  put_attributes(item.attributes, document);
  if (item.descriptors) {
    document["descriptors"] = encode_descriptors(item.descriptors->spans());
    // Searches find what has an embedding: failed items have none.
    if (item.status == ItemStatus::kIndexed) {
      document[std::string(kEmbeddingField)] = numbers(item.descriptors->embedding);
    }
  }
  return document;
}

Json to_document(const Problem& problem) {
  Json document = {{"kind", "problem"},
                   {"id", problem_document_id(problem)},
                   {"status", problem.kind},
                   {"reason", problem.reason}};
  put_text(document, "subject", problem.subject);
  put_text(document, "place", problem.place);
  put_text(document, "message", problem.message);
  return document;
}

Json state_document(std::string_view key, const Json& value) {
  return {{"kind", "state"}, {"id", key}, {"state", {{"value", value}}}};
}

const std::vector<std::string>& source_of_problems() {
  static const std::vector<std::string> kFields = {"kind",  "id",      "status", "reason",
                                                   "place", "message", "subject"};
  return kFields;
}

const std::vector<std::string>& source_of_items() {
  static const std::vector<std::string> kFields = {"kind",
                                                   "id",
                                                   "part",
                                                   "product",
                                                   "status",
                                                   "origin",
                                                   "path",
                                                   "url",
                                                   "link",
                                                   "place",
                                                   "message",
                                                   "reason",
                                                   "size_bytes",
                                                   "mtime_ns",
                                                   "width",
                                                   "height",
                                                   "format",
                                                   "content_hash",
                                                   "attributes_hash",
                                                   "attributes",
                                                   "other_attributes"};
  return kFields;
}

const std::vector<std::string>& source_of_all() {
  static const std::vector<std::string> kFields = with_descriptors(source_of_items());
  return kFields;
}

const std::vector<std::string>& source_of_hits() {
  static const std::vector<std::string> kFields = {
      "id", "product", "path", "url", "link", "width", "height", "attributes", "other_attributes"};
  return kFields;
}

const std::vector<std::string>& source_of_ranked_hits() {
  static const std::vector<std::string> kFields = with_descriptors(source_of_hits());
  return kFields;
}

}  // namespace semblance::remote
