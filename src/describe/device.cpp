#include "describe/device.h"

#include <atomic>
#include <string>

#include "describe/onnx_runtime.h"

namespace semblance {

namespace {

std::atomic<Device>& device() {
  static std::atomic<Device> chosen{Device::kCpu};
  return chosen;
}

}  // namespace

void choose_device(Device chosen) {
  device().store(chosen);
}

Device chosen_device() {
  return device().load();
}

Result<Device> parse_device(std::string_view text) {
  if (text == "cpu") return Device::kCpu;
  if (text == "cuda") return Device::kCuda;
  return Error{ErrorCode::kInvalidArgument,
               "'" + std::string(text) + "' is no device: cpu or cuda"};
}

Status check_device() {
  if (chosen_device() == Device::kCpu) return {};
  const auto environment = onnx_runtime();
  if (!environment) return environment.error();
  try {
    Ort::SessionOptions options = onnx_session_options();
    return use_chosen_device(options);
  } catch (const Ort::Exception& exception) {
    return Error{ErrorCode::kUnavailable, std::string("ONNX Runtime: ") + exception.what()};
  }
}

}  // namespace semblance
