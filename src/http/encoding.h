#pragma once

#include <string_view>

namespace semblance::http {

/// Whether a client that sent this Accept-Encoding (RFC 9110, 12.5.3) understands gzip: it names
/// gzip or '*', and not with a quality of 0.
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace semblance::http
