#include "duplicates/registration.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace semblance {

namespace {

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

}  // namespace

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

Overlap overlap_of(const Plane& first, const Plane& second, const Warp& warp, double rim) {
  const int side = first.side;
  Overlap overlap{side, first.values, std::vector<float>(first.values.size()),
                  std::vector<char>(first.values.size())};
  const auto at_edge = [&](double place) { return .5 - std::abs(place) < rim / side; };
  for (int y = 0; y < side; ++y) {
    const double first_y = place_of(y, side);
    const double second_y = warp.y(first_y);
    if (at_edge(first_y) || at_edge(second_y)) continue;
    for (int x = 0; x < side; ++x) {
      const double first_x = place_of(x, side);
      const double second_x = warp.x(first_x);
      const Sample found = sample(second, second_x, second_y);
      if (!found.inside || at_edge(first_x) || at_edge(second_x)) continue;
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

}  // namespace semblance
