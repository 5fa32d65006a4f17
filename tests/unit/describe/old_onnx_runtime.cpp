#include <onnxruntime_c_api.h>

#include <cstdint>

namespace {

const OrtApi* ORT_API_CALL no_api(std::uint32_t) noexcept {
  return nullptr;
}
const char* ORT_API_CALL version() noexcept {
  return "1.2.3";
}

constexpr OrtApiBase kBase{no_api, version};

}  // namespace

extern "C" const OrtApiBase* ORT_API_CALL OrtGetApiBase() noexcept {
  return &kBase;
}
