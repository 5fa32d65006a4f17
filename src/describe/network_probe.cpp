#include "describe/network_probe.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <utility>

#include "describe/onnx_runtime.h"

namespace semblance {

namespace {

std::vector<float> noise(std::size_t count) {
  std::minstd_rand random(1);
  std::vector<float> values(count);
  // Not uniform_real_distribution: every standard library has its own.
  for (float& value : values) value = static_cast<float>(random() % 4096) / 4096;
  return values;
}

std::vector<ProbedOutput> run(Ort::Session& session, const std::string& input_name,
                              const std::vector<std::int64_t>& shape) {
  std::size_t count = 1;
  for (const std::int64_t length : shape) count *= static_cast<std::size_t>(length);
  std::vector<float> pixels = noise(count);
  const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  const Ort::Value tensor =
      Ort::Value::CreateTensor<float>(memory, pixels.data(), count, shape.data(), shape.size());
  Ort::AllocatorWithDefaultOptions allocator;
  std::vector<ProbedOutput> outputs;
  std::vector<const char*> names;
  for (std::size_t i = 0; i < session.GetOutputCount(); ++i) {
    outputs.push_back({session.GetOutputNameAllocated(i, allocator).get(), {}, true, {}, true});
  }
  names.reserve(outputs.size());
  for (const ProbedOutput& output : outputs) names.push_back(output.name.c_str());
  const char* input = input_name.c_str();
  const std::vector<Ort::Value> results =
      session.Run(Ort::RunOptions{nullptr}, &input, &tensor, 1, names.data(), names.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto facts = results[i].GetTensorTypeAndShapeInfo();
    outputs[i].is_float32 = facts.GetElementType() == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
    outputs[i].shape = facts.GetShape();
    if (!outputs[i].is_float32) continue;
    const auto* values = results[i].GetTensorData<float>();
    outputs[i].values.assign(values, values + facts.GetElementCount());
    outputs[i].is_finite = std::all_of(outputs[i].values.begin(), outputs[i].values.end(),
                                       [](float value) { return std::isfinite(value); });
  }
  return outputs;
}

}  // namespace

Result<std::vector<ProbedOutput>> probe_network(const std::filesystem::path& onnx_path,
                                                const std::string& input_name,
                                                const std::vector<std::int64_t>& input_shape) {
  const auto environment = onnx_runtime();
  if (!environment) return environment.error();
  try {
    Ort::Session session(**environment, onnx_path.c_str(), onnx_session_options());
    return run(session, input_name, input_shape);
  } catch (const Ort::Exception& exception) {
    return Error{ErrorCode::kCorrupt,
                 "ONNX Runtime cannot run '" + onnx_path.string() + "': " + exception.what()};
  }
}

}  // namespace semblance
