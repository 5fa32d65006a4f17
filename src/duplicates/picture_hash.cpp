#include "duplicates/picture_hash.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace semblance {

namespace {

constexpr int kSide = PictureSketch::kSide;
/// Frequencies 0..kMost of each direction may take part.
constexpr int kMost = 24;

struct Frequency {
  int x = 0;
  int y = 0;
};

/// The 256 lowest frequencies but the constant one.
const std::array<Frequency, PictureHash::kBits>& frequencies() {
  static const auto list = [] {
    std::vector<Frequency> all;
    for (int y = 0; y <= kMost; ++y) {
      for (int x = 0; x <= kMost; ++x) {
        if (x + y > 0) all.push_back({x, y});
      }
    }
    std::stable_sort(all.begin(), all.end(), [](const Frequency& a, const Frequency& b) {
      return a.x * a.x + a.y * a.y < b.x * b.x + b.y * b.y;
    });
    std::array<Frequency, PictureHash::kBits> lowest{};
    std::copy_n(all.begin(), lowest.size(), lowest.begin());
    return lowest;
  }();
  return list;
}

using Cosines = std::array<std::array<float, kSide>, kMost + 1>;

const Cosines& cosines() {
  static const Cosines table = [] {
    Cosines made{};
    for (int frequency = 0; frequency <= kMost; ++frequency) {
      for (int place = 0; place < kSide; ++place) {
        made[static_cast<std::size_t>(frequency)][static_cast<std::size_t>(place)] =
            static_cast<float>(std::cos(std::numbers::pi / kSide * (place + .5) * frequency));
      }
    }
    return made;
  }();
  return table;
}

}  // namespace

PictureHash hash_of(const PictureSketch& sketch) {
  const Cosines& table = cosines();
  // Over columns first: by_column[y frequency][x].
  std::array<std::array<float, kSide>, kMost + 1> by_column{};
  for (int y = 0; y < kSide; ++y) {
    const std::uint8_t* row = sketch.brightness.data() + static_cast<std::size_t>(y) * kSide;
    for (std::size_t frequency = 0; frequency <= kMost; ++frequency) {
      const float weight = table[frequency][static_cast<std::size_t>(y)];
      for (std::size_t x = 0; x < kSide; ++x) {
        by_column[frequency][x] += weight * static_cast<float>(row[x]);
      }
    }
  }
  PictureHash hash;
  const auto& places = frequencies();
  for (std::size_t bit = 0; bit < places.size(); ++bit) {
    const auto& numbers = by_column[static_cast<std::size_t>(places[bit].y)];
    const auto& weights = table[static_cast<std::size_t>(places[bit].x)];
    float sum = 0;
    for (std::size_t x = 0; x < kSide; ++x) sum += numbers[x] * weights[x];
    // A little above 0, so that plain pictures, where rounding decides, have no bits at random.
    if (sum > 1.F) hash.words[bit / 64] |= std::uint64_t{1} << (bit % 64);
  }
  return hash;
}

PictureHash mirrored(const PictureHash& hash) {
  static const PictureHash odd = [] {
    PictureHash mask;
    const auto& places = frequencies();
    for (std::size_t bit = 0; bit < places.size(); ++bit) {
      if (places[bit].x % 2 != 0) mask.words[bit / 64] |= std::uint64_t{1} << (bit % 64);
    }
    return mask;
  }();
  PictureHash other;
  for (std::size_t i = 0; i < other.words.size(); ++i) {
    other.words[i] = hash.words[i] ^ odd.words[i];
  }
  return other;
}

}  // namespace semblance
