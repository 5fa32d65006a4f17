#include "image/montage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "image/font.h"
#include "picture_difference.h"
#include "support/picture_files.h"

namespace semblance {
namespace {

Image plain(int width, int height, std::uint8_t value) {
  Image image;
  image.width = width;
  image.height = height;
  image.pixels.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3,
                      value);
  return image;
}

int count_dark(const Image& image) {
  int dark = 0;
  for (std::size_t i = 0; i < image.pixels.size(); i += 3) {
    dark += std::max({image.pixels[i], image.pixels[i + 1], image.pixels[i + 2]}) < 20 ? 1 : 0;
  }
  return dark;
}

TEST(DrawMontage, HasRoomForTheLongestRow) {
  const MontageCell cell{plain(10, 10, 0), "a", "b", false};
  const Image one = draw_montage({{cell}}, 100);
  const Image wide = draw_montage({{cell, cell, cell}, {cell}}, 100);
  EXPECT_GT(wide.width, 3 * 100);
  EXPECT_GT(wide.height, 2 * 100);
  EXPECT_GT(wide.width, one.width);
  EXPECT_EQ(wide.pixels.size(),
            static_cast<std::size_t>(wide.width) * static_cast<std::size_t>(wide.height) * 3);
}

TEST(DrawMontage, NeverSquashesAPhoto) {
  // A black photo of 3:1 fills a third of its square.
  const Image wide = draw_montage({{{plain(300, 100, 0), "", "", false}}}, 158);
  const Image square = draw_montage({{{plain(100, 100, 0), "", "", false}}}, 158);
  EXPECT_NEAR(static_cast<double>(count_dark(wide)) / count_dark(square), 1.0 / 3, 0.01);
}

TEST(DrawMontage, DrawsAPlaceholderForAMissingPhoto) {
  const Image missing = draw_montage({{{Image{}, "gone", "", false}}});
  const Image nothing = draw_montage({{}});
  EXPECT_NE(missing.pixels, nothing.pixels);
}

TEST(DrawMontage, FramesTheQueryAndShortensText) {
  const Image photo = test::make_scene();
  const Image calm = draw_montage({{{photo, "name", "0.93", false}}});
  const Image framed = draw_montage({{{photo, "name", "0.93", true}}});
  EXPECT_NE(calm.pixels, framed.pixels);
  const std::string long_name(500, 'W');
  const Image shortened = draw_montage({{{photo, long_name, long_name, false}}});
  EXPECT_EQ(shortened.width, calm.width);
  EXPECT_EQ(shortened.height, calm.height);
}

TEST(DrawMontage, DrawsAnyBytesAsText) {
  std::string every_byte;
  for (int c = 0; c < 256; ++c) every_byte.push_back(static_cast<char>(c));
  for (std::size_t at = 0; at < 256; at += 8) {
    (void)draw_montage({{{Image{}, every_byte.substr(at, 8), "\xC3\xA9t\xC3", false}}}, 1);
  }
}

TEST(GlyphOf, TellsEveryPrintableCharacterApart) {
  std::set<Glyph> glyphs;
  for (int c = ' '; c <= '~'; ++c) {
    EXPECT_TRUE(glyphs.insert(glyph_of(static_cast<char>(c))).second) << static_cast<char>(c);
  }
  EXPECT_FALSE(glyphs.contains(glyph_of('\n')));
  EXPECT_EQ(glyph_of('\x80'), glyph_of('\x7F'));
}

}  // namespace
}  // namespace semblance
