#include "duplicates/near_hashes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace semblance {
namespace {

PictureHash random_hash(std::mt19937_64& random) {
  PictureHash hash;
  for (auto& word : hash.words) word = random();
  return hash;
}

PictureHash with_flipped(PictureHash hash, int bits, std::mt19937_64& random) {
  std::vector<int> order(PictureHash::kBits);
  for (int i = 0; i < PictureHash::kBits; ++i) order[static_cast<std::size_t>(i)] = i;
  std::shuffle(order.begin(), order.end(), random);
  for (int i = 0; i < bits; ++i) {
    const auto bit = static_cast<std::size_t>(order[static_cast<std::size_t>(i)]);
    hash.words[bit / 64] ^= std::uint64_t{1} << (bit % 64);
  }
  return hash;
}

std::vector<HashPair> all_pairs(const std::vector<PictureHash>& hashes, int most_bits) {
  std::vector<HashPair> pairs;
  for (std::uint32_t a = 0; a < hashes.size(); ++a) {
    for (std::uint32_t b = a + 1; b < hashes.size(); ++b) {
      if (hash_distance(hashes[a], hashes[b]) <= most_bits) pairs.push_back({a, b});
    }
  }
  return pairs;
}

TEST(NearHashes, FindsEveryPairOfFewerBitsThanBands) {
  std::mt19937_64 random(5);
  std::vector<PictureHash> hashes;
  for (int i = 0; i < 300; ++i) {
    hashes.push_back(random_hash(random));
    hashes.push_back(with_flipped(hashes.back(), static_cast<int>(random() % 16), random));
  }
  EXPECT_EQ(near_hashes(hashes, 15), all_pairs(hashes, 15));
  EXPECT_EQ(all_pairs(hashes, 15).size(), 300U);
}

TEST(NearHashes, FindsNearlyAllPairsOfTwiceAsManyBits) {
  std::mt19937_64 random(6);
  std::vector<PictureHash> hashes;
  for (int i = 0; i < 500; ++i) {
    hashes.push_back(random_hash(random));
    hashes.push_back(with_flipped(hashes.back(), 24, random));
  }
  const auto found = near_hashes(hashes, 40);
  EXPECT_TRUE(std::is_sorted(found.begin(), found.end()));
  EXPECT_GT(found.size(), 480U);
}

TEST(NearHashes, CopiesWithoutEndAreStillGroupedWithTheirNext) {
  const std::vector<PictureHash> hashes(5 * kCrowd);
  const auto found = near_hashes(hashes, 0);
  EXPECT_LE(found.size(), hashes.size() * kCrowd * 16);
  for (std::uint32_t i = 1; i < hashes.size(); ++i) {
    EXPECT_TRUE(std::binary_search(found.begin(), found.end(), HashPair{i - 1, i}));
  }
}

TEST(NearHashes, MirroredPairsAreFoundOnceAndNeverAPictureWithItself) {
  std::mt19937_64 random(7);
  std::vector<PictureHash> hashes;
  for (int i = 0; i < 50; ++i) hashes.push_back(random_hash(random));
  for (int i = 0; i < 50; ++i) {
    hashes.push_back(with_flipped(mirrored(hashes[static_cast<std::size_t>(i)]), 8, random));
  }
  const auto found = near_mirrored_hashes(hashes, 15);
  ASSERT_EQ(found.size(), 50U);
  for (std::uint32_t i = 0; i < 50; ++i) EXPECT_EQ(found[i], (HashPair{i, i + 50}));
  EXPECT_TRUE(near_hashes(hashes, 15).empty());
  EXPECT_TRUE(near_mirrored_hashes(std::vector<PictureHash>(1), 40).empty());
}

TEST(NearHashes, OfNothing) {
  EXPECT_TRUE(near_hashes({}, 40).empty());
  EXPECT_TRUE(near_mirrored_hashes({}, 40).empty());
}

}  // namespace
}  // namespace semblance
