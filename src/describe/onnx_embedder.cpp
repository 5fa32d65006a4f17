#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include "describe/embedder.h"
#include "describe/onnx_runtime.h"
#include "describe/unit_vector.h"

namespace semblance {

namespace {

using Shape = std::vector<std::int64_t>;

Error not_this_graph(const ModelCard& card, const std::string& what) {
  return {ErrorCode::kCorrupt,
          "'" + card.onnx_path().string() + "' is not the network of its card: " + what};
}

std::string to_text(const Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += i == 0 ? "" : ",";
    text += shape[i] < 0 ? "?" : std::to_string(shape[i]);
  }
  return text + "]";
}

Shape input_shape(const ModelInput& input) {
  if (input.layout == TensorLayout::kNchw) return {1, 3, input.height, input.width};
  return {1, input.height, input.width, 3};
}

/// A free dimension (below 0) fits everything.
bool fits(const Shape& declared, const Shape& wanted) {
  return std::equal(declared.begin(), declared.end(), wanted.begin(), wanted.end(),
                    [](std::int64_t of_graph, std::int64_t of_card) {
                      return of_graph < 0 || of_graph == of_card;
                    });
}

/// Elements of one photo's output; negative when only a run can tell: the graph leaves the rank or
/// a dimension other than the batch (the first of several) free.
std::int64_t element_count(const Shape& shape) {
  if (shape.empty()) return -1;
  std::int64_t count = 1;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool is_batch = i == 0 && shape.size() > 1;
    if (shape[i] < 0 && !is_batch) return -1;
    if (shape[i] >= 0) count *= shape[i];
  }
  return count;
}

Status check_input(const Ort::Session& session, const ModelCard& card) {
  Ort::AllocatorWithDefaultOptions allocator;
  const std::size_t count = session.GetInputCount();
  if (count != 1) {
    return not_this_graph(card, "it takes " + std::to_string(count) + " inputs instead of one");
  }
  const std::string name = session.GetInputNameAllocated(0, allocator).get();
  if (name != card.input.name) {
    return not_this_graph(card, "its input is '" + name + "', not '" + card.input.name + "'");
  }
  const Ort::TypeInfo type = session.GetInputTypeInfo(0);
  if (type.GetONNXType() != ONNX_TYPE_TENSOR) return not_this_graph(card, "it takes no tensor");
  const auto tensor = type.GetTensorTypeAndShapeInfo();
  if (tensor.GetElementType() != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT) {
    return not_this_graph(card, "input '" + name + "' does not take float32 numbers");
  }
  const Shape wanted = input_shape(card.input);
  if (const Shape declared = tensor.GetShape(); !fits(declared, wanted)) {
    return not_this_graph(
        card, "input '" + name + "' is " + to_text(declared) + ", not " + to_text(wanted));
  }
  return {};
}

Status check_output(const Ort::Session& session, const ModelCard& card, const ModelOutput& output) {
  Ort::AllocatorWithDefaultOptions allocator;
  for (std::size_t i = 0; i < session.GetOutputCount(); ++i) {
    if (session.GetOutputNameAllocated(i, allocator).get() != output.name) continue;
    const Ort::TypeInfo type = session.GetOutputTypeInfo(i);
    if (type.GetONNXType() != ONNX_TYPE_TENSOR) {
      return not_this_graph(card, "output '" + output.name + "' is not a tensor");
    }
    const auto tensor = type.GetTensorTypeAndShapeInfo();
    if (tensor.GetElementType() != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT) {
      return not_this_graph(card, "output '" + output.name + "' does not give float32 numbers");
    }
    const Shape declared = tensor.GetShape();
    const std::int64_t count = element_count(declared);
    if (count >= 0 && count != output.dimension) {
      return not_this_graph(card, "output '" + output.name + "' is " + to_text(declared) +
                                      ", which is not " + std::to_string(output.dimension) +
                                      " numbers a photo");
    }
    return {};
  }
  return not_this_graph(card, "it has no output '" + output.name + "'");
}

Error embed_failed(std::string message) {
  return {ErrorCode::kEmbedFailed, std::move(message)};
}

/// The numbers of one output as a unit vector. Divides also where the network has divided already:
/// its float32 arithmetic leaves a norm that is 1 only to about six digits.
Result<std::vector<float>> to_unit_vector(const Ort::Value& value, const ModelOutput& output) {
  const std::size_t count = value.GetTensorTypeAndShapeInfo().GetElementCount();
  if (count != static_cast<std::size_t>(output.dimension)) {
    return embed_failed("the network gave " + std::to_string(count) + " numbers as '" +
                        output.name + "' instead of " + std::to_string(output.dimension));
  }
  const std::span<const float> numbers(value.GetTensorData<float>(), count);
  auto unit = unit_vector(numbers);
  if (!unit) {
    return embed_failed("the network's answer '" + output.name + "' is not finite or all zero");
  }
  if (output.normalised && std::abs(l2_norm(numbers) - 1) > 0.01) {
    return embed_failed("the network's answer '" + output.name +
                        "' is not normalised as its card says");
  }
  return std::move(*unit);
}

class OnnxEmbedder final : public Embedder {
 public:
  OnnxEmbedder(ModelCard card, Ort::Session session)
      : card_(std::move(card)), session_(std::move(session)), shape_(input_shape(card_.input)) {
    output_names_.push_back(card_.output.name.c_str());
    if (card_.colour) output_names_.push_back(card_.colour->name.c_str());
  }

  [[nodiscard]] const ModelCard& card() const override { return card_; }

  Result<Embedding> embed(const Image& image) const override {
    if (image.width <= 0 || image.height <= 0) return embed_failed("the picture has no pixels");
    try {
      return run(image);
    } catch (const Ort::Exception& exception) {
      return embed_failed(std::string("ONNX Runtime: ") + exception.what());
    }
  }

 private:
  Result<Embedding> run(const Image& image) const {
    const std::size_t count = 3 * static_cast<std::size_t>(card_.input.width) *
                              static_cast<std::size_t>(card_.input.height);
    const auto pixels = std::make_unique_for_overwrite<float[]>(count);
    preprocess(image, card_.input, {pixels.get(), count});
    const Ort::Value tensor =
        Ort::Value::CreateTensor<float>(memory_, pixels.get(), count, shape_.data(), shape_.size());
    const char* input_name = card_.input.name.c_str();
    // Run is const in all but declaration: ONNX Runtime allows it from several threads at once.
    const std::vector<Ort::Value> outputs =
        session_.Run(Ort::RunOptions{nullptr}, &input_name, &tensor, 1, output_names_.data(),
                     output_names_.size());
    Embedding embedding;
    auto shape = to_unit_vector(outputs[0], card_.output);
    if (!shape) return std::move(shape).error();
    embedding.shape = std::move(*shape);
    if (card_.colour) {
      auto colour = to_unit_vector(outputs[1], *card_.colour);
      if (!colour) return std::move(colour).error();
      embedding.colour = std::move(*colour);
    }
    return embedding;
  }

  const ModelCard card_;
  mutable Ort::Session session_;
  const Shape shape_;
  const Ort::MemoryInfo memory_ = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  std::vector<const char*> output_names_;  // point into card_: the object is never moved
};

}  // namespace

Result<std::unique_ptr<Embedder>> open_onnx_embedder(const ModelCard& card) {
  const auto environment = onnx_runtime();
  if (!environment) return environment.error();
  try {
    Ort::SessionOptions options = onnx_session_options();
    SEMBLANCE_RETURN_IF_ERROR(use_chosen_device(options));
    // ONNX Runtime resolves weights outside the file against the folder of the path it is given.
    Ort::Session session(**environment, card.onnx_path().c_str(), options);
    SEMBLANCE_RETURN_IF_ERROR(check_input(session, card));
    SEMBLANCE_RETURN_IF_ERROR(check_output(session, card, card.output));
    if (card.colour) SEMBLANCE_RETURN_IF_ERROR(check_output(session, card, *card.colour));
    return std::unique_ptr<Embedder>(std::make_unique<OnnxEmbedder>(card, std::move(session)));
  } catch (const Ort::Exception& exception) {
    return Error{ErrorCode::kCorrupt, "ONNX Runtime cannot open '" + card.onnx_path().string() +
                                          "': " + exception.what()};
  }
}

}  // namespace semblance
