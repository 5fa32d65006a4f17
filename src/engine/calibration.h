#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"

namespace semblance {

// From scores to probabilities, and how well probabilities fit what happened. Nothing here knows
// of photos.

/// What a prediction was about: whether it came true, and how much it counts.
struct Outcome {
  bool right = false;
  double weight = 1;
};

/// A function that never falls: steps[i].value up to and with steps[i].last, the last value beyond.
struct MonotoneSteps {
  struct Step {
    double last = 0;
    double value = 0;
    bool operator==(const Step&) const = default;
  };
  std::vector<Step> steps;

  /// 0 where there are no steps.
  [[nodiscard]] double at(double x) const;
};

/// The share of right outcomes as the function of `xs` that never falls and is closest to them in
/// weighted squares: isotonic regression by pool adjacent violators (Ayer et al. 1955; as
/// calibration: Zadrozny and Elkan 2002). As many outcomes as numbers.
MonotoneSteps fit_isotonic(std::span<const double> xs, std::span<const Outcome> outcomes);

/// Probability 1 / (1 + exp(-(intercept + weights . x))).
struct LogisticModel {
  double intercept = 0;
  std::vector<double> weights;

  /// The sum before it becomes a probability.
  [[nodiscard]] double sum(std::span<const double> x) const;
};

double logistic(double sum);

/// Logistic regression by Newton's method (as calibration: Platt 1999), with a penalty of half the
/// squares of the weights of standardised columns, which keeps them finite where outcomes can be
/// told apart without error. `rows` holds outcomes.size() rows of `columns` numbers. Errors:
/// kInvalidArgument where all outcomes are the same.
Result<LogisticModel> fit_logistic(std::span<const double> rows, std::size_t columns,
                                   std::span<const Outcome> outcomes);

/// Predictions of about the same probability: what was said, and what happened.
struct ReliabilityBin {
  double predicted = 0;  ///< mean
  double happened = 0;   ///< share of right outcomes
  std::int64_t count = 0;
};

/// `probabilities` in order, in so many bins of equal size (or one smaller by one). Outcomes count
/// the same, whatever their weight. Fewer bins where there are fewer outcomes.
std::vector<ReliabilityBin> reliability_bins(std::span<const double> probabilities,
                                             std::span<const Outcome> outcomes, std::size_t bins);

/// Expected calibration error: the mean of |predicted - happened| over the outcomes, bin by bin
/// (Naeini et al. 2015; bins of equal mass: Nguyen and O'Connor 2015).
double calibration_error(std::span<const ReliabilityBin> bins);

/// Mean of -ln of the probability that was given to what happened.
double log_loss(std::span<const double> probabilities, std::span<const Outcome> outcomes);

}  // namespace semblance
