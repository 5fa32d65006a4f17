#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace semblance {

/// A linear map of unit vectors to shorter ones, fitted to a sample of them: principal components.
/// Source: K. Pearson, "On lines and planes of closest fit to systems of points in space", 1901;
/// components are the eigenvectors of the sample's covariance with the largest eigenvalues.
class Projection {
 public:
  /// Fits to `sample`, n x `from` numbers. The same sample gives the same map. `to` is at most
  /// `from`. Errors: kInvalidArgument (no more rows than `to`, or rows that do not differ in as
  /// many directions).
  static Result<Projection> fit(std::span<const float> sample, int from, int to);

  /// Errors: kCorrupt.
  static Result<Projection> from_bytes(std::span<const std::byte> bytes);
  /// Format: docs/formats.md.
  [[nodiscard]] Bytes to_bytes() const;

  [[nodiscard]] int from() const { return from_; }
  [[nodiscard]] int to() const { return to_; }
  /// Share of the sample's variance that the components keep, 0..1.
  [[nodiscard]] double explained_variance() const { return explained_variance_; }

  /// `shape` (from() numbers), less the sample's mean, in the components' coordinates, divided by
  /// its L2 norm, into `projected` (to() numbers). What has no direction there (it equals the mean)
  /// gets that of the first component.
  void apply(std::span<const float> shape, std::span<float> projected) const;

 private:
  int from_ = 0;
  int to_ = 0;
  double explained_variance_ = 0;
  std::vector<float> mean_;        // from_
  std::vector<float> components_;  // to_ x from_
};

}  // namespace semblance
