#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "describe/model_card.h"

namespace semblance {

inline constexpr std::string_view kDefaultModel = "semblance-m";
inline constexpr std::string_view kFallbackModel = "semblance-s";

/// Where networks are kept that were fetched or added: $XDG_CACHE_HOME/semblance/models, else
/// $HOME/.cache/semblance/models. Empty where neither variable is set.
std::filesystem::path model_cache_folder();

/// Folders searched for models, first match wins: SEMBLANCE_MODELS (colon-separated), the share
/// folder beside the program (../share/semblance/models), model_cache_folder().
std::vector<std::filesystem::path> model_folders();

struct ModelListing {
  ModelCard card;
  bool present = false;  ///< every file is there with the right size (hashes are checked on use)
  std::string missing_reason;  ///< one sentence when not present
};

/// All cards found, sorted by name.
std::vector<ModelListing> list_models();

struct ModelChoice {
  ModelCard card;
  std::string notice;  ///< one line for the user, or empty: why the fallback was taken
};

/// Finds the network for `name_or_file`: a name of the registry, or a path to FILE.onnx with its
/// card FILE.json beside it. Empty: the default, or, when its files cannot be had, the fallback
/// with a notice. The files' hashes are verified. Errors: kNotFound, kMissingFile, kCorrupt,
/// kInvalidArgument.
Result<ModelChoice> choose_model(std::string_view name_or_file);

}  // namespace semblance
