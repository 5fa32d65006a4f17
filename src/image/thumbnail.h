#pragma once

#include <cstddef>
#include <span>

#include "base/result.h"
#include "image/decode.h"
#include "image/image.h"

namespace semblance {

/// The picture, shrunk to at most `side` pixels in width and height where it is larger. Errors:
/// those of decode_image.
Result<Image> decode_thumbnail(std::span<const std::byte> bytes, int side,
                               const DecodeLimits& limits);

}  // namespace semblance
