#include "duplicates/picture_sketch.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "image/resize.h"

namespace semblance {

namespace {

constexpr int kSide = PictureSketch::kSide;
constexpr int kColourSide = PictureSketch::kColourSide;
constexpr int kCell = kSide / kColourSide;

/// A colour difference of less than this many levels is what rounding and chroma subsampling leave
/// of grey.
constexpr int kGreyTolerance = 6;

std::uint8_t to_level(double value) {
  return static_cast<std::uint8_t>(std::clamp(std::lround(value), 0L, 255L));
}

template <std::size_t kSize>
void mirror(std::array<std::uint8_t, kSize>& plane, int side) {
  for (int y = 0; y < side; ++y) {
    std::reverse(plane.begin() + static_cast<std::ptrdiff_t>(y) * side,
                 plane.begin() + static_cast<std::ptrdiff_t>(y + 1) * side);
  }
}

}  // namespace

PictureSketch sketch_of(const Image& image) {
  const SourceRect all{0, 0, static_cast<double>(image.width), static_cast<double>(image.height)};
  const Image small = resize(image, all, kSide, kSide, ResizeFilter::kArea);
  PictureSketch sketch;
  sketch.small = std::min(image.width, image.height) < kSide;
  std::array<std::array<double, 3>, kColourSide * kColourSide> sums{};
  for (int y = 0; y < kSide; ++y) {
    const std::uint8_t* pixel = small.row(y);
    for (int x = 0; x < kSide; ++x, pixel += 3) {
      const double luma = .299 * pixel[0] + .587 * pixel[1] + .114 * pixel[2];
      sketch.brightness[static_cast<std::size_t>(y * kSide + x)] = to_level(luma);
      auto& sum = sums[static_cast<std::size_t>(y / kCell * kColourSide + x / kCell)];
      for (std::size_t channel = 0; channel < 3; ++channel) sum[channel] += pixel[channel];
    }
  }
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const double red = sums[i][0] / (kCell * kCell);
    const double green = sums[i][1] / (kCell * kCell);
    const double blue = sums[i][2] / (kCell * kCell);
    sketch.blueness[i] = to_level(128 - .168736 * red - .331264 * green + .5 * blue);
    sketch.redness[i] = to_level(128 + .5 * red - .418688 * green - .081312 * blue);
  }
  return sketch;
}

PictureSketch mirrored(const PictureSketch& sketch) {
  PictureSketch other = sketch;
  mirror(other.brightness, kSide);
  mirror(other.blueness, kColourSide);
  mirror(other.redness, kColourSide);
  return other;
}

bool is_grey(const PictureSketch& sketch) {
  const auto plain = [](std::uint8_t level) { return std::abs(level - 128) < kGreyTolerance; };
  return std::all_of(sketch.blueness.begin(), sketch.blueness.end(), plain) &&
         std::all_of(sketch.redness.begin(), sketch.redness.end(), plain);
}

std::array<std::uint8_t, kSketchBytes> to_bytes(const PictureSketch& sketch) {
  std::array<std::uint8_t, kSketchBytes> bytes{};
  auto next = std::copy(sketch.brightness.begin(), sketch.brightness.end(), bytes.begin());
  next = std::copy(sketch.blueness.begin(), sketch.blueness.end(), next);
  next = std::copy(sketch.redness.begin(), sketch.redness.end(), next);
  *next = sketch.small ? 1 : 0;
  return bytes;
}

std::optional<PictureSketch> sketch_from_bytes(std::span<const std::uint8_t> bytes) {
  if (bytes.size() != kSketchBytes) return std::nullopt;
  PictureSketch sketch;
  const auto take = [&bytes](auto& plane) {
    std::copy_n(bytes.begin(), plane.size(), plane.begin());
    bytes = bytes.subspan(plane.size());
  };
  take(sketch.brightness);
  take(sketch.blueness);
  take(sketch.redness);
  sketch.small = bytes.front() != 0;
  return sketch;
}

}  // namespace semblance
