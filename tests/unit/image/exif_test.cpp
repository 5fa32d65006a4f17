#include "image/exif.h"

#include <gtest/gtest.h>

#include "support/picture_writers.h"

namespace semblance {
namespace {

TEST(ExifOrientation, ReadsBothByteOrdersWithAndWithoutPrefix) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    for (const bool big_endian : {false, true}) {
      const Bytes block = test::exif_block(orientation, big_endian);
      EXPECT_EQ(exif_orientation(block), orientation);
      Bytes prefixed = test::bytes_of(std::string_view("Exif\0\0", 6));
      prefixed.insert(prefixed.end(), block.begin(), block.end());
      EXPECT_EQ(exif_orientation(prefixed), orientation);
    }
  }
}

TEST(ExifOrientation, TakesNonsenseForUpright) {
  EXPECT_EQ(exif_orientation({}), 1);
  EXPECT_EQ(exif_orientation(test::exif_block(0, false)), 1);
  EXPECT_EQ(exif_orientation(test::exif_block(9, true)), 1);
  EXPECT_EQ(exif_orientation(test::bytes_of("this is no EXIF at all")), 1);
}

TEST(ExifOrientation, NeverReadsBeyondADamagedBlock) {
  const Bytes whole = test::exif_block(6, true);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const int orientation = exif_orientation(part);
    EXPECT_TRUE(orientation == 1 || orientation == 6);
  }
  Bytes far = whole;
  for (std::size_t at = 4; at < 8; ++at) far[at] = std::byte{0xFF};  // the directory's place
  EXPECT_EQ(exif_orientation(far), 1);
}

TEST(ApplyOrientation, UndoesHowEachOrientationIsStored) {
  Image upright;
  upright.width = 2;
  upright.height = 3;
  for (std::uint8_t i = 0; i < 18; ++i) upright.pixels.push_back(i);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Image stored = test::turn_for_orientation(upright, orientation);
    EXPECT_EQ(stored.width, orientation_swaps_sides(orientation) ? 3 : 2);
    const Image turned = apply_orientation(stored, orientation);
    EXPECT_EQ(turned.width, 2);
    EXPECT_EQ(turned.pixels, upright.pixels) << "orientation " << orientation;
  }
}

}  // namespace
}  // namespace semblance
