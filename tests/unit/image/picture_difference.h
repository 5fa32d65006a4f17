#pragma once

#include <cstddef>
#include <cstdlib>

#include "image/image.h"

namespace semblance::test {

/// Mean of |a - b| over all values; 256 where the sizes differ.
inline double mean_difference(const Image& a, const Image& b) {
  if (a.width != b.width || a.height != b.height || a.pixels.empty()) return 256;
  double sum = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) sum += std::abs(a.pixels[i] - b.pixels[i]);
  return sum / static_cast<double>(a.pixels.size());
}

}  // namespace semblance::test
