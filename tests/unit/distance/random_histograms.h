#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "describe/histogram.h"

namespace semblance::test {

/// Knuth's MMIX linear congruential generator, upper bits; make_golden_distances.py has it, too.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t below(std::uint64_t limit) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return (state_ >> 33) % limit;
  }

 private:
  std::uint64_t state_;
};

/// Shares in up to `most_bins` bins, the same as make_golden_distances.py's for 60.
inline std::vector<float> random_histogram(std::uint64_t seed, std::uint64_t most_bins = 60) {
  Random random(seed);
  std::vector<std::uint64_t> counts(static_cast<std::size_t>(kHistogramDimension));
  std::uint64_t total = 0;
  for (std::uint64_t left = 1 + random.below(most_bins); left > 0; --left) {
    const std::uint64_t bin = random.below(counts.size());
    const std::uint64_t more = 1 + random.below(1000);
    counts[bin] += more;
    total += more;
  }
  std::vector<float> shares;
  for (const std::uint64_t count : counts) {
    shares.push_back(static_cast<float>(static_cast<double>(count) / static_cast<double>(total)));
  }
  return shares;
}

}  // namespace semblance::test
