#include "image/thumbnail.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "image/resize.h"

namespace semblance {

Result<Image> decode_thumbnail(std::span<const std::byte> bytes, int side,
                               const DecodeLimits& limits) {
  Result<DecodedImage> decoded = decode_image(bytes, {limits, side, side});
  if (!decoded) return decoded.error();
  Image image = std::move(decoded->image);
  const int longer = std::max(image.width, image.height);
  if (longer <= side) return image;
  const auto scaled = [&](int length) {
    return std::max(1, static_cast<int>(std::lround(static_cast<double>(length) * side / longer)));
  };
  const SourceRect all{0, 0, static_cast<double>(image.width), static_cast<double>(image.height)};
  return resize(image, all, scaled(image.width), scaled(image.height), ResizeFilter::kArea);
}

}  // namespace semblance
