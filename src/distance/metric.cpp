#include "distance/metric.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <limits>

#include "distance/sums.h"

namespace semblance {

namespace {

/// The largest score of two vectors that are not identical.
constexpr double kBelowOne = 1 - std::numeric_limits<double>::epsilon() / 2;

double cosine_distance(std::span<const float> a, std::span<const float> b) {
  const sums::Products sum = sums::products(a.data(), b.data(), a.size());
  // No overflow or underflow: squares of floats stay far inside the range of double.
  const double norms = std::sqrt(sum.aa * sum.bb);
  if (norms == 0) return 1;
  // std::clamp hands NaN through.
  return 1 - std::clamp(sum.ab / norms, -1.0, 1.0);
}

double inverse_norm(std::span<const float> a) {
  const double norm = std::sqrt(sums::squares(a.data(), a.size()));
  return norm == 0 ? 0 : 1 / norm;
}

double chi_square_distance(std::span<const float> a, std::span<const float> b) {
  return sums::chi_square(a.data(), inverse_norm(a), b.data(), inverse_norm(b), a.size()) / 2;
}

double raw_distance(Metric metric, std::span<const float> a, std::span<const float> b) {
  switch (metric) {
    case Metric::kCosine:
      return cosine_distance(a, b);
    case Metric::kEuclidean:
      return std::sqrt(sums::squared_differences(a.data(), b.data(), a.size()));
    case Metric::kChiSquare:
      return chi_square_distance(a, b);
  }
  return std::numeric_limits<double>::infinity();
}

}  // namespace

std::string_view metric_name(Metric metric) {
  switch (metric) {
    case Metric::kCosine:
      return "cosine";
    case Metric::kEuclidean:
      return "euclidean";
    case Metric::kChiSquare:
      return "chi-square";
  }
  return "unknown";
}

std::optional<Metric> metric_from_name(std::string_view name) {
  for (const Metric metric : {Metric::kCosine, Metric::kEuclidean, Metric::kChiSquare}) {
    if (name == metric_name(metric)) return metric;
  }
  return std::nullopt;
}

double distance(Metric metric, std::span<const float> a, std::span<const float> b) {
  assert(a.size() == b.size());
  // Almost always decided by the first numbers.
  if (identical(a, b)) return 0;
  const double result = raw_distance(metric, a, b);
  return std::isnan(result) ? std::numeric_limits<double>::infinity() : result;
}

double dot(std::span<const float> a, std::span<const float> b) {
  assert(a.size() == b.size());
  return sums::dot(a.data(), b.data(), a.size());
}

double score_from_distance(Metric metric, double distance, bool identical) {
  if (identical) return 1;
  const double score = metric == Metric::kCosine ? 1 - distance / 2 : 1 / (1 + distance);
  if (std::isnan(score)) return 0;
  return std::clamp(score, 0.0, kBelowOne);
}

bool identical(std::span<const float> a, std::span<const float> b) {
  if (a.size() != b.size()) return false;
  return a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

}  // namespace semblance
