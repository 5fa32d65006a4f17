#pragma once

#include <algorithm>
#include <cmath>
#include <span>

namespace semblance {

/// No NaN and no infinity among them.
inline bool all_finite(std::span<const float> numbers) {
  return std::all_of(numbers.begin(), numbers.end(), [](float x) { return std::isfinite(x); });
}

}  // namespace semblance
