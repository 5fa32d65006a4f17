#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"

namespace semblance {

/// Base64 (RFC 4648), of the ordinary alphabet or the one for addresses, with or without padding; a
/// "data:...;base64," before it is skipped. Errors: kInvalidArgument.
Result<Bytes> decode_base64(std::string_view text);

/// Base64 of the ordinary alphabet, with padding.
std::string encode_base64(std::span<const std::byte> bytes);
/// Base64 for addresses, without padding.
std::string encode_base64url(std::span<const std::byte> bytes);

}  // namespace semblance
