#include "duplicates/picture_match.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

namespace semblance {

namespace {

constexpr int kSide = PictureSketch::kSide;
constexpr int kColourSide = PictureSketch::kColourSide;
constexpr int kParts = 8;  ///< of a side, for what is left after alignment

/// A picture with less contrast than this (standard deviation in levels) is plain: there is nothing
/// to correlate.
constexpr double kPlain = 2.5;
constexpr int kCoarseSide = 16;
constexpr double kOtherColour = 8;  ///< levels of colour
/// With less correlation than this between the coarse pictures, no small crop explains it; nor
/// where it is less than the next number when they are aligned, or than the one after that with
/// twice as many cells a side.
constexpr double kWorthAligning = .8;
constexpr double kOnTheWay = .9;  ///< after two steps
constexpr double kCoarselyAligned = .95;
constexpr double kNearlyAligned = .985;
/// What agrees so well as it is need not be aligned.
constexpr double kAgrees = .995;
constexpr double kAgreesPart = 5;

// What two versions of one photo keep to; docs/duplicates.md says where the limits come from.
constexpr double kSameCorrelation = .9965;
constexpr double kSamePart = 5.5;
constexpr double kSameColour = 7;
constexpr double kSameCoverage = .85;
constexpr double kSameGain = 2;

/// How far a crop may reach: the scale of one side against the other's, and the shift of the
/// centre as a share of a side.
constexpr double kSmallestScale = .8;
constexpr double kLargestScale = 1.25;
constexpr double kLargestShift = .12;

/// A square of numbers.
struct Plane {
  int side = 0;
  std::vector<float> values;

  [[nodiscard]] float at(int x, int y) const {
    return values[static_cast<std::size_t>(y) * static_cast<std::size_t>(side) +
                  static_cast<std::size_t>(x)];
  }
};

template <std::size_t kSize>
Plane plane_of(const std::array<std::uint8_t, kSize>& levels, int side) {
  return {side, std::vector<float>(levels.begin(), levels.end())};
}

/// Weights 1 2 1 in both directions: what resampling makes of the finest detail does not count.
Plane smoothed(const Plane& plane) {
  const int side = plane.side;
  Plane rows{side, std::vector<float>(plane.values.size())};
  Plane both = rows;
  for (int y = 0; y < side; ++y) {
    const float* from = plane.values.data() + static_cast<std::ptrdiff_t>(y) * side;
    float* to = rows.values.data() + static_cast<std::ptrdiff_t>(y) * side;
    to[0] = .75F * from[0] + .25F * from[1];
    for (int x = 1; x + 1 < side; ++x) to[x] = .25F * (from[x - 1] + from[x + 1]) + .5F * from[x];
    to[side - 1] = .75F * from[side - 1] + .25F * from[side - 2];
  }
  for (int y = 0; y < side; ++y) {
    const float* above =
        rows.values.data() + static_cast<std::ptrdiff_t>(std::max(y - 1, 0)) * side;
    const float* here = rows.values.data() + static_cast<std::ptrdiff_t>(y) * side;
    const float* below =
        rows.values.data() + static_cast<std::ptrdiff_t>(std::min(y + 1, side - 1)) * side;
    float* to = both.values.data() + static_cast<std::ptrdiff_t>(y) * side;
    for (int x = 0; x < side; ++x) to[x] = .25F * (above[x] + below[x]) + .5F * here[x];
  }
  return both;
}

Plane halved(const Plane& plane) {
  const int side = plane.side / 2;
  Plane half{side,
             std::vector<float>(static_cast<std::size_t>(side) * static_cast<std::size_t>(side))};
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      half.values[static_cast<std::size_t>(y * side + x)] =
          .25F * (plane.at(2 * x, 2 * y) + plane.at(2 * x + 1, 2 * y) + plane.at(2 * x, 2 * y + 1) +
                  plane.at(2 * x + 1, 2 * y + 1));
    }
  }
  return half;
}

/// Where a place of the first picture lies in the second one. Places are -.5..+.5 of a side.
struct Warp {
  double shift_x = 0;
  double shift_y = 0;
  double scale_x = 1;
  double scale_y = 1;

  [[nodiscard]] double x(double place) const { return scale_x * place + shift_x; }
  [[nodiscard]] double y(double place) const { return scale_y * place + shift_y; }
  [[nodiscard]] bool is_small() const {
    const auto scale_fits = [](double scale) {
      return scale >= kSmallestScale && scale <= kLargestScale;
    };
    return scale_fits(scale_x) && scale_fits(scale_y) && std::abs(shift_x) <= kLargestShift &&
           std::abs(shift_y) <= kLargestShift;
  }
};

double place_of(int cell, int side) {
  return (cell + .5) / side - .5;
}

/// One place of a plane, between its cells.
struct Sample {
  bool inside = false;
  double value = 0;
  double slope_x = 0;  ///< a cell
  double slope_y = 0;
};

Sample sample(const Plane& plane, double place_x, double place_y) {
  const double most = plane.side - 1;
  double x = (place_x + .5) * plane.side - .5;
  double y = (place_y + .5) * plane.side - .5;
  // The outer half of the outermost cells is theirs, too.
  if (x < -.5 || y < -.5 || x > most + .5 || y > most + .5) return {};
  x = std::clamp(x, 0., most);
  y = std::clamp(y, 0., most);
  const int left = std::min(static_cast<int>(x), plane.side - 2);
  const int top = std::min(static_cast<int>(y), plane.side - 2);
  const double right_share = x - left;
  const double bottom_share = y - top;
  const double top_left = plane.at(left, top);
  const double top_right = plane.at(left + 1, top);
  const double bottom_left = plane.at(left, top + 1);
  const double bottom_right = plane.at(left + 1, top + 1);
  const double upper = top_left + right_share * (top_right - top_left);
  const double lower = bottom_left + right_share * (bottom_right - bottom_left);
  Sample found;
  found.inside = true;
  found.value = upper + bottom_share * (lower - upper);
  found.slope_x =
      (1 - bottom_share) * (top_right - top_left) + bottom_share * (bottom_right - bottom_left);
  found.slope_y = lower - upper;
  return found;
}

/// Values of the first picture beside those of the second one at the same place.
struct Overlap {
  int side = 0;
  std::vector<float> first;
  std::vector<float> second;
  std::vector<char> inside;
  std::size_t count = 0;
};

Overlap overlap_of(const Plane& first, const Plane& second, const Warp& warp) {
  const int side = first.side;
  Overlap overlap{side, first.values, std::vector<float>(first.values.size()),
                  std::vector<char>(first.values.size())};
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const Sample found = sample(second, warp.x(place_of(x, side)), warp.y(place_of(y, side)));
      if (!found.inside) continue;
      const auto index = static_cast<std::size_t>(y * side + x);
      overlap.second[index] = static_cast<float>(found.value);
      overlap.inside[index] = 1;
      ++overlap.count;
    }
  }
  return overlap;
}

Overlap as_they_are(const Plane& first, const Plane& second) {
  return {first.side, first.values, second.values, std::vector<char>(first.values.size(), 1),
          first.values.size()};
}

/// second = gain * first + offset, as well as a line can do it.
struct Line {
  double correlation = 0;
  double gain = 1;
  double offset = 0;
  double deviation_first = 0;
  double deviation_second = 0;
};

Line fit_line(const Overlap& overlap) {
  Line line;
  if (overlap.count == 0) return line;
  double sum_a = 0, sum_b = 0, sum_aa = 0, sum_bb = 0, sum_ab = 0;
  for (std::size_t i = 0; i < overlap.first.size(); ++i) {
    if (overlap.inside[i] == 0) continue;
    const double a = overlap.first[i];
    const double b = overlap.second[i];
    sum_a += a;
    sum_b += b;
    sum_aa += a * a;
    sum_bb += b * b;
    sum_ab += a * b;
  }
  const auto count = static_cast<double>(overlap.count);
  const double variance_a = std::max(0., sum_aa / count - sum_a / count * (sum_a / count));
  const double variance_b = std::max(0., sum_bb / count - sum_b / count * (sum_b / count));
  const double covariance = sum_ab / count - sum_a / count * (sum_b / count);
  line.deviation_first = std::sqrt(variance_a);
  line.deviation_second = std::sqrt(variance_b);
  if (variance_a > 0 && variance_b > 0) {
    line.correlation = covariance / std::sqrt(variance_a * variance_b);
    line.gain = covariance / variance_a;
  }
  line.offset = (sum_b - line.gain * sum_a) / count;
  return line;
}

/// Largest mean of |second - (gain first + offset)| of 8 x 8 parts, in levels of the picture that
/// has more contrast.
double worst_part(const Overlap& overlap, double gain, double offset) {
  const int part = overlap.side / kParts;
  std::array<double, kParts * kParts> sums{};
  std::array<int, kParts * kParts> counts{};
  for (int y = 0; y < overlap.side; ++y) {
    for (int x = 0; x < overlap.side; ++x) {
      const auto index = static_cast<std::size_t>(y * overlap.side + x);
      if (overlap.inside[index] == 0) continue;
      const auto where = static_cast<std::size_t>(y / part * kParts + x / part);
      sums[where] += std::abs(overlap.second[index] - gain * overlap.first[index] - offset);
      ++counts[where];
    }
  }
  double worst = 0;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    // Of less than half a part, too few pixels speak.
    if (counts[i] * 2 >= part * part) worst = std::max(worst, sums[i] / counts[i]);
  }
  return worst / std::clamp(gain, .1, 1.);
}

/// Largest difference of colour of 8 x 8 parts. Colours keep to the contrast.
double worst_colour(const PictureSketch& a, const PictureSketch& b, const Warp& warp, double gain) {
  const Plane blue_a = plane_of(a.blueness, kColourSide);
  const Plane red_a = plane_of(a.redness, kColourSide);
  const Overlap blue = overlap_of(blue_a, plane_of(b.blueness, kColourSide), warp);
  const Overlap red = overlap_of(red_a, plane_of(b.redness, kColourSide), warp);
  constexpr int kPart = kColourSide / kParts;
  double worst = 0;
  for (int y = 0; y < kColourSide; y += kPart) {
    for (int x = 0; x < kColourSide; x += kPart) {
      double blue_sum = 0, red_sum = 0;
      int count = 0;
      for (int i = 0; i < kPart * kPart; ++i) {
        const auto index = static_cast<std::size_t>((y + i / kPart) * kColourSide + x + i % kPart);
        if (blue.inside[index] == 0) continue;
        blue_sum += blue.second[index] - 128 - gain * (blue.first[index] - 128);
        red_sum += red.second[index] - 128 - gain * (red.first[index] - 128);
        ++count;
      }
      if (count * 2 >= kPart * kPart) {
        worst = std::max(worst, std::hypot(blue_sum / count, red_sum / count));
      }
    }
  }
  return worst / std::clamp(gain, .1, 1.);
}

constexpr std::size_t kUnknowns = 6;
using Vector = std::array<double, kUnknowns>;
using Matrix = std::array<Vector, kUnknowns>;

/// Solves a symmetric positive definite system by Cholesky's way; false where it is not definite.
bool solve(Matrix matrix, Vector right, Vector& solution) {
  for (std::size_t i = 0; i < kUnknowns; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = matrix[i][j];
      for (std::size_t k = 0; k < j; ++k) sum -= matrix[i][k] * matrix[j][k];
      if (i != j) {
        matrix[i][j] = sum / matrix[j][j];
      } else if (sum > 0) {
        matrix[i][i] = std::sqrt(sum);
      } else {
        return false;
      }
    }
  }
  for (std::size_t i = 0; i < kUnknowns; ++i) {
    for (std::size_t k = 0; k < i; ++k) right[i] -= matrix[i][k] * right[k];
    right[i] /= matrix[i][i];
  }
  for (std::size_t i = kUnknowns; i-- > 0;) {
    for (std::size_t k = i + 1; k < kUnknowns; ++k) right[i] -= matrix[k][i] * right[k];
    right[i] /= matrix[i][i];
  }
  solution = right;
  return true;
}

/// Steps of Gauss and Newton towards the warp with the least squares of what is left.
void improve(const Plane& first, const Plane& second, int steps, Warp& warp) {
  const Line start = fit_line(overlap_of(first, second, warp));
  double gain = start.gain;
  double offset = start.offset;
  const int side = first.side;
  for (int step = 0; step < steps; ++step) {
    Matrix squares{};
    Vector right{};
    for (int y = 0; y < side; ++y) {
      const double place_y = place_of(y, side);
      for (int x = 0; x < side; ++x) {
        const double place_x = place_of(x, side);
        const Sample found = sample(second, warp.x(place_x), warp.y(place_y));
        if (!found.inside) continue;
        const double value = first.at(x, y);
        const double slope_x = found.slope_x * side;
        const double slope_y = found.slope_y * side;
        const Vector slopes{slope_x, slope_y, slope_x * place_x, slope_y * place_y, -value, -1};
        const double left_over = found.value - gain * value - offset;
        for (std::size_t i = 0; i < kUnknowns; ++i) {
          right[i] -= slopes[i] * left_over;
          for (std::size_t j = 0; j <= i; ++j) squares[i][j] += slopes[i] * slopes[j];
        }
      }
    }
    // A direction in which the picture does not change stays as it is.
    for (std::size_t i = 0; i < kUnknowns; ++i) squares[i][i] = squares[i][i] * 1.001 + 1e-3;
    Vector change{};
    if (!solve(squares, right, change)) return;
    warp.shift_x += change[0];
    warp.shift_y += change[1];
    warp.scale_x += change[2];
    warp.scale_y += change[3];
    gain += change[4];
    offset += change[5];
    if (!warp.is_small()) return;
    const double largest = std::max(
        {std::abs(change[0]), std::abs(change[1]), std::abs(change[2]), std::abs(change[3])});
    if (largest < .05 / side) return;
  }
}

PictureMatch judge(const PictureSketch& a, const PictureSketch& b, const Overlap& overlap,
                   const Warp& warp) {
  PictureMatch match;
  const Line line = fit_line(overlap);
  const auto cells = static_cast<double>(kSide) * kSide;
  match.coverage = std::sqrt(static_cast<double>(overlap.count) / cells) *
                   std::min(1., std::sqrt(warp.scale_x * warp.scale_y));
  if (line.deviation_first < kPlain && line.deviation_second < kPlain) {
    // Two plain pictures agree where their levels do.
    match.worst_part = worst_part(overlap, 1, 0);
    match.correlation = 1;
    match.worst_colour = worst_colour(a, b, warp, 1);
    return match;
  }
  match.correlation = line.correlation;
  match.gain = line.gain;
  if (line.gain <= 0) return match;
  match.worst_part = worst_part(overlap, line.gain, line.offset);
  match.worst_colour = worst_colour(a, b, warp, line.gain);
  return match;
}

/// Sixteen cells a side, from the sketch itself.
Plane coarse(const PictureSketch& sketch) {
  constexpr int kCell = kSide / kCoarseSide;
  Plane plane{kCoarseSide, std::vector<float>(kCoarseSide * kCoarseSide)};
  for (int y = 0; y < kSide; ++y) {
    const std::uint8_t* row = sketch.brightness.data() + static_cast<std::ptrdiff_t>(y) * kSide;
    float* to = plane.values.data() + static_cast<std::ptrdiff_t>(y / kCell) * kCoarseSide;
    for (int x = 0; x < kCoarseSide; ++x) {
      int sum = 0;
      for (int i = 0; i < kCell; ++i) sum += row[x * kCell + i];
      to[x] += static_cast<float>(sum) / (kCell * kCell);
    }
  }
  return plane;
}

bool are_plain(const Line& line) {
  return line.deviation_first < kPlain && line.deviation_second < kPlain;
}

/// Whether the mean colours are so far apart that neither a crop nor a change of contrast explains
/// it. A grey picture may be a version of any.
bool have_other_colours(const PictureSketch& a, const PictureSketch& b) {
  const auto mean = [](const auto& plane) {
    return std::accumulate(plane.begin(), plane.end(), 0) / static_cast<double>(plane.size());
  };
  return std::hypot(mean(a.blueness) - mean(b.blueness), mean(a.redness) - mean(b.redness)) >
             kOtherColour &&
         !is_grey(a) && !is_grey(b);
}

/// Most pairs end here, before anything dear is computed: the coarse pictures do not agree, however
/// they are moved. `warp` is how they were.
bool agree_coarsely(const PictureSketch& a, const PictureSketch& b, PictureMatch& match,
                    Warp& warp) {
  if (have_other_colours(a, b)) return false;
  const Plane first = coarse(a);
  const Plane second = coarse(b);
  const Line direct = fit_line(as_they_are(first, second));
  match.correlation = direct.correlation;
  match.gain = direct.gain;
  match.coverage = 1;
  if (are_plain(direct)) return true;
  if (direct.correlation < kWorthAligning || direct.gain <= 0) return false;
  if (direct.correlation >= kAgrees) return true;
  improve(first, second, 2, warp);
  if (!warp.is_small() || fit_line(overlap_of(first, second, warp)).correlation < kOnTheWay) {
    warp = {};
    return direct.correlation >= kCoarselyAligned;
  }
  improve(first, second, 6, warp);
  if (!warp.is_small()) {
    warp = {};
    return direct.correlation >= kCoarselyAligned;
  }
  const Line aligned = fit_line(overlap_of(first, second, warp));
  match.correlation = std::max(direct.correlation, aligned.correlation);
  return match.correlation >= kCoarselyAligned;
}

PictureMatch match_levels(const PictureSketch& a, const PictureSketch& b) {
  PictureMatch rejected;
  Warp warp;
  if (!agree_coarsely(a, b, rejected, warp)) return rejected;
  const Plane first = smoothed(plane_of(a.brightness, kSide));
  const Plane second = smoothed(plane_of(b.brightness, kSide));
  const PictureMatch direct = judge(a, b, as_they_are(first, second), {});
  if (direct.correlation >= kAgrees && direct.worst_part <= kAgreesPart) return direct;
  const Plane first_half = halved(first);
  const Plane second_half = halved(second);
  improve(first_half, second_half, 5, warp);
  if (!warp.is_small()) return direct;
  if (fit_line(overlap_of(first_half, second_half, warp)).correlation < kNearlyAligned) {
    return direct;
  }
  improve(first, second, 3, warp);
  if (!warp.is_small()) return direct;
  PictureMatch aligned = judge(a, b, overlap_of(first, second, warp), warp);
  aligned.aligned = true;
  return aligned.correlation > direct.correlation ? aligned : direct;
}

}  // namespace

PictureMatch match_pictures(const PictureSketch& a, const PictureSketch& b) {
  PictureMatch match = match_levels(a, b);
  match.one_is_grey = is_grey(a) != is_grey(b);
  return match;
}

bool is_same_photo(const PictureMatch& match, const MatchOptions& options) {
  const bool same_colours =
      match.worst_colour <= kSameColour || (options.allow_grey && match.one_is_grey);
  return same_colours && match.correlation >= kSameCorrelation && match.worst_part <= kSamePart &&
         match.coverage >= kSameCoverage && match.gain >= 1 / kSameGain && match.gain <= kSameGain;
}

}  // namespace semblance
