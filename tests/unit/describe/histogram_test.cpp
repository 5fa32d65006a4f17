#include "describe/histogram.h"

#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <span>

#include "base/sha256.h"
#include "describe/hsv.h"
#include "pictures.h"

namespace semblance {
namespace {

using test::plain;

std::vector<float> whole(const Image& image) {
  return hsv_histograms(image).whole;
}

std::size_t bin(std::size_t h, std::size_t s, std::size_t v) {
  return (h * 12 + s) * 3 + v;
}

/// cv2.calcHist([cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)], [0, 1, 2], None, [8, 12, 3],
/// [0, 180, 0, 256, 0, 256]) of test::pattern(224, 224), by OpenCV 4.6.
constexpr std::array<int, kHistogramDimension> kCountsByOpenCv{
    3,  14,  37,  5,  24,  78,  10, 56,  143, 11, 83,  230, 19, 96,  276, 17, 128, 312,
    25, 159, 445, 21, 170, 448, 39, 192, 540, 29, 223, 643, 37, 241, 634, 40, 264, 691,
    1,  21,  38,  5,  39,  108, 11, 61,  146, 8,  87,  201, 18, 106, 281, 15, 120, 308,
    25, 146, 420, 22, 167, 447, 29, 192, 522, 31, 221, 561, 40, 232, 612, 25, 253, 661,
    1,  14,  24,  4,  36,  81,  7,  57,  147, 15, 90,  219, 14, 108, 287, 11, 132, 322,
    18, 159, 395, 22, 157, 439, 37, 190, 517, 27, 247, 598, 38, 234, 668, 53, 240, 704,
    1,  7,   26,  4,  33,  80,  8,  51,  145, 10, 74,  231, 9,  94,  276, 16, 116, 296,
    24, 156, 379, 23, 157, 464, 23, 170, 520, 41, 216, 613, 35, 228, 616, 41, 229, 638,
    4,  10,  31,  5,  35,  98,  4,  57,  142, 10, 75,  247, 14, 96,  293, 16, 132, 342,
    13, 150, 392, 31, 165, 458, 28, 192, 476, 35, 234, 626, 33, 251, 630, 36, 263, 812,
    6,  10,  35,  3,  35,  104, 4,  59,  155, 21, 92,  218, 20, 103, 268, 19, 130, 328,
    22, 155, 456, 33, 161, 455, 26, 197, 491, 28, 204, 587, 35, 244, 608, 41, 250, 679,
    2,  5,   22,  9,  33,  92,  12, 46,  134, 5,  93,  224, 7,  113, 291, 15, 122, 322,
    23, 182, 406, 36, 168, 470, 18, 170, 530, 29, 228, 642, 29, 246, 678, 47, 290, 680,
    1,  6,   29,  6,  40,  87,  10, 57,  125, 8,  83,  205, 18, 108, 257, 24, 109, 328,
    20, 150, 391, 24, 205, 426, 29, 171, 505, 26, 209, 580, 38, 207, 640, 35, 254, 703};

TEST(HsvHistogram, EqualsOpenCv) {
  const auto histogram = whole(test::pattern(224, 224));
  ASSERT_EQ(histogram.size(), kCountsByOpenCv.size());
  for (std::size_t i = 0; i < histogram.size(); ++i) {
    EXPECT_NEAR(histogram[i], kCountsByOpenCv[i] / 50176.0, 1e-6) << i;
  }
}

TEST(RgbToHsv, EqualsOpenCvForEveryColour) {
  std::vector<std::uint8_t> all;
  all.reserve(3U << 24);
  for (int red = 0; red < 256; ++red) {
    for (int green = 0; green < 256; ++green) {
      for (int blue = 0; blue < 256; ++blue) {
        const Hsv hsv = rgb_to_hsv(static_cast<std::uint8_t>(red), static_cast<std::uint8_t>(green),
                                   static_cast<std::uint8_t>(blue));
        all.insert(all.end(), {hsv.h, hsv.s, hsv.v});
      }
    }
  }
  // SHA-256 of cv2.cvtColor's answer (OpenCV 4.6) for the same colours in the same order.
  EXPECT_EQ(to_hex(sha256(std::as_bytes(std::span(all)))),
            "a5b38b214f65aed9d382cc07bf40311aff2e3e324c98da86df77bef285f224eb");
}

TEST(HsvHistogram, PutsPureColoursWhereTheyBelong) {
  EXPECT_EQ(whole(plain(10, 10, {255, 0, 0}))[bin(0, 11, 2)], 1);
  EXPECT_EQ(whole(plain(10, 10, {0, 255, 0}))[bin(2, 11, 2)], 1);
  EXPECT_EQ(whole(plain(10, 10, {0, 0, 255}))[bin(5, 11, 2)], 1);
  EXPECT_EQ(whole(plain(10, 10, {0, 0, 0}))[bin(0, 0, 0)], 1);
  EXPECT_EQ(whole(plain(10, 10, {255, 255, 255}))[bin(0, 0, 2)], 1);
}

TEST(HsvHistogram, HoldsShares) {
  for (const auto& [width, height] :
       std::vector<std::pair<int, int>>{{1, 1}, {3, 700}, {224, 224}, {641, 480}}) {
    const Image image = test::pattern(width, height);
    for (const auto& histogram : {whole(image), hsv_histograms(image).foreground}) {
      ASSERT_EQ(histogram.size(), 288U);
      EXPECT_NEAR(std::accumulate(histogram.begin(), histogram.end(), 0.0), 1, 1e-5);
    }
  }
}

/// A square of a third of the side in the middle of a background.
template <typename Background>
Image red_square_on(Background background) {
  return test::picture(300, 300, [&](int x, int y) {
    const bool inside = x >= 100 && x < 200 && y >= 100 && y < 200;
    return inside ? test::Rgb{220, 20, 30} : background(x, y);
  });
}

void expect_red(const Image& image) {
  const auto foreground = hsv_histograms(image).foreground;
  const auto red = [](const std::vector<float>& histogram) {
    double share = 0;
    for (const std::size_t h : {0, 7}) {
      for (std::size_t s = 8; s < 12; ++s) share += histogram[bin(h, s, 2)];
    }
    return share;
  };
  EXPECT_NEAR(red(whole(image)), 1.0 / 9, 0.01);
  // The square's softened edge (4 x 75 of 75 x 75 pixels) is a mixture of both.
  EXPECT_GT(red(foreground), 0.92);
}

TEST(HsvHistogramForeground, LeavesOutAWhiteBackground) {
  expect_red(red_square_on([](int, int) { return test::Rgb{255, 255, 255}; }));
}

TEST(HsvHistogramForeground, LeavesOutAGradient) {
  const auto grey = [](int value) {
    const auto level = static_cast<std::uint8_t>(value);
    return test::Rgb{level, level, level};
  };
  expect_red(red_square_on([&](int, int y) { return grey(120 + y * 120 / 300); }));
  expect_red(red_square_on([&](int x, int y) { return grey(60 + (x + y) * 180 / 600); }));
}

TEST(HsvHistogramForeground, LeavesOutAWallAboveAFloor) {
  expect_red(red_square_on([](int, int y) {
    return y < 180 ? test::Rgb{225, 228, 230} : test::Rgb{150, 115, 80};
  }));
}

TEST(HsvHistogramForeground, CountsAPlainPictureWhole) {
  for (const test::Rgb colour : {test::Rgb{255, 255, 255}, test::Rgb{40, 90, 60}}) {
    const Image image = plain(50, 80, colour);
    EXPECT_EQ(hsv_histograms(image).foreground, whole(image));
  }
}

TEST(HsvHistogramForeground, CountsANearlyPlainPictureWhole) {
  Image image = plain(224, 224, {250, 250, 250});
  image.row(100)[300] = 0;
  EXPECT_EQ(hsv_histograms(image).foreground, whole(image));
}

}  // namespace
}  // namespace semblance
