#include "describe/onnx_runtime.h"

#include <dlfcn.h>
#include <onnxruntime_session_options_config_keys.h>

#include <cstdlib>
#include <mutex>
#include <string>

#include "describe/device.h"
#include "describe/program_folder.h"

namespace semblance {

namespace {

constexpr const char* kCudaProvider = "libonnxruntime_providers_cuda.so";
constexpr const char* kSharedProvider = "libonnxruntime_providers_shared.so";

Error unavailable(std::string message) {
  return {ErrorCode::kUnavailable, std::move(message)};
}

/// Where a candidate is opened from. ONNX Runtime looks for CUDA's provider in the folder that it
/// was opened from, and the program's folder only has a link to it. A bare name is the system's to
/// find.
std::filesystem::path opened_path(const std::filesystem::path& candidate) {
  if (!candidate.has_parent_path()) return candidate;
  std::error_code failure;
  const auto real = std::filesystem::canonical(candidate, failure);
  return failure ? candidate : real;
}

/// The file of the library that is in use.
std::filesystem::path loaded_library() {
  Dl_info info{};
  const auto* function = reinterpret_cast<const void*>(Ort::GetApi().CreateEnv);
  if (::dladdr(function, &info) == 0 || info.dli_fname == nullptr) return {};
  return info.dli_fname;
}

Result<const OrtApi*> api_of(void* library, const std::filesystem::path& path) {
  using GetApiBase = const OrtApiBase* (*)();
  const auto get_api_base = reinterpret_cast<GetApiBase>(dlsym(library, "OrtGetApiBase"));
  const OrtApiBase* base = get_api_base == nullptr ? nullptr : get_api_base();
  if (base == nullptr) return unavailable("'" + path.string() + "' is not ONNX Runtime");
  const OrtApi* api = base->GetApi(kOnnxRuntimeApi);
  if (api != nullptr) return api;
  return unavailable("ONNX Runtime " + std::string(base->GetVersionString()) + " in '" +
                     path.string() + "' is too old: version 1." + std::to_string(kOnnxRuntimeApi) +
                     " or newer is needed; run scripts/setup to fetch one");
}

/// ONNX Runtime logs what is wrong and throws less; we say it in a sentence of our own.
class QuietRuntime {
 public:
  explicit QuietRuntime(const Ort::Env& environment) : environment_(environment) {
    set_level(ORT_LOGGING_LEVEL_FATAL);
  }
  QuietRuntime(const QuietRuntime&) = delete;
  QuietRuntime& operator=(const QuietRuntime&) = delete;
  ~QuietRuntime() { set_level(ORT_LOGGING_LEVEL_ERROR); }

 private:
  void set_level(OrtLoggingLevel level) {
    Ort::Status(Ort::GetApi().UpdateEnvWithCustomLogLevel(environment_, level));
  }
  const Ort::Env& environment_;
};

/// Which of CUDA's libraries is missing: the loader says it, once more, and ONNX Runtime does not.
std::string why_not_loaded(const std::filesystem::path& provider, const char* otherwise) {
  if (void* library = ::dlopen(provider.c_str(), RTLD_LAZY | RTLD_LOCAL)) {
    ::dlclose(library);
    return otherwise;
  }
  const char* reason = ::dlerror();
  return reason == nullptr ? otherwise : reason;
}

}  // namespace

std::vector<std::filesystem::path> onnx_runtime_candidates() {
  const char* named = std::getenv("SEMBLANCE_ONNXRUNTIME");
  if (named != nullptr && *named != '\0') return {named};
  std::vector<std::filesystem::path> candidates;
  if (const auto folder = program_folder(); !folder.empty()) {
    candidates.push_back(folder.parent_path() / "lib" / "libonnxruntime.so");
  }
  candidates.emplace_back("libonnxruntime.so.1");
  return candidates;
}

Result<const OrtApi*> load_onnx_runtime(const std::vector<std::filesystem::path>& candidates) {
  std::string reasons;
  for (const auto& path : candidates) {
    if (void* library = dlopen(opened_path(path).c_str(), RTLD_NOW | RTLD_LOCAL)) {
      auto api = api_of(library, path);
      // A library that is used stays for the life of the process: its threads and thread-local
      // objects do not survive being unloaded.
      if (!api) dlclose(library);
      return api;
    }
    const char* reason = dlerror();
    reasons += reasons.empty() ? "" : "; ";
    reasons += reason == nullptr ? path.string() : reason;
  }
  return unavailable("ONNX Runtime cannot be loaded (" + reasons +
                     "): run scripts/setup, or name its library in SEMBLANCE_ONNXRUNTIME");
}

Result<const Ort::Env*> onnx_runtime() {
  static std::mutex mutex;
  static const Ort::Env* environment = nullptr;  // never destroyed, as the library is not unloaded
  const std::lock_guard lock(mutex);
  if (environment != nullptr) return environment;
  const auto api = load_onnx_runtime(onnx_runtime_candidates());
  if (!api) return api.error();
  Ort::InitApi(*api);
  try {
    environment = new Ort::Env(ORT_LOGGING_LEVEL_ERROR, "semblance");
  } catch (const Ort::Exception& exception) {
    return unavailable(std::string("ONNX Runtime does not start: ") + exception.what());
  }
  return environment;
}

Status use_chosen_device(Ort::SessionOptions& options) {
  if (chosen_device() == Device::kCpu) return {};
  const std::filesystem::path library = loaded_library();
  for (const char* file : {kSharedProvider, kCudaProvider}) {
    std::error_code ignored;
    if (std::filesystem::exists(library.parent_path() / file, ignored)) continue;
    return unavailable("device 'cuda' needs '" + std::string(file) + "' beside '" +
                       library.string() +
                       "': docs/operations.md says where to get it; without it use --device cpu");
  }
  const auto environment = onnx_runtime();
  if (!environment) return environment.error();
  const QuietRuntime quiet(**environment);
  try {
    OrtCUDAProviderOptions cuda{};
    options.AppendExecutionProvider_CUDA(cuda);
  } catch (const Ort::Exception& exception) {
    return unavailable("device 'cuda' cannot be used: " +
                       why_not_loaded(library.parent_path() / kCudaProvider, exception.what()));
  }
  return {};
}

Ort::SessionOptions onnx_session_options() {
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(1);
  options.SetInterOpNumThreads(1);
  options.SetExecutionMode(ORT_SEQUENTIAL);
  options.SetGraphOptimizationLevel(ORT_ENABLE_ALL);
  options.SetLogSeverityLevel(ORT_LOGGING_LEVEL_ERROR);
  options.AddConfigEntry(kOrtSessionOptionsConfigAllowIntraOpSpinning, "0");
  options.AddConfigEntry(kOrtSessionOptionsConfigAllowInterOpSpinning, "0");
  // The memory arena and its patterns stay on: without them every run allocates anew, and two
  // threads peak at 113 to 176 MB instead of 89 (docs/decisions/0002-onnx-runtime.md).
  return options;
}

}  // namespace semblance
