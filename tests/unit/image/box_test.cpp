#include "image/box.h"

#include <gtest/gtest.h>

#include <cmath>

namespace semblance {
namespace {

/// A picture whose pixels say where they are.
Image numbered(int width, int height) {
  Image image;
  image.width = width;
  image.height = height;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      image.pixels.insert(image.pixels.end(),
                          {static_cast<std::uint8_t>(x), static_cast<std::uint8_t>(y), 7});
    }
  }
  return image;
}

TEST(CheckBox, WantsASizeWithinThePhoto) {
  for (const Box& box : {Box{}, Box{0, 0, .1, .1}, Box{.9, .9, .1, .1}, Box{.7, .1, .3, .9}}) {
    EXPECT_TRUE(check_box(box));
  }
  for (const Box& box :
       {Box{0, 0, 0, 1}, Box{0, 0, 1, -.1}, Box{-.01, 0, .5, .5}, Box{.5, 0, .51, 1},
        Box{0, 1, 1, .1}, Box{std::nan(""), 0, 1, 1}, Box{0, 0, 1, INFINITY}}) {
    EXPECT_EQ(check_box(box).error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(Crop, TakesThePixelsThatTheBoxTouches) {
  const Image image = numbered(10, 4);
  const Image middle = crop(image, {.25, .5, .5, .5});
  EXPECT_EQ(middle.width, 6);  // 2.5 to 7.5: pixels 2 to 7
  EXPECT_EQ(middle.height, 2);
  EXPECT_EQ(middle.pixels.size(), 36U);
  EXPECT_EQ(middle.row(0)[0], 2);
  EXPECT_EQ(middle.row(0)[1], 2);
  EXPECT_EQ(middle.row(1)[15], 7);
  EXPECT_EQ(middle.row(1)[16], 3);
  // .3 * 10 and (.1 + .2) * 10 are pixel borders, whatever rounding says.
  EXPECT_EQ(crop(image, {.1, 0, .2, 1}).width, 2);
  EXPECT_EQ(crop(image, {.3, 0, .1, 1}).width, 1);
}

TEST(Crop, OfEverythingIsThePicture) {
  const Image image = numbered(7, 3);
  EXPECT_EQ(crop(image, {}).pixels, image.pixels);
}

TEST(Crop, LeavesAtLeastAPixel) {
  const Image image = numbered(3, 3);
  for (const Box& box : {Box{0, 0, 1e-9, 1e-9}, Box{.9999999, .9999999, 1e-7, 1e-7},
                         Box{.33333333, 1.0 / 3, 1e-12, 1e-12}}) {
    const Image part = crop(image, box);
    EXPECT_EQ(part.width, 1);
    EXPECT_EQ(part.height, 1);
    EXPECT_EQ(part.pixels.size(), 3U);
  }
}

}  // namespace
}  // namespace semblance
