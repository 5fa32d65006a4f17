#include "engine/archive_manifest.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "describe/histogram.h"
#include "engine/collection_files.h"

namespace semblance {

namespace {

using nlohmann::ordered_json;

constexpr std::string_view kFormat = "semblance-collection";
constexpr int kVersion = 1;
// Keeps rows * dimension * 4 within 64 bits.
constexpr std::int64_t kMostRows = std::int64_t{1} << 40;
constexpr std::size_t kLongestText = 256;

Error wrong(std::string_view field) {
  return Error{ErrorCode::kCorrupt,
               "the archive's manifest: '" + std::string(field) + "' is missing or wrong"};
}

Result<std::int64_t> number(const ordered_json& object, const char* key, std::int64_t largest) {
  const auto field = object.find(key);
  if (field == object.end() || !field->is_number_unsigned()) return wrong(key);
  const auto value = field->get<std::uint64_t>();
  if (value > static_cast<std::uint64_t>(largest)) return wrong(key);
  return static_cast<std::int64_t>(value);
}

Result<std::string> text(const ordered_json& object, const char* key) {
  const auto field = object.find(key);
  if (field == object.end() || !field->is_string()) return wrong(key);
  auto value = field->get<std::string>();
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  if (value.size() > kLongestText || std::any_of(value.begin(), value.end(), is_control)) {
    return wrong(key);
  }
  return value;
}

Result<std::optional<ArchivedNetwork>> parse_network(const ordered_json& json) {
  const auto field = json.find("network");
  if (field == json.end()) return wrong("network");
  if (field->is_null()) return std::optional<ArchivedNetwork>();
  if (!field->is_object() || !field->contains("card")) return wrong("network");
  Result<ModelCard> card = parse_model_card((*field)["card"].dump(), "the archive's model card");
  if (!card) return Error{ErrorCode::kCorrupt, card.error().message};
  const Result<std::int64_t> rows = number(*field, "rows", kMostRows);
  if (!rows) return rows.error();
  const Result<std::int64_t> histogram =
      number(*field, "histogram_dimension", std::numeric_limits<int>::max());
  if (!histogram) return histogram.error();
  if (*histogram != kHistogramDimension) return wrong("histogram_dimension");
  return std::optional(ArchivedNetwork{*std::move(card), *rows, static_cast<int>(*histogram)});
}

Result<ArchivedFile> parse_file(const ordered_json& json) {
  if (!json.is_object()) return wrong("files");
  Result<std::string> name = text(json, "name");
  if (!name) return name.error();
  const Result<std::int64_t> bytes =
      number(json, "bytes", std::numeric_limits<std::int64_t>::max());
  if (!bytes) return bytes.error();
  Result<std::string> hash = text(json, "sha256");
  if (!hash) return hash.error();
  if (hash->size() != 64 || hash->find_first_not_of("0123456789abcdef") != std::string::npos) {
    return wrong("sha256");
  }
  return ArchivedFile{*std::move(name), static_cast<std::uint64_t>(*bytes), *std::move(hash)};
}

/// Exactly the files that belong to the network, in order and of the right length.
Status check_files(const ArchiveManifest& manifest) {
  const std::vector<ArchivedFile> expected = expected_files(manifest.network);
  if (manifest.files.size() != expected.size()) return wrong("files");
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const ArchivedFile& file = manifest.files[i];
    if (file.name != expected[i].name) return wrong("files");
    const bool right_size =
        expected[i].bytes == 0 ? file.bytes > 0 : file.bytes == expected[i].bytes;
    if (!right_size) return wrong("bytes");
  }
  return {};
}

Status parse_counts(const ordered_json& json, CatalogueCounts& counts) {
  const std::pair<const char*, std::int64_t*> fields[] = {{"items", &counts.items},
                                                          {"products", &counts.products},
                                                          {"failed", &counts.failed},
                                                          {"skipped", &counts.skipped}};
  for (const auto& [key, count] : fields) {
    const Result<std::int64_t> value = number(json, key, kMostRows);
    if (!value) return value.error();
    *count = *value;
  }
  return {};
}

/// What every version of the format says of itself.
Status check_version(const ordered_json& json) {
  const auto format = json.is_object() ? json.find("format") : json.end();
  if (format == json.end() || *format != kFormat) {
    return Error{ErrorCode::kCorrupt, "the archive is not one of a Semblance collection"};
  }
  const Result<std::int64_t> version = number(json, "version", std::numeric_limits<int>::max());
  if (!version) return version.error();
  if (*version == kVersion) return {};
  if (*version < kVersion) return wrong("version");
  return Error{ErrorCode::kConflict, "the archive was written by a newer Semblance (format " +
                                         std::to_string(*version) + ", this program knows " +
                                         std::to_string(kVersion) + "); update this program"};
}

}  // namespace

std::vector<ArchivedFile> expected_files(const std::optional<ArchivedNetwork>& network) {
  std::vector<ArchivedFile> files = {{std::string(kCatalogueMember), 0, ""}};
  if (!network || network->rows == 0) return files;
  for (const VectorFilePlace& file : vector_files({}, network->dimensions())) {
    files.push_back({std::string(kVectorsMember) + file.path.string(),
                     vector_file_bytes(network->rows, file.dimension), ""});
  }
  return files;
}

std::string to_json(const ArchiveManifest& manifest) {
  ordered_json json = {{"format", kFormat},
                       {"version", kVersion},
                       {"program", manifest.program},
                       {"created", manifest.created},
                       {"collection", manifest.collection},
                       {"items", manifest.counts.items},
                       {"products", manifest.counts.products},
                       {"failed", manifest.counts.failed},
                       {"skipped", manifest.counts.skipped},
                       {"network", nullptr}};
  if (manifest.network) {
    json["network"] = {{"card", ordered_json::parse(to_json(manifest.network->card))},
                       {"rows", manifest.network->rows},
                       {"histogram_dimension", manifest.network->histogram_dimension}};
  }
  json["files"] = ordered_json::array();
  for (const ArchivedFile& file : manifest.files) {
    json["files"].push_back({{"name", file.name}, {"bytes", file.bytes}, {"sha256", file.sha256}});
  }
  return json.dump(1) + "\n";
}

Result<ArchiveManifest> parse_archive_manifest(std::string_view json_text) {
  const ordered_json json = ordered_json::parse(json_text, nullptr, false);
  SEMBLANCE_RETURN_IF_ERROR(check_version(json));
  ArchiveManifest manifest;
  const std::pair<const char*, std::string*> texts[] = {{"program", &manifest.program},
                                                        {"created", &manifest.created},
                                                        {"collection", &manifest.collection}};
  for (const auto& [key, value] : texts) {
    Result<std::string> read = text(json, key);
    if (!read) return read.error();
    *value = *std::move(read);
  }
  if (!check_collection_name(manifest.collection)) return wrong("collection");
  SEMBLANCE_RETURN_IF_ERROR(parse_counts(json, manifest.counts));
  Result<std::optional<ArchivedNetwork>> network = parse_network(json);
  if (!network) return network.error();
  manifest.network = *std::move(network);
  const auto files = json.find("files");
  if (files == json.end() || !files->is_array()) return wrong("files");
  for (const ordered_json& each : *files) {
    Result<ArchivedFile> file = parse_file(each);
    if (!file) return file.error();
    manifest.files.push_back(*std::move(file));
  }
  SEMBLANCE_RETURN_IF_ERROR(check_files(manifest));
  return manifest;
}

}  // namespace semblance
