// The main job with semblance-s, the network that is complete in the repository.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "engine/collection.h"
#include "engine/sync.h"
#include "support/picture_writers.h"
#include "sync_fixture.h"

namespace semblance {
namespace {

namespace fs = std::filesystem;

class RealNetwork : public test::SyncFixture {
 protected:
  void SetUp() override {
    SyncFixture::SetUp();
    options_.model = (fs::path(SEMBLANCE_SOURCE_MODELS) / "semblance-s.onnx").string();
    hooks_.open_embedder = {};
  }
  /// The best hit for a photo.
  Hit best(const PhotoDescriber& describer, const fs::path& photo) const {
    const auto bytes = read_file(photo, 1 << 30);
    const auto query = bytes ? describer.describe(*bytes) : bytes.error();
    if (!query) {
      ADD_FAILURE() << query.error().message;
      return {};
    }
    const auto answer = open().search({&*query, 1}, {1, {}});
    if (!answer || answer->hits.empty()) {
      ADD_FAILURE();
      return {};
    }
    return answer->hits[0];
  }
};

TEST_F(RealNetwork, AnIdenticalPhotoScoresOneInEveryFormatAndOnePixelLess) {
  for (const test::PictureFile& file : test::make_picture_files()) {
    const std::string_view bytes(reinterpret_cast<const char*>(file.bytes.data()),
                                 file.bytes.size());
    if (!file.error) static_cast<void>(add_file(file.name, bytes));
  }
  const SyncReport report = sync();
  EXPECT_EQ(report.model, "semblance-s");
  EXPECT_EQ(report.failed, 0);
  const Collection collection = open();
  const auto describer = collection.open_describer({});
  ASSERT_TRUE(describer) << describer.error().message;
  for (const auto& entry : fs::directory_iterator(photos())) {
    EXPECT_EQ(best(**describer, entry.path()).closeness.score, 1) << entry.path();
  }

  Image scene = test::make_scene();
  scene.row(50)[30 * 3 + 1] ^= 1;
  const Bytes changed = test::write_bmp(scene, test::BmpKind::kRgb24);
  ASSERT_TRUE(write_file_atomically(folder_.path() / "changed.bmp", changed));
  const double score = best(**describer, folder_.path() / "changed.bmp").closeness.score;
  EXPECT_LT(score, 1);
  EXPECT_GT(score, 0.99);
}

TEST_F(RealNetwork, EqualPicturesInDifferentFormatsAreAlike) {
  for (const test::PictureFile& file : test::make_picture_files()) {
    const std::string_view bytes(reinterpret_cast<const char*>(file.bytes.data()),
                                 file.bytes.size());
    if (file.tolerance >= 0) static_cast<void>(add_file(file.name, bytes));
  }
  for (int i = 1; i < 10; ++i) add_photo("other-" + std::to_string(i) + ".jpg", i);
  sync();
  const auto answer = open().similar("rgb.png", {100, {}});
  ASSERT_TRUE(answer) << answer.error().message;
  for (const Hit& hit : answer->hits) {
    const bool other = hit.item.id.starts_with("other-");
    EXPECT_EQ(hit.closeness.distance > 0.01, other) << hit.item.id << hit.closeness.distance;
  }
}

TEST_F(RealNetwork, VectorsDoNotDependOnTheNumberOfWorkers) {
  add_photos(12);
  options_.workers = 1;
  sync();
  const Collection one = open();
  const auto expected = one.similar("3.jpg", {11, {}});
  ASSERT_TRUE(expected);
  ASSERT_TRUE(fs::remove_all(data()) > 0);
  options_.workers = 4;
  sync();
  const auto answer = open().similar("3.jpg", {11, {}});
  ASSERT_TRUE(answer);
  for (std::size_t i = 0; i < 11; ++i) {
    EXPECT_EQ(answer->hits[i].item.id, expected->hits[i].item.id);
    EXPECT_EQ(answer->hits[i].closeness.score, expected->hits[i].closeness.score);
  }
}

}  // namespace
}  // namespace semblance
