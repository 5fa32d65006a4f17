#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model_zoo/graph.h"

namespace semblance {

/// A tensor within a network that could serve as its embedding.
struct Layer {
  std::string tensor;
  std::string what;  ///< "input of the classifier", "global average pool", ...
};

/// Tensors worth offering, the one that we would take first, each once and each some operator's
/// result; none, perhaps:
/// 1. What the classifier reads. The classifier is the last operator with weights of the kind
///    matrix or convolution, where behind it come only operators that do not compute anything of
///    their own (bias, activation, softmax, pooling, a change of form). Operators of the latter
///    kinds before the classifier are skipped back over, so that a pooled tensor is found as such.
/// 2. Outputs of the graph, the first of them before the classifier's input where the network does
///    not end in a classifier or calls an output its embedding.
/// 3. Means over space, hidden fully connected layers and tokens of a transformer, from the end.
std::vector<Layer> embedding_layers(const OnnxGraph& graph);

}  // namespace semblance
