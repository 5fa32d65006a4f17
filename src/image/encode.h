#pragma once

#include <cstddef>
#include <vector>

#include "image/image.h"

namespace semblance {

/// Baseline JPEG, 4:2:0 chroma. `quality` is 1..100. Empty where the picture is empty or a side is
/// longer than the 65,500 pixels that JPEG allows.
std::vector<std::byte> encode_jpeg(const Image& image, int quality);

}  // namespace semblance
