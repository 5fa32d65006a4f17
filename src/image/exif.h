#pragma once

#include <cstddef>
#include <span>

#include "image/image.h"

namespace semblance {

/// The orientation 1..8 that an EXIF block asks for; 1 where it is absent or makes no sense. The
/// block is a TIFF header with its first directory, with or without "Exif\0\0" before it.
int exif_orientation(std::span<const std::byte> block);

/// Turns a picture upright: undoes EXIF orientation 2..8.
Image apply_orientation(Image image, int orientation);

/// True for the orientations that swap width and height.
constexpr bool orientation_swaps_sides(int orientation) {
  return orientation >= 5 && orientation <= 8;
}

}  // namespace semblance
