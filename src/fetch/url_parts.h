#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace semblance {

class CurlLibrary;

/// An http or https address, ready to be fetched: spaces and bytes outside ASCII are encoded, the
/// fragment is gone.
struct WebAddress {
  std::string url;
  std::string host;  ///< lower case, without port
};

/// Errors: kBadRow with a sentence that says what is wrong.
Result<WebAddress> parse_web_address(const CurlLibrary& curl, std::string_view text);

}  // namespace semblance
