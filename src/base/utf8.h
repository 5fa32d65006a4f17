#pragma once

#include <string>
#include <string_view>

namespace semblance {

/// Whether all of `bytes` is valid UTF-8.
bool is_utf8(std::string_view bytes);

/// A file name or path as UTF-8: bytes that are not valid UTF-8 appear as \xHH.
std::string to_utf8(std::string_view bytes);

}  // namespace semblance
