#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace semblance::http {

/// What a request asks for, taken apart as Request says.
struct Target {
  std::string path;
  std::vector<std::string> segments;
  std::vector<std::pair<std::string, std::string>> query;
};

/// Takes apart "/path?query", "http://host/path?query" or "*" (RFC 9112, 3.2). The path "/" has no
/// segments; an empty one, as at the end of "/v1/", is a segment; "." and ".." are nothing special.
/// In the query '+' is a space. Errors: kInvalidArgument where an encoding is broken, or what it
/// encodes is not UTF-8 or has a NUL.
Result<Target> parse_target(std::string_view target);

}  // namespace semblance::http
