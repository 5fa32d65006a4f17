#pragma once

// ONNX Runtime's C++ API over a library that is loaded at run time: only files of this folder (and
// the benchmark that runs it alone) include this header.
#ifndef ORT_API_MANUAL_INIT
#define ORT_API_MANUAL_INIT
#endif
#include <onnxruntime_cxx_api.h>

#include <filesystem>
#include <vector>

#include "base/result.h"

namespace semblance {

/// The oldest version of the API that has every function used here (ONNX Runtime 1.17).
inline constexpr unsigned kOnnxRuntimeApi = 17;

/// Where the library is looked for, in this order: the file that SEMBLANCE_ONNXRUNTIME names (then
/// nothing else is tried), ../lib/libonnxruntime.so beside the program, the system's
/// libonnxruntime.so.1.
std::vector<std::filesystem::path> onnx_runtime_candidates();

/// Loads the first candidate that can be loaded and asks it for its API. Errors: kUnavailable (none
/// can be loaded; not ONNX Runtime; too old).
Result<const OrtApi*> load_onnx_runtime(const std::vector<std::filesystem::path>& candidates);

/// The process's environment; loads the library on first use. It is never unloaded. Errors:
/// kUnavailable.
Result<const Ort::Env*> onnx_runtime();

/// One thread a call, no spinning, all graph optimisations, no log but errors. The library must
/// have been loaded. Throws Ort::Exception.
Ort::SessionOptions onnx_session_options();

/// Makes sessions with these options compute on the chosen device (device.h). The library must have
/// been loaded. Errors: kUnavailable (CUDA without its provider's library, CUDA's own libraries or
/// a driver).
Status use_chosen_device(Ort::SessionOptions& options);

}  // namespace semblance
