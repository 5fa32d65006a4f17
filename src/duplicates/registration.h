#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace semblance {

// Lays one small picture over another one.

/// A square of numbers, row by row.
struct Plane {
  int side = 0;
  std::vector<float> values;

  [[nodiscard]] float at(int x, int y) const {
    return values[static_cast<std::size_t>(y) * static_cast<std::size_t>(side) +
                  static_cast<std::size_t>(x)];
  }
};

/// Weights 1 2 1 in both directions: what resampling makes of the finest detail does not count.
Plane smoothed(const Plane& plane);
/// Half as many cells a side, each the mean of four.
Plane halved(const Plane& plane);

/// How far a crop may reach: the scale of one side against the other's, and the shift of the
/// centre as a share of a side.
inline constexpr double kSmallestScale = .8;
inline constexpr double kLargestScale = 1.25;
inline constexpr double kLargestShift = .12;

/// Where a place of the first picture lies in the second one. Places are -.5..+.5 of a side.
struct Warp {
  double shift_x = 0;
  double shift_y = 0;
  double scale_x = 1;
  double scale_y = 1;

  [[nodiscard]] double x(double place) const { return scale_x * place + shift_x; }
  [[nodiscard]] double y(double place) const { return scale_y * place + shift_y; }
  /// Whether a small crop explains it.
  [[nodiscard]] bool is_small() const {
    const auto scale_fits = [](double scale) {
      return scale >= kSmallestScale && scale <= kLargestScale;
    };
    return scale_fits(scale_x) && scale_fits(scale_y) && std::abs(shift_x) <= kLargestShift &&
           std::abs(shift_y) <= kLargestShift;
  }
};

/// Values of the first picture beside those of the second one at the same place.
struct Overlap {
  int side = 0;
  std::vector<float> first;
  std::vector<float> second;
  std::vector<char> inside;
  std::size_t count = 0;
};

/// Places less than `rim` cells from an edge of either picture are left out: what smoothing made
/// there of cells beyond the edge differs.
Overlap overlap_of(const Plane& first, const Plane& second, const Warp& warp, double rim = 0);
Overlap as_they_are(const Plane& first, const Plane& second);

/// second = gain * first + offset, as well as a line can do it.
struct Line {
  double correlation = 0;
  double gain = 1;
  double offset = 0;
  double deviation_first = 0;
  double deviation_second = 0;
};

Line fit_line(const Overlap& overlap);

/// At most `steps` steps of Gauss and Newton towards the warp with the least squares of what is
/// left. Source: Lucas and Kanade, "An Iterative Image Registration Technique" (1981), with the
/// scales of both directions, gain and offset as further unknowns.
void improve(const Plane& first, const Plane& second, int steps, Warp& warp);

}  // namespace semblance
