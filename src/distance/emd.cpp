#include "distance/emd.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <numbers>
#include <numeric>
#include <vector>

#include "distance/transport.h"

namespace semblance {

namespace {

constexpr auto kBins = static_cast<std::size_t>(kHistogramDimension);

/// What is known of the bins alone. 830 kB, made when first needed.
struct Ground {
  std::array<ConePoint, kBins> centres;
  std::array<std::array<double, kBins>, kBins> distances;
  std::array<std::array<std::uint16_t, kBins>, kBins> nearest;  ///< of each bin, nearest first
};

ConePoint centre_of(std::size_t bin) {
  const auto value = static_cast<double>(bin % kHistogramValueBins);
  const std::size_t row = bin / kHistogramValueBins;
  const auto saturation = static_cast<double>(row % kHistogramSaturationBins);
  const std::size_t plane = row / kHistogramSaturationBins;
  const auto hue = static_cast<double>(plane);
  const double h = (hue + 0.5) / kHistogramHueBins * 2 * std::numbers::pi;
  const double s = (saturation + 0.5) / kHistogramSaturationBins;
  const double v = (value + 0.5) / kHistogramValueBins;
  return {s * v * std::cos(h), s * v * std::sin(h), v};
}

std::unique_ptr<const Ground> make_ground() {
  auto ground = std::make_unique<Ground>();
  for (std::size_t bin = 0; bin < kBins; ++bin) ground->centres[bin] = centre_of(bin);
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    auto& distances = ground->distances[bin];
    for (std::size_t other = 0; other < kBins; ++other) {
      distances[other] = cone_distance(ground->centres[bin], ground->centres[other]);
    }
    auto& nearest = ground->nearest[bin];
    std::iota(nearest.begin(), nearest.end(), std::uint16_t{0});
    std::stable_sort(nearest.begin(), nearest.end(),
                     [&](std::uint16_t a, std::uint16_t b) { return distances[a] < distances[b]; });
  }
  return ground;
}

const Ground& ground() {
  static const std::unique_ptr<const Ground> kGround = make_ground();
  return *kGround;
}

/// Bins where there is more of one histogram than of the other. What both have in a bin need not
/// move: ground distances obey the triangle inequality.
struct Surplus {
  std::vector<std::size_t> bins;
  std::vector<std::int64_t> masses;
};

Surplus surplus(const ColourMasses& a, const ColourMasses& b) {
  Surplus result;
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    const std::int64_t more = a.masses()[bin] - b.masses()[bin];
    if (more <= 0) continue;
    result.bins.push_back(bin);
    result.masses.push_back(more);
  }
  return result;
}

/// The cost of `from`'s surplus going to the nearest bins where `to` has one.
double one_sided(const Surplus& from, const Surplus& to) {
  std::array<std::int64_t, kBins> open{};
  for (std::size_t i = 0; i < to.bins.size(); ++i) open[to.bins[i]] = to.masses[i];
  double cost = 0;
  for (std::size_t i = 0; i < from.bins.size(); ++i) {
    const auto& nearest = ground().nearest[from.bins[i]];
    const auto& distances = ground().distances[from.bins[i]];
    std::int64_t left = from.masses[i];
    // Ends: the other side's surplus is as large as all of this side's.
    for (std::size_t rank = 0; left > 0; ++rank) {
      const std::int64_t moved = std::min(left, open[nearest[rank]]);
      cost += static_cast<double>(moved) * distances[nearest[rank]];
      left -= moved;
    }
  }
  return cost / static_cast<double>(ColourMasses::kMass);
}

}  // namespace

ConePoint bin_centre(int bin) {
  return ground().centres[static_cast<std::size_t>(bin)];
}

double ground_distance(int bin, int other) {
  return ground().distances[static_cast<std::size_t>(bin)][static_cast<std::size_t>(other)];
}

double cone_distance(const ConePoint& a, const ConePoint& b) {
  return std::hypot(a.x - b.x, a.y - b.y, a.z - b.z);
}

ConePoint mean_colour(std::span<const float> histogram) {
  const auto& centres = ground().centres;
  ConePoint sum;
  double total = 0;
  for (std::size_t bin = 0; bin < std::min(histogram.size(), kBins); ++bin) {
    const double share = histogram[bin];
    if (share == 0) continue;
    sum.x += share * centres[bin].x;
    sum.y += share * centres[bin].y;
    sum.z += share * centres[bin].z;
    total += share;
  }
  return {sum.x / total, sum.y / total, sum.z / total};
}

std::optional<ColourMasses> ColourMasses::of(std::span<const float> histogram) {
  if (histogram.size() != kBins) return std::nullopt;
  double total = 0;
  for (const float share : histogram) {
    if (!(share >= 0)) return std::nullopt;
    total += static_cast<double>(share);
  }
  if (!(total > 0) || !std::isfinite(total)) return std::nullopt;
  ColourMasses result;
  std::int64_t sum = 0;
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    const double exact = static_cast<double>(histogram[bin]) / total * static_cast<double>(kMass);
    // Not negative, so this rounds; quicker than std::llround, and there are many.
    const double above = exact + 0.5;
    result.masses_[bin] = static_cast<std::int64_t>(above);
    sum += result.masses_[bin];
  }
  // Of 2^50, what rounding leaves is nothing beside the largest share.
  *std::max_element(result.masses_.begin(), result.masses_.end()) += kMass - sum;
  return result;
}

double emd(const ColourMasses& a, const ColourMasses& b) {
  const Surplus supply = surplus(a, b);
  const Surplus demand = surplus(b, a);
  std::vector<double> costs;
  costs.reserve(supply.bins.size() * demand.bins.size());
  for (const std::size_t from : supply.bins) {
    for (const std::size_t to : demand.bins) costs.push_back(ground().distances[from][to]);
  }
  return transport_cost(supply.masses, demand.masses, costs) /
         static_cast<double>(ColourMasses::kMass);
}

double emd_lower_bound(const ColourMasses& a, const ColourMasses& b) {
  const Surplus more = surplus(a, b);
  const Surplus less = surplus(b, a);
  return std::max(one_sided(more, less), one_sided(less, more));
}

double emd_of_histograms(std::span<const float> a, std::span<const float> b) {
  const std::optional<ColourMasses> first = ColourMasses::of(a);
  const std::optional<ColourMasses> second = ColourMasses::of(b);
  if (!first || !second) return std::numeric_limits<double>::infinity();
  return emd(*first, *second);
}

}  // namespace semblance
