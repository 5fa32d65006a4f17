#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "describe/histogram.h"

namespace semblance {

// Earth mover's distance between two HSV histograms (Rubner, Tomasi & Guibas, "The earth mover's
// distance as a metric for image retrieval", 2000): the least work that turns one into the other,
// work being share moved x distance between the colours in the middle of the two bins. Distances
// are Euclidean in the HSV cone x = s v cos h, y = s v sin h, z = v with s and v in [0,1]: black
// to white is 1, black to a pure colour sqrt(2), a pure colour to its opposite 2. Both histograms
// are brought to the same mass 1.

/// A point of the HSV cone.
struct ConePoint {
  double x = 0;
  double y = 0;
  double z = 0;
};

/// The middle of a bin.
ConePoint bin_centre(int bin);

/// Between the middles of two bins.
double ground_distance(int bin, int other);

/// The mean colour of a histogram. Meaningless unless its numbers are finite, not negative and not
/// all 0. Source of its use: the distance of the means is never more than the EMD (same paper).
ConePoint mean_colour(std::span<const float> histogram);
double cone_distance(const ConePoint& a, const ConePoint& b);

/// A histogram as whole numbers that sum to kMass exactly, bin by bin.
class ColourMasses {
 public:
  static constexpr std::int64_t kMass = std::int64_t{1} << 50;

  /// Nothing unless there are kHistogramDimension numbers, finite, not negative and not all 0.
  static std::optional<ColourMasses> of(std::span<const float> histogram);

  [[nodiscard]] const std::array<std::int64_t, kHistogramDimension>& masses() const {
    return masses_;
  }

 private:
  std::array<std::int64_t, kHistogramDimension> masses_{};
};

/// Exact, up to the rounding of doubles.
double emd(const ColourMasses& a, const ColourMasses& b);

/// Never more than emd(a, b), usually close, and much quicker: every share of one goes to the bins
/// nearest to it, each taking no more than the other has there, but not counting what others bring.
/// The larger of both directions, after what overlaps is left out. Source: Atasu & Mittelholzer,
/// "Linear-complexity data-parallel earth mover's distance approximations", 2019 (ICT).
double emd_lower_bound(const ColourMasses& a, const ColourMasses& b);

/// Infinite where one of the two is no histogram (ColourMasses::of).
double emd_of_histograms(std::span<const float> a, std::span<const float> b);

}  // namespace semblance
