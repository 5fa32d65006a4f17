#include "image/resize.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <vector>

namespace semblance {
namespace {

/// Four floats that every compiler we use keeps in one register (three channels and one spare).
using Float4 = float __attribute__((vector_size(16)));

constexpr std::size_t kChannels = 3;
/// Loads and stores of Float4 at the last pixel touch one float more than the row has.
constexpr std::size_t kSpare = 1;

/// Which source pixels make up each output pixel along one axis, and with what weights (sum 1).
class Taps {
 public:
  Taps(double offset, double extent, int output_size, int source_size, ResizeFilter filter) {
    assert(extent > 0 && output_size > 0 && source_size > 0);
    const double scale = extent / output_size;
    ranges_.reserve(static_cast<std::size_t>(output_size));
    for (int i = 0; i < output_size; ++i) {
      if (filter == ResizeFilter::kArea && scale >= 1) {
        add_box(offset + i * scale, offset + (i + 1) * scale, source_size);
      } else if (filter == ResizeFilter::kBilinear) {
        add_kernel(offset + (i + 0.5) * scale, std::max(scale, 1.0), 1, source_size, triangle);
      } else {
        add_kernel(offset + (i + 0.5) * scale, std::max(scale, 1.0), 2, source_size, catmull_rom);
      }
    }
  }

  struct Range {
    int first = 0;
    int count = 0;
    std::size_t weights_at = 0;
  };
  [[nodiscard]] const Range& operator[](int i) const {
    return ranges_[static_cast<std::size_t>(i)];
  }
  [[nodiscard]] const float* weights(const Range& range) const {
    return weights_.data() + range.weights_at;
  }
  /// The source pixels used by any output pixel: [first(), end()).
  [[nodiscard]] int first() const { return first_; }
  [[nodiscard]] int end() const { return end_; }

 private:
  static double triangle(double x) { return std::max(0.0, 1 - std::abs(x)); }

  /// Keys' cubic convolution with a = -0.5.
  static double catmull_rom(double x) {
    x = std::abs(x);
    if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
    if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
    return 0;
  }

  /// The share of each source pixel in the interval [begin, end).
  void add_box(double begin, double end, int source_size) {
    const auto [first, last] = clip(std::floor(begin), std::ceil(end), source_size);
    scratch_.clear();
    for (int j = first; j < last; ++j) {
      scratch_.push_back(std::min(j + 1.0, end) - std::max(double(j), begin));
    }
    add(first);
  }

  template <typename Kernel>
  void add_kernel(double centre, double widening, double support, int source_size, Kernel kernel) {
    const double reach = support * widening;
    const auto [first, last] =
        clip(std::floor(centre - reach), std::ceil(centre + reach), source_size);
    scratch_.clear();
    for (int j = first; j < last; ++j) scratch_.push_back(kernel((j + 0.5 - centre) / widening));
    add(first);
  }

  /// The part of [begin, end) that lies in the picture; at least its nearest pixel.
  static std::pair<int, int> clip(double begin, double end, int source_size) {
    const auto first = static_cast<int>(std::clamp(begin, 0.0, source_size - 1.0));
    const auto last = static_cast<int>(std::clamp(end, first + 1.0, double(source_size)));
    return {first, last};
  }

  void add(int first) {
    // Rounding makes taps of practically no weight at the ends: leave them out.
    constexpr double kNothing = 1e-7;
    std::size_t begin = 0;
    std::size_t end = scratch_.size();
    while (end - begin > 1 && std::abs(scratch_[begin]) < kNothing) ++begin;
    while (end - begin > 1 && std::abs(scratch_[end - 1]) < kNothing) --end;
    double sum = 0;
    for (std::size_t j = begin; j < end; ++j) sum += scratch_[j];
    const bool usable = std::abs(sum) > kNothing;
    Range range{first + static_cast<int>(begin), static_cast<int>(end - begin), weights_.size()};
    for (std::size_t j = begin; j < end; ++j) {
      weights_.push_back(static_cast<float>(usable ? scratch_[j] / sum : 1.0 / range.count));
    }
    first_ = ranges_.empty() ? range.first : std::min(first_, range.first);
    end_ = std::max(end_, range.first + range.count);
    ranges_.push_back(range);
  }

  std::vector<Range> ranges_;
  std::vector<float> weights_;
  std::vector<double> scratch_;
  int first_ = 0;
  int end_ = 0;
};

/// to[i] (+)= sum over up to four rows of weight x row[i]. One pass over several rows keeps the
/// sums in registers.
template <int kRows, bool kAdd>
void mix_rows(const std::uint8_t* row, std::size_t stride, const float* weights, std::size_t count,
              float* __restrict to) {
  for (std::size_t i = 0; i < count; ++i) {
    float sum = kAdd ? to[i] : 0.0F;
    for (std::size_t r = 0; r < kRows; ++r) {
      sum += weights[r] * static_cast<float>(static_cast<int>(row[r * stride + i]));
    }
    to[i] = sum;
  }
}

template <bool kAdd>
void mix_up_to_four(int rows, const std::uint8_t* row, std::size_t stride, const float* weights,
                    std::size_t count, float* to) {
  switch (rows) {
    case 1:
      return mix_rows<1, kAdd>(row, stride, weights, count, to);
    case 2:
      return mix_rows<2, kAdd>(row, stride, weights, count, to);
    case 3:
      return mix_rows<3, kAdd>(row, stride, weights, count, to);
    default:
      return mix_rows<4, kAdd>(row, stride, weights, count, to);
  }
}

void mix_column_taps(const std::uint8_t* row, std::size_t stride, const float* weights, int taps,
                     std::size_t count, float* to) {
  mix_up_to_four<false>(std::min(taps, 4), row, stride, weights, count, to);
  for (int done = 4; done < taps; done += 4) {
    mix_up_to_four<true>(std::min(taps - done, 4), row + static_cast<std::size_t>(done) * stride,
                         stride, weights + done, count, to);
  }
}

/// One output row from one row of floats that begins at source column `origin`.
void mix_row_taps(const float* from, int origin, const Taps& columns, int width, float* to) {
  constexpr Float4 kBlack{0, 0, 0, 0};
  constexpr Float4 kWhite{255, 255, 255, 255};
  for (int x = 0; x < width; ++x) {
    const Taps::Range& range = columns[x];
    const float* weights = columns.weights(range);
    const float* pixel = from + static_cast<std::size_t>(range.first - origin) * kChannels;
    Float4 sum = kBlack;
    for (int k = 0; k < range.count; ++k, pixel += kChannels) {
      Float4 value;
      std::memcpy(&value, pixel, sizeof(value));
      sum += value * weights[k];
    }
    // The cubic overshoots at edges; so may the last bit of a sum of weights.
    sum = sum < kBlack ? kBlack : sum;
    sum = sum > kWhite ? kWhite : sum;
    std::memcpy(to + static_cast<std::size_t>(x) * kChannels, &sum, sizeof(sum));
  }
}

/// Calls take_row(y, row of width x 3 floats 0..255) for every output row from the top.
template <typename TakeRow>
void resample(const Image& source, const SourceRect& rect, int width, int height,
              ResizeFilter filter, TakeRow take_row) {
  const Taps columns(rect.x, rect.width, width, source.width, filter);
  const Taps rows(rect.y, rect.height, height, source.height, filter);
  const int origin = columns.first();
  const std::size_t used = static_cast<std::size_t>(columns.end() - origin) * kChannels;
  const std::size_t stride = static_cast<std::size_t>(source.width) * kChannels;
  std::vector<float> mixed(used + kSpare);
  std::vector<float> output(static_cast<std::size_t>(width) * kChannels + kSpare);
  for (int y = 0; y < height; ++y) {
    const Taps::Range& range = rows[y];
    const std::uint8_t* first =
        source.row(range.first) + static_cast<std::size_t>(origin) * kChannels;
    mix_column_taps(first, stride, rows.weights(range), range.count, used, mixed.data());
    mix_row_taps(mixed.data(), origin, columns, width, output.data());
    take_row(static_cast<std::size_t>(y), output.data());
  }
}

}  // namespace

Image resize(const Image& source, const SourceRect& rect, int width, int height,
             ResizeFilter filter) {
  Image resized;
  resized.width = width;
  resized.height = height;
  const std::size_t row_values = static_cast<std::size_t>(width) * kChannels;
  resized.pixels.resize(row_values * static_cast<std::size_t>(height));
  resample(source, rect, width, height, filter, [&](std::size_t y, const float* row) {
    std::uint8_t* to = resized.pixels.data() + y * row_values;
    // Values are 0..255: adding a half rounds, and unlike lround it is vectorised.
    for (std::size_t i = 0; i < row_values; ++i) {
      // NOLINTNEXTLINE(bugprone-incorrect-roundings)
      to[i] = static_cast<std::uint8_t>(static_cast<int>(row[i] + 0.5F));
    }
  });
  return resized;
}

void resize_to_tensor(const Image& source, const SourceRect& rect, int width, int height,
                      ResizeFilter filter, ChannelOrder order, TensorLayout layout,
                      const Normalisation& normalisation, std::span<float> tensor) {
  const auto columns = static_cast<std::size_t>(width);
  const std::size_t plane = columns * static_cast<std::size_t>(height);
  assert(tensor.size() == plane * kChannels);
  const bool planar = layout == TensorLayout::kNchw;
  resample(source, rect, width, height, filter, [&](std::size_t y, const float* row) {
    for (std::size_t c = 0; c < kChannels; ++c) {
      const float mean = normalisation.mean[c];
      const float factor = 1.0F / normalisation.std[c];
      const float* from = row + (order == ChannelOrder::kRgb ? c : kChannels - 1 - c);
      float* to = tensor.data() + (planar ? c * plane + y * columns : y * columns * kChannels + c);
      if (planar) {
        for (std::size_t x = 0; x < columns; ++x) to[x] = (from[x * kChannels] - mean) * factor;
      } else {
        for (std::size_t x = 0; x < columns; ++x) {
          to[x * kChannels] = (from[x * kChannels] - mean) * factor;
        }
      }
    }
  });
}

}  // namespace semblance
