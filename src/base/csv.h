#pragma once

#include <string>
#include <string_view>

namespace semblance {

/// One field of a CSV line, quoted where it has to be (RFC 4180).
std::string csv_field(std::string_view text);

}  // namespace semblance
