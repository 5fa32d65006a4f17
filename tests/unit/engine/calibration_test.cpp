#include "engine/calibration.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "engine/resampling.h"

namespace semblance {
namespace {

using Step = MonotoneSteps::Step;

TEST(FitIsotonic, PoolsWhatFallsAsByHand) {
  // 0 | 1 0 | 1 1 1 0: the falls are pooled into 1/2 and, with the weight, 3/4.
  const std::vector<double> xs{1, 2, 3, 4, 5};
  const std::vector<Outcome> outcomes{{false}, {true}, {false}, {true, 3}, {false}};
  const MonotoneSteps fitted = fit_isotonic(xs, outcomes);
  EXPECT_EQ(fitted.steps, (std::vector<Step>{{1, 0}, {3, .5}, {5, .75}}));
  EXPECT_EQ(fitted.at(0), 0);
  EXPECT_EQ(fitted.at(1), 0);
  EXPECT_EQ(fitted.at(1.5), .5);
  EXPECT_EQ(fitted.at(3), .5);
  EXPECT_EQ(fitted.at(4), .75);
  EXPECT_EQ(fitted.at(99), .75);
}

TEST(FitIsotonic, GivesEqualNumbersOneValueInAnyOrder) {
  const std::vector<double> xs{7, 2, 7, 7, 2};
  const std::vector<Outcome> outcomes{{true}, {false}, {false}, {true}, {false}};
  EXPECT_EQ(fit_isotonic(xs, outcomes).steps, (std::vector<Step>{{2, 0}, {7, 2.0 / 3}}));
  EXPECT_EQ(fit_isotonic({}, {}).at(1), 0);
}

/// The largest, over where a stretch with place i begins, of the smallest mean of such a stretch.
double max_min_mean(const std::vector<Outcome>& sorted, std::size_t i) {
  double largest = -1;
  for (std::size_t a = 0; a <= i; ++a) {
    double smallest = 2;
    for (std::size_t b = i; b < sorted.size(); ++b) {
      double right = 0;
      double all = 0;
      for (std::size_t k = a; k <= b; ++k) {
        all += sorted[k].weight;
        right += sorted[k].right ? sorted[k].weight : 0;
      }
      smallest = std::min(smallest, right / all);
    }
    largest = std::max(largest, smallest);
  }
  return largest;
}

TEST(FitIsotonic, IsTheMaxMinOfMeansAndNeverFalls) {
  Random random;
  for (int round = 0; round < 50; ++round) {
    const std::size_t count = 1 + random.below(40);
    std::vector<double> xs;
    std::vector<Outcome> outcomes;
    for (std::size_t i = 0; i < count; ++i) {
      xs.push_back(static_cast<double>(i));
      outcomes.push_back({random.share() < static_cast<double>(i) / static_cast<double>(count),
                          .5 + random.share()});
    }
    const MonotoneSteps fitted = fit_isotonic(xs, outcomes);
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_NEAR(fitted.at(xs[i]), max_min_mean(outcomes, i), 1e-12);
    }
    EXPECT_TRUE(std::is_sorted(fitted.steps.begin(), fitted.steps.end(),
                               [](const Step& a, const Step& b) { return a.value < b.value; }));
  }
}

TEST(FitLogistic, FindsTheProbabilitiesThatTheOutcomesHave) {
  std::vector<double> rows;
  std::vector<Outcome> outcomes;
  for (double x = -3; x <= 3; x += .25) {
    for (const double nuisance : {-1.0, 1.0}) {
      const double p = logistic(.5 + 2 * x);
      for (const bool right : {true, false}) {
        rows.insert(rows.end(), {x, nuisance});
        outcomes.push_back({right, 1e5 * (right ? p : 1 - p)});
      }
    }
  }
  const Result<LogisticModel> model = fit_logistic(rows, 2, outcomes);
  ASSERT_TRUE(model);
  EXPECT_NEAR(model->intercept, .5, 1e-3);
  EXPECT_NEAR(model->weights[0], 2, 1e-3);
  EXPECT_NEAR(model->weights[1], 0, 1e-3);
}

TEST(FitLogistic, StaysFiniteWhereOutcomesCanBeToldApart) {
  const std::vector<double> rows{1, 5, 2, 5, 3, 5, 4, 5};
  const std::vector<Outcome> outcomes{{false}, {false}, {true}, {true}};
  const Result<LogisticModel> model = fit_logistic(rows, 2, outcomes);
  ASSERT_TRUE(model);
  EXPECT_GT(model->weights[0], 0);
  EXPECT_TRUE(std::isfinite(model->weights[0]));
  EXPECT_NEAR(model->weights[1], 0, 1e-6) << "the same everywhere";
  EXPECT_LT(logistic(model->sum(std::vector<double>{1, 5})), .5);
  EXPECT_GT(logistic(model->sum(std::vector<double>{4, 5})), .5);
}

TEST(FitLogistic, RefusesOutcomesThatAreAllTheSame) {
  const std::vector<double> rows{1, 2};
  for (const bool right : {true, false}) {
    const std::vector<Outcome> outcomes{{right}, {right}};
    EXPECT_EQ(fit_logistic(rows, 1, outcomes).error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(Logistic, DoesNotOverflow) {
  EXPECT_EQ(logistic(0), .5);
  EXPECT_EQ(logistic(1e4), 1);
  EXPECT_EQ(logistic(-1e4), 0);
}

TEST(CalibrationError, IsTheMeanDifferenceOfBinsAsByHand) {
  // In order: .1 wrong, .3 right | .6 right, .8 wrong.
  const std::vector<double> probabilities{.6, .1, .8, .3};
  const std::vector<Outcome> outcomes{{true}, {false}, {false}, {true}};
  const auto bins = reliability_bins(probabilities, outcomes, 2);
  ASSERT_EQ(bins.size(), 2U);
  EXPECT_DOUBLE_EQ(bins[0].predicted, .2);
  EXPECT_DOUBLE_EQ(bins[0].happened, .5);
  EXPECT_DOUBLE_EQ(bins[1].predicted, .7);
  EXPECT_DOUBLE_EQ(bins[1].happened, .5);
  EXPECT_NEAR(calibration_error(bins), (.3 + .2) / 2, 1e-12);
}

TEST(CalibrationError, WeighsBinsByTheirSizeAndTakesFewerOutcomesThanBins) {
  const std::vector<double> probabilities{.5, .5, 1};
  const std::vector<Outcome> outcomes{{true}, {true}, {true}};
  const auto bins = reliability_bins(probabilities, outcomes, 2);
  ASSERT_EQ(bins.size(), 2U);
  EXPECT_EQ(bins[0].count, 1);
  EXPECT_EQ(bins[1].count, 2);
  EXPECT_NEAR(calibration_error(bins), (.5 + 2 * .25) / 3, 1e-12);
  EXPECT_EQ(reliability_bins(probabilities, outcomes, 15).size(), 3U);
  EXPECT_EQ(calibration_error({}), 0);
}

TEST(LogLoss, IsAsByHandAndFiniteForWhatWasTakenForImpossible) {
  const std::vector<double> probabilities{.8, .4};
  const std::vector<Outcome> outcomes{{true}, {false}};
  EXPECT_NEAR(log_loss(probabilities, outcomes), -(std::log(.8) + std::log(.6)) / 2, 1e-12);
  EXPECT_TRUE(std::isfinite(log_loss(std::vector<double>{0}, std::vector<Outcome>{{true}})));
}

}  // namespace
}  // namespace semblance
