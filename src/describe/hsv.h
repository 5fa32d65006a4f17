#pragma once

#include <cstdint>

namespace semblance {

/// 8-bit HSV in OpenCV's ranges: h 0..179 (two degrees each), s and v 0..255.
struct Hsv {
  std::uint8_t h = 0;
  std::uint8_t s = 0;
  std::uint8_t v = 0;
};

/// Equal to cv::cvtColor(COLOR_RGB2HSV) on 8-bit pixels for every one of the 2^24 colours: fixed
/// point with 12 fractional bits and rounded reciprocals.
Hsv rgb_to_hsv(std::uint8_t red, std::uint8_t green, std::uint8_t blue);

}  // namespace semblance
