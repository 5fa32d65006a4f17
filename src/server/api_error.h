#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "http/message.h"

namespace semblance::server {

/// {"error":{"code","message","details","request_id"}} with the status that fits the code.
http::Response error_response(const Error& error, const std::string& request_id);

/// The same with a status and a code that no Error has ("rate_limited", ...).
http::Response error_response(int status, std::string_view code, std::string_view message,
                              const std::string& request_id);

/// Adds Retry-After, in whole seconds and at least 1.
http::Response retry_after(http::Response response, double seconds);

/// The code for what the HTTP server refuses by itself: "payload_too_large" for 413, ...
std::string_view code_of_status(int status);

}  // namespace semblance::server
