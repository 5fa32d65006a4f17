#include "engine/confidence.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "labelled_collection.h"
#include "support/temporary_folder.h"

namespace semblance {
namespace {

ConfidenceModel simple_model() {
  ConfidenceModel model;
  model.logistic = {-1, {2, 0}};
  return model;
}

Confidence simple_confidence() {
  Confidence confidence;
  confidence.network = "net";
  confidence.label = "product";
  confidence.where = "half=a";
  confidence.fitted = "2026-11-22T00:00:00Z";
  confidence.photos = 100;
  confidence.products = 30;
  confidence.model = simple_model();
  confidence.model.steps.steps = {{-.5, .25}, {.5, .75}};
  confidence.candidates = {{"shape, isotonic", .5, .02}};
  confidence.check.hits = 7;
  confidence.check.error_between = {.01, .03};
  confidence.check.bins = {{.1, .2, 7}};
  return confidence;
}

TEST(ConfidenceModel, ComputesWhatItsNumbersSay) {
  ConfidenceModel model = simple_model();
  EXPECT_EQ(model.columns({.75, .5, .5}), (std::vector<double>{.75, -std::log(.25)}));
  EXPECT_EQ(model.of({.5, 0, 0}), .5);
  EXPECT_EQ(model.of({1, 0, 0}), .731);
  model.logistic.weights = {1e6, 0};
  EXPECT_EQ(model.of({1, 0, 0}), .999) << "nothing is certain";
  EXPECT_EQ(model.of({0, 0, 0}), .269);
  model.logistic.intercept = -1e6;
  EXPECT_EQ(model.of({.5, 0, 0}), .001);
  model.all_parts = true;
  EXPECT_EQ(model.columns({1, 1, 1}).size(), 4U);
  model.has_colour = true;
  EXPECT_EQ(model.columns({1, 1, 1}).size(), 6U);
  for (const double number : model.columns({1, 1, 1})) EXPECT_TRUE(std::isfinite(number));
}

TEST(ConfidenceModel, SpeaksOfShapeByCosineMixedWithColourAsUsual) {
  ConfidenceModel model;
  model.has_colour = true;
  const auto speaks = [&](const MeasureNames& names) {
    return model.speaks_of(*make_measure(names, model.has_colour));
  };
  EXPECT_TRUE(speaks({}));
  EXPECT_TRUE(speaks({"", "", .3}));
  EXPECT_FALSE(speaks({"", "", .3, "histogram-foreground"}));
  EXPECT_FALSE(speaks({"shape", "euclidean", 0}));
  EXPECT_FALSE(speaks({"colour", "", 0}));
  EXPECT_FALSE(speaks({"histogram", "", 0}));
  model.has_colour = false;
  EXPECT_TRUE(speaks({"", "", .15}));
  EXPECT_FALSE(speaks({"", "", .15, "histogram"}));
}

TEST(PairScorer, GivesTheScoresThatSearchesGive) {
  const auto items = test::labelled_items(2, .3);
  const PhotoDescriptors& a = items[0].numbers;
  const PhotoDescriptors& b = items[4].numbers;
  const DescriptorSpans of_a{a.embedding, a.histogram, a.histogram_foreground};
  const DescriptorSpans of_b{b.embedding, b.histogram, b.histogram_foreground};
  constexpr int kShape = test::FakeEmbedder::kShapeDimension;
  const auto score = [&](const MeasureNames& names) {
    return Scorer(*make_measure(names, true), kShape, of_a).compare(of_b);
  };
  const PairScores scores = PairScorer(kShape, true, of_a).compare(of_b);
  EXPECT_EQ(scores.shape, score({"shape", "", 0}).score);
  EXPECT_EQ(scores.colour, score({"colour", "", 0}).score);
  EXPECT_EQ(scores.histogram, score({"", "", .5, "histogram-foreground"}).colour_score);
  EXPECT_EQ(PairScorer(kShape, false, of_a).compare(of_a).shape, 1);
}

TEST(StoredConfidence, ComesBackAsItWas) {
  const Confidence stored = simple_confidence();
  const Result<Confidence> read = parse_confidence(to_json(stored));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(to_json(*read), to_json(stored));
  EXPECT_EQ(read->model.of({.5, 0, 0}), stored.model.of({.5, 0, 0}));
  EXPECT_EQ(read->where, "half=a");
}

TEST(StoredConfidence, IsRefusedWhereItIsDamaged) {
  using nlohmann::json;
  const json sound = json::parse(to_json(simple_confidence()));
  const auto refused = [](const json& damaged) {
    const Result<Confidence> read = parse_confidence(damaged.dump());
    return !read && read.error().code == ErrorCode::kCorrupt;
  };
  EXPECT_FALSE(refused(sound));
  for (const auto& [name, value] : sound.items()) {
    json without = sound;
    without.erase(name);
    EXPECT_TRUE(refused(without)) << name;
    json other = sound;
    other[name] = json::array({json::array()});
    EXPECT_TRUE(refused(other)) << name;
  }
  json damaged = sound;
  damaged["model"]["weights"] = {1, 2, 3};
  EXPECT_TRUE(refused(damaged));
  damaged = sound;
  damaged["model"]["steps"] = {{1, .5}, {0, .75}};
  EXPECT_TRUE(refused(damaged));
  damaged["model"]["steps"] = {{0, .5}, {1, .25}};
  EXPECT_TRUE(refused(damaged));
  damaged = sound;
  damaged["version"] = 2;
  EXPECT_TRUE(refused(damaged));
  EXPECT_FALSE(parse_confidence("[]"));
  EXPECT_FALSE(parse_confidence("{"));
  std::string infinite = to_json(simple_confidence());
  infinite.replace(infinite.find("\"intercept\":-1.0"), 16, "\"intercept\":1e999");
  EXPECT_FALSE(parse_confidence(infinite));
}

class ConfidenceForTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(test::write_collection(folder_.path(), test::labelled_items(1, .1)));
    const CollectionFiles files(folder_.path(), "default");
    catalogue_ = *Catalogue::open(files.catalogue(), Database::Mode::kWrite);
    set_ = **catalogue_->live_set();
    confidence_ = simple_confidence();
    confidence_.network = confidence_network(set_);
    confidence_.model.has_colour = true;
  }
  test::TemporaryFolder folder_;
  std::optional<Catalogue> catalogue_;
  VectorSet set_;
  Confidence confidence_;
};

TEST_F(ConfidenceForTest, GivesTheModelOfThisNetworkAlone) {
  EXPECT_FALSE(confidence_for(*catalogue_, set_)) << "nothing was learnt";
  ASSERT_TRUE(store_confidence(*catalogue_, confidence_));
  EXPECT_TRUE(confidence_for(*catalogue_, set_));
  VectorSet other = set_;
  other.card_json = to_json(test::FakeEmbedder("other").card());
  EXPECT_FALSE(confidence_for(*catalogue_, other));
  ModelCard projected = *parse_model_card(set_.card_json, "card");
  projected.projection = CardProjection{8, std::string(64, 'a')};
  other.card_json = to_json(projected);
  EXPECT_FALSE(confidence_for(*catalogue_, other)) << "other vectors of the same network";
  confidence_.model.has_colour = false;
  ASSERT_TRUE(store_confidence(*catalogue_, confidence_));
  EXPECT_FALSE(confidence_for(*catalogue_, set_));
  ASSERT_TRUE(store_confidence(*catalogue_, std::nullopt));
  EXPECT_FALSE(*stored_confidence(*catalogue_)) << "forgotten";
}

TEST_F(ConfidenceForTest, SearchesGoOnWithoutOneThatIsDamaged) {
  ASSERT_TRUE(catalogue_->set_setting("confidence", "{}"));
  EXPECT_EQ(stored_confidence(*catalogue_).error().code, ErrorCode::kCorrupt);
  EXPECT_FALSE(confidence_for(*catalogue_, set_));
  const auto collection = Collection::open(folder_.path(), "default");
  ASSERT_TRUE(collection);
  const auto answer = collection->similar("product-0-0.jpg", {});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->hits.size(), 2U);
  EXPECT_FALSE(answer->hits.front().confidence);
}

TEST_F(ConfidenceForTest, IsStaleOnceTheCollectionIsAnother) {
  const auto stale = [&](std::int64_t photos, const std::string& where) {
    confidence_.photos = photos;
    confidence_.where = where;
    return *why_stale(confidence_, *catalogue_, set_);
  };
  EXPECT_EQ(stale(3, ""), "");
  EXPECT_EQ(stale(2, ""), "");
  EXPECT_EQ(stale(5, ""), "");
  EXPECT_NE(stale(1, "").find("grown from 1 to 3"), std::string::npos);
  EXPECT_NE(stale(6, "").find("shrunk from 6 to 3"), std::string::npos);
  EXPECT_NE(stale(3, "half=b").find("shrunk from 3 to 0"), std::string::npos);
  set_.card_json = to_json(test::FakeEmbedder("other").card());
  EXPECT_NE(stale(3, "").find("another network"), std::string::npos);
}

}  // namespace
}  // namespace semblance
