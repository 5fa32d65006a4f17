#include "fetch/curl_library.h"

#include <dlfcn.h>

#include <string>

namespace semblance {

namespace {

/// The second is Debian's and Ubuntu's build with GnuTLS, which many systems have anyway.
constexpr const char* kLibraries[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};

Error unavailable(const std::string& reason) {
  return {ErrorCode::kUnavailable,
          "libcurl, which downloads photos, cannot be used (" + reason +
              "): install the Debian package libcurl4 (libcurl4t64 in newer releases)"};
}

}  // namespace

Status CurlLibrary::open() {
  void* library = nullptr;
  for (const char* name : kLibraries) {
    library = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library != nullptr) break;
  }
  if (library == nullptr) {
    const char* reason = ::dlerror();
    return unavailable(reason == nullptr ? "not found" : reason);
  }
#define SEMBLANCE_LOOK_UP(name)                                     \
  name = reinterpret_cast<decltype(name)>(::dlsym(library, #name)); \
  if (name == nullptr) return unavailable("it is too old: it has no " #name);
  SEMBLANCE_CURL_FUNCTIONS(SEMBLANCE_LOOK_UP)
#undef SEMBLANCE_LOOK_UP
  if (const CURLcode code = curl_global_init(CURL_GLOBAL_ALL); code != CURLE_OK) {
    return unavailable(curl_easy_strerror(code));
  }
  return {};
}

Result<const CurlLibrary*> CurlLibrary::load() {
  static CurlLibrary library;
  static const Status kOpened = library.open();
  if (!kOpened) return kOpened.error();
  return &library;
}

}  // namespace semblance
