#pragma once

// What happens to photos on their way through the world.

#include <algorithm>
#include <cmath>

#include "image/box.h"
#include "image/decode.h"
#include "image/encode.h"
#include "image/resize.h"

namespace semblance::test {

inline Image resized(const Image& image, int width, int height) {
  const SourceRect all{0, 0, static_cast<double>(image.width), static_cast<double>(image.height)};
  return resize(image, all, width, height, ResizeFilter::kArea);
}

inline Image recompressed(const Image& image, int quality) {
  return decode_image(encode_jpeg(image, quality), {})->image;
}

/// Cuts these shares of the sides off.
inline Image cropped(const Image& image, double left, double top, double right, double bottom) {
  return crop(image, {left, top, 1 - left - right, 1 - top - bottom});
}

inline Image brightened(Image image, double gain, double offset) {
  for (auto& value : image.pixels) {
    value = static_cast<std::uint8_t>(std::clamp(std::lround(gain * value + offset), 0L, 255L));
  }
  return image;
}

inline Image mirrored_image(const Image& image) {
  Image other = image;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      std::copy_n(image.row(y) + x * 3, 3, other.row(y) + (image.width - 1 - x) * 3);
    }
  }
  return other;
}

inline Image in_grey(Image image) {
  for (std::size_t i = 0; i + 2 < image.pixels.size(); i += 3) {
    const auto luma = static_cast<std::uint8_t>(std::lround(
        .299 * image.pixels[i] + .587 * image.pixels[i + 1] + .114 * image.pixels[i + 2]));
    std::fill_n(image.pixels.begin() + static_cast<std::ptrdiff_t>(i), 3, luma);
  }
  return image;
}

}  // namespace semblance::test
