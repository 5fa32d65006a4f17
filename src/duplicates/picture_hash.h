#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "duplicates/picture_sketch.h"

namespace semblance {

/// 256 bits that are nearly the same for pictures that look the same: the signs of low frequencies
/// of the sketch's brightness, from the lowest to higher ones. Changes of brightness and contrast
/// change none. Source: Zauner, "Implementation and Benchmarking of Perceptual Image Hash
/// Functions" (2010), with signs in place of a comparison with the median, so that a mirrored
/// picture's hash is known without its pixels.
struct PictureHash {
  static constexpr int kBits = 256;
  std::array<std::uint64_t, kBits / 64> words{};

  auto operator<=>(const PictureHash&) const = default;
};

PictureHash hash_of(const PictureSketch& sketch);

/// The hash of mirrored(sketch), but for frequencies that are exactly 0.
PictureHash mirrored(const PictureHash& hash);

/// Bits that differ: 0..256. Of pictures that have nothing to do with each other, about 128.
inline int hash_distance(const PictureHash& a, const PictureHash& b) {
  int distance = 0;
  for (std::size_t i = 0; i < a.words.size(); ++i) {
    distance += std::popcount(a.words[i] ^ b.words[i]);
  }
  return distance;
}

}  // namespace semblance
