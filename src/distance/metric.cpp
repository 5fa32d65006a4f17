#include "distance/metric.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "distance/emd.h"
#include "distance/sums.h"

namespace semblance {

namespace {

struct MetricFacts {
  Metric metric;
  std::string_view name;
  VectorKind needs;
};

constexpr std::array kMetrics{
    MetricFacts{Metric::kCosine, "cosine", VectorKind::kAny},
    MetricFacts{Metric::kEuclidean, "euclidean", VectorKind::kAny},
    MetricFacts{Metric::kJaccard, "jaccard", VectorKind::kNonNegative},
    MetricFacts{Metric::kChiSquare, "chi-square", VectorKind::kHistogram},
    MetricFacts{Metric::kHellinger, "hellinger", VectorKind::kHistogram},
    MetricFacts{Metric::kIntersection, "intersection", VectorKind::kHistogram},
    MetricFacts{Metric::kEmd, "emd", VectorKind::kHistogram},
};

const MetricFacts& facts_of(Metric metric) {
  const auto found = std::find_if(kMetrics.begin(), kMetrics.end(),
                                  [&](const MetricFacts& one) { return one.metric == metric; });
  assert(found != kMetrics.end());
  return *found;
}

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

double jaccard_distance(std::span<const float> a, std::span<const float> b) {
  const sums::Minima sum = sums::minima(a.data(), b.data(), a.size());
  // min + max = a + b. Infinities leave no ratio.
  const double maxima = sum.both - sum.minima;
  if (!std::isfinite(sum.both)) return std::numeric_limits<double>::infinity();
  return maxima == 0 ? 0 : std::clamp(1 - sum.minima / maxima, 0.0, 1.0);
}

double intersection_distance(std::span<const float> a, std::span<const float> b) {
  const sums::Minima sum = sums::minima(a.data(), b.data(), a.size());
  if (!std::isfinite(sum.both)) return std::numeric_limits<double>::infinity();
  // Shares that were rounded may sum to a little more than 1.
  return std::max(0.0, 1 - sum.minima);
}

double raw_distance(Metric metric, std::span<const float> a, std::span<const float> b) {
  switch (metric) {
    case Metric::kCosine:
      return cosine_distance(a, b);
    case Metric::kEuclidean:
      return std::sqrt(sums::squared_differences(a.data(), b.data(), a.size()));
    case Metric::kChiSquare:
      return chi_square_distance(a, b);
    case Metric::kJaccard:
      return jaccard_distance(a, b);
    case Metric::kHellinger:
      return std::sqrt(sums::squared_root_differences(a.data(), b.data(), a.size()) / 2);
    case Metric::kIntersection:
      return intersection_distance(a, b);
    case Metric::kEmd:
      return emd_of_histograms(a, b);
  }
  return std::numeric_limits<double>::infinity();
}

}  // namespace

std::string_view metric_name(Metric metric) {
  return facts_of(metric).name;
}

std::optional<Metric> metric_from_name(std::string_view name) {
  for (const MetricFacts& one : kMetrics) {
    if (name == one.name) return one.metric;
  }
  return std::nullopt;
}

VectorKind metric_needs(Metric metric) {
  return facts_of(metric).needs;
}

std::string metric_names_for(VectorKind vectors) {
  std::vector<std::string_view> fitting;
  for (const MetricFacts& one : kMetrics) {
    if (metric_fits(one.metric, vectors)) fitting.push_back(one.name);
  }
  std::string names(fitting.front());
  for (std::size_t i = 1; i < fitting.size(); ++i) {
    names += i + 1 == fitting.size() ? " and " : ", ";
    names += fitting[i];
  }
  return names;
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
