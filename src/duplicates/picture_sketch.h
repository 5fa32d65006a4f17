#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "image/image.h"

namespace semblance {

/// A picture squashed into a small square, whatever its aspect ratio: what photos are compared by
/// when it is asked whether they are the same photo. Copies that were resized or squashed have
/// nearly the same sketch.
struct PictureSketch {
  static constexpr int kSide = 64;        ///< of the brightness, in cells
  static constexpr int kColourSide = 16;  ///< of the two colour differences

  std::array<std::uint8_t, kSide * kSide> brightness{};            ///< Y' of BT.601, 0..255
  std::array<std::uint8_t, kColourSide * kColourSide> blueness{};  ///< Cb, 128: none
  std::array<std::uint8_t, kColourSide * kColourSide> redness{};   ///< Cr, 128: none

  bool small = false;  ///< one side of the picture has fewer pixels than cells

  bool operator==(const PictureSketch&) const = default;
};

/// Bytes of a sketch as it is stored: brightness, blueness, redness, row by row, and 1 if it is
/// small, else 0.
inline constexpr std::size_t kSketchBytes =
    PictureSketch::kSide * PictureSketch::kSide +
    2 * PictureSketch::kColourSide * PictureSketch::kColourSide + 1;

/// `image` has at least one pixel.
PictureSketch sketch_of(const Image& image);

/// As seen in a mirror: left and right exchanged.
PictureSketch mirrored(const PictureSketch& sketch);

/// Whether no cell has a colour that one would notice.
bool is_grey(const PictureSketch& sketch);

std::array<std::uint8_t, kSketchBytes> to_bytes(const PictureSketch& sketch);
/// Nothing unless there are kSketchBytes.
std::optional<PictureSketch> sketch_from_bytes(std::span<const std::uint8_t> bytes);

}  // namespace semblance
