#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"

namespace semblance {

/// An operator of a graph, without its attributes.
struct GraphNode {
  std::string operation;            ///< "Conv", "Relu", ...
  std::vector<std::string> inputs;  ///< names of tensors; an optional one that is not given is ""
  std::vector<std::string> outputs;
};

/// What a graph declares about a tensor.
struct GraphTensor {
  std::string name;
  /// -1: free. An empty shape is one that is not declared.
  std::vector<std::int64_t> shape;
  bool is_float32 = false;
};

/// An ONNX file as a graph of operators, for choosing and cutting out a part of it. Weights are
/// carried along, never looked into. In memory the graph takes what its file takes.
class OnnxGraph {
 public:
  /// Errors: kMissingFile, kUnreadable, kCorrupt (no ONNX file).
  static Result<OnnxGraph> read(const std::filesystem::path& path);
  OnnxGraph(OnnxGraph&& other) noexcept;
  OnnxGraph& operator=(OnnxGraph&& other) noexcept;
  OnnxGraph(const OnnxGraph&) = delete;
  OnnxGraph& operator=(const OnnxGraph&) = delete;
  ~OnnxGraph();

  /// Errors: kIo. After a crash `path` holds what it held before, or all of the graph.
  Status write(const std::filesystem::path& path) const;

  /// What must be given to run it: old files list the weights as inputs, too; those are left out.
  [[nodiscard]] std::vector<GraphTensor> inputs() const;
  [[nodiscard]] std::vector<std::string> outputs() const;
  /// In the order in which they are stored, each behind those whose outputs it uses.
  [[nodiscard]] std::vector<GraphNode> nodes() const;
  /// Names of the weights.
  [[nodiscard]] std::set<std::string> weights() const;
  /// The program that wrote the file, as it says: "pytorch", "tf2onnx", "".
  [[nodiscard]] std::string producer() const;
  /// Whether a tensor of this name is an input, a weight or some node's output.
  [[nodiscard]] bool has_tensor(const std::string& name) const;
  /// Files that hold weights (ONNX external data), as the graph names them.
  [[nodiscard]] std::vector<std::string> data_files() const;
  /// Weights in file `old_name` lie in `new_name` from now on.
  void rename_data_file(const std::string& old_name, const std::string& new_name);

  /// Makes these tensors the graph's outputs (float32, no shape declared), in place of those it
  /// had. Every name must be a tensor of the graph.
  void set_outputs(const std::vector<std::string>& names);
  /// The same without declaring a type: for trying out tensors of whatever kind.
  void set_untyped_outputs(const std::vector<std::string>& names);
  /// Drops the nodes, weights and declarations that the outputs do not need. Weights are no longer
  /// listed as inputs, so that they count as constants.
  void drop_unneeded();

  // Each adds an operator to a tensor and returns the name of its result, which is `wanted_name`
  // unless that is taken.

  /// N x anything -> N x D.
  std::string add_flatten(const std::string& tensor, const std::string& wanted_name);
  /// The mean over two axes, which then have length 1.
  std::string add_mean(const std::string& tensor, std::int64_t first_axis, std::int64_t second_axis,
                       const std::string& wanted_name);
  /// N x T x D -> N x D: token 0.
  std::string add_first_token(const std::string& tensor, const std::string& wanted_name);

 private:
  struct Content;
  explicit OnnxGraph(std::unique_ptr<Content> content);
  [[nodiscard]] std::string free_name(const std::string& wanted_name) const;

  std::unique_ptr<Content> content_;
};

}  // namespace semblance
