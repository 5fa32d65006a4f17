#include "engine/calibration.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

namespace semblance {

namespace {

constexpr int kMostSteps = 100;
constexpr double kSmallStep = 1e-9;
/// No prediction is taken for more certain than this.
constexpr double kLeastProbability = 1e-9;

std::vector<std::size_t> order_of(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  return order;
}

/// Outcomes with neighbouring numbers that get one value.
struct Block {
  double last = 0;
  double right = 0;  // weight of right outcomes
  double all = 0;

  [[nodiscard]] double value() const { return right / all; }
  void take(const Block& next) {
    last = next.last;
    right += next.right;
    all += next.all;
  }
};

/// Solves a x = b for a positive definite `a` (n x n, overwritten) by Cholesky's method; `b`
/// becomes x.
void solve(std::vector<double>& a, std::vector<double>& b) {
  const std::size_t n = b.size();
  for (std::size_t row = 0; row < n; ++row) {
    for (std::size_t column = 0; column <= row; ++column) {
      double sum = a[row * n + column];
      for (std::size_t k = 0; k < column; ++k) sum -= a[row * n + k] * a[column * n + k];
      a[row * n + column] =
          row == column ? std::sqrt(std::max(sum, 1e-300)) : sum / a[column * n + column];
    }
  }
  for (std::size_t row = 0; row < n; ++row) {
    for (std::size_t k = 0; k < row; ++k) b[row] -= a[row * n + k] * b[k];
    b[row] /= a[row * n + row];
  }
  for (std::size_t row = n; row-- > 0;) {
    for (std::size_t k = row + 1; k < n; ++k) b[row] -= a[k * n + row] * b[k];
    b[row] /= a[row * n + row];
  }
}

/// Columns brought to mean 0 and deviation 1, with a first column of ones.
struct Standardised {
  std::size_t columns = 0;  // with that of the ones
  std::vector<double> rows{};
  std::vector<double> means{};
  std::vector<double> deviations{};

  [[nodiscard]] std::span<const double> row(std::size_t i) const {
    return std::span(rows).subspan(i * columns, columns);
  }
};

Standardised standardise(std::span<const double> rows, std::size_t columns, std::size_t count) {
  Standardised result{columns + 1};
  for (std::size_t column = 0; column < columns; ++column) {
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) sum += rows[i * columns + column];
    const double mean = sum / static_cast<double>(count);
    double squares = 0;
    for (std::size_t i = 0; i < count; ++i) {
      squares += (rows[i * columns + column] - mean) * (rows[i * columns + column] - mean);
    }
    const double deviation = std::sqrt(squares / static_cast<double>(count));
    result.means.push_back(mean);
    // A column that is the same everywhere tells nothing: it becomes 0.
    result.deviations.push_back(deviation > 1e-12 ? deviation : 1);
  }
  result.rows.reserve(count * result.columns);
  for (std::size_t i = 0; i < count; ++i) {
    result.rows.push_back(1);
    for (std::size_t column = 0; column < columns; ++column) {
      result.rows.push_back((rows[i * columns + column] - result.means[column]) /
                            result.deviations[column]);
    }
  }
  return result;
}

double dot_product(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

/// Half the penalty's second derivative; that of the intercept only keeps the matrix definite.
double penalty(std::size_t column) {
  return column == 0 ? 1e-9 : 1;
}

/// What is minimised: the negative logarithm of the likelihood, and the penalty.
double objective(const Standardised& data, std::span<const Outcome> outcomes,
                 std::span<const double> weights) {
  double total = 0;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const double sum = dot_product(data.row(i), weights);
    const double sign = outcomes[i].right ? -sum : sum;
    // ln(1 + e^sign) without overflow.
    total += outcomes[i].weight * (std::max(sign, 0.0) + std::log1p(std::exp(-std::abs(sign))));
  }
  for (std::size_t c = 0; c < weights.size(); ++c) {
    total += penalty(c) * weights[c] * weights[c] / 2;
  }
  return total;
}

/// Newton's step from `weights`.
std::vector<double> newton_step(const Standardised& data, std::span<const Outcome> outcomes,
                                std::span<const double> weights) {
  const std::size_t n = data.columns;
  std::vector<double> curvature(n * n);
  std::vector<double> step(n);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const std::span<const double> row = data.row(i);
    const double p = logistic(dot_product(row, weights));
    const double slope = outcomes[i].weight * ((outcomes[i].right ? 1 : 0) - p);
    const double bend = outcomes[i].weight * p * (1 - p);
    for (std::size_t a = 0; a < n; ++a) {
      step[a] += slope * row[a];
      for (std::size_t b = 0; b <= a; ++b) curvature[a * n + b] += bend * row[a] * row[b];
    }
  }
  for (std::size_t c = 0; c < n; ++c) {
    step[c] -= penalty(c) * weights[c];
    curvature[c * n + c] += penalty(c);
  }
  solve(curvature, step);
  return step;
}

}  // namespace

double MonotoneSteps::at(double x) const {
  if (steps.empty()) return 0;
  const auto found = std::lower_bound(steps.begin(), steps.end(), x,
                                      [](const Step& step, double y) { return step.last < y; });
  return found == steps.end() ? steps.back().value : found->value;
}

MonotoneSteps fit_isotonic(std::span<const double> xs, std::span<const Outcome> outcomes) {
  assert(xs.size() == outcomes.size());
  const std::vector<std::size_t> order = order_of(xs);
  std::vector<Block> blocks;
  for (std::size_t i = 0; i < order.size();) {
    Block block{xs[order[i]]};
    // Equal numbers cannot get different values.
    for (; i < order.size() && xs[order[i]] == block.last; ++i) {
      const Outcome& outcome = outcomes[order[i]];
      block.all += outcome.weight;
      if (outcome.right) block.right += outcome.weight;
    }
    if (block.all <= 0) continue;
    while (!blocks.empty() && blocks.back().value() >= block.value()) {
      Block before = blocks.back();
      blocks.pop_back();
      before.take(block);
      block = before;
    }
    blocks.push_back(block);
  }
  MonotoneSteps fitted;
  for (const Block& block : blocks) fitted.steps.push_back({block.last, block.value()});
  return fitted;
}

double logistic(double sum) {
  return sum >= 0 ? 1 / (1 + std::exp(-sum)) : std::exp(sum) / (1 + std::exp(sum));
}

double LogisticModel::sum(std::span<const double> x) const {
  return intercept + dot_product(x, weights);
}

Result<LogisticModel> fit_logistic(std::span<const double> rows, std::size_t columns,
                                   std::span<const Outcome> outcomes) {
  assert(rows.size() == columns * outcomes.size());
  const auto right = std::count_if(outcomes.begin(), outcomes.end(),
                                   [](const Outcome& outcome) { return outcome.right; });
  if (right == 0 || right == static_cast<std::ptrdiff_t>(outcomes.size())) {
    return Error{ErrorCode::kInvalidArgument, "all outcomes are the same: nothing to tell apart"};
  }
  const Standardised data = standardise(rows, columns, outcomes.size());
  std::vector<double> weights(columns + 1);
  double best = objective(data, outcomes, weights);
  for (int i = 0; i < kMostSteps; ++i) {
    const std::vector<double> step = newton_step(data, outcomes, weights);
    std::vector<double> next = weights;
    double now = best;
    // Far from the minimum a whole step may lead away from it.
    for (double share = 1; share > kSmallStep; share /= 2) {
      for (std::size_t c = 0; c < next.size(); ++c) next[c] = weights[c] + share * step[c];
      now = objective(data, outcomes, next);
      if (now <= best) break;
    }
    const double gain = best - now;
    if (!(gain > kSmallStep)) break;
    weights = next;
    best = now;
  }
  LogisticModel model{weights.front(), {}};
  for (std::size_t c = 0; c < columns; ++c) {
    model.weights.push_back(weights[c + 1] / data.deviations[c]);
    model.intercept -= model.weights.back() * data.means[c];
  }
  return model;
}

std::vector<ReliabilityBin> reliability_bins(std::span<const double> probabilities,
                                             std::span<const Outcome> outcomes, std::size_t bins) {
  assert(probabilities.size() == outcomes.size() && bins > 0);
  const std::vector<std::size_t> order = order_of(probabilities);
  std::vector<ReliabilityBin> result;
  for (std::size_t bin = 0; bin < bins; ++bin) {
    const std::size_t first = bin * order.size() / bins;
    const std::size_t behind = (bin + 1) * order.size() / bins;
    if (first == behind) continue;
    ReliabilityBin one;
    for (std::size_t i = first; i < behind; ++i) {
      one.predicted += probabilities[order[i]];
      one.happened += outcomes[order[i]].right ? 1 : 0;
    }
    one.count = static_cast<std::int64_t>(behind - first);
    one.predicted /= static_cast<double>(one.count);
    one.happened /= static_cast<double>(one.count);
    result.push_back(one);
  }
  return result;
}

double calibration_error(std::span<const ReliabilityBin> bins) {
  double sum = 0;
  std::int64_t count = 0;
  for (const ReliabilityBin& bin : bins) {
    sum += std::abs(bin.predicted - bin.happened) * static_cast<double>(bin.count);
    count += bin.count;
  }
  return count == 0 ? 0 : sum / static_cast<double>(count);
}

double log_loss(std::span<const double> probabilities, std::span<const Outcome> outcomes) {
  double sum = 0;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const double p = outcomes[i].right ? probabilities[i] : 1 - probabilities[i];
    sum -= std::log(std::max(p, kLeastProbability));
  }
  return outcomes.empty() ? 0 : sum / static_cast<double>(outcomes.size());
}

}  // namespace semblance
