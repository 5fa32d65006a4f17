// How the search for near hashes grows: generated hashes of 256 bits with planted near ones.
//   bench_hash_growth [--clustered] COUNT...
// Uniform hashes, or clustered ones: a thousand kinds of picture whose hashes differ by a quarter
// of the bits from each other, as those of a catalogue do. One in ten has a planted twin that
// differs in 1 to 40 bits. Prints seconds, memory and how many twins were found, by how many bits
// they differ. One line of JSON for each count.

#include <sys/resource.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "duplicates/complete_link.h"
#include "duplicates/near_hashes.h"

using namespace semblance;

namespace {

constexpr int kMostBits = 40;
constexpr int kKinds = 1'000;
constexpr std::size_t kTwinEvery = 10;

using Random = std::mt19937_64;

PictureHash random_hash(Random& random) {
  PictureHash hash;
  for (auto& word : hash.words) word = random();
  return hash;
}

void flip(PictureHash& hash, int bit) {
  hash.words[static_cast<std::size_t>(bit / 64)] ^= std::uint64_t{1} << (bit % 64);
}

/// With `count` different bits flipped.
PictureHash changed(PictureHash hash, int count, Random& random) {
  std::array<bool, PictureHash::kBits> flipped{};
  while (count > 0) {
    const auto bit = static_cast<std::size_t>(random() % PictureHash::kBits);
    if (flipped[bit]) continue;
    flipped[bit] = true;
    flip(hash, static_cast<int>(bit));
    --count;
  }
  return hash;
}

struct Made {
  std::vector<PictureHash> hashes;
  std::unordered_map<std::uint64_t, int> twins;  ///< bits by the two numbers
};

std::uint64_t key_of(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::uint64_t>(a) << 32 | b;
}

Made make_hashes(std::size_t count, bool clustered, Random& random) {
  Made made;
  std::vector<PictureHash> kinds;
  for (int i = 0; i < kKinds; ++i) kinds.push_back(random_hash(random));
  while (made.hashes.size() < count) {
    PictureHash hash = random_hash(random);
    if (clustered) {
      // An eighth of the bits each, so that two of a kind differ in somewhat less than a quarter.
      hash = changed(kinds[random() % kKinds], PictureHash::kBits / 8, random);
    }
    made.hashes.push_back(hash);
    if (made.hashes.size() % kTwinEvery != 1 || made.hashes.size() == count) continue;
    const int bits = 1 + static_cast<int>(random() % kMostBits);
    const auto number = static_cast<std::uint32_t>(made.hashes.size());
    made.hashes.push_back(changed(hash, bits, random));
    made.twins.emplace(key_of(number - 1, number), bits);
  }
  return made;
}

double recall(const Made& made, const std::vector<HashPair>& pairs, int least, int most) {
  std::int64_t planted = 0;
  std::int64_t found = 0;
  for (const auto& [key, bits] : made.twins) planted += bits >= least && bits <= most ? 1 : 0;
  for (const HashPair& pair : pairs) {
    const auto twin = made.twins.find(key_of(pair.a, pair.b));
    if (twin != made.twins.end() && twin->second >= least && twin->second <= most) ++found;
  }
  return planted == 0 ? 1 : static_cast<double>(found) / static_cast<double>(planted);
}

std::int64_t peak_bytes() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

void measure(std::size_t count, bool clustered) {
  Random random(1);
  const Made made = make_hashes(count, clustered, random);
  const std::int64_t before = peak_bytes();
  const auto start = std::chrono::steady_clock::now();
  const std::vector<HashPair> pairs = near_hashes(made.hashes, kMostBits);
  const std::chrono::duration<double> finding = std::chrono::steady_clock::now() - start;
  std::vector<Link> links;
  for (const HashPair& pair : pairs) {
    links.push_back(
        {pair.a, pair.b, -double(hash_distance(made.hashes[pair.a], made.hashes[pair.b]))});
  }
  const auto groups = complete_link_groups(std::move(links), [&](std::uint32_t a, std::uint32_t b) {
    return hash_distance(made.hashes[a], made.hashes[b]) <= kMostBits;
  });
  const std::chrono::duration<double> all = std::chrono::steady_clock::now() - start;
  const nlohmann::ordered_json json = {{"hashes", count},
                                       {"clustered", clustered},
                                       {"seconds", finding.count()},
                                       {"with_groups_seconds", all.count()},
                                       {"bytes", peak_bytes() - before},
                                       {"pairs", pairs.size()},
                                       {"groups", groups.size()},
                                       {"planted", made.twins.size()},
                                       {"recall_to_15", recall(made, pairs, 1, 15)},
                                       {"recall_to_24", recall(made, pairs, 16, 24)},
                                       {"recall_to_32", recall(made, pairs, 25, 32)},
                                       {"recall_to_40", recall(made, pairs, 33, 40)}};
  std::printf("%s\n", json.dump().c_str());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  bool clustered = false;
  int first = 1;
  if (argc > 1 && std::string(argv[1]) == "--clustered") {
    clustered = true;
    first = 2;
  }
  if (first >= argc) {
    std::fprintf(stderr, "usage: %s [--clustered] COUNT...\n", argv[0]);
    return 2;
  }
  for (int i = first; i < argc; ++i) {
    measure(static_cast<std::size_t>(std::strtoull(argv[i], nullptr, 10)), clustered);
  }
}
