#include "search/scale_data.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <span>
#include <thread>

namespace semblance::bench {

namespace {

/// SplitMix64 (Steele, Lea, Flood 2014), from a name of what is drawn.
class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t kind, std::uint64_t number)
      : state_(seed * 0x9E3779B97F4A7C15U + (kind << 56) + number * 0xD1B54A32D192ED03U) {
    next();
  }

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  }
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  /// Four 16-bit numbers added up: near enough to normal, and quick.
  float normal() {
    const std::uint64_t bits = next();
    const auto sum = static_cast<float>((bits & 0xFFFF) + (bits >> 16 & 0xFFFF) +
                                        (bits >> 32 & 0xFFFF) + (bits >> 48));
    constexpr float kDeviation = 37837.2F;  // 65536 * sqrt(4 / 12)
    return (sum - 2 * 65535.0F) / kDeviation;
  }

 private:
  std::uint64_t state_;
};

enum Kind : std::uint64_t { kMean = 1, kType, kStyle, kPhoto, kSigns, kSizes, kStyleType };

class Generator {
 public:
  Generator(std::int64_t catalogue_rows, int dimension, std::uint64_t seed,
            const ScaleDataShape& shape)
      : shape_(shape), dimension_(static_cast<std::size_t>(dimension)), seed_(seed) {
    assert((dimension_ & (dimension_ - 1)) == 0);
    styles_ = std::max<std::uint64_t>(
        1, static_cast<std::uint64_t>(static_cast<double>(catalogue_rows) / shape.rows_per_style));
    centre_sizes_ = spectrum(shape.centre_decay);
    photo_sizes_ = spectrum(shape.photo_decay);
    draw_common();
    double total = 0;
    for (int i = 1; i <= shape.types; ++i) {
      total += std::pow(i, -shape.type_zipf);
      type_ends_.push_back(total);
      Random random(seed_, kType, static_cast<std::uint64_t>(i));
      std::vector<float> type(dimension_);
      for (float& x : type) x = random.normal();
      types_.push_back(std::move(type));
    }
  }

  void row(std::uint64_t number, std::span<float> out) const {
    Random photo(seed_, kPhoto, number);
    const std::uint64_t style_number = photo.next() % styles_;
    Random style(seed_, kStyle, style_number);
    const std::vector<float>& type = types_[type_of(style_number)];
    const auto away = static_cast<float>(
        shape_.photo_length * std::exp(shape_.photo_spread * static_cast<double>(photo.normal())));
    const auto type_length = static_cast<float>(shape_.type_length);
    const auto style_length = static_cast<float>(shape_.style_length);
    for (std::size_t i = 0; i < dimension_; ++i) {
      out[i] = (type_length * type[i] + style_length * style.normal()) * centre_sizes_[i] +
               away * photo.normal() * photo_sizes_[i];
    }
    rotate(out);
    double norm = 0;
    for (std::size_t i = 0; i < dimension_; ++i) {
      out[i] = out[i] * number_sizes_[i] + mean_[i];
      norm += static_cast<double>(out[i]) * static_cast<double>(out[i]);
    }
    const auto scale = static_cast<float>(1 / std::sqrt(norm));
    for (float& x : out) x *= scale;
  }

 private:
  [[nodiscard]] std::vector<float> spectrum(double decay) const {
    std::vector<double> variances;
    double total = 0;
    for (std::size_t i = 0; i < dimension_; ++i) {
      const double component = static_cast<double>(i) * 256 / static_cast<double>(dimension_);
      variances.push_back(std::pow(1 + component / shape_.knee, -decay));
      total += variances.back();
    }
    std::vector<float> sizes;
    for (const double variance : variances) {
      sizes.push_back(static_cast<float>(std::sqrt(variance / total)));
    }
    return sizes;
  }

  void draw_common() {
    Random mean(seed_, kMean, 0);
    Random sizes(seed_, kSizes, 0);
    Random signs(seed_, kSigns, 0);
    double norm = 0;
    for (std::size_t i = 0; i < dimension_; ++i) {
      const float x = mean.normal();
      mean_.push_back(x * x * x);  // a few large numbers, as after a network's rectifier
      norm += static_cast<double>(mean_.back()) * static_cast<double>(mean_.back());
      number_sizes_.push_back(
          static_cast<float>(std::exp(shape_.number_spread * static_cast<double>(sizes.normal()))));
      signs_.push_back((signs.next() & 1) != 0 ? 1.0F : -1.0F);
    }
    for (float& x : mean_) x *= static_cast<float>(shape_.mean_length / std::sqrt(norm));
  }

  /// A fixed rotation: random signs and a Walsh-Hadamard transform.
  void rotate(std::span<float> x) const {
    for (std::size_t i = 0; i < dimension_; ++i) x[i] *= signs_[i];
    for (std::size_t half = 1; half < dimension_; half *= 2) {
      for (std::size_t start = 0; start < dimension_; start += 2 * half) {
        for (std::size_t i = start; i < start + half; ++i) {
          const float a = x[i];
          const float b = x[i + half];
          x[i] = a + b;
          x[i + half] = a - b;
        }
      }
    }
    const float scale = 1 / std::sqrt(static_cast<float>(dimension_));
    for (float& value : x) value *= scale;
  }

  [[nodiscard]] std::size_t type_of(std::uint64_t style) const {
    const double at = Random(seed_, kStyleType, style).uniform() * type_ends_.back();
    const auto found = std::lower_bound(type_ends_.begin(), type_ends_.end(), at);
    return static_cast<std::size_t>(found - type_ends_.begin());
  }

  ScaleDataShape shape_;
  std::size_t dimension_;
  std::uint64_t seed_;
  std::uint64_t styles_ = 1;
  std::vector<float> centre_sizes_, photo_sizes_, number_sizes_, mean_, signs_;
  std::vector<double> type_ends_;
  std::vector<std::vector<float>> types_;
};

}  // namespace

std::vector<float> scale_rows(std::int64_t first, std::int64_t rows, std::int64_t catalogue_rows,
                              int dimension, std::uint64_t seed, const ScaleDataShape& shape) {
  const Generator generator(catalogue_rows, dimension, seed, shape);
  const auto width = static_cast<std::size_t>(dimension);
  std::vector<float> numbers(static_cast<std::size_t>(rows) * width);
  const auto threads = static_cast<std::int64_t>(std::max(1U, std::thread::hardware_concurrency()));
  std::vector<std::thread> workers;
  for (std::int64_t t = 0; t < threads; ++t) {
    workers.emplace_back([&, t] {
      for (std::int64_t r = rows * t / threads; r < rows * (t + 1) / threads; ++r) {
        generator.row(static_cast<std::uint64_t>(first + r),
                      std::span(numbers).subspan(static_cast<std::size_t>(r) * width, width));
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  return numbers;
}

}  // namespace semblance::bench
