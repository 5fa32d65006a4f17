#pragma once

// libcurl, opened at run time: only files of this folder include this header.
#ifndef CURL_DISABLE_TYPECHECK
#define CURL_DISABLE_TYPECHECK
#endif
#include <curl/curl.h>

#include "base/result.h"

namespace semblance {

#define SEMBLANCE_CURL_FUNCTIONS(apply)                                                           \
  apply(curl_global_init) apply(curl_free) apply(curl_getdate) apply(curl_slist_append)           \
      apply(curl_slist_free_all) apply(curl_easy_init) apply(curl_easy_cleanup)                   \
          apply(curl_easy_reset) apply(curl_easy_setopt) apply(curl_easy_getinfo)                 \
              apply(curl_easy_strerror) apply(curl_easy_perform) apply(curl_multi_init)           \
                  apply(curl_multi_cleanup) apply(curl_multi_setopt) apply(curl_multi_add_handle) \
                      apply(curl_multi_remove_handle) apply(curl_multi_perform)                   \
                          apply(curl_multi_poll) apply(curl_multi_wakeup)                         \
                              apply(curl_multi_info_read) apply(curl_multi_strerror)              \
                                  apply(curl_url) apply(curl_url_cleanup) apply(curl_url_set)     \
                                      apply(curl_url_get)

/// The functions used, by the library's own names and types.
class CurlLibrary {
 public:
  /// Loads and initialises the library on first use; it is never unloaded. Safe to call from
  /// several threads. Errors: kUnavailable.
  static Result<const CurlLibrary*> load();

// The name is declared as it is: parentheses are no option.
#define SEMBLANCE_DECLARE(name) decltype(&::name) name = nullptr;  // NOLINT
  SEMBLANCE_CURL_FUNCTIONS(SEMBLANCE_DECLARE)
#undef SEMBLANCE_DECLARE

 private:
  CurlLibrary() = default;
  Status open();
};

}  // namespace semblance
