// Photos in two versions, and all the others beside them.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "base/file.h"
#include "duplicates/near_hashes.h"
#include "duplicates/picture_match.h"
#include "image/decode.h"
#include "support/test_data.h"

namespace semblance {
namespace {

namespace fs = std::filesystem;

struct Photo {
  std::string name;
  PictureSketch sketch;
};

std::vector<Photo> photos_in(const fs::path& folder, std::size_t most) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  if (paths.size() > most) paths.resize(most);
  std::vector<Photo> photos;
  for (const fs::path& path : paths) {
    const auto bytes = read_file(path, 1 << 24);
    const auto decoded = bytes ? decode_image(*bytes, {}) : bytes.error();
    if (decoded) photos.push_back({path.filename().string(), sketch_of(decoded->image)});
  }
  return photos;
}

TEST(RealPhotos, RecompressedOnesAreTheSamePhotoAndNearlyNothingElseIs) {
  SEMBLANCE_TEST_DATA_OR_SKIP(data);
  std::vector<Photo> photos = photos_in(data / "data/fashion-recompressed", 200);
  std::set<std::string> names;
  for (const Photo& photo : photos) names.insert(photo.name);
  const std::size_t copies = photos.size();
  for (Photo& photo : photos_in(data / "data/fashion", 1200)) photos.push_back(std::move(photo));
  std::vector<PictureHash> hashes;
  for (const Photo& photo : photos) hashes.push_back(hash_of(photo.sketch));
  std::size_t right = 0;
  std::size_t wrong = 0;
  for (const HashPair& pair : near_hashes(hashes, 40)) {
    const Photo& a = photos[pair.a];
    const Photo& b = photos[pair.b];
    if (pair.b < copies || pair.a >= copies) continue;
    if (!is_same_photo(match_pictures(a.sketch, b.sketch), {})) continue;
    ++(a.name == b.name ? right : wrong);
  }
  std::size_t there = 0;
  for (std::size_t i = copies; i < photos.size(); ++i) there += names.count(photos[i].name);
  ASSERT_GT(there, 50U);
  EXPECT_GE(right * 100, there * 98);
  EXPECT_LE(wrong * 50, right);
}

}  // namespace
}  // namespace semblance
