#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "duplicates/picture_hash.h"

namespace semblance {

/// Two hashes by their numbers, a < b.
struct HashPair {
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  auto operator<=>(const HashPair&) const = default;
};

/// Pairs of hashes that differ in at most `most_bits` bits: each once, ascending. Two hashes are
/// compared where one of 16 bands of their bits is equal, so that every pair of up to 15 bits is
/// found (16 bits in 16 bands leave one band alone), and nearly all of twice as many. Where more
/// than kCrowd hashes share a band, each is compared with the next kCrowd in the order of the other
/// bits: the time stays nearly linear. Source: Norouzi, Punjani and Fleet, "Fast Search in Hamming
/// Space with Multi-Index Hashing" (2012).
std::vector<HashPair> near_hashes(std::span<const PictureHash> hashes, int most_bits);

/// The same for pairs in which one hash is mirrored.
std::vector<HashPair> near_mirrored_hashes(std::span<const PictureHash> hashes, int most_bits);

inline constexpr std::size_t kCrowd = 64;

}  // namespace semblance
