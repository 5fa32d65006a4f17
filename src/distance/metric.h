#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace semblance {

/// How far apart two vectors are: smaller is closer, 0 is equal. a_i and b_i are their numbers.
enum class Metric {
  kCosine,        ///< 1 - cos
  kEuclidean,     ///< L2 norm of the difference
  kJaccard,       ///< weighted: 1 - sum min(a_i,b_i) / sum max(a_i,b_i)
  kChiSquare,     ///< of L2-normalised vectors: 1/2 sum (a_i-b_i)^2 / (a_i+b_i+1e-10)
  kHellinger,     ///< sqrt(1/2 sum (sqrt a_i - sqrt b_i)^2); of shares: sqrt(1 - sum sqrt(a_i b_i))
  kIntersection,  ///< 1 - sum min(a_i,b_i), of shares
  kEmd,           ///< earth mover's distance between colours (emd.h), of HSV histograms
};

/// Which vectors a metric has a meaning for; each kind is one of the kind before it, too.
enum class VectorKind {
  kAny,          ///< any numbers: a network's output
  kNonNegative,  ///< no number below 0
  kHistogram,    ///< shares: not negative, sum 1; here always the HSV histograms of histogram.h
};

/// "cosine", "euclidean", "jaccard", "chi-square", "hellinger", "intersection", "emd".
std::string_view metric_name(Metric metric);
std::optional<Metric> metric_from_name(std::string_view name);

/// The least that a metric asks of its vectors: cosine and Euclidean nothing, Jaccard that they are
/// not negative, all others histograms.
VectorKind metric_needs(Metric metric);

inline bool metric_fits(Metric metric, VectorKind vectors) {
  return metric_needs(metric) <= vectors;
}

/// The names of all metrics that fit, for messages: "cosine, euclidean and jaccard".
std::string metric_names_for(VectorKind vectors);

/// `a` and `b` have the same length and are of the kind that the metric needs. Sums in double
/// precision. Cosine of a zero vector is 0, so its distance to anything is 1 (but vectors equal bit
/// for bit are at distance 0 in every metric). Chi-square normalises both by their L2 norm first,
/// as the origin of the formula does; emd brings both to the sum 1; the others take the numbers as
/// they are.
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
