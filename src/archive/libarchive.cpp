#include "archive/libarchive.h"

#include <dlfcn.h>

#include <optional>

namespace semblance {

namespace {

constexpr const char* kLibrary = "libarchive.so.13";

std::optional<LibArchive> load() {
  void* handle = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return std::nullopt;
  LibArchive library;
  bool complete = true;
// NOLINTBEGIN(bugprone-macro-parentheses)
#define SEMBLANCE_LOOK_UP(name)                                                    \
  library.name = reinterpret_cast<decltype(library.name)>(::dlsym(handle, #name)); \
  complete = complete && library.name != nullptr;
  SEMBLANCE_LIBARCHIVE_FUNCTIONS(SEMBLANCE_LOOK_UP)
#undef SEMBLANCE_LOOK_UP
  // NOLINTEND(bugprone-macro-parentheses)
  if (!complete) return std::nullopt;
  return library;
}

}  // namespace

Result<const LibArchive*> LibArchive::get() {
  static const std::optional<LibArchive> library = load();
  if (!library) {
    return Error{ErrorCode::kUnavailable, std::string("archives need the library ") + kLibrary +
                                              "; install the package libarchive13"};
  }
  return &*library;
}

}  // namespace semblance
