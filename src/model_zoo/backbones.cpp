#include "model_zoo/backbones.h"

#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "describe/model_registry.h"

namespace semblance {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr std::uint64_t kLargestRegistry = 1 << 20;
constexpr const char* kRegistryFile = "registry/backbones.json";

/// The entry as a model card, for which everything is checked already: names, ranges, hashes. What
/// only the cut file will tell stands in it as it will be, or as zeros.
ordered_json card_of(const ordered_json& entry) {
  const std::string name = entry.at("name");
  ordered_json input = entry.at("input");
  input["name"] = "input";
  ordered_json card{
      {"name", name},
      {"version", "1"},
      {"file", name + ".onnx"},
      {"sha256", entry.at("source").at("sha256")},
      {"bytes", entry.at("source").at("bytes")},
      {"licence", entry.at("licence")},
      {"input", std::move(input)},
      {"output",
       {{"name", "embedding"}, {"dimension", entry.at("dimension")}, {"normalised", false}}}};
  if (entry.contains("weights")) card["data"] = ordered_json::array({entry.at("weights")});
  return card;
}

SourceFile source_of(const ordered_json& json) {
  SourceFile source;
  source.file = json.at("file");
  source.bytes = json.at("bytes");
  source.sha256 = json.at("sha256");
  for (const ordered_json& address : json.at("addresses")) source.addresses.push_back(address);
  return source;
}

/// Throws what nlohmann's JSON throws.
Result<Backbone> backbone_of(const ordered_json& entry, const fs::path& folder) {
  const auto card = parse_model_card(card_of(entry).dump(), "registry entry");
  if (!card) return card.error();
  Backbone backbone;
  backbone.name = card->name;
  backbone.dimension = card->output.dimension;
  backbone.licence = card->licence;
  backbone.layer = entry.value("layer", "");
  backbone.source = source_of(entry.at("source"));
  backbone.input = card->input;
  backbone.input.name.clear();
  if (backbone.source.file.empty() || backbone.source.file.find('/') != std::string::npos) {
    return Error{ErrorCode::kInvalidArgument, "'source.file' is not a plain name"};
  }
  const bool from_package = !card->data.empty() && !card->data.front().package.empty();
  if (backbone.source.addresses.empty() && !from_package) {
    return Error{ErrorCode::kInvalidArgument, "'source.addresses' is empty"};
  }
  if (!entry.contains("graph")) return backbone;
  if (card->data.empty()) return Error{ErrorCode::kInvalidArgument, "'weights' is missing"};
  const std::string file = entry.at("graph").at("file");
  backbone.graph = GraphOfOurs{folder / file, entry.at("graph").at("sha256"),
                               entry.at("weights").at("member"), card->data.front()};
  return backbone;
}

}  // namespace

fs::path registry_path() {
  std::error_code ignored;
  for (const fs::path& folder : model_folders()) {
    if (fs::exists(folder / kRegistryFile, ignored)) return folder / kRegistryFile;
  }
  return {};
}

Result<std::vector<Backbone>> read_backbones(const fs::path& path) {
  if (path.empty()) {
    return Error{ErrorCode::kMissingFile,
                 "there is no " + std::string(kRegistryFile) +
                     " in any folder with networks, so nothing can be pulled"};
  }
  const auto bytes = read_file(path, kLargestRegistry);
  if (!bytes) return bytes.error();
  std::vector<Backbone> backbones;
  std::string where = "the file";
  const auto refused = [&](const std::string& what) {
    return Error{ErrorCode::kInvalidArgument, "'" + path.string() + "', " + where + ": " + what};
  };
  try {
    const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    const ordered_json json = ordered_json::parse(text);
    for (const ordered_json& entry : json.at("networks")) {
      where = "entry " + std::to_string(backbones.size() + 1);
      auto backbone = backbone_of(entry, path.parent_path());
      if (!backbone) return refused(backbone.error().message);
      backbones.push_back(std::move(*backbone));
    }
  } catch (const nlohmann::json::exception& exception) {
    return refused(exception.what());
  }
  return backbones;
}

Result<Backbone> find_backbone(const fs::path& registry, std::string_view name) {
  auto backbones = read_backbones(registry);
  if (!backbones) return backbones.error();
  std::string known;
  for (Backbone& backbone : *backbones) {
    if (backbone.name == name) return std::move(backbone);
    known += (known.empty() ? "" : ", ") + backbone.name;
  }
  return Error{ErrorCode::kNotFound,
               "no network '" + std::string(name) + "' can be pulled; known are: " + known};
}

}  // namespace semblance
