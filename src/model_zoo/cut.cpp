#include "model_zoo/cut.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "base/sha256.h"
#include "describe/network_probe.h"

namespace semblance {

namespace {

namespace fs = std::filesystem;

constexpr const char* kEmbeddingName = "embedding";
/// What is smaller cannot tell pictures apart (and is a layer normalisation's mean, or the like).
constexpr std::int64_t kSmallestDimension = 8;
constexpr std::int64_t kLargestDimension = 65536;

/// A file that is gone when this is.
class TemporaryFile {
 public:
  explicit TemporaryFile(fs::path path) : path_(std::move(path)) {}
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

fs::path with_suffix(fs::path path, const char* suffix) {
  path += suffix;
  return path;
}

std::vector<std::int64_t> tensor_shape(const ModelInput& input) {
  if (input.layout == TensorLayout::kNchw) return {1, 3, input.height, input.width};
  return {1, input.height, input.width, 3};
}

enum class Form { kNone, kVector, kPlanar, kInterleaved, kTokens, kColumn };

/// How a tensor of one picture becomes a vector.
Form form_of(const std::vector<std::int64_t>& shape) {
  if (shape.size() < 2 || shape.size() > 4 || shape[0] != 1) return Form::kNone;
  if (shape.size() == 2) return Form::kVector;
  if (shape.size() == 3) return shape[2] == 1 ? Form::kColumn : Form::kTokens;
  if (shape[2] == 1 && shape[3] == 1) return Form::kColumn;
  if (shape[1] == 1 && shape[2] == 1) return Form::kColumn;
  // Height and width are alike, or nearly; the channels are many.
  const bool interleaved = shape[3] > shape[2] && shape[3] > shape[1];
  return interleaved ? Form::kInterleaved : Form::kPlanar;
}

int dimension_of(const std::vector<std::int64_t>& shape) {
  std::int64_t count = 0;
  switch (form_of(shape)) {
    case Form::kNone:
      return 0;
    case Form::kVector:
    case Form::kPlanar:
      count = shape[1];
      break;
    case Form::kInterleaved:
    case Form::kTokens:
      count = shape.back();
      break;
    case Form::kColumn:
      count = *std::max_element(shape.begin(), shape.end());
      break;
  }
  return count < kSmallestDimension || count > kLargestDimension ? 0 : static_cast<int>(count);
}

/// Adds what makes a vector of the tensor; returns the name of the result.
std::string add_vector_form(OnnxGraph& graph, const ProbedLayer& layer) {
  const std::string& tensor = layer.layer.tensor;
  switch (form_of(layer.shape)) {
    case Form::kNone:
    case Form::kVector:
      return tensor;
    case Form::kColumn:
      return graph.add_flatten(tensor, kEmbeddingName);
    case Form::kTokens:
      return graph.add_first_token(tensor, kEmbeddingName);
    case Form::kPlanar:
      return graph.add_flatten(graph.add_mean(tensor, 2, 3, "embedding_mean"), kEmbeddingName);
    case Form::kInterleaved:
      return graph.add_flatten(graph.add_mean(tensor, 1, 2, "embedding_mean"), kEmbeddingName);
  }
  return tensor;
}

Error cannot_serve(const ProbedLayer& layer) {
  return {ErrorCode::kInvalidArgument, "layer '" + layer.layer.tensor + "' is " +
                                           shape_text(layer.shape) +
                                           " for one picture, which cannot serve as an embedding"};
}

Result<ProbedLayer> choose_layer(const fs::path& graph_file, const std::string& wanted,
                                 const OnnxGraph& graph, const ModelInput& input,
                                 const fs::path& target) {
  const std::vector<Layer> layers =
      wanted.empty() ? embedding_layers(graph) : std::vector<Layer>{{wanted, "as asked for"}};
  if (!wanted.empty() && !graph.has_tensor(wanted)) {
    return Error{ErrorCode::kNotFound,
                 "'" + graph_file.string() + "' has no layer '" + wanted + "'"};
  }
  const auto probed = probe_layers(graph_file, layers, input, target);
  if (!probed) return probed.error();
  for (const ProbedLayer& layer : *probed) {
    if (layer.dimension > 0) return layer;
  }
  if (!probed->empty()) return cannot_serve(probed->front());
  return Error{ErrorCode::kInvalidArgument,
               "no layer of '" + graph_file.string() + "' can serve as an embedding"};
}

}  // namespace

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += i == 0 ? "" : ",";
    text += shape[i] < 0 ? "?" : std::to_string(shape[i]);
  }
  return text + "]";
}

Result<ModelInput> declared_input(const OnnxGraph& graph, int side) {
  const std::vector<GraphTensor> inputs = graph.inputs();
  const auto refused = [](const std::string& why) {
    return Error{ErrorCode::kInvalidArgument, "this network takes no picture: " + why};
  };
  if (inputs.size() != 1) {
    return refused("it has " + std::to_string(inputs.size()) + " inputs instead of one");
  }
  const GraphTensor& tensor = inputs.front();
  const std::string shown = "its input '" + tensor.name + "' is " + shape_text(tensor.shape);
  if (!tensor.is_float32) return refused("its input '" + tensor.name + "' is not float32");
  if (tensor.shape.size() != 4 || tensor.shape[0] > 1) {
    return refused(shown + ", not one picture of three channels");
  }
  const std::vector<std::int64_t>& shape = tensor.shape;
  ModelInput input;
  input.name = tensor.name;
  const bool interleaved = shape[3] == 3 && shape[1] != 3;
  if (!interleaved && shape[1] != 3 && shape[1] >= 0) return refused(shown);
  input.layout = interleaved ? TensorLayout::kNhwc : TensorLayout::kNchw;
  const std::size_t rows = interleaved ? 1 : 2;
  const auto length = [&](std::int64_t declared) {
    return declared > 0 && declared <= 4096 ? static_cast<int>(declared) : side;
  };
  input.height = length(shape[rows]);
  input.width = length(shape[rows + 1]);
  return input;
}

Result<std::vector<ProbedLayer>> probe_layers(const fs::path& graph_file,
                                              const std::vector<Layer>& layers,
                                              const ModelInput& input, const fs::path& beside) {
  if (layers.empty()) return std::vector<ProbedLayer>{};
  auto graph = OnnxGraph::read(graph_file);
  if (!graph) return graph.error();
  std::vector<std::string> names;
  names.reserve(layers.size());
  for (const Layer& layer : layers) names.push_back(layer.tensor);
  graph->set_untyped_outputs(names);
  graph->drop_unneeded();
  const TemporaryFile probe(with_suffix(beside, ".probe.onnx"));
  SEMBLANCE_RETURN_IF_ERROR(graph->write(probe.path()));
  const auto outputs = probe_network(probe.path(), input.name, tensor_shape(input));
  if (!outputs) return outputs.error();
  std::vector<ProbedLayer> probed;
  probed.reserve(layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const ProbedOutput& output = (*outputs)[i];
    probed.push_back({layers[i], output.shape, output.is_float32 ? dimension_of(output.shape) : 0});
  }
  return probed;
}

Result<CutNetwork> cut_network(const fs::path& graph_file, const std::string& layer,
                               const ModelInput& input, const fs::path& target) {
  auto graph = OnnxGraph::read(graph_file);
  if (!graph) return graph.error();
  const auto chosen = choose_layer(graph_file, layer, *graph, input, target);
  if (!chosen) return chosen.error();
  if (chosen->dimension == 0) return cannot_serve(*chosen);
  const std::string output = add_vector_form(*graph, *chosen);
  graph->set_outputs({output});
  graph->drop_unneeded();
  TemporaryFile written(with_suffix(target, ".cut.onnx"));
  SEMBLANCE_RETURN_IF_ERROR(graph->write(written.path()));
  const auto outputs = probe_network(written.path(), input.name, tensor_shape(input));
  if (!outputs) return outputs.error();
  if (const ProbedOutput& result = outputs->front();
      result.shape != std::vector<std::int64_t>{1, chosen->dimension} || !result.is_finite) {
    return Error{ErrorCode::kInvalidArgument,
                 "layer '" + chosen->layer.tensor + "' gives " + shape_text(result.shape) +
                     (result.is_finite ? "" : " with numbers that are not finite") +
                     ", which cannot serve as an embedding"};
  }
  const auto digest = sha256_of_file(written.path());
  if (!digest) return digest.error();
  std::error_code failure;
  const std::uint64_t bytes = fs::file_size(written.path(), failure);
  if (!failure) fs::rename(written.path(), target, failure);
  if (failure) {
    return Error{ErrorCode::kIo, "cannot write '" + target.string() + "': " + failure.message()};
  }
  SEMBLANCE_RETURN_IF_ERROR(sync_folder(target.parent_path()));
  return CutNetwork{*chosen, {output, chosen->dimension, false}, bytes, to_hex(*digest)};
}

}  // namespace semblance
