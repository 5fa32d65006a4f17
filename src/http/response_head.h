#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "http/message.h"

namespace semblance::http {

struct HeadOptions {
  std::string_view request_id;
  bool keeps_alive = true;
};

/// "OK" for 200.
std::string_view reason_phrase(int status);

/// Whether an answer with this status can have a body.
bool has_body(int status);

/// The bytes of a response's body, wherever they are.
std::string_view body_of(const Response& response);

/// The status line and the fields, to the empty line. Fields that are not well-formed, which might
/// begin another one or another answer, are left out, and so are those that are the server's own
/// (Content-Length, Content-Type, Connection, Transfer-Encoding, X-Request-Id).
std::string response_head(const Response& response, const HeadOptions& options);

}  // namespace semblance::http
