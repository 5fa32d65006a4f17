#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "describe/model_card.h"
#include "image/image.h"

namespace semblance {

/// What a network sees in one photo: unit vectors, L2 norm 1 to float precision whether or not the
/// network divides by the norm itself.
struct Embedding {
  std::vector<float> shape;   ///< card.output.dimension numbers
  std::vector<float> colour;  ///< card.colour->dimension numbers; empty without a colour output
};

/// Computes the shape descriptor (and colour, where the network has it) of a photo: pixels ->
/// vectors. Implementations are safe to call from several threads at once, and the same pixels give
/// the same numbers in every run, thread and process.
class Embedder {
 public:
  virtual ~Embedder() = default;
  [[nodiscard]] virtual const ModelCard& card() const = 0;
  /// Errors: kEmbedFailed (the network's answer is not finite or all zero, or not as its card says;
  /// a picture without pixels).
  virtual Result<Embedding> embed(const Image& image) const = 0;
};

/// Fills the network's input tensor from a photo as the card says. `tensor` has
/// 3 * card.input.width * card.input.height floats.
void preprocess(const Image& image, const ModelInput& input, std::span<float> tensor);

/// Opens the network with ONNX Runtime (loaded on first use), one thread a call. `card` must have
/// been verified. It is computed on the chosen device (device.h). Errors: kUnavailable (no ONNX
/// Runtime library, no such device), kCorrupt (not this graph: names,
/// shapes).
Result<std::unique_ptr<Embedder>> open_onnx_embedder(const ModelCard& card);

}  // namespace semblance
