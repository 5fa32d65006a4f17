#include "describe/histogram.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "describe/foreground.h"
#include "describe/hsv.h"
#include "image/resize.h"

namespace semblance {

namespace {

constexpr int kFractionBits = 12;
constexpr int kHueRange = 180;

/// Below this share of the picture, what differs from the background is taken for noise.
constexpr double kSmallestForeground = 0.01;

using Table = std::array<int, 256>;

/// `numerator` / i in fixed point, rounded to nearest (even on a tie), 0 for i = 0.
Table reciprocals(double numerator) {
  Table table{};
  for (std::size_t i = 1; i < table.size(); ++i) {
    table[i] =
        static_cast<int>(std::lrint(numerator * (1 << kFractionBits) / static_cast<double>(i)));
  }
  return table;
}

int rounded_shift(int fixed_point) {
  return (fixed_point + (1 << (kFractionBits - 1))) >> kFractionBits;
}

/// Bin of each value of a channel whose range [0, range) is cut into `bins` equal parts.
std::array<std::size_t, 256> bins_of(int bins, int range) {
  std::array<std::size_t, 256> table{};
  const double bins_per_value = static_cast<double>(bins) / range;
  for (int value = 0; value < range; ++value) {
    table[static_cast<std::size_t>(value)] = static_cast<std::size_t>(value * bins_per_value);
  }
  return table;
}

std::size_t bin_of(const std::uint8_t* pixel) {
  static const auto kHueBins = bins_of(kHistogramHueBins, kHueRange);
  static const auto kSaturationBins = bins_of(kHistogramSaturationBins, 256);
  static const auto kValueBins = bins_of(kHistogramValueBins, 256);
  const Hsv hsv = rgb_to_hsv(pixel[0], pixel[1], pixel[2]);
  return (kHueBins[hsv.h] * kHistogramSaturationBins + kSaturationBins[hsv.s]) *
             kHistogramValueBins +
         kValueBins[hsv.v];
}

Image squashed(const Image& image) {
  assert(image.width > 0 && image.height > 0);
  if (image.width == kHistogramSide && image.height == kHistogramSide) return image;
  const SourceRect whole{0, 0, static_cast<double>(image.width), static_cast<double>(image.height)};
  return resize(image, whole, kHistogramSide, kHistogramSide, ResizeFilter::kArea);
}

/// Counts the pixels whose mark is not 0; all of them when `mask` is empty.
std::vector<float> shares(const Image& image, const std::vector<std::uint8_t>& mask) {
  std::array<std::uint32_t, kHistogramDimension> counts{};
  const std::size_t pixels = image.pixels.size() / 3;
  std::uint32_t total = 0;
  for (std::size_t i = 0; i < pixels; ++i) {
    if (!mask.empty() && mask[i] == 0) continue;
    ++counts[bin_of(image.pixels.data() + i * 3)];
    ++total;
  }
  std::vector<float> histogram(counts.size());
  for (std::size_t i = 0; i < counts.size(); ++i) {
    histogram[i] = static_cast<float>(static_cast<double>(counts[i]) / total);
  }
  return histogram;
}

}  // namespace

Hsv rgb_to_hsv(std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
  static const Table kPerValue = reciprocals(255);
  static const Table kPerRange = reciprocals(kHueRange / 6.0);
  const int value = std::max({red, green, blue});
  const int range = value - std::min({red, green, blue});
  const int saturation = rounded_shift(range * kPerValue[static_cast<std::size_t>(value)]);
  int hue = 0;
  if (value == red) {
    hue = green - blue;
  } else if (value == green) {
    hue = blue - red + 2 * range;
  } else {
    hue = red - green + 4 * range;
  }
  hue = rounded_shift(hue * kPerRange[static_cast<std::size_t>(range)]);
  if (hue < 0) hue += kHueRange;
  return {static_cast<std::uint8_t>(hue), static_cast<std::uint8_t>(saturation),
          static_cast<std::uint8_t>(value)};
}

std::vector<float> hsv_histogram(const Image& image) {
  return shares(squashed(image), {});
}

std::vector<float> hsv_histogram_foreground(const Image& image) {
  const Image small = squashed(image);
  const std::vector<std::uint8_t> mask = foreground_mask(small);
  const auto foreground = std::count(mask.begin(), mask.end(), 1);
  if (static_cast<double>(foreground) < kSmallestForeground * static_cast<double>(mask.size())) {
    return shares(small, {});
  }
  return shares(small, mask);
}

}  // namespace semblance
