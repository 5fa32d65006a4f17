#include "duplicates/picture_hash.h"

#include <gtest/gtest.h>

#include "changed_pictures.h"
#include "support/picture_files.h"

namespace semblance {
namespace {

PictureHash hash_of_image(const Image& image) {
  return hash_of(sketch_of(image));
}

int distance(const Image& a, const Image& b) {
  return hash_distance(hash_of_image(a), hash_of_image(b));
}

TEST(PictureHash, CopiesAreNearAndOtherPicturesAreNot) {
  const Image scene = test::make_scene(3);
  EXPECT_EQ(distance(scene, scene), 0);
  EXPECT_LE(distance(scene, test::resized(scene, 144, 192)), 8);
  EXPECT_LE(distance(scene, test::resized(scene, 200, 130)), 8) << "squashed";
  EXPECT_LE(distance(scene, test::recompressed(scene, 60)), 20);
  EXPECT_LE(distance(scene, test::brightened(scene, .8, 10)), 8);
  int near = 0;
  for (int other = 0; other < 20; ++other) {
    if (other != 3 && distance(scene, test::make_scene(other)) <= 20) ++near;
  }
  EXPECT_LE(near, 2);
}

TEST(PictureHash, TheMirroredHashIsThatOfTheMirroredPicture) {
  for (int variant = 0; variant < 10; ++variant) {
    const PictureSketch sketch = sketch_of(test::make_scene(variant));
    EXPECT_LE(hash_distance(mirrored(hash_of(sketch)), hash_of(mirrored(sketch))), 6);
    EXPECT_EQ(mirrored(mirrored(hash_of(sketch))), hash_of(sketch));
    EXPECT_EQ(mirrored(mirrored(sketch)), sketch);
  }
}

TEST(PictureHash, AnyPictureHasOne) {
  EXPECT_EQ(hash_of_image({1, 1, {9, 9, 9}}), PictureHash{}) << "plain: no frequencies";
  Image wide{3000, 1, std::vector<std::uint8_t>(9000, 200)};
  EXPECT_EQ(hash_of_image(wide), PictureHash{});
}

TEST(PictureSketch, BytesAndBack) {
  const PictureSketch sketch = sketch_of(test::make_scene(1));
  const auto bytes = to_bytes(sketch);
  EXPECT_EQ(sketch_from_bytes(bytes), sketch);
  EXPECT_EQ(sketch_from_bytes(std::span(bytes).first(100)), std::nullopt);
}

TEST(PictureSketch, KnowsGreyFromColours) {
  const Image scene = test::make_scene(1);
  EXPECT_FALSE(is_grey(sketch_of(scene)));
  EXPECT_TRUE(is_grey(sketch_of(test::in_grey(scene))));
}

}  // namespace
}  // namespace semblance
