#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace semblance {

/// An upright picture, 8 bits a channel, sRGB as stored in the file (no colour management):
/// `pixels` has height x width x 3 bytes, row by row, R G B, without padding.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> pixels;

  [[nodiscard]] const std::uint8_t* row(int y) const {
    return pixels.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width) * 3;
  }
  [[nodiscard]] std::uint8_t* row(int y) {
    return pixels.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width) * 3;
  }
};

}  // namespace semblance
