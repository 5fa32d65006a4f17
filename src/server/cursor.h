#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/search.h"

namespace semblance::server {

/// Where the next page begins, as one text that clients give back. `request` is a digest of what
/// was asked for: a cursor goes with the request that it came from.
std::string make_cursor(const PagePlace& last, std::string_view request);

/// Errors: kInvalidArgument for what make_cursor did not make, or made for another request.
Result<PagePlace> read_cursor(std::string_view cursor, std::string_view request);

}  // namespace semblance::server
