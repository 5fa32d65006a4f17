#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace semblance::http {

/// A field of a form, or a file in it.
struct Part {
  std::string name;                     ///< UTF-8
  std::optional<std::string> filename;  ///< as the client says: never a path to use
  std::string content_type;             ///< "text/plain" where the part says nothing
  std::string_view bytes;               ///< in the body that was parsed
};

struct MultipartLimits {
  std::size_t max_parts = 64;
  std::size_t max_header_bytes = 8 << 10;  ///< of one part
};

/// Whether a Content-Type is multipart/form-data, whatever its parameters.
bool is_multipart_form(std::string_view content_type);

/// The parts of a whole multipart/form-data body (RFC 7578, and RFC 2046, 5.1), in their order. The
/// parts live as long as `body`. Errors: kInvalidArgument where it is not well-formed, kTooLarge
/// beyond the limits.
Result<std::vector<Part>> parse_multipart(std::string_view content_type, std::string_view body,
                                          const MultipartLimits& limits = {});

}  // namespace semblance::http
