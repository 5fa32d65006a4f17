#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace semblance {

/// The same numbers in every run and with every standard library, unlike
/// std::uniform_int_distribution.
class Random {
 public:
  /// 0 .. limit - 1.
  std::size_t below(std::size_t limit) {
    return static_cast<std::size_t>((engine_() >> 32) * limit >> 32);
  }
  std::uint64_t bits() { return engine_(); }
  /// 0 .. less than 1.
  double share() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }

  /// Fisher and Yates.
  template <typename T>
  void shuffle(std::vector<T>& values) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
  }

 private:
  std::mt19937_64 engine_{20'240'229};
};

/// A figure and where it would lie in 95 of 100 other samples.
struct Interval {
  double low = 0;
  double high = 0;
};

/// The values at 2.5 % and 97.5 %, of at least one.
inline Interval middle(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
  };
  return {at(0.025), at(0.975)};
}

}  // namespace semblance
