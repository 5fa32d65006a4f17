#include "model_zoo/graph.h"

#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <limits>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/atomic_file.h"
#include "base/file.h"
#include "onnx_file.pb.h"

namespace semblance {

namespace {

// Values of ONNX's enumerations.
constexpr int kFloat = 1;
constexpr int kInt64 = 7;
constexpr int kStoredOutside = 1;
constexpr int kIntAttribute = 2;
constexpr int kIntsAttribute = 7;

/// From here on weights need not be listed as inputs, and those that are not are constants.
constexpr std::int64_t kWeightsAreNoInputs = 4;
/// From here on ReduceMean takes its axes as an input.
constexpr std::int64_t kAxesAreInput = 18;

using Names = std::unordered_set<std::string>;

/// What the nodes of a graph within a node take from around it, and more: an excess does no harm.
void collect_captured(const onnx_file::Graph& graph, Names& names);

void collect_inputs(const onnx_file::Node& node, Names& names) {
  names.insert(node.input().begin(), node.input().end());
  for (const onnx_file::Attribute& attribute : node.attribute()) {
    if (attribute.has_g()) collect_captured(attribute.g(), names);
    for (const onnx_file::Graph& graph : attribute.graphs()) collect_captured(graph, names);
  }
}

void collect_captured(const onnx_file::Graph& graph, Names& names) {
  for (const onnx_file::Node& node : graph.node()) collect_inputs(node, names);
  for (const onnx_file::Value& output : graph.output()) names.insert(output.name());
}

/// Removes the elements for which `is_needed` is false, and keeps the order of the others.
template <typename Field, typename Condition>
void keep_if(Field& field, const Condition& is_needed) {
  int kept = 0;
  for (int i = 0; i < field.size(); ++i) {
    if (!is_needed(field.Get(i))) continue;
    if (kept != i) field.SwapElements(kept, i);
    ++kept;
  }
  field.DeleteSubrange(kept, field.size() - kept);
}

/// Calls `visit` with every tensor that is stored in the graph.
template <typename GraphType, typename Visit>
void visit_tensors(GraphType& graph, const Visit& visit) {
  for (auto& tensor : *graph.mutable_initializer()) visit(tensor);
  for (auto& sparse : *graph.mutable_sparse_initializer()) visit(*sparse.mutable_values());
  for (auto& node : *graph.mutable_node()) {
    for (auto& attribute : *node.mutable_attribute()) {
      if (attribute.has_t()) visit(*attribute.mutable_t());
      if (attribute.has_g()) visit_tensors(*attribute.mutable_g(), visit);
      for (auto& inner : *attribute.mutable_graphs()) visit_tensors(inner, visit);
    }
  }
}

GraphTensor facts_of(const onnx_file::Value& value) {
  const onnx_file::TensorType& type = value.type().tensor_type();
  GraphTensor tensor{value.name(), {}, type.elem_type() == kFloat};
  for (const onnx_file::Dimension& dimension : type.shape().dim()) {
    const bool fixed = dimension.has_dim_value() && dimension.dim_value() > 0;
    tensor.shape.push_back(fixed ? dimension.dim_value() : -1);
  }
  return tensor;
}

/// Protocol buffers' stream into a file of ours; remembers the first failure.
class FileStream final : public google::protobuf::io::CopyingOutputStream {
 public:
  explicit FileStream(AtomicFile& file) : file_(file) {}

  bool Write(const void* data, int size) override {
    if (!status_) return false;
    const std::span<const char> bytes(static_cast<const char*>(data),
                                      static_cast<std::size_t>(size));
    status_ = file_.write(std::as_bytes(bytes));
    return status_.ok();
  }

  [[nodiscard]] const Status& status() const { return status_; }

 private:
  AtomicFile& file_;
  Status status_;
};

}  // namespace

struct OnnxGraph::Content {
  onnx_file::Model model;

  [[nodiscard]] std::int64_t opset() const {
    for (const onnx_file::OperatorSet& set : model.opset_import()) {
      if (set.domain().empty() || set.domain() == "ai.onnx") return set.version();
    }
    return 1;
  }

  onnx_file::Node& add_node(const std::string& operation, const std::string& input,
                            const std::string& output) {
    onnx_file::Node& node = *model.mutable_graph()->add_node();
    node.set_op_type(operation);
    node.set_name(output);
    node.add_input(input);
    node.add_output(output);
    return node;
  }

  /// int64 numbers as a weight; no dimension: one number.
  void add_constant(const std::string& name, const std::vector<std::int64_t>& numbers,
                    bool is_list) {
    onnx_file::Tensor& tensor = *model.mutable_graph()->add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(kInt64);
    if (is_list) tensor.add_dims(static_cast<std::int64_t>(numbers.size()));
    for (const std::int64_t number : numbers) tensor.add_int64_data(number);
  }
};

OnnxGraph::OnnxGraph(std::unique_ptr<Content> content) : content_(std::move(content)) {}
OnnxGraph::OnnxGraph(OnnxGraph&& other) noexcept = default;
OnnxGraph& OnnxGraph::operator=(OnnxGraph&& other) noexcept = default;
OnnxGraph::~OnnxGraph() = default;

Result<OnnxGraph> OnnxGraph::read(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  if (!file) return file.error();
  const std::span<const std::byte> bytes = file->bytes();
  const auto refused = [&](const std::string& why) {
    return Error{ErrorCode::kCorrupt, "'" + path.string() + "' " + why};
  };
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    return refused("is larger than 2 GiB, which no ONNX file can be");
  }
  auto content = std::make_unique<Content>();
  const bool parsed = content->model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  if (!parsed || content->model.graph().node_size() == 0) {
    return refused("is damaged or no ONNX file");
  }
  return OnnxGraph(std::move(content));
}

Status OnnxGraph::write(const std::filesystem::path& path) const {
  auto file = AtomicFile::create(path);
  if (!file) return file.error();
  FileStream stream(*file);
  {
    google::protobuf::io::CopyingOutputStreamAdaptor adaptor(&stream, 1 << 16);
    const bool written = content_->model.SerializeToZeroCopyStream(&adaptor) && adaptor.Flush();
    SEMBLANCE_RETURN_IF_ERROR(stream.status());
    if (!written) {
      return Error{ErrorCode::kIo, "'" + path.string() + "' would be larger than 2 GiB"};
    }
  }
  return file->commit();
}

std::vector<GraphTensor> OnnxGraph::inputs() const {
  const std::set<std::string> stored = weights();
  std::vector<GraphTensor> inputs;
  for (const onnx_file::Value& value : content_->model.graph().input()) {
    if (!stored.contains(value.name())) inputs.push_back(facts_of(value));
  }
  return inputs;
}

std::vector<std::string> OnnxGraph::outputs() const {
  std::vector<std::string> names;
  for (const onnx_file::Value& value : content_->model.graph().output()) {
    names.push_back(value.name());
  }
  return names;
}

std::vector<GraphNode> OnnxGraph::nodes() const {
  std::vector<GraphNode> nodes;
  nodes.reserve(static_cast<std::size_t>(content_->model.graph().node_size()));
  for (const onnx_file::Node& node : content_->model.graph().node()) {
    nodes.push_back({node.op_type(),
                     {node.input().begin(), node.input().end()},
                     {node.output().begin(), node.output().end()}});
  }
  return nodes;
}

std::set<std::string> OnnxGraph::weights() const {
  std::set<std::string> names;
  for (const onnx_file::Tensor& tensor : content_->model.graph().initializer()) {
    names.insert(tensor.name());
  }
  for (const onnx_file::SparseTensor& tensor : content_->model.graph().sparse_initializer()) {
    names.insert(tensor.values().name());
  }
  return names;
}

std::string OnnxGraph::producer() const {
  return content_->model.producer_name();
}

bool OnnxGraph::has_tensor(const std::string& name) const {
  const onnx_file::Graph& graph = content_->model.graph();
  const auto is_named = [&](const auto& element) { return element.name() == name; };
  return std::any_of(graph.input().begin(), graph.input().end(), is_named) ||
         std::any_of(graph.initializer().begin(), graph.initializer().end(), is_named) ||
         std::any_of(graph.node().begin(), graph.node().end(), [&](const auto& node) {
           return std::find(node.output().begin(), node.output().end(), name) !=
                  node.output().end();
         });
}

std::vector<std::string> OnnxGraph::data_files() const {
  std::set<std::string> names;
  visit_tensors(*content_->model.mutable_graph(), [&](const onnx_file::Tensor& tensor) {
    if (tensor.data_location() != kStoredOutside) return;
    for (const onnx_file::StringPair& pair : tensor.external_data()) {
      if (pair.key() == "location") names.insert(pair.value());
    }
  });
  return {names.begin(), names.end()};
}

void OnnxGraph::rename_data_file(const std::string& old_name, const std::string& new_name) {
  visit_tensors(*content_->model.mutable_graph(), [&](onnx_file::Tensor& tensor) {
    for (onnx_file::StringPair& pair : *tensor.mutable_external_data()) {
      if (pair.key() == "location" && pair.value() == old_name) pair.set_value(new_name);
    }
  });
}

void OnnxGraph::set_untyped_outputs(const std::vector<std::string>& names) {
  onnx_file::Graph& graph = *content_->model.mutable_graph();
  graph.clear_output();
  for (const std::string& name : names) graph.add_output()->set_name(name);
}

void OnnxGraph::set_outputs(const std::vector<std::string>& names) {
  set_untyped_outputs(names);
  for (onnx_file::Value& value : *content_->model.mutable_graph()->mutable_output()) {
    value.mutable_type()->mutable_tensor_type()->set_elem_type(kFloat);
  }
}

void OnnxGraph::drop_unneeded() {
  onnx_file::Graph& graph = *content_->model.mutable_graph();
  Names needed;
  for (const onnx_file::Value& output : graph.output()) needed.insert(output.name());
  // Nodes are stored behind those that they use, so one pass from the end sees every user first.
  std::vector<bool> keeps(static_cast<std::size_t>(graph.node_size()), false);
  for (int i = graph.node_size() - 1; i >= 0; --i) {
    const onnx_file::Node& node = graph.node(i);
    const bool is_used = std::any_of(
        node.output().begin(), node.output().end(),
        [&](const std::string& output) { return !output.empty() && needed.contains(output); });
    if (!is_used) continue;
    keeps[static_cast<std::size_t>(i)] = true;
    collect_inputs(node, needed);
    needed.insert(node.output().begin(), node.output().end());
  }
  const std::set<std::string> stored = weights();  // those that go, too
  std::size_t index = 0;
  keep_if(*graph.mutable_node(), [&](const onnx_file::Node&) { return bool{keeps[index++]}; });
  const auto is_needed = [&](const auto& element) { return needed.contains(element.name()); };
  keep_if(*graph.mutable_initializer(), is_needed);
  keep_if(*graph.mutable_sparse_initializer(), [&](const onnx_file::SparseTensor& tensor) {
    return needed.contains(tensor.values().name());
  });
  keep_if(*graph.mutable_value_info(), is_needed);
  keep_if(*graph.mutable_quantization_annotation(),
          [&](const auto& annotation) { return needed.contains(annotation.tensor_name()); });
  keep_if(*graph.mutable_input(),
          [&](const onnx_file::Value& value) { return !stored.contains(value.name()); });
  if (content_->model.ir_version() < kWeightsAreNoInputs) {
    content_->model.set_ir_version(kWeightsAreNoInputs);
  }
}

std::string OnnxGraph::free_name(const std::string& wanted_name) const {
  std::string name = wanted_name;
  for (int i = 1; has_tensor(name); ++i) name = wanted_name + "_" + std::to_string(i);
  return name;
}

std::string OnnxGraph::add_flatten(const std::string& tensor, const std::string& wanted_name) {
  std::string output = free_name(wanted_name);
  onnx_file::Node& node = content_->add_node("Flatten", tensor, output);
  onnx_file::Attribute& axis = *node.add_attribute();
  axis.set_name("axis");
  axis.set_type(kIntAttribute);
  axis.set_i(1);
  return output;
}

std::string OnnxGraph::add_mean(const std::string& tensor, std::int64_t first_axis,
                                std::int64_t second_axis, const std::string& wanted_name) {
  std::string output = free_name(wanted_name);
  const std::vector<std::int64_t> axes{first_axis, second_axis};
  onnx_file::Node& node = content_->add_node("ReduceMean", tensor, output);
  if (content_->opset() >= kAxesAreInput) {
    const std::string name = free_name(output + "_axes");
    node.add_input(name);
    content_->add_constant(name, axes, true);
    return output;
  }
  onnx_file::Attribute& attribute = *node.add_attribute();
  attribute.set_name("axes");
  attribute.set_type(kIntsAttribute);
  for (const std::int64_t axis : axes) attribute.add_ints(axis);
  return output;
}

std::string OnnxGraph::add_first_token(const std::string& tensor, const std::string& wanted_name) {
  std::string output = free_name(wanted_name);
  const std::string index = free_name(output + "_index");
  onnx_file::Node& node = content_->add_node("Gather", tensor, output);
  node.add_input(index);
  content_->add_constant(index, {0}, false);
  onnx_file::Attribute& axis = *node.add_attribute();
  axis.set_name("axis");
  axis.set_type(kIntAttribute);
  axis.set_i(1);
  return output;
}

}  // namespace semblance
