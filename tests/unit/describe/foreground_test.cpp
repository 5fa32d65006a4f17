#include "describe/foreground.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "pictures.h"

namespace semblance {
namespace {

using test::picture;
using test::Rgb;

constexpr Rgb kWhite{255, 255, 255};
constexpr Rgb kBlue{30, 40, 160};

std::ptrdiff_t foreground_pixels(const Image& image) {
  const auto mask = foreground_mask(image);
  EXPECT_EQ(mask.size(), image.pixels.size() / 3);
  return std::count(mask.begin(), mask.end(), 1);
}

TEST(ForegroundMask, MarksTheSubjectAlone) {
  const Image image = picture(100, 80, [](int x, int y) {
    return x >= 20 && x < 60 && y >= 10 && y < 40 ? kBlue : kWhite;
  });
  const auto mask = foreground_mask(image);
  for (int y = 0; y < 80; ++y) {
    for (int x = 0; x < 100; ++x) {
      const bool inside = x >= 20 && x < 60 && y >= 10 && y < 40;
      ASSERT_EQ(mask[static_cast<std::size_t>(y * 100 + x)], inside ? 1 : 0) << x << ' ' << y;
    }
  }
}

TEST(ForegroundMask, KeepsBackgroundColoursInsideTheSubject) {
  // A blue frame around white: the white inside is part of the subject.
  const Image image = picture(100, 100, [](int x, int y) {
    const int from_centre = std::max(std::abs(x - 50), std::abs(y - 50));
    return from_centre < 30 && from_centre > 20 ? kBlue : kWhite;
  });
  EXPECT_EQ(foreground_pixels(image), 59 * 59);
}

TEST(ForegroundMask, KeepsASubjectThatTheBorderCuts) {
  const Image image =
      picture(100, 100, [](int x, int y) { return x >= 35 && x < 65 && y >= 20 ? kBlue : kWhite; });
  EXPECT_EQ(foreground_pixels(image), 30 * 80);
}

TEST(ForegroundMask, ToleratesNoise) {
  std::srand(5);
  const Image image = picture(120, 120, [](int x, int y) {
    const auto noise = [] { return static_cast<std::uint8_t>(235 + std::rand() % 16); };
    return x >= 40 && x < 80 && y >= 40 && y < 80 ? kBlue : Rgb{noise(), noise(), noise()};
  });
  EXPECT_EQ(foreground_pixels(image), 40 * 40);
}

TEST(ForegroundMask, SurvivesTheSmallestPictures) {
  EXPECT_EQ(foreground_pixels(test::plain(1, 1, kBlue)), 0);
  EXPECT_EQ(foreground_pixels(test::plain(1, 50, kBlue)), 0);
  EXPECT_EQ(foreground_pixels(test::plain(2, 2, kBlue)), 0);
  EXPECT_LE(foreground_pixels(test::pattern(7, 3)), 21);
}

}  // namespace
}  // namespace semblance
