#include "describe/model_registry.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <system_error>
#include <utility>

#include "describe/program_folder.h"

namespace semblance {

namespace {

namespace fs = std::filesystem;

/// A path and not a name of the registry.
bool names_a_file(std::string_view text) {
  return text.find('/') != std::string_view::npos || text.ends_with(".onnx");
}

std::vector<fs::path> cards_in(const fs::path& folder) {
  std::vector<fs::path> cards;
  std::error_code failure;
  for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    if (entry->path().extension() == ".json") cards.push_back(entry->path());
  }
  return cards;
}

ModelListing listing_of(const fs::path& json_path) {
  ModelListing listing;
  auto card = read_model_card(json_path);
  if (!card) {
    listing.card.name = json_path.stem().string();
    listing.card.folder = json_path.parent_path();
    listing.missing_reason = card.error().message;
    return listing;
  }
  listing.card = std::move(*card);
  const Status files = check_model_file_sizes(listing.card);
  listing.present = files.ok();
  if (!files) listing.missing_reason = files.error().message;
  return listing;
}

Result<ModelCard> verified(Result<ModelCard> card) {
  if (!card) return card;
  SEMBLANCE_RETURN_IF_ERROR(verify_model_files(*card));
  return card;
}

Result<ModelCard> card_beside(const fs::path& onnx_path) {
  if (onnx_path.extension() != ".onnx") {
    return Error{ErrorCode::kInvalidArgument,
                 "'" + onnx_path.string() + "' is not the path of an ONNX file (FILE.onnx)"};
  }
  std::error_code ignored;
  if (!fs::exists(onnx_path, ignored)) {
    return Error{ErrorCode::kMissingFile, "there is no network '" + onnx_path.string() + "'"};
  }
  fs::path json_path = onnx_path;
  json_path.replace_extension(".json");
  auto card = read_model_card(json_path);
  if (!card && card.error().code == ErrorCode::kMissingFile) {
    return Error{ErrorCode::kMissingFile,
                 "'" + onnx_path.string() + "' has no model card: '" + json_path.string() +
                     "' must say how pictures are prepared for it (docs/formats.md)"};
  }
  return card;
}

Result<ModelCard> card_named(std::string_view name) {
  const std::string file = std::string(name) + ".json";
  std::error_code ignored;
  for (const fs::path& folder : model_folders()) {
    if (fs::exists(folder / file, ignored)) return read_model_card(folder / file);
  }
  std::string known;
  for (const ModelListing& listing : list_models()) {
    known += (known.empty() ? "" : ", ") + listing.card.name;
  }
  return Error{ErrorCode::kNotFound, "there is no network '" + std::string(name) +
                                         "' here; known are: " + (known.empty() ? "none" : known) +
                                         "; 'semblance models list' shows what can be pulled"};
}

Result<ModelChoice> choose_default() {
  auto preferred = verified(card_named(kDefaultModel));
  if (preferred) return ModelChoice{std::move(*preferred), ""};
  auto fallback = verified(card_named(kFallbackModel));
  if (!fallback) {
    return Error{preferred.error().code, preferred.error().message + " (and the fallback: " +
                                             fallback.error().message + ")"};
  }
  return ModelChoice{std::move(*fallback), "using " + std::string(kFallbackModel) + " because " +
                                               std::string(kDefaultModel) +
                                               " cannot be used: " + preferred.error().message};
}

}  // namespace

fs::path model_cache_folder() {
  const auto folder_of = [](const char* variable) -> fs::path {
    const char* value = std::getenv(variable);
    // The specification of XDG_CACHE_HOME: relative paths do not count.
    return value != nullptr && *value == '/' ? fs::path(value) : fs::path();
  };
  fs::path cache = folder_of("XDG_CACHE_HOME");
  if (cache.empty()) {
    const fs::path home = folder_of("HOME");
    if (home.empty()) return {};
    cache = home / ".cache";
  }
  return cache / "semblance" / "models";
}

std::vector<fs::path> model_folders() {
  std::vector<fs::path> folders;
  const char* variable = std::getenv("SEMBLANCE_MODELS");
  std::string_view named = variable == nullptr ? "" : variable;
  while (!named.empty()) {
    const std::string_view folder = named.substr(0, named.find(':'));
    if (!folder.empty()) folders.emplace_back(folder);
    named.remove_prefix(std::min(named.size(), folder.size() + 1));
  }
  if (const fs::path program = program_folder(); !program.empty()) {
    folders.push_back(program.parent_path() / "share" / "semblance" / "models");
  }
  if (fs::path cache = model_cache_folder(); !cache.empty()) folders.push_back(std::move(cache));
  return folders;
}

std::vector<ModelListing> list_models() {
  std::map<std::string, ModelListing> by_name;
  for (const fs::path& folder : model_folders()) {
    for (const fs::path& json_path : cards_in(folder)) {
      const std::string name = json_path.stem().string();
      if (!by_name.contains(name)) by_name.emplace(name, listing_of(json_path));
    }
  }
  std::vector<ModelListing> listings;
  listings.reserve(by_name.size());
  for (auto& [name, listing] : by_name) listings.push_back(std::move(listing));
  return listings;
}

Result<ModelChoice> choose_model(std::string_view name_or_file) {
  if (name_or_file.empty()) return choose_default();
  auto card = verified(names_a_file(name_or_file) ? card_beside(fs::path(name_or_file))
                                                  : card_named(name_or_file));
  if (!card) return std::move(card).error();
  return ModelChoice{std::move(*card), ""};
}

}  // namespace semblance
