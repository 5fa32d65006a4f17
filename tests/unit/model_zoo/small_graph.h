#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "onnx_file.pb.h"

namespace semblance::test {

/// Builds ONNX files for tests, field by field.
class SmallGraph {
 public:
  /// One float32 input "input"; a length of 0 is free. opset and version of the file format as
  /// given.
  explicit SmallGraph(const std::vector<std::int64_t>& input_shape, std::int64_t opset = 13,
                      std::int64_t ir_version = 7);

  /// A float32 weight whose numbers are small and all different.
  SmallGraph& weight(const std::string& name, const std::vector<std::int64_t>& dims,
                     bool also_input = false);
  /// int64 numbers.
  SmallGraph& numbers(const std::string& name, const std::vector<std::int64_t>& values);
  /// Weights that lie in another file.
  SmallGraph& outside_weight(const std::string& name, const std::vector<std::int64_t>& dims,
                             const std::string& file);
  SmallGraph& node(const std::string& operation, const std::vector<std::string>& inputs,
                   const std::string& output);
  SmallGraph& output(const std::string& name);
  SmallGraph& value_info(const std::string& name);

  onnx_file::Model& model() { return model_; }
  /// Writes the file and returns its path.
  std::filesystem::path write(const std::filesystem::path& path) const;

 private:
  onnx_file::Model model_;
};

/// input N x 3 x side x side -> 1x1 convolution to 16 channels "features" -> "pooled" (global
/// average) -> "flat" -> classifier of 5 "logits" -> "probabilities".
SmallGraph small_classifier(std::int64_t batch = 0, std::int64_t side = 8);

}  // namespace semblance::test
