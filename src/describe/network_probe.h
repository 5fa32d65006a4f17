#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace semblance {

/// What a network gave for one output.
struct ProbedOutput {
  std::string name;
  std::vector<std::int64_t> shape;
  bool is_float32 = true;
  std::vector<float> values;  ///< all of it, row by row; empty where it is not float32
  bool is_finite = true;
};

/// Opens any network with one float32 input and runs it once on noise from 0 to 1, the same in
/// every call. Outputs come in the order of the file.
/// Errors: kUnavailable (no ONNX Runtime library), kCorrupt (it cannot be opened or run).
Result<std::vector<ProbedOutput>> probe_network(const std::filesystem::path& onnx_path,
                                                const std::string& input_name,
                                                const std::vector<std::int64_t>& input_shape);

}  // namespace semblance
