#include "engine/confidence_fit.h"

#include <gtest/gtest.h>

#include <set>

#include "engine/archive_export.h"
#include "engine/archive_import.h"
#include "engine/held_out.h"
#include "engine/reliability_plot.h"
#include "labelled_collection.h"
#include "sync_fixture.h"

namespace semblance {
namespace {

TEST(HeldOut, SpreadsProductsWithSeveralPhotosEvenly) {
  std::vector<std::int64_t> sizes(45, 1);
  for (std::size_t i = 0; i < sizes.size(); i += 3) sizes[i] = 4;
  const std::vector<int> folds = folds_of_products(sizes);
  std::vector<int> several(kFolds);
  std::vector<int> all(kFolds);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    ++all[static_cast<std::size_t>(folds[i])];
    several[static_cast<std::size_t>(folds[i])] += sizes[i] > 1 ? 1 : 0;
  }
  for (int fold = 0; fold < kFolds; ++fold) {
    EXPECT_GE(several[static_cast<std::size_t>(fold)], 1);
    EXPECT_LE(several[static_cast<std::size_t>(fold)], 2);
    EXPECT_GE(all[static_cast<std::size_t>(fold)], 4);
  }
  EXPECT_EQ(folds_of_products(sizes), folds) << "the same in every run";
}

TEST(HeldOut, LeavesTheFoldsProductsOutAsQueriesAndAsHits) {
  LabelledHits hits;
  hits.product_sizes = {2, 2, 4};
  for (int query = 0; query < 3; ++query) {
    for (int hit = 0; hit < 3; ++hit) hits.hits.push_back({1, 2, query, hit, .5, {}});
  }
  const std::vector<int> folds{0, 1, 1};
  const TrainingHits training = training_hits(hits, folds, 0);
  EXPECT_EQ(training.places, (std::vector<std::size_t>{4, 5, 7, 8}));
  // 6 of 8 photos stay: a wrong hit among them stands for 8/6.
  EXPECT_EQ(training.outcomes[0].weight, 1);
  EXPECT_DOUBLE_EQ(training.outcomes[1].weight, 8.0 / 6);
  EXPECT_FALSE(training.outcomes[1].right);
}

TEST(LearnConfidence, TakesTheWayThatIsBestOnOtherProducts) {
  // Colour tells all, shape nothing.
  LabelledHits hits;
  Random random;
  for (int product = 0; product < 100; ++product) {
    hits.product_sizes.push_back(2);
    for (int i = 0; i < 10; ++i) {
      const bool right = i == 0;
      LabelledHit hit;
      hit.query = product;
      hit.query_product = product;
      hit.hit_product = right ? product : (product + i) % 100;
      hit.parts = {random.share(), right ? .9 : .3 + .5 * random.share(), .5};
      hits.hits.push_back(hit);
    }
  }
  const Result<Confidence> learnt = learn_confidence(hits, true);
  ASSERT_TRUE(learnt) << learnt.error().message;
  EXPECT_TRUE(learnt->model.all_parts);
  ASSERT_EQ(learnt->candidates.size(), 4U);
  for (const ConfidenceCandidate& other : learnt->candidates) {
    EXPECT_GE(other.log_loss, learnt->check.log_loss);
  }
  EXPECT_LT(learnt->check.log_loss, .5 * learnt->check.log_loss_of_share);
  EXPECT_EQ(learnt->check.hits, 1000);
  EXPECT_EQ(learnt->check.right, 100);
  EXPECT_EQ(learnt->check.bins.size(), 15U);
  EXPECT_GT(learnt->model.of({.5, .9, .5}), .5);
  EXPECT_LT(learnt->model.of({.9, .3, .5}), .1);
}

TEST(CheckCalibration, TellsAnExactProbabilityFromOneThatPromisesTooMuch) {
  LabelledHits hits;
  std::vector<double> exact;
  std::vector<double> boasting;
  Random random;
  for (int i = 0; i < 4000; ++i) {
    const double p = random.share();
    const bool right = random.share() < p;
    hits.hits.push_back({i, 0, i % 50, right ? i % 50 : 50, p, {}});
    exact.push_back(p);
    boasting.push_back(.5 + p / 2);
  }
  const CalibrationCheck good = check_calibration(hits, exact);
  EXPECT_LT(good.error, .04);
  EXPECT_LT(good.error_by_chance, .04);
  EXPECT_LE(good.error_between.low, good.error_between.high);
  const CalibrationCheck bad = check_calibration(hits, boasting);
  EXPECT_NEAR(bad.error, .25, .03);
  EXPECT_LT(bad.error_between.low, .27);
  EXPECT_GT(bad.error_between.high, .23);
  EXPECT_LT(bad.error_by_chance, .04);
}

TEST(ReliabilityPlot, DrawsADotForEachBin) {
  CalibrationCheck check;
  check.hits = 30;
  check.bins = {{.1, .2, 15}, {.9, .8, 15}};
  const std::string svg = reliability_plot(check, "a < b");
  EXPECT_NE(svg.find("a &lt; b"), std::string::npos);
  std::size_t dots = 0;
  for (std::size_t at = 0; (at = svg.find("<circle", at)) != std::string::npos; ++at) ++dots;
  EXPECT_EQ(dots, 2U);
  EXPECT_EQ(reliability_plot({}, "").find("<circle"), std::string::npos);
}

class ConfidenceFitTest : public ::testing::Test {
 protected:
  void fill(int products, double spread = .3) {
    const Status written = test::write_collection(data(), test::labelled_items(products, spread));
    ASSERT_TRUE(written) << written.error().message;
  }
  [[nodiscard]] std::filesystem::path data() const { return folder_.path() / "data"; }
  Result<Confidence> fit(const ConfidenceOptions& options = {}) const {
    return fit_confidence(data(), "default", options, {});
  }
  Collection open(const std::string& name = "default") const {
    return *Collection::open(data(), name);
  }
  test::TemporaryFolder folder_;
};

TEST_F(ConfidenceFitTest, HitsCarryWhatWasLearnt) {
  fill(60);
  EXPECT_FALSE(open().similar("product-7-0.jpg", {})->hits.front().confidence);
  const Result<Confidence> learnt = fit();
  ASSERT_TRUE(learnt) << learnt.error().message;
  EXPECT_EQ(learnt->label, "product");
  EXPECT_EQ(learnt->photos, 180);
  EXPECT_EQ(learnt->products, 60);
  EXPECT_EQ(learnt->check.queries, 180);
  EXPECT_EQ(learnt->check.hits, 180 * 10 * 2) << "by shape, and mixed";
  EXPECT_LT(learnt->check.error, .05);

  const Collection collection = open();
  SearchOptions options;
  const auto answer = collection.similar("product-7-0.jpg", options);
  ASSERT_TRUE(answer);
  double right = 0;
  double wrong = 0;
  for (const Hit& hit : answer->hits) {
    ASSERT_TRUE(hit.confidence);
    (hit.item.product == "product-7" ? right : wrong) += *hit.confidence;
  }
  EXPECT_GT(right / 2, .8);
  EXPECT_LT(wrong / 8, .2);
  options.measure = *make_measure({"", "", .5}, true);
  EXPECT_TRUE(collection.similar("product-7-0.jpg", options)->hits.front().confidence);
  EXPECT_EQ(to_json(**stored_confidence(collection.catalogue())), to_json(*learnt));
}

TEST_F(ConfidenceFitTest, HitsOfWhichNothingWasLearntHaveNone) {
  fill(60);
  ASSERT_TRUE(fit());
  const Collection collection = open();
  const auto has_confidence = [&](const SearchQuery& query, const Measure& measure) {
    SearchOptions options;
    options.measure = measure;
    const auto answer = collection.search(query, options);
    EXPECT_TRUE(answer);
    return answer->hits.front().confidence.has_value();
  };
  PhotoDescriptors photo = test::labelled_items(60, .3)[30].numbers;
  EXPECT_TRUE(has_confidence({{photo}}, {}));
  EXPECT_TRUE(has_confidence({{}, {"product-1-0.jpg"}}, {}));
  EXPECT_FALSE(has_confidence({{photo}, {"product-1-0.jpg"}}, {}));
  EXPECT_FALSE(has_confidence({{photo}, {}, {"product-1-0.jpg"}}, {}));
  EXPECT_FALSE(has_confidence({{photo}}, *make_measure({"histogram", "", 0}, true)));
  EXPECT_FALSE(has_confidence({{photo}}, *make_measure({"", "euclidean", 0}, true)));
  photo.embedding_alone = true;
  EXPECT_FALSE(has_confidence({{photo}}, {})) << "its histograms are nobody's";
}

TEST_F(ConfidenceFitTest, IsTheSameByAnyNumberOfThreads) {
  fill(40);
  ConfidenceOptions options;
  Result<Confidence> one = fit(options);
  options.threads = 4;
  Result<Confidence> four = fit(options);
  ASSERT_TRUE(one && four);
  one->fitted = four->fitted = "";
  EXPECT_EQ(to_json(*one), to_json(*four));
}

TEST_F(ConfidenceFitTest, LearnsFromSomeAndIsCheckedOnOthers) {
  fill(120);
  EXPECT_EQ(check_confidence(data(), "default", {}, {}).error().code, ErrorCode::kNotFound);
  ConfidenceOptions options;
  options.where = "half=a";
  const Result<Confidence> learnt = fit(options);
  ASSERT_TRUE(learnt) << learnt.error().message;
  EXPECT_EQ(learnt->photos, 180);
  EXPECT_EQ(learnt->products, 60);
  options.where = "half=b";
  const Result<CalibrationCheck> check = check_confidence(data(), "default", options, {});
  ASSERT_TRUE(check) << check.error().message;
  EXPECT_EQ(check->queries, 180);
  EXPECT_LT(check->error, .1);
}

TEST_F(ConfidenceFitTest, LearnsFromAnAttributeAndASample) {
  fill(120);
  ConfidenceOptions options;
  options.label = "family";
  options.most_queries = 100;
  const Result<Confidence> learnt = fit(options);
  ASSERT_TRUE(learnt) << learnt.error().message;
  EXPECT_EQ(learnt->label, "family");
  EXPECT_EQ(learnt->products, 30);
  EXPECT_EQ(learnt->check.queries, 108) << "whole families of 12, until there are 100";
}

TEST_F(ConfidenceFitTest, SaysWhatToDoWhereThereIsTooLittleToLearnFrom) {
  fill(9);
  ConfidenceOptions options;
  options.label = "product";
  const Result<Confidence> few = fit(options);
  ASSERT_FALSE(few);
  EXPECT_EQ(few.error().code, ErrorCode::kNotFound);
  EXPECT_NE(few.error().message.find("9 products have several photos"), std::string::npos);
  EXPECT_NE(few.error().details.find("--product-column"), std::string::npos);
  options.label = "nothing";
  EXPECT_EQ(fit(options).error().code, ErrorCode::kNotFound);
  options.label = "product";
  options.where = "half=";
  EXPECT_EQ(fit(options).error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(*stored_confidence(open().catalogue())) << "nothing is kept of what failed";
  EXPECT_EQ(fit_confidence(data(), "nowhere", {}, {}).error().code, ErrorCode::kNotFound);
}

TEST_F(ConfidenceFitTest, SaysSoWhereProductsDoNotFindThemselves) {
  fill(25, 30);
  ConfidenceOptions options;
  options.most_queries = 10;
  const Result<Confidence> lost = fit(options);
  ASSERT_FALSE(lost);
  EXPECT_NE(lost.error().message.find("hits were right"), std::string::npos);
}

TEST_F(ConfidenceFitTest, CanBeStoppedAndForgotten) {
  fill(30);
  const std::atomic<bool> stop{true};
  LabelledHitHooks hooks;
  hooks.stop = &stop;
  EXPECT_EQ(fit_confidence(data(), "default", {}, hooks).error().code, ErrorCode::kCancelled);
  EXPECT_EQ(forget_confidence(data(), "default", {}).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(fit());
  ASSERT_TRUE(forget_confidence(data(), "default", {}));
  EXPECT_FALSE(open().similar("product-7-0.jpg", {})->hits.front().confidence);
}

/// Real photos, so that duplicates can be found.
class ConfidenceFromDuplicates : public test::SyncFixture {
 protected:
  static constexpr int kPhotos = 30;
  void SetUp() override {
    SyncFixture::SetUp();
    for (int i = 0; i < kPhotos; ++i) {
      const std::string name = std::to_string(i) + ".jpg";
      add_photo(name, i);
      std::filesystem::copy(photos() / name, photos() / ("copy-" + name));
    }
    sync();
  }
};

TEST_F(ConfidenceFromDuplicates, TakesDuplicatesWhereNoProductHasSeveralPhotos) {
  std::string notices;
  LabelledHitHooks hooks;
  hooks.notice = [&](std::string_view line) { notices += line; };
  const Result<Confidence> learnt = fit_confidence(data(), "default", {}, hooks);
  ASSERT_TRUE(learnt) << learnt.error().message;
  EXPECT_EQ(learnt->label, "duplicates");
  EXPECT_GE(learnt->products, kLeastProducts);
  EXPECT_NE(notices.find("duplicates"), std::string::npos);
  const Collection collection = open();
  const auto answer = collection.similar("3.jpg", {});
  EXPECT_EQ(answer->hits.front().item.id, "copy-3.jpg");
  EXPECT_GT(answer->hits.front().confidence, answer->hits.back().confidence);
}

TEST_F(ConfidenceFromDuplicates, SurvivesExportAndImport) {
  ASSERT_TRUE(fit_confidence(data(), "default", {}, {}));
  const auto archive = folder_.path() / "archive.tar";
  ASSERT_TRUE(export_collection(data(), "default", archive, "1", {}));
  ASSERT_TRUE(import_collection(data(), {archive, "other"}, {}));
  const auto answer = [&](const std::string& name) {
    return Collection::open(data(), name)->similar("3.jpg", {})->hits.front().confidence;
  };
  ASSERT_TRUE(answer("default"));
  EXPECT_EQ(answer("other"), answer("default"));
}

TEST_F(ConfidenceFromDuplicates, IsNotUsedForAnotherNetworkOrShortenedVectors) {
  ASSERT_TRUE(fit_confidence(data(), "default", {}, {}));
  options_.components = 8;
  sync();
  EXPECT_FALSE(open().similar("3.jpg", {})->hits.front().confidence);
  options_.components = 0;
  sync();
  EXPECT_TRUE(open().similar("3.jpg", {})->hits.front().confidence) << "the same vectors again";
  options_.model = add_network("second");
  sync();
  EXPECT_FALSE(open().similar("3.jpg", {})->hits.front().confidence);
}

}  // namespace
}  // namespace semblance
