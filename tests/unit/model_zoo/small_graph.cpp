#include "small_graph.h"

#include <stdexcept>

#include "base/file.h"

namespace semblance::test {

namespace {

constexpr int kFloat = 1;
constexpr int kInt64 = 7;

void set_float_type(onnx_file::Value& value) {
  value.mutable_type()->mutable_tensor_type()->set_elem_type(kFloat);
}

}  // namespace

SmallGraph::SmallGraph(const std::vector<std::int64_t>& input_shape, std::int64_t opset,
                       std::int64_t ir_version) {
  model_.set_ir_version(ir_version);
  model_.add_opset_import()->set_version(opset);
  model_.mutable_graph()->set_name("small");
  onnx_file::Value& input = *model_.mutable_graph()->add_input();
  input.set_name("input");
  set_float_type(input);
  for (const std::int64_t length : input_shape) {
    onnx_file::Dimension& dimension =
        *input.mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim();
    if (length > 0) {
      dimension.set_dim_value(length);
    } else {
      dimension.set_dim_param("n");
    }
  }
}

SmallGraph& SmallGraph::weight(const std::string& name, const std::vector<std::int64_t>& dims,
                               bool also_input) {
  onnx_file::Tensor& tensor = *model_.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(kFloat);
  std::int64_t count = 1;
  for (const std::int64_t length : dims) {
    tensor.add_dims(length);
    count *= length;
  }
  // The field for raw bytes is not among those that the program reads.
  std::string bytes;
  for (std::int64_t i = 0; i < count; ++i) {
    const float value = static_cast<float>((i * 37) % 101 - 50) / 100;
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  constexpr char kRawData = 9 << 3 | 2;
  std::string field(1, kRawData);
  std::size_t length = bytes.size();
  for (; length >= 0x80; length >>= 7) field += static_cast<char>(length | 0x80);
  field += static_cast<char>(length);
  tensor.mutable_unknown_fields()->append(field + bytes);
  if (also_input) {
    onnx_file::Value& value = *model_.mutable_graph()->add_input();
    value.set_name(name);
    set_float_type(value);
    for (const std::int64_t dim : dims) {
      value.mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim()->set_dim_value(dim);
    }
  }
  return *this;
}

SmallGraph& SmallGraph::numbers(const std::string& name, const std::vector<std::int64_t>& values) {
  onnx_file::Tensor& tensor = *model_.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(kInt64);
  tensor.add_dims(static_cast<std::int64_t>(values.size()));
  for (const std::int64_t value : values) tensor.add_int64_data(value);
  return *this;
}

SmallGraph& SmallGraph::outside_weight(const std::string& name,
                                       const std::vector<std::int64_t>& dims,
                                       const std::string& file) {
  onnx_file::Tensor& tensor = *model_.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(kFloat);
  for (const std::int64_t length : dims) tensor.add_dims(length);
  tensor.set_data_location(1);
  onnx_file::StringPair& location = *tensor.add_external_data();
  location.set_key("location");
  location.set_value(file);
  return *this;
}

SmallGraph& SmallGraph::node(const std::string& operation, const std::vector<std::string>& inputs,
                             const std::string& output) {
  onnx_file::Node& node = *model_.mutable_graph()->add_node();
  node.set_op_type(operation);
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(output);
  return *this;
}

SmallGraph& SmallGraph::output(const std::string& name) {
  onnx_file::Value& value = *model_.mutable_graph()->add_output();
  value.set_name(name);
  set_float_type(value);
  return *this;
}

SmallGraph& SmallGraph::value_info(const std::string& name) {
  onnx_file::Value& value = *model_.mutable_graph()->add_value_info();
  value.set_name(name);
  set_float_type(value);
  return *this;
}

std::filesystem::path SmallGraph::write(const std::filesystem::path& path) const {
  if (!write_file_atomically(path, model_.SerializeAsString())) {
    throw std::runtime_error("cannot write " + path.string());
  }
  return path;
}

SmallGraph small_classifier(std::int64_t batch, std::int64_t side) {
  SmallGraph graph({batch, 3, side, side});
  graph.weight("conv.w", {16, 3, 1, 1})
      .weight("head.w", {16, 5})
      .weight("head.b", {5})
      .node("Conv", {"input", "conv.w"}, "features")
      .node("GlobalAveragePool", {"features"}, "pooled")
      .node("Flatten", {"pooled"}, "flat")
      .node("Gemm", {"flat", "head.w", "head.b"}, "logits")
      .node("Softmax", {"logits"}, "probabilities")
      .output("probabilities");
  return graph;
}

}  // namespace semblance::test
