#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "describe/model_card.h"

namespace semblance::test {

/// One operator of a tiny network, without attributes.
struct TinyNode {
  std::string operation;  ///< "Relu", "Sub", ...
  std::vector<std::string> inputs;
  std::string output;
};

/// Writes an ONNX file of these operators (opset 13, float32) below `folder` with its card beside
/// it, hashes included, and returns the card. `card` says the file's name, the input, the outputs.
/// Outputs are declared without a shape unless `declared_output_shape` gives one (0: free).
ModelCard write_tiny_network(const std::filesystem::path& folder, ModelCard card,
                             const std::vector<TinyNode>& nodes,
                             const std::vector<int>& declared_output_shape = {});

/// A card for such a network: `name`, input `input` of 3 x side x side (RGB, planar, values as they
/// are), output `embedding` of `dimension` numbers.
ModelCard tiny_card(std::string_view name, int side, int dimension);

}  // namespace semblance::test
