#include "image/resize.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <tuple>

namespace semblance {
namespace {

Image random_image(int width, int height, unsigned seed) {
  std::mt19937 random(seed);
  Image image;
  image.width = width;
  image.height = height;
  for (int i = 0; i < width * height * 3; ++i) {
    image.pixels.push_back(static_cast<std::uint8_t>(random()));
  }
  return image;
}

SourceRect whole(const Image& image) {
  return {0, 0, static_cast<double>(image.width), static_cast<double>(image.height)};
}

/// The weight of source pixel j for output pixel i along one axis, straight from the definition.
double reference_weight(ResizeFilter filter, double offset, double scale, int i, int j) {
  if (filter == ResizeFilter::kArea && scale >= 1) {
    const double begin = offset + i * scale;
    return std::max(0.0, std::min(j + 1.0, begin + scale) - std::max<double>(j, begin));
  }
  const double x = std::abs(j + 0.5 - offset - (i + 0.5) * scale) / std::max(scale, 1.0);
  if (filter == ResizeFilter::kBilinear) return std::max(0.0, 1 - x);
  if (x < 1) return 1.5 * x * x * x - 2.5 * x * x + 1;
  if (x < 2) return -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2;
  return 0;
}

/// Every output value as a double sum over the whole picture.
std::vector<double> reference_resize(const Image& image, const SourceRect& rect, int width,
                                     int height, ResizeFilter filter) {
  std::vector<double> values;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      double sums[3] = {0, 0, 0};
      double total = 0;
      for (int j = 0; j < image.height; ++j) {
        const double down = reference_weight(filter, rect.y, rect.height / height, y, j);
        if (down == 0) continue;
        for (int i = 0; i < image.width; ++i) {
          const double weight = down * reference_weight(filter, rect.x, rect.width / width, x, i);
          total += weight;
          for (int c = 0; c < 3; ++c) sums[c] += weight * image.row(j)[i * 3 + c];
        }
      }
      for (const double sum : sums) values.push_back(std::clamp(sum / total, 0.0, 255.0));
    }
  }
  return values;
}

std::vector<float> to_tensor(const Image& image, const SourceRect& rect, int width, int height,
                             ResizeFilter filter, ChannelOrder order = ChannelOrder::kRgb,
                             TensorLayout layout = TensorLayout::kNhwc,
                             const Normalisation& normalisation = {}) {
  std::vector<float> tensor(static_cast<std::size_t>(width * height * 3));
  resize_to_tensor(image, rect, width, height, filter, order, layout, normalisation, tensor);
  return tensor;
}

using Case = std::tuple<ResizeFilter, int, int>;
class ResizeAgainstReference : public testing::TestWithParam<Case> {};

TEST_P(ResizeAgainstReference, AgreesForWholePictures) {
  const auto [filter, width, height] = GetParam();
  const Image image = random_image(37, 29, 1);
  const auto expected = reference_resize(image, whole(image), width, height, filter);
  const auto tensor = to_tensor(image, whole(image), width, height, filter);
  const Image resized = resize(image, whole(image), width, height, filter);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_NEAR(tensor[i], expected[i], 2e-3) << i;
    ASSERT_NEAR(resized.pixels[i], expected[i], 0.502) << i;
  }
}

TEST_P(ResizeAgainstReference, AgreesForFractionalParts) {
  const auto [filter, width, height] = GetParam();
  const Image image = random_image(37, 29, 2);
  const SourceRect part{3.25, 1.6, 20.7, 25.1};
  const auto expected = reference_resize(image, part, width, height, filter);
  const auto tensor = to_tensor(image, part, width, height, filter);
  for (std::size_t i = 0; i < expected.size(); ++i) ASSERT_NEAR(tensor[i], expected[i], 2e-3) << i;
}

INSTANTIATE_TEST_SUITE_P(Sizes, ResizeAgainstReference,
                         testing::Combine(testing::Values(ResizeFilter::kArea,
                                                          ResizeFilter::kBilinear,
                                                          ResizeFilter::kBicubic),
                                          testing::Values(1, 7, 36, 37, 50),
                                          testing::Values(2, 15, 29, 64)));

TEST(Resize, AveragesExactlyAtWholeRatios) {
  const Image image = random_image(12, 8, 3);
  const auto tensor = to_tensor(image, whole(image), 4, 4, ResizeFilter::kArea);
  for (int y = 0; y < 4; ++y) {
    for (int x = 0; x < 4; ++x) {
      for (int c = 0; c < 3; ++c) {
        double sum = 0;
        for (int j = 0; j < 2; ++j) {
          for (int i = 0; i < 3; ++i) sum += image.row(y * 2 + j)[(x * 3 + i) * 3 + c];
        }
        EXPECT_NEAR(tensor[static_cast<std::size_t>((y * 4 + x) * 3 + c)], sum / 6, 1e-4);
      }
    }
  }
}

TEST(Resize, ToTheSameSizeChangesNothing) {
  const Image image = random_image(33, 21, 4);
  for (const ResizeFilter filter :
       {ResizeFilter::kArea, ResizeFilter::kBilinear, ResizeFilter::kBicubic}) {
    EXPECT_EQ(resize(image, whole(image), 33, 21, filter).pixels, image.pixels);
  }
}

TEST(Resize, CutsOutAPart) {
  const Image image = random_image(20, 20, 5);
  const Image part = resize(image, {4, 6, 10, 8}, 10, 8, ResizeFilter::kArea);
  for (int y = 0; y < 8; ++y) {
    for (int i = 0; i < 30; ++i) ASSERT_EQ(part.row(y)[i], image.row(y + 6)[4 * 3 + i]);
  }
}

TEST(Resize, KeepsAPlainPictureAsItIs) {
  for (const int level : {0, 1, 127, 254, 255}) {
    const auto value = static_cast<std::uint8_t>(level);
    Image image;
    image.width = 31;
    image.height = 17;
    image.pixels.assign(std::size_t{31} * 17 * 3, value);
    for (const ResizeFilter filter :
         {ResizeFilter::kArea, ResizeFilter::kBilinear, ResizeFilter::kBicubic}) {
      for (const int size : {1, 10, 90}) {
        for (const std::uint8_t got : resize(image, whole(image), size, size, filter).pixels) {
          ASSERT_EQ(got, value);
        }
      }
    }
  }
}

TEST(Resize, TakesTheNearestPixelsOfAPartOutside) {
  const Image image = random_image(5, 5, 6);
  for (const ResizeFilter filter :
       {ResizeFilter::kArea, ResizeFilter::kBilinear, ResizeFilter::kBicubic}) {
    const Image outside = resize(image, {100, -50, 3, 3}, 2, 2, filter);
    for (int i = 0; i < 4; ++i) {
      for (int c = 0; c < 3; ++c) EXPECT_EQ(outside.pixels[i * 3 + c], image.row(0)[4 * 3 + c]);
    }
  }
}

TEST(ResizeToTensor, OrdersChannelsAndPlanesAsAsked) {
  const Image image = random_image(25, 18, 7);
  const Normalisation normalisation{{100, 110, 120}, {50, 60, 70}};
  const auto plain = to_tensor(image, whole(image), 9, 11, ResizeFilter::kArea);
  for (const ChannelOrder order : {ChannelOrder::kRgb, ChannelOrder::kBgr}) {
    for (const TensorLayout layout : {TensorLayout::kNchw, TensorLayout::kNhwc}) {
      const auto tensor =
          to_tensor(image, whole(image), 9, 11, ResizeFilter::kArea, order, layout, normalisation);
      for (std::size_t pixel = 0; pixel < 99; ++pixel) {
        for (std::size_t c = 0; c < 3; ++c) {
          const float value = plain[pixel * 3 + (order == ChannelOrder::kRgb ? c : 2 - c)];
          const float expected = (value - normalisation.mean[c]) / normalisation.std[c];
          const std::size_t at = layout == TensorLayout::kNchw ? c * 99 + pixel : pixel * 3 + c;
          ASSERT_NEAR(tensor[at], expected, 1e-5);
        }
      }
    }
  }
}

TEST(ResizeToTensor, ShowsTheLeastChangeOfOnePixel) {
  Image image = random_image(1000, 667, 8);
  const auto before = to_tensor(image, whole(image), 224, 224, ResizeFilter::kArea);
  for (const auto& [x, y] : {std::pair(0, 0), std::pair(501, 333), std::pair(999, 666)}) {
    Image changed = image;
    std::uint8_t& value = changed.row(y)[x * 3 + 1];
    value = static_cast<std::uint8_t>(value ^ 1);
    EXPECT_NE(to_tensor(changed, whole(image), 224, 224, ResizeFilter::kArea), before);
  }
}

}  // namespace
}  // namespace semblance
