#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace semblance {

/// How far apart two vectors are: smaller is closer, 0 is equal.
enum class Metric {
  kCosine,     ///< 1 - cos
  kEuclidean,  ///< L2 norm of the difference
  kChiSquare,  ///< of L2-normalised histograms: 1/2 sum (a-b)^2 / (a+b+1e-10); no negative numbers
};

/// "cosine", "euclidean", "chi-square".
std::string_view metric_name(Metric metric);
std::optional<Metric> metric_from_name(std::string_view name);

/// `a` and `b` have the same length. Sums in double precision. Cosine of a zero vector is 0, so its
/// distance to anything is 1 (but vectors equal bit for bit are at distance 0 in every metric).
/// Chi-square normalises both histograms by their L2 norm first, as the origin of the formula does.
/// Never NaN: a vector with NaN (or infinities that leave the formula undefined) is infinitely far
/// from everything but itself, so results can always be sorted.
double distance(Metric metric, std::span<const float> a, std::span<const float> b);

/// Inner product: of unit vectors, the cosine. Sums in double precision.
double dot(std::span<const float> a, std::span<const float> b);

/// Score in [0,1], larger is better: (1 + cos) / 2 for cosine, 1 / (1 + d) for every other metric.
/// `identical` says that the two vectors are equal bit for bit: exactly then the score is 1,
/// anything else scores less, also where rounding would say 1.
double score_from_distance(Metric metric, double distance, bool identical);

/// Equal bit for bit (so that -0 differs from 0 and NaN equals itself).
bool identical(std::span<const float> a, std::span<const float> b);

}  // namespace semblance
