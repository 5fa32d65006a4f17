#include "describe/histogram.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <numeric>

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

/// `numerator` / i in fixed point, rounded to nearest (no quotient of ours is a tie), 0 for i = 0.
constexpr Table reciprocals(int numerator) {
  Table table{};
  for (int i = 1; i < 256; ++i) {
    table[static_cast<std::size_t>(i)] = (2 * (numerator << kFractionBits) + i) / (2 * i);
  }
  return table;
}

constexpr Table kPerValue = reciprocals(255);
constexpr Table kPerRange = reciprocals(kHueRange / 6);

constexpr int rounded_shift(int fixed_point) {
  return (fixed_point + (1 << (kFractionBits - 1))) >> kFractionBits;
}

/// What each value of a channel adds to the bin's index: the channel's range [0, range) is cut into
/// `bins` equal parts that are `stride` apart.
constexpr std::array<std::uint16_t, 256> offsets(int bins, int range, int stride) {
  std::array<std::uint16_t, 256> table{};
  for (int value = 0; value < range; ++value) {
    table[static_cast<std::size_t>(value)] =
        static_cast<std::uint16_t>(value * bins / range * stride);
  }
  return table;
}

constexpr auto kHueOffsets =
    offsets(kHistogramHueBins, kHueRange, kHistogramSaturationBins* kHistogramValueBins);
constexpr auto kSaturationOffsets = offsets(kHistogramSaturationBins, 256, kHistogramValueBins);
constexpr auto kValueOffsets = offsets(kHistogramValueBins, 256, 1);

std::uint16_t bin_of(const std::uint8_t* pixel) {
  const Hsv hsv = rgb_to_hsv(pixel[0], pixel[1], pixel[2]);
  return static_cast<std::uint16_t>(kHueOffsets[hsv.h] + kSaturationOffsets[hsv.s] +
                                    kValueOffsets[hsv.v]);
}

/// The bin of every pixel. Neighbours are often equal (a white ground): those are not computed
/// again.
std::vector<std::uint16_t> bins_of(const Image& image) {
  std::vector<std::uint16_t> bins(image.pixels.size() / 3);
  const std::uint8_t* pixel = image.pixels.data();
  bins[0] = bin_of(pixel);
  for (std::size_t i = 1; i < bins.size(); ++i) {
    pixel += 3;
    const bool repeated = pixel[0] == pixel[-3] && pixel[1] == pixel[-2] && pixel[2] == pixel[-1];
    bins[i] = repeated ? bins[i - 1] : bin_of(pixel);
  }
  return bins;
}

Image squashed(const Image& image) {
  assert(image.width > 0 && image.height > 0);
  if (image.width == kHistogramSide && image.height == kHistogramSide) return image;
  const SourceRect whole{0, 0, static_cast<double>(image.width), static_cast<double>(image.height)};
  return resize(image, whole, kHistogramSide, kHistogramSide, ResizeFilter::kArea);
}

using Counts = std::array<std::uint32_t, kHistogramDimension>;

/// Counts by bin: of all pixels, and of those whose mark is not 0.
struct BothCounts {
  Counts whole{};
  Counts foreground{};
};

BothCounts count(const std::vector<std::uint16_t>& bins, const std::vector<std::uint8_t>& mask) {
  // Two counters by turns, so that a run of equal pixels does not wait for its own last addition.
  std::array<Counts, 2> background{};
  std::array<Counts, 2> foreground{};
  for (std::size_t i = 0; i < bins.size(); ++i) {
    Counts& counts = mask[i] == 0 ? background[i % 2] : foreground[i % 2];
    ++counts[bins[i]];
  }
  BothCounts both;
  for (std::size_t bin = 0; bin < both.whole.size(); ++bin) {
    both.foreground[bin] = foreground[0][bin] + foreground[1][bin];
    both.whole[bin] = both.foreground[bin] + background[0][bin] + background[1][bin];
  }
  return both;
}

std::vector<float> shares(const Counts& counts) {
  const double total = std::accumulate(counts.begin(), counts.end(), 0.0);
  std::vector<float> histogram(counts.size());
  for (std::size_t i = 0; i < counts.size(); ++i) {
    histogram[i] = static_cast<float>(counts[i] / total);
  }
  return histogram;
}

}  // namespace

Hsv rgb_to_hsv(std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
  const int value = std::max({red, green, blue});
  const int range = value - std::min({red, green, blue});
  const int saturation = rounded_shift(range * kPerValue[static_cast<std::size_t>(value)]);
  // Chosen without branches: which channel is the largest changes from pixel to pixel.
  const int of_red = green - blue;
  const int of_green = blue - red + 2 * range;
  const int of_blue = red - green + 4 * range;
  const int of_others = value == green ? of_green : of_blue;
  int hue = value == red ? of_red : of_others;
  hue = rounded_shift(hue * kPerRange[static_cast<std::size_t>(range)]);
  hue += hue < 0 ? kHueRange : 0;
  return {static_cast<std::uint8_t>(hue), static_cast<std::uint8_t>(saturation),
          static_cast<std::uint8_t>(value)};
}

Histograms hsv_histograms(const Image& image) {
  const Image small = squashed(image);
  const std::vector<std::uint8_t> mask = foreground_mask(small);
  const BothCounts counts = count(bins_of(small), mask);
  Histograms histograms;
  histograms.whole = shares(counts.whole);
  const auto foreground = std::count(mask.begin(), mask.end(), 1);
  const bool enough =
      static_cast<double>(foreground) >= kSmallestForeground * static_cast<double>(mask.size());
  histograms.foreground = enough ? shares(counts.foreground) : histograms.whole;
  return histograms;
}

}  // namespace semblance
