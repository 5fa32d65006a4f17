#include "model_zoo/layers.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace semblance {

namespace {

/// More are no help to whoever chooses.
constexpr std::size_t kMostLayers = 12;

template <std::size_t count>
bool is_one_of(std::string_view text, const std::array<std::string_view, count>& choices) {
  return std::find(choices.begin(), choices.end(), text) != choices.end();
}

/// Behind a classifier's weights these change its answer's form or scale, never what it knows. The
/// pooling ones are there for classifiers that are convolutions (SqueezeNet).
constexpr std::array<std::string_view, 18> kPassive = {
    "Softmax", "LogSoftmax", "Sigmoid",   "Identity",          "Dropout",     "Cast",
    "Flatten", "Reshape",    "Squeeze",   "Unsqueeze",         "Transpose",   "Relu",
    "Clip",    "LeakyRelu",  "HardSwish", "GlobalAveragePool", "AveragePool", "ReduceMean"};
/// The same where one side is a constant.
constexpr std::array<std::string_view, 4> kPassiveWithConstant = {"Add", "Sub", "Mul", "Div"};
constexpr std::array<std::string_view, 3> kWeighted = {"Gemm", "MatMul", "Conv"};
constexpr std::array<std::string_view, 3> kNothings = {"Identity", "Dropout", "Cast"};

std::string lowered(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

bool is_called_embedding(const std::string& name) {
  const std::string text = lowered(name);
  return text.find("embed") != std::string::npos || text.find("feature") != std::string::npos;
}

/// Who makes and who uses each tensor.
class Wiring {
 public:
  explicit Wiring(const OnnxGraph& graph) : nodes_(graph.nodes()) {
    for (const std::string& name : graph.weights()) constants_.insert(name);
    for (const GraphNode& node : nodes_) {
      const bool is_constant = std::all_of(
          node.inputs.begin(), node.inputs.end(),
          [&](const std::string& input) { return input.empty() || constants_.contains(input); });
      for (const std::string& output : node.outputs) {
        makers_[output] = &node;
        if (is_constant) constants_.insert(output);
      }
      for (const std::string& input : node.inputs) users_[input].push_back(&node);
    }
  }

  [[nodiscard]] const std::vector<GraphNode>& nodes() const { return nodes_; }

  [[nodiscard]] const GraphNode* maker(const std::string& tensor) const {
    const auto found = makers_.find(tensor);
    return found == makers_.end() ? nullptr : found->second;
  }

  [[nodiscard]] bool is_constant(const std::string& tensor) const {
    return constants_.contains(tensor);
  }

  [[nodiscard]] bool is_used_by(const std::string& tensor, std::string_view operation) const {
    const auto users = users_.find(tensor);
    return users != users_.end() &&
           std::any_of(users->second.begin(), users->second.end(),
                       [&](const GraphNode* node) { return node->operation == operation; });
  }

  /// A matrix or convolution of constants.
  [[nodiscard]] bool is_weighted(const GraphNode& node) const {
    return is_one_of(node.operation, kWeighted) && node.inputs.size() > 1 &&
           !is_constant(node.inputs[0]) && is_constant(node.inputs[1]);
  }

  /// The operator's one input that is computed from the picture.
  [[nodiscard]] std::optional<std::string> only_variable(const GraphNode& node) const {
    std::optional<std::string> found;
    for (const std::string& input : node.inputs) {
      if (input.empty() || is_constant(input)) continue;
      if (found) return std::nullopt;
      found = input;
    }
    return found;
  }

  /// What is read by the classifier that the network ends in, if it does.
  [[nodiscard]] std::optional<std::string> classifier_input(const std::string& output) const {
    std::string tensor = output;
    for (std::size_t steps = 0; steps <= nodes_.size(); ++steps) {
      const GraphNode* node = maker(tensor);
      if (node == nullptr || node->inputs.empty()) return std::nullopt;
      if (is_weighted(*node)) return without_nothings(node->inputs[0]);
      if (is_one_of(node->operation, kPassive)) {
        tensor = node->inputs[0];
      } else if (is_one_of(node->operation, kPassiveWithConstant)) {
        const auto variable = only_variable(*node);
        if (!variable) return std::nullopt;
        tensor = *variable;
      } else {
        return std::nullopt;
      }
    }
    return std::nullopt;
  }

 private:
  /// Back over operators that hand on what they are given.
  [[nodiscard]] std::string without_nothings(std::string tensor) const {
    // A damaged file may lead in a circle.
    for (std::size_t steps = 0; steps <= nodes_.size(); ++steps) {
      const GraphNode* node = maker(tensor);
      if (node == nullptr || node->inputs.empty() || !is_one_of(node->operation, kNothings)) break;
      tensor = node->inputs[0];
    }
    return tensor;
  }

  std::vector<GraphNode> nodes_;
  std::unordered_map<std::string, const GraphNode*> makers_;
  std::unordered_map<std::string, std::vector<const GraphNode*>> users_;
  std::unordered_set<std::string> constants_;
};

/// What an inner operator's result could be as an embedding; empty: none.
std::string role_of(const GraphNode& node, const Wiring& wiring) {
  if (node.inputs.empty() || wiring.is_constant(node.outputs[0])) return "";
  if (node.operation == "GlobalAveragePool") return "global average pool";
  if (node.operation == "GlobalMaxPool") return "global maximum pool";
  // Within a layer normalisation the mean is subtracted next, or is that of the squares.
  const GraphNode* before = wiring.maker(node.inputs[0]);
  if (node.operation == "ReduceMean" && !wiring.is_used_by(node.outputs[0], "Sub") &&
      (before == nullptr || before->operation != "Pow")) {
    return "mean";
  }
  if (node.operation == "LayerNormalization") return "normalised layer (token 0 of a transformer)";
  if (node.operation == "Gather" && node.inputs.size() > 1 && before != nullptr &&
      before->operation != "Shape" && wiring.is_constant(node.inputs[1])) {
    return "selected token";
  }
  if (node.operation != "Relu" || before == nullptr) return "";
  if (before->operation == "Add" && wiring.only_variable(*before)) {
    before = wiring.maker(*wiring.only_variable(*before));
  }
  const bool is_connected = before != nullptr && before->operation != "Conv";
  return is_connected && wiring.is_weighted(*before) ? "fully connected layer" : "";
}

}  // namespace

std::vector<Layer> embedding_layers(const OnnxGraph& graph) {
  const Wiring wiring(graph);
  std::vector<Layer> layers;
  std::set<std::string> seen;
  const auto add = [&](const std::string& tensor, std::string what) {
    // A damaged file names tensors that no operator makes.
    if (tensor.empty() || wiring.maker(tensor) == nullptr) return;
    if (layers.size() < kMostLayers && seen.insert(tensor).second) {
      layers.push_back({tensor, std::move(what)});
    }
  };
  const std::vector<std::string> outputs = graph.outputs();
  for (const std::string& output : outputs) {
    if (is_called_embedding(output)) add(output, "output of the network");
  }
  for (const std::string& output : outputs) {
    if (const auto input = wiring.classifier_input(output)) add(*input, "input of the classifier");
  }
  for (const std::string& output : outputs) add(output, "output of the network");
  for (auto node = wiring.nodes().rbegin(); node != wiring.nodes().rend(); ++node) {
    std::string role = node->outputs.empty() ? "" : role_of(*node, wiring);
    if (!role.empty()) add(node->outputs[0], std::move(role));
  }
  return layers;
}

}  // namespace semblance
