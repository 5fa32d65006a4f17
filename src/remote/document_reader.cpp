#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "base/base64.h"
#include "base/finite.h"
#include "describe/histogram.h"
#include "remote/document.h"
#include "remote/field_names.h"

namespace semblance::remote {

namespace {

constexpr std::string_view kBytesPrefix = "base64:";

/// The fields of one document, each missing or of its type.
class Fields {
 public:
  static Result<Fields> of(JsonView hit) {
    if (!hit.is_object()) return Error{ErrorCode::kCorrupt, "a hit that is no object"};
    const Fields fields(hit["_id"].text().value_or(""), hit["_source"]);
    if (!fields.source_.is_object()) return fields.broken("_source");
    return fields;
  }

  [[nodiscard]] Error broken(std::string_view field) const {
    return {ErrorCode::kCorrupt, "document '" + std::string(id_) + "' has a '" +
                                     std::string(field) +
                                     "' that cannot be read: sync again with --retry, or restore "
                                     "the index"};
  }

  /// Nothing where the document has none.
  [[nodiscard]] JsonView find(std::string_view name) const {
    const JsonView value = source_[name];
    return value.is_null() ? JsonView() : value;
  }

  Status read(std::string_view name, std::string& text) const {
    const JsonView value = find(name);
    if (!value) return {};
    const auto given = value.text();
    if (!given) return broken(name);
    text = *given;
    return {};
  }

  template <typename T>
  Status read_number(std::string_view name, T& number) const {
    const JsonView value = find(name);
    if (!value) return {};
    const auto given = value.integer();
    if (!given) return broken(name);
    const std::int64_t wide = *given;
    const bool fits = std::is_signed_v<T> ? wide >= std::numeric_limits<T>::min() : wide >= 0;
    if (!fits || (sizeof(T) < sizeof(wide) &&
                  wide > static_cast<std::int64_t>(std::numeric_limits<T>::max()))) {
      return broken(name);
    }
    number = static_cast<T>(wide);
    return {};
  }

  Status read(std::string_view name, std::optional<Sha256>& hash) const {
    std::string text;
    SEMBLANCE_RETURN_IF_ERROR(read(name, text));
    if (text.empty()) return {};
    Sha256 read{};
    if (text.size() != read.size() * 2) return broken(name);
    for (std::size_t i = 0; i < read.size(); ++i) {
      const std::string digits = text.substr(i * 2, 2);
      if (digits.find_first_not_of("0123456789abcdef") != std::string::npos) return broken(name);
      read[i] = static_cast<std::uint8_t>(std::stoi(digits, nullptr, 16));
    }
    hash = read;
    return {};
  }

 private:
  Fields(std::string_view id, JsonView source) : id_(id), source_(source) {}

  std::string_view id_;
  JsonView source_;
};

Status read_status(const Fields& fields, RemoteItem& item) {
  std::string kind;
  std::string status = "indexed";
  std::string origin = "source";
  SEMBLANCE_RETURN_IF_ERROR(fields.read("kind", kind));
  SEMBLANCE_RETURN_IF_ERROR(fields.read("status", status));
  SEMBLANCE_RETURN_IF_ERROR(fields.read("origin", origin));
  if (!kind.empty() && kind != "item") return fields.broken("kind");
  if (status == "indexed") {
    item.status = ItemStatus::kIndexed;
  } else if (status == "failed") {
    item.status = ItemStatus::kFailed;
  } else if (status == "skipped") {
    item.status = ItemStatus::kSkipped;
  } else {
    return fields.broken("status");
  }
  if (origin != "source" && origin != "api") return fields.broken("origin");
  item.origin = origin == "api" ? ItemOrigin::kApi : ItemOrigin::kSource;
  return {};
}

Status read_path(const Fields& fields, RemoteItem& item) {
  std::string text;
  SEMBLANCE_RETURN_IF_ERROR(fields.read("path", text));
  if (!text.starts_with(kBytesPrefix)) {
    item.item.path = text;
    return {};
  }
  const Result<Bytes> bytes = decode_base64(std::string_view(text).substr(kBytesPrefix.size()));
  if (!bytes) return fields.broken("path");
  item.item.path = std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  return {};
}

Status read_attributes(const Fields& fields, RemoteItem& item) {
  const JsonView indexed = fields.find("attributes");
  const JsonView others = fields.find("other_attributes");
  const auto add = [&](std::string_view field, JsonView text) {
    std::optional<std::string> name = attribute_of_field(field);
    const auto value = text.text();
    if (name && value) item.attributes.push_back({*std::move(name), std::string(*value)});
    return name && value;
  };
  const bool indexed_are_right =
      (!indexed || indexed.is_object()) &&
      indexed.all_members([&](std::string_view field, JsonView value) {
        // Too long for the index: the whole of it is among the others.
        return others[field] ? attribute_of_field(field).has_value() : add(field, value["text"]);
      });
  if (!indexed_are_right) return fields.broken("attributes");
  if ((others && !others.is_object()) || !others.all_members(add)) {
    return fields.broken("other_attributes");
  }
  std::sort(item.attributes.begin(), item.attributes.end(),
            [](const Attribute& a, const Attribute& b) { return a.name < b.name; });
  return {};
}

Status read_descriptors(const Fields& fields, const ExpectedDimensions& expected,
                        RemoteItem& item) {
  std::string base64;
  SEMBLANCE_RETURN_IF_ERROR(fields.read("descriptors", base64));
  if (base64.empty()) return {};
  Result<StoredDescriptors> descriptors = decode_descriptors(base64, expected);
  if (!descriptors) {
    return Error{ErrorCode::kCorrupt,
                 fields.broken("descriptors").message + " (" + descriptors.error().message + ")"};
  }
  item.descriptors = *std::move(descriptors);
  return {};
}

}  // namespace

Result<StoredDescriptors> decode_descriptors(std::string_view base64,
                                             const ExpectedDimensions& expected) {
  const Result<Bytes> bytes = decode_base64(base64);
  if (!bytes) return Error{ErrorCode::kCorrupt, "not base64"};
  const auto histogram =
      static_cast<std::size_t>(expected.histogram > 0 ? expected.histogram : kHistogramDimension);
  const std::size_t count = bytes->size() / sizeof(float);
  const std::size_t embedding = expected.embedding > 0
                                    ? static_cast<std::size_t>(expected.embedding)
                                    : count - std::min(count, 2 * histogram);
  if (bytes->size() % sizeof(float) != 0 || embedding == 0 || count != embedding + 2 * histogram) {
    return Error{ErrorCode::kCorrupt,
                 std::to_string(bytes->size()) + " bytes and not " +
                     std::to_string(sizeof(float) * (embedding + 2 * histogram))};
  }
  std::size_t at = 0;
  const auto take = [&](std::size_t wanted) {
    std::vector<float> numbers(wanted);
    for (float& number : numbers) {
      std::uint32_t bits = 0;
      for (int shift = 0; shift < 32; shift += 8) {
        bits |= std::to_integer<std::uint32_t>((*bytes)[at++]) << shift;
      }
      number = std::bit_cast<float>(bits);
    }
    return numbers;
  };
  StoredDescriptors descriptors;
  descriptors.embedding = take(embedding);
  descriptors.histogram = take(histogram);
  descriptors.histogram_foreground = take(histogram);
  if (!all_finite(descriptors.embedding) || !all_finite(descriptors.histogram) ||
      !all_finite(descriptors.histogram_foreground)) {
    return Error{ErrorCode::kCorrupt, "not all of them numbers"};
  }
  return descriptors;
}

Result<RemoteItem> parse_item(JsonView hit, const ExpectedDimensions& expected) {
  const Result<Fields> fields = Fields::of(hit);
  if (!fields) return fields.error();
  RemoteItem item;
  SEMBLANCE_RETURN_IF_ERROR(read_status(*fields, item));
  SEMBLANCE_RETURN_IF_ERROR(fields->read("id", item.item.id));
  SEMBLANCE_RETURN_IF_ERROR(fields->read("product", item.item.product));
  SEMBLANCE_RETURN_IF_ERROR(read_path(*fields, item));
  SEMBLANCE_RETURN_IF_ERROR(fields->read("url", item.item.url));
  SEMBLANCE_RETURN_IF_ERROR(fields->read("link", item.item.link));
  SEMBLANCE_RETURN_IF_ERROR(fields->read("place", item.place));
  SEMBLANCE_RETURN_IF_ERROR(fields->read("reason", item.reason));
  SEMBLANCE_RETURN_IF_ERROR(fields->read("message", item.message));
  SEMBLANCE_RETURN_IF_ERROR(fields->read("format", item.format));
  SEMBLANCE_RETURN_IF_ERROR(fields->read_number("width", item.item.width));
  SEMBLANCE_RETURN_IF_ERROR(fields->read_number("height", item.item.height));
  SEMBLANCE_RETURN_IF_ERROR(fields->read_number("size_bytes", item.size_bytes));
  SEMBLANCE_RETURN_IF_ERROR(fields->read_number("mtime_ns", item.mtime_ns));
  SEMBLANCE_RETURN_IF_ERROR(fields->read("content_hash", item.content_hash));
  SEMBLANCE_RETURN_IF_ERROR(fields->read("attributes_hash", item.attributes_hash));
  SEMBLANCE_RETURN_IF_ERROR(read_attributes(*fields, item));
  SEMBLANCE_RETURN_IF_ERROR(read_descriptors(*fields, expected, item));
  if (item.item.id.empty()) return fields->broken("id");
  item.seq_no = hit["_seq_no"].integer().value_or(-1);
  item.primary_term = hit["_primary_term"].integer().value_or(-1);
  return item;
}

Result<Problem> parse_problem(JsonView hit) {
  const Result<Fields> fields = Fields::of(hit);
  if (!fields) return fields.error();
  std::string kind;
  SEMBLANCE_RETURN_IF_ERROR(fields->read("kind", kind));
  if (kind != "problem") return fields->broken("kind");
  Problem problem;
  SEMBLANCE_RETURN_IF_ERROR(fields->read("subject", problem.subject));
  SEMBLANCE_RETURN_IF_ERROR(fields->read("place", problem.place));
  SEMBLANCE_RETURN_IF_ERROR(fields->read("reason", problem.reason));
  SEMBLANCE_RETURN_IF_ERROR(fields->read("message", problem.message));
  SEMBLANCE_RETURN_IF_ERROR(fields->read("status", problem.kind));
  return problem;
}

Result<Json> parse_state(JsonView hit) {
  const Result<Fields> fields = Fields::of(hit);
  if (!fields) return fields.error();
  const JsonView state = fields->find("state");
  if (!state) return Json();
  if (!state["value"]) return fields->broken("state");
  return state["value"].copy();
}

}  // namespace semblance::remote
