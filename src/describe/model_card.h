#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "image/resize.h"

namespace semblance {

enum class ResizeRule {
  kSquash,     ///< to width x height, the aspect ratio ignored
  kCrop,       ///< short side to short_side, then the centre width x height
  kLetterbox,  ///< fitted inside width x height, the rest filled with the mean (zero after
               ///< normalisation)
};

struct ModelInput {
  std::string name;
  int width = 0;
  int height = 0;
  ChannelOrder channels = ChannelOrder::kRgb;
  TensorLayout layout = TensorLayout::kNchw;
  Normalisation normalisation;
  ResizeRule resize = ResizeRule::kSquash;
  int short_side = 0;
  ResizeFilter filter = ResizeFilter::kArea;
};

struct ModelOutput {
  std::string name;
  int dimension = 0;
  bool normalised = false;  ///< the network divides by the L2 norm itself
};

/// A file with weights outside the ONNX file (ONNX external data), in the same folder.
struct ModelData {
  std::string file;
  std::string sha256;
  std::uint64_t bytes = 0;
  std::string package;  ///< where set-up takes it from, for messages; may be empty
  std::string licence;
};

/// A collection's own map of the network's shape vectors to fewer numbers (PCA), which the
/// collection keeps (engine/projected_set.h). Cards of networks have none.
struct CardProjection {
  int dimension = 0;
  std::string sha256;
};

/// Everything that decides what an embedder computes. One JSON file per network, beside its ONNX
/// file and of the same name; the format is in docs/formats.md.
struct ModelCard {
  std::string name;
  std::string version;
  std::string file;
  std::string sha256;
  std::uint64_t bytes = 0;
  std::string licence;
  ModelInput input;
  ModelOutput output;
  std::optional<ModelOutput> colour;
  std::vector<ModelData> data;
  std::optional<CardProjection> projection;

  std::filesystem::path folder;  ///< where the card was found; not part of the JSON

  [[nodiscard]] std::filesystem::path onnx_path() const { return folder / file; }
  /// Of the shape vectors that are stored.
  [[nodiscard]] int shape_dimension() const {
    return projection ? projection->dimension : output.dimension;
  }
  /// The card of the network alone.
  [[nodiscard]] ModelCard without_projection() const {
    ModelCard card = *this;
    card.projection.reset();
    return card;
  }
};

/// Reads and checks a card (every field, ranges, names; the file's name is the network's). Errors:
/// kMissingFile, kInvalidArgument with the field's name in the message.
Result<ModelCard> read_model_card(const std::filesystem::path& json_path);

/// `source_name` names the text in messages.
Result<ModelCard> parse_model_card(std::string_view json, std::string_view source_name);

/// The card as canonical JSON (stable key order): equal text means equal embeddings.
std::string to_json(const ModelCard& card);

/// Checks that the ONNX file and all data files are there with the size of the card. Errors:
/// kMissingFile, kCorrupt.
Status check_model_file_sizes(const ModelCard& card);

/// The same and their SHA-256.
/// Errors: kMissingFile, kCorrupt. Reads all the files: about 20 ms for 25 MB.
Status verify_model_files(const ModelCard& card);

}  // namespace semblance
