#include "image/encode.h"

#include <gtest/gtest.h>

#include "image/decode.h"
#include "picture_difference.h"
#include "support/picture_files.h"

namespace semblance {
namespace {

TEST(EncodeJpeg, WritesWhatDecodesToTheSamePicture) {
  const Image scene = test::make_scene();
  const auto decoded = decode_image(encode_jpeg(scene, 95), {});
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->format, ImageFormat::kJpeg);
  EXPECT_LT(test::mean_difference(decoded->image, scene), 3);
}

TEST(EncodeJpeg, SpendsFewerBytesOnLowerQuality) {
  const Image scene = test::make_scene();
  EXPECT_LT(encode_jpeg(scene, 30).size(), encode_jpeg(scene, 90).size());
}

TEST(EncodeJpeg, GivesNothingForWhatJpegCannotHold) {
  EXPECT_TRUE(encode_jpeg(Image{}, 90).empty());
  Image wide;
  wide.width = 70000;
  wide.height = 1;
  wide.pixels.assign(std::size_t{70000} * 3, 0);
  EXPECT_TRUE(encode_jpeg(wide, 90).empty());
}

}  // namespace
}  // namespace semblance
