#include "duplicates/picture_match.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "changed_pictures.h"
#include "support/picture_files.h"

namespace semblance {
namespace {

PictureMatch match(const Image& a, const Image& b) {
  return match_pictures(sketch_of(a), sketch_of(b));
}

bool same(const Image& a, const Image& b, const MatchOptions& options = {}) {
  // Whichever of the two comes first.
  const bool one_way = is_same_photo(match(a, b), options);
  EXPECT_EQ(is_same_photo(match(b, a), options), one_way);
  return one_way;
}

/// Large enough for the sketch to be an average of pixels.
Image photo(int variant) {
  return test::resized(test::make_scene(variant), 288, 384);
}

TEST(PictureMatch, CopiesAreTheSamePhoto) {
  const Image one = photo(4);
  EXPECT_TRUE(same(one, one));
  EXPECT_TRUE(same(one, test::resized(one, 224, 224))) << "squashed";
  EXPECT_TRUE(same(one, test::resized(one, 144, 192)));
  EXPECT_TRUE(same(one, test::recompressed(one, 50)));
}

TEST(PictureMatch, AnotherContrastMayBeAnotherShadeOfTheProduct) {
  EXPECT_FALSE(same(photo(4), test::brightened(photo(4), .85, 12)));
  EXPECT_TRUE(same(photo(4), test::brightened(photo(4), .97, 3)));
}

TEST(PictureMatch, ASmallCropIsAlignedAway) {
  const Image one = photo(4);
  for (const double share : {.01, .02}) {
    const Image crop = test::cropped(one, share, share / 2, 0, share);
    const PictureMatch found = match(one, crop);
    EXPECT_TRUE(is_same_photo(found, {})) << share << ": " << found.correlation << " "
                                          << found.worst_part << " " << found.worst_colour;
    EXPECT_TRUE(is_same_photo(match(crop, one), {})) << share;
    if (share < .02) continue;  // so little needs no alignment
    EXPECT_TRUE(found.aligned);
    EXPECT_LT(found.coverage, 1);
  }
  EXPECT_FALSE(same(one, test::cropped(one, .4, .4, 0, 0))) << "a corner is not a copy";
}

TEST(PictureMatch, OtherPicturesAreNot) {
  for (int other = 0; other < 20; ++other) {
    if (other == 4) continue;
    EXPECT_FALSE(same(photo(4), photo(other))) << other;
  }
  EXPECT_FALSE(same(photo(4), test::mirrored_image(photo(4))));
}

TEST(PictureMatch, OnePartThatDiffersIsEnough) {
  const Image one = photo(4);
  Image other = one;
  for (int y = 150; y < 200; ++y) {
    for (int x = 120; x < 170; ++x) {
      std::uint8_t* pixel = other.row(y) + x * 3;
      for (int channel = 0; channel < 3; ++channel) pixel[channel] = 255 - pixel[channel];
    }
  }
  EXPECT_FALSE(same(one, other)) << "another print";
}

TEST(PictureMatch, AnotherColourIsAnotherPhoto) {
  const Image one = photo(4);
  Image other = one;  // red and blue exchanged
  for (std::size_t i = 0; i < other.pixels.size(); i += 3) {
    std::swap(other.pixels[i], other.pixels[i + 2]);
  }
  EXPECT_FALSE(same(one, other));
  EXPECT_FALSE(same(one, other, {true})) << "neither is grey";
}

/// Changes the colour of a rectangle by levels of red, green and blue.
Image retouched(Image image, int left, int top, int side, std::array<int, 3> change) {
  for (int y = top; y < top + side; ++y) {
    for (int x = left; x < left + side; ++x) {
      std::uint8_t* pixel = image.row(y) + x * 3;
      for (std::size_t channel = 0; channel < 3; ++channel) {
        pixel[channel] =
            static_cast<std::uint8_t>(std::clamp(pixel[channel] + change[channel], 0, 255));
      }
    }
  }
  return image;
}

TEST(PictureMatch, OnePlaceThatWasRetouchedIsEnoughWhereNothingElseChanged) {
  // As shops do with shades of a lipstick. Far below what saving with losses changes elsewhere.
  const Image one = photo(4);
  EXPECT_FALSE(same(one, retouched(one, 120, 150, 40, {12, -6, -6})));
  EXPECT_FALSE(same(one, retouched(one, 120, 150, 40, {10, 10, 10})));
  EXPECT_TRUE(same(one, retouched(one, 120, 150, 4, {12, -6, -6}))) << "a grain of dust";
}

TEST(PictureMatch, ALargePartInAnotherColourIsAnotherPhoto) {
  const Image one = photo(4);
  const Image other = retouched(one, 60, 80, 170, {5, 0, -5});
  EXPECT_FALSE(same(one, test::recompressed(other, 75)));
}

TEST(PictureMatch, ThumbnailsAreNotAligned) {
  const Image one = photo(4);
  const Image crop = test::cropped(one, .02, .01, 0, .02);
  ASSERT_TRUE(same(one, crop));
  const Image small = test::resized(one, 63, 84);
  EXPECT_TRUE(sketch_of(small).small);
  EXPECT_TRUE(same(small, one));
  EXPECT_FALSE(match(small, crop).aligned);
  EXPECT_FALSE(sketch_of(one).small);
  EXPECT_EQ(sketch_from_bytes(to_bytes(sketch_of(small))), sketch_of(small));
}

TEST(PictureMatch, GreyAndMirroredOnlyWhereTheyAreAskedFor) {
  const Image one = photo(4);
  const Image grey = test::in_grey(one);
  EXPECT_FALSE(same(one, grey));
  EXPECT_TRUE(same(one, grey, {true}));
  const PictureSketch mirror = mirrored(sketch_of(test::mirrored_image(one)));
  EXPECT_TRUE(is_same_photo(match_pictures(sketch_of(one), mirror), {}));
}

TEST(PictureMatch, PlainPicturesAgreeWhereTheirColoursDo) {
  const auto plain = [](std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
    Image image{40, 40, {}};
    for (int i = 0; i < 1600; ++i) image.pixels.insert(image.pixels.end(), {red, green, blue});
    return image;
  };
  EXPECT_TRUE(same(plain(255, 255, 255), plain(254, 254, 254)));
  EXPECT_FALSE(same(plain(255, 255, 255), plain(200, 200, 200)));
  EXPECT_FALSE(same(plain(200, 100, 100), plain(100, 130, 200)));
  EXPECT_FALSE(same(plain(255, 255, 255), photo(4)));
}

}  // namespace
}  // namespace semblance
