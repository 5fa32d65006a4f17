#include "duplicates/near_hashes.h"

#include <algorithm>
#include <array>

namespace semblance {

namespace {

constexpr int kBands = 16;
constexpr int kBandBits = PictureHash::kBits / kBands;

/// A hash in the order of bands: bits are dealt out to them in turn, so that each band has some of
/// the low frequencies (which survive most changes) and some of the high ones (which tell pictures
/// apart).
struct Dealt {
  std::array<std::uint16_t, kBands> bands{};
};

Dealt deal(const PictureHash& hash) {
  Dealt dealt;
  for (int bit = 0; bit < PictureHash::kBits; ++bit) {
    const auto word = hash.words[static_cast<std::size_t>(bit / 64)];
    const auto value = static_cast<std::uint16_t>(word >> (bit % 64) & 1);
    auto& band = dealt.bands[static_cast<std::size_t>(bit % kBands)];
    band = static_cast<std::uint16_t>(band | value << (bit / kBands));
  }
  return dealt;
}

struct Entry {
  std::uint64_t order;  ///< the band's 16 bits, then those of the next three bands
  std::uint32_t number;
};

/// Finds pairs among hashes; those from `second` on are mirrored ones of the first half, where
/// second < hashes.size().
class PairFinder {
 public:
  PairFinder(std::span<const PictureHash> hashes, int most_bits)
      : hashes_(hashes), most_bits_(most_bits) {
    dealt_.reserve(hashes.size());
    for (const PictureHash& hash : hashes) dealt_.push_back(deal(hash));
  }

  template <typename Accept>
  std::vector<HashPair> find(Accept&& accept) {
    static_assert(kBandBits == 16);
    std::vector<HashPair> pairs;
    std::vector<Entry> entries(hashes_.size());
    for (std::size_t band = 0; band < kBands; ++band) {
      for (std::size_t i = 0; i < entries.size(); ++i) {
        std::uint64_t order = 0;
        for (std::size_t next = 0; next < 4; ++next) {
          order = order << 16 | dealt_[i].bands[(band + next) % kBands];
        }
        entries[i] = {order, static_cast<std::uint32_t>(i)};
      }
      std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
        return a.order != b.order ? a.order < b.order : a.number < b.number;
      });
      compare_neighbours(entries, pairs, accept);
      // Each pair may be found in several bands.
      if (pairs.size() > 2 * kept_ + (1U << 20)) keep_once(pairs);
    }
    keep_once(pairs);
    return pairs;
  }

 private:
  template <typename Accept>
  void compare_neighbours(const std::vector<Entry>& entries, std::vector<HashPair>& pairs,
                          Accept& accept) const {
    std::size_t begin = 0;
    while (begin < entries.size()) {
      std::size_t end = begin + 1;
      const std::uint64_t key = entries[begin].order >> 48;
      while (end < entries.size() && entries[end].order >> 48 == key) ++end;
      for (std::size_t i = begin; i < end; ++i) {
        const std::size_t last = std::min(end, i + 1 + kCrowd);
        for (std::size_t j = i + 1; j < last; ++j) {
          const std::uint32_t a = entries[i].number;
          const std::uint32_t b = entries[j].number;
          if (hash_distance(hashes_[a], hashes_[b]) <= most_bits_) accept(a, b, pairs);
        }
      }
      begin = end;
    }
  }

  void keep_once(std::vector<HashPair>& pairs) {
    std::sort(pairs.begin(), pairs.end());
    pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
    kept_ = pairs.size();
  }

  std::span<const PictureHash> hashes_;
  int most_bits_;
  std::vector<Dealt> dealt_;
  std::size_t kept_ = 0;
};

}  // namespace

std::vector<HashPair> near_hashes(std::span<const PictureHash> hashes, int most_bits) {
  return PairFinder(hashes, most_bits)
      .find([](std::uint32_t a, std::uint32_t b, std::vector<HashPair>& pairs) {
        pairs.push_back({std::min(a, b), std::max(a, b)});
      });
}

std::vector<HashPair> near_mirrored_hashes(std::span<const PictureHash> hashes, int most_bits) {
  const std::size_t count = hashes.size();
  std::vector<PictureHash> both(hashes.begin(), hashes.end());
  both.reserve(2 * count);
  for (const PictureHash& hash : hashes) both.push_back(mirrored(hash));
  return PairFinder(both, most_bits)
      .find([count](std::uint32_t a, std::uint32_t b, std::vector<HashPair>& pairs) {
        const bool one_is_mirrored = (a < count) != (b < count);
        const auto first = static_cast<std::uint32_t>(a % count);
        const auto second = static_cast<std::uint32_t>(b % count);
        // A symmetric picture is near its own mirrored one.
        if (!one_is_mirrored || first == second) return;
        pairs.push_back({std::min(first, second), std::max(first, second)});
      });
}

}  // namespace semblance
