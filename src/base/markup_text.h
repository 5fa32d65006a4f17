#pragma once

#include <string>
#include <string_view>

namespace semblance {

/// Text to stand in HTML or XML, between tags or in double quotes; bytes that are not valid UTF-8
/// appear as \xHH.
std::string markup_text(std::string_view text);

}  // namespace semblance
