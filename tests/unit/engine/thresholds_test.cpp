#include "engine/thresholds.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "engine/confidence_fit.h"
#include "labelled_collection.h"
#include "support/temporary_folder.h"

namespace semblance {
namespace {

TEST(ThresholdFor, IsTheLowestScoreFromWhichOnEnoughHitsAreRight) {
  // From the best down: 30 right, 10 wrong (.75), 20 right (.833), 40 wrong (.5).
  std::vector<double> scores;
  std::vector<Outcome> outcomes;
  const auto add = [&](int count, double score, bool right) {
    for (int i = 0; i < count; ++i) {
      scores.push_back(score - i * 1e-4);
      outcomes.push_back({right});
    }
  };
  add(40, .6, false);
  add(20, .7, true);
  add(30, .9, true);
  add(10, .8, false);
  EXPECT_NEAR(*threshold_for(scores, outcomes, .8), .6, 1e-2);
  EXPECT_NEAR(*threshold_for(scores, outcomes, .83), .7 - 19e-4, 1e-9);
  EXPECT_NEAR(*threshold_for(scores, outcomes, .99), .9 - 29e-4, 1e-9);
  outcomes[60].right = false;  // of the best one
  EXPECT_FALSE(threshold_for(scores, outcomes, .99));
  EXPECT_FALSE(threshold_for({.9, .8}, {{true}, {true}}, .5)) << "two hits are no evidence";
  for (Outcome& outcome : outcomes) outcome.weight = .2;
  EXPECT_FALSE(threshold_for(scores, outcomes, .9)) << "by weight there are 20 hits in all";
}

TEST(ThresholdFor, KeepsHitsOfOneScoreTogether) {
  std::vector<double> scores(40, .5);
  std::vector<Outcome> outcomes(40, Outcome{true});
  for (std::size_t i = 30; i < 40; ++i) outcomes[i].right = false;
  EXPECT_FALSE(threshold_for(scores, outcomes, .8));
  EXPECT_EQ(threshold_for(scores, outcomes, .75), .5);
}

class ThresholdsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(test::write_collection(folder_.path(), test::labelled_items(60, .45)));
  }
  Result<ThresholdProposal> propose(const ThresholdOptions& options) const {
    return propose_threshold(folder_.path(), "default", options, {});
  }
  test::TemporaryFolder folder_;
};

TEST_F(ThresholdsTest, ProposesWhatKeepsItsPromiseOnOtherProducts) {
  ThresholdOptions options;
  options.precision = .9;
  const Result<ThresholdProposal> proposal = propose(options);
  ASSERT_TRUE(proposal) << proposal.error().message;
  EXPECT_EQ(proposal->hits, 1800);
  EXPECT_LE(proposal->min_score_between.low, proposal->min_score);
  EXPECT_GE(proposal->min_score_between.high, proposal->min_score);
  EXPECT_NEAR(proposal->max_distance, 2 * (1 - proposal->min_score), 1e-12);
  EXPECT_NEAR(proposal->held_out.precision, .9, .06);
  EXPECT_GT(proposal->held_out.recall, .3);
  EXPECT_LE(proposal->held_out.recall_between.low, proposal->held_out.recall);
  EXPECT_FALSE(proposal->confidence) << "none was learnt";

  // The same limit as a score and as a distance, as searches take it.
  const auto collection = Collection::open(folder_.path(), "default");
  std::int64_t kept = 0;
  std::int64_t right = 0;
  for (int product = 0; product < 60; ++product) {
    SearchOptions search;
    const std::string name = "product-" + std::to_string(product);
    search.min_score = proposal->min_score;
    const auto by_score = collection->similar(name + "-0.jpg", search);
    search.min_score = 0;
    search.max_distance = proposal->max_distance + 1e-12;
    const auto by_distance = collection->similar(name + "-0.jpg", search);
    ASSERT_TRUE(by_score && by_distance);
    EXPECT_EQ(by_score->hits.size(), by_distance->hits.size());
    for (const Hit& hit : by_score->hits) {
      ++kept;
      right += hit.item.product == name ? 1 : 0;
    }
  }
  EXPECT_GT(static_cast<double>(right) / static_cast<double>(kept), .8);
}

TEST_F(ThresholdsTest, ShowsPairsNextToTheThresholdOnBothSides) {
  ThresholdOptions options;
  options.precision = .9;
  const Result<ThresholdProposal> proposal = propose(options);
  ASSERT_TRUE(proposal);
  ASSERT_EQ(proposal->borderline.size(), 20U);
  std::set<std::pair<std::int64_t, std::int64_t>> pairs;
  for (std::size_t i = 0; i < 20; ++i) {
    const BorderlinePair& pair = proposal->borderline[i];
    EXPECT_EQ(pair.score >= proposal->min_score, i < 10);
    EXPECT_TRUE(pairs.insert(std::minmax(pair.query, pair.hit)).second) << "shown twice";
  }
}

TEST_F(ThresholdsTest, NamesTheConfidenceThatDoesTheSame) {
  ASSERT_TRUE(fit_confidence(folder_.path(), "default", {}, {}));
  ThresholdOptions options;
  options.precision = .9;
  const Result<ThresholdProposal> proposal = propose(options);
  ASSERT_TRUE(proposal);
  ASSERT_TRUE(proposal->confidence);
  EXPECT_GT(*proposal->confidence, .01);
  EXPECT_LE(*proposal->confidence, .999);
  EXPECT_GT(proposal->confidence_recall, proposal->held_out.recall)
      << "colour tells these products apart as well";
  options.measure = *make_measure({"histogram", "", 0}, true);
  options.precision = .6;
  const Result<ThresholdProposal> histogram = propose(options);
  ASSERT_TRUE(histogram) << histogram.error().message;
  EXPECT_FALSE(histogram->confidence);
  EXPECT_NEAR(histogram->max_distance, 1 / histogram->min_score - 1, 1e-12);
}

TEST_F(ThresholdsTest, RefusesWhatCannotBe) {
  ThresholdOptions options;
  for (const double precision : {0.0, 1.0, -1.0, std::nan("")}) {
    options.precision = precision;
    EXPECT_EQ(propose(options).error().code, ErrorCode::kInvalidArgument);
  }
  options.precision = .95;
  options.label = "half";
  const Result<ThresholdProposal> few = propose(options);
  EXPECT_EQ(few.error().code, ErrorCode::kNotFound) << "two halves are no ten products";
}

TEST(ProposeThreshold, SaysWhatTheBestIsWhereNoScoreWillDo) {
  LabelledHits hits;
  hits.product_sizes.assign(30, 2);
  for (int i = 0; i < 300; ++i) {
    const int product = i % 30;
    hits.hits.push_back(
        {i, i + 1, product, i % 2 == 0 ? product : (product + 1) % 30, 1 - i * 1e-3, {}});
  }
  ThresholdOptions options;
  const auto proposal = propose_threshold(hits, options, std::nullopt);
  ASSERT_FALSE(proposal);
  EXPECT_EQ(proposal.error().code, ErrorCode::kNotFound);
  EXPECT_NE(proposal.error().message.find("the best is 0.5"), std::string::npos)
      << proposal.error().message;
}

}  // namespace
}  // namespace semblance
