#pragma once

#include <array>
#include <cstdint>

#include "image/image.h"

namespace semblance::test {

using Rgb = std::array<std::uint8_t, 3>;

/// The picture whose pixel at (x, y) is colour_at(x, y).
template <typename ColourAt>
Image picture(int width, int height, ColourAt colour_at) {
  Image image{width, height, {}};
  image.pixels.reserve(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const Rgb colour = colour_at(x, y);
      image.pixels.insert(image.pixels.end(), colour.begin(), colour.end());
    }
  }
  return image;
}

inline Image plain(int width, int height, Rgb colour) {
  return picture(width, height, [colour](int, int) { return colour; });
}

/// Something with structure in every channel.
inline Image pattern(int width, int height, int seed = 0) {
  return picture(width, height, [seed](int x, int y) {
    return Rgb{static_cast<std::uint8_t>(x * 7 + y * 3 + seed),
               static_cast<std::uint8_t>(x * x + 5 * y),
               static_cast<std::uint8_t>(x * y / 3 + 2 * x + 11 * y)};
  });
}

}  // namespace semblance::test
