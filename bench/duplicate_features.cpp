// Compares the photos of folders with each other, and prints what the check of pixels sees of all
// pairs whose perceptual hashes are near: what docs/duplicates.md's limits are chosen from.
//   bench_duplicate_features MOST_BITS FOLDER... > pairs.tsv

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "duplicates/picture_hash.h"
#include "duplicates/picture_match.h"
#include "image/decode.h"

namespace fs = std::filesystem;
using namespace semblance;

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: %s MOST_BITS FOLDER... > pairs.tsv\n", argv[0]);
    return 2;
  }
  const int most_bits = std::atoi(argv[1]);
  std::vector<fs::path> paths;
  for (int i = 2; i < argc; ++i) {
    for (const auto& entry : fs::directory_iterator(argv[i])) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> names;
  std::vector<PictureSketch> sketches;
  std::vector<PictureHash> hashes;
  for (const fs::path& path : paths) {
    const auto bytes = read_file(path, 64U << 20);
    if (!bytes) continue;
    const auto decoded = decode_image(*bytes, {});
    if (!decoded) continue;
    names.push_back(path.parent_path().filename().string() + "/" + path.filename().string());
    sketches.push_back(sketch_of(decoded->image));
    hashes.push_back(hash_of(sketches.back()));
  }
  std::printf("a\tb\tbits\tcorrelation\tpart\tcolour\tcoverage\tgain\taligned\n");
  for (std::size_t a = 0; a < names.size(); ++a) {
    for (std::size_t b = a + 1; b < names.size(); ++b) {
      const int bits = hash_distance(hashes[a], hashes[b]);
      if (bits > most_bits) continue;
      const PictureMatch match = match_pictures(sketches[a], sketches[b]);
      std::printf("%s\t%s\t%d\t%.5f\t%.2f\t%.2f\t%.3f\t%.3f\t%d\n", names[a].c_str(),
                  names[b].c_str(), bits, match.correlation, match.worst_part, match.worst_colour,
                  match.coverage, match.gain, match.aligned ? 1 : 0);
    }
  }
  return 0;
}
