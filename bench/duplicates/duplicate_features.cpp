// Compares the photos of folders with each other, and prints what the check of pixels sees of all
// pairs whose perceptual hashes are near: what docs/duplicates.md's limits are chosen from.
//   bench_duplicate_features MOST_BITS FOLDER... > pairs.tsv
// The same of each photo and a version of itself that lost a share of its width on the left and
// half of that on the other sides, as JPEG of quality 75:
//   bench_duplicate_features crop SHARE FOLDER... > pairs.tsv

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "duplicates/picture_hash.h"
#include "duplicates/picture_match.h"
#include "image/box.h"
#include "image/decode.h"
#include "image/encode.h"

namespace fs = std::filesystem;
using namespace semblance;

namespace {

void print(const std::string& a, const std::string& b, int bits, const PictureMatch& match) {
  std::printf("%s\t%s\t%d\t%.5f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.3f\t%.3f\t%d\t%d\n", a.c_str(),
              b.c_str(), bits, match.correlation, match.worst_part, match.usual_part,
              match.worst_colour, match.usual_colour, match.tint, match.coverage, match.gain,
              match.aligned ? 1 : 0, is_same_photo(match, {}) ? 1 : 0);
}

void compare_with_crop(const std::string& name, const Image& image, double share) {
  const Image part = crop(image, {share, share / 2, 1 - share * 3 / 2, 1 - share});
  const auto decoded = decode_image(encode_jpeg(part, 75), {});
  if (!decoded) return;
  const PictureSketch whole = sketch_of(image);
  const PictureSketch other = sketch_of(decoded->image);
  print(name, name, hash_distance(hash_of(whole), hash_of(other)), match_pictures(whole, other));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: %s MOST_BITS FOLDER... > pairs.tsv\n", argv[0]);
    return 2;
  }
  const bool crops = std::string(argv[1]) == "crop";
  const double share = crops ? std::atof(argv[2]) : 0;
  const int most_bits = crops ? -1 : std::atoi(argv[1]);
  std::vector<fs::path> paths;
  for (int i = crops ? 3 : 2; i < argc; ++i) {
    for (const auto& entry : fs::directory_iterator(argv[i])) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::printf(
      "a\tb\tbits\tcorrelation\tpart\tusual_part\tcolour\tusual_"
      "colour\ttint\tcoverage\tgain\taligned\tsame\n");
  std::vector<std::string> names;
  std::vector<PictureSketch> sketches;
  std::vector<PictureHash> hashes;
  for (const fs::path& path : paths) {
    const auto bytes = read_file(path, 64U << 20);
    if (!bytes) continue;
    const auto decoded = decode_image(*bytes, {});
    if (!decoded) continue;
    if (crops) {
      compare_with_crop(path.filename().string(), decoded->image, share);
      continue;
    }
    names.push_back(path.parent_path().filename().string() + "/" + path.filename().string());
    sketches.push_back(sketch_of(decoded->image));
    hashes.push_back(hash_of(sketches.back()));
  }
  for (std::size_t a = 0; a < names.size(); ++a) {
    for (std::size_t b = a + 1; b < names.size(); ++b) {
      const int bits = hash_distance(hashes[a], hashes[b]);
      if (bits > most_bits) continue;
      print(names[a], names[b], bits, match_pictures(sketches[a], sketches[b]));
    }
  }
  return 0;
}
