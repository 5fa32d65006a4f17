// Several examples, diversity, and the earth mover's distance, on collections made by hand.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>

#include "engine/answer_json.h"
#include "made_collection.h"
#include "support/temporary_folder.h"

namespace semblance {
namespace {

constexpr int kShape = test::FakeEmbedder::kShapeDimension;
constexpr int kNumbers = kShape + test::FakeEmbedder::kColourDimension;

std::vector<float> shares(std::mt19937& random, std::size_t bins) {
  std::vector<float> histogram(kHistogramDimension);
  float sum = 0;
  for (std::size_t i = 0; i < bins; ++i) {
    const float share = 1 + static_cast<float>(random() % 100);
    histogram[random() % histogram.size()] += share;
    sum += share;
  }
  for (float& share : histogram) share /= sum;
  return histogram;
}

PhotoDescriptors photo_at(double angle, std::mt19937& random) {
  PhotoDescriptors photo;
  photo.embedding.assign(kNumbers, 0);
  photo.embedding[0] = static_cast<float>(std::cos(angle));
  photo.embedding[1] = static_cast<float>(std::sin(angle));
  photo.embedding[kShape] = 1;
  photo.histogram = shares(random, 1 + random() % 40);
  photo.histogram_foreground = shares(random, 1 + random() % 10);
  return photo;
}

class SearchByExamples : public testing::Test {
 protected:
  /// Items i0, i1, ... at these angles, each a product of its own.
  void open(const std::vector<double>& angles) {
    std::vector<test::MadeItem> items;
    for (const double angle : angles) {
      const std::string number = std::to_string(items.size());
      items.push_back({"i" + number, "p" + number, photo_at(angle, random_)});
    }
    open(items);
  }
  void open(const std::vector<test::MadeItem>& items) {
    const Status written = test::write_collection(folder_.path(), items);
    ASSERT_TRUE(written) << written.error().message;
    Result<Collection> collection = Collection::open(folder_.path(), "default");
    ASSERT_TRUE(collection) << collection.error().message;
    collection_.emplace(*std::move(collection));
  }
  std::string ids(const SearchQuery& query, const SearchOptions& options) const {
    const Result<SearchAnswer> answer = collection_->search(query, options);
    if (!answer) return answer.error().message;
    std::string ids;
    for (const Hit& hit : answer->hits) ids += (ids.empty() ? "" : " ") + hit.item.id;
    return ids;
  }

  std::mt19937 random_{1};
  test::TemporaryFolder folder_;
  std::optional<Collection> collection_;
};

TEST_F(SearchByExamples, LikedItemsAreNoHitsAndPhotosAre) {
  open({0, .12, .2, .3, .4});
  EXPECT_EQ(ids({{}, {"i0"}}, {9, {}}), "i1 i2 i3 i4");
  EXPECT_EQ(ids({{}, {"i0", "i4"}}, {9, {}}), "i2 i1 i3");
  EXPECT_EQ(ids({{photo_at(.41, random_)}, {"i3"}}, {2, {}}), "i4 i2");
  EXPECT_EQ(ids({{}, {"i0", "i0"}}, {1, {}}), "i1");
}

TEST_F(SearchByExamples, UnlikedItemsPushAwayAndAreNoHits) {
  open({0, .2, -.2, .4, -.5});
  EXPECT_EQ(ids({{}, {"i0"}, {"i1"}}, {9, {}}), "i2 i4 i3");
  EXPECT_EQ(ids({{}, {"i0"}, {"i2"}}, {9, {}}), "i1 i3 i4");
  EXPECT_EQ(ids({{photo_at(0, random_)}, {}, {"i1", "i2"}}, {1, {}}), "i0");
}

TEST_F(SearchByExamples, SaysWhatIsMissing) {
  open({0, .2});
  EXPECT_EQ(ids({{}, {"i0", "none"}}, {}), "no item 'none' in collection 'default'");
  EXPECT_EQ(ids({{}, {"i0"}, {"none"}}, {}), "no item 'none' in collection 'default'");
  EXPECT_EQ(ids({{}, {}, {"i0"}}, {}),
            "nothing to search for: name a photo, or an item to look like");
}

TEST_F(SearchByExamples, JaccardIsRefusedWhereNumbersAreNegative) {
  open({0, -.2});
  SearchOptions options{9, *make_measure({"", "jaccard", 0}, true)};
  EXPECT_EQ(ids({{}, {"i0"}}, options),
            "jaccard wants numbers that are not negative, and this network's shape vectors have "
            "negative ones; cosine and euclidean fit");
}

TEST_F(SearchByExamples, JaccardTakesExamplesThatArePushedApart) {
  open({0, .2, .8, 1.5});
  SearchOptions options{9, *make_measure({"", "jaccard", 0}, true)};
  EXPECT_EQ(ids({{}, {"i1"}, {"i3"}}, options), "i0 i2");
}

TEST_F(SearchByExamples, CollapsedLeavesOutTheProductsOfAllExamples) {
  std::vector<test::MadeItem> items;
  for (const auto& [id, product, angle] : {std::tuple{"a1", "A", 0.0},
                                           {"a2", "A", .1},
                                           {"b1", "B", .2},
                                           {"c1", "C", .3},
                                           {"c2", "C", .5},
                                           {"d1", "D", .6}}) {
    items.push_back({id, product, photo_at(angle, random_)});
  }
  open(items);
  SearchOptions options{9, {}};
  options.collapse = true;
  EXPECT_EQ(ids({{}, {"a1"}, {"c2"}}, options), "b1 d1");
  EXPECT_EQ(ids({{photo_at(0, random_)}, {}, {"c2"}}, options), "a1 b1 d1");
}

TEST_F(SearchByExamples, DiverseHitsAreOfSeveralCrowds) {
  // Many near the query, a few apart.
  std::vector<double> angles;
  for (int i = 0; i < 30; ++i) angles.push_back(.5 + i * .001);
  angles.insert(angles.end(), {-.8, 1.6});
  open(angles);
  SearchOptions options{3, {}};
  const SearchQuery query{{photo_at(.4, random_)}};
  EXPECT_EQ(ids(query, options), "i0 i1 i2");
  options.diversity = .6;
  EXPECT_EQ(ids(query, options), "i0 i30 i31");
  const auto answer = collection_->search(query, options);
  ASSERT_TRUE(answer);
  EXPECT_EQ(nlohmann::json::parse(to_json(*answer))["diversity"], .6);
  EXPECT_EQ(answer->hits[1].rank, 2);
  // What scores too little is not brought back.
  options.min_score = .9;
  EXPECT_EQ(ids(query, options).find("i30"), std::string::npos);
  for (const double wrong : {-.1, 1.1, std::nan("")}) {
    options.diversity = wrong;
    EXPECT_EQ(ids(query, options), "the diversity must be between 0 and 1");
  }
}

/// What the bounds leave out must never be missed.
TEST_F(SearchByExamples, EmdFindsTheSameAsSolvingEveryPair) {
  std::vector<test::MadeItem> items;
  for (int i = 0; i < 120; ++i) {
    test::MadeItem item{"i" + std::to_string(i), "p" + std::to_string(i % 40),
                        photo_at(i * .01, random_)};
    // Some equal histograms, for ties.
    if (i % 7 == 3) item.numbers.histogram = items.back().numbers.histogram;
    items.push_back(item);
  }
  open(items);
  for (const MeasureNames& names :
       {MeasureNames{"histogram", "emd", 0}, MeasureNames{"histogram-foreground", "emd", 0},
        MeasureNames{"", "", .5, "histogram", "emd"},
        MeasureNames{"", "", 1e-9, "histogram", "emd"}}) {
    const Measure measure = *make_measure(names, true);
    for (int round = 0; round < 12; ++round) {
      SearchQuery query{{photo_at(round * .1, random_)}};
      if (round % 3 == 0) query.like = {"i5"};
      if (round % 3 == 1) query.unlike = {"i6", "i70"};
      const auto& all = *collection_;
      std::vector<DescriptorSpans> liked{{query.photos[0].embedding, query.photos[0].histogram,
                                          query.photos[0].histogram_foreground}};
      std::vector<DescriptorSpans> unliked;
      for (const auto& id : query.like) liked.push_back(all.vectors().row(std::stoi(id.substr(1))));
      for (const auto& id : query.unlike) {
        unliked.push_back(all.vectors().row(std::stoi(id.substr(1))));
      }
      const auto combined = combine_examples(liked, unliked, kShape, false);
      ASSERT_TRUE(combined);
      const Scorer scorer(measure, kShape, combined->spans());
      EXPECT_EQ(scorer.efforts(), 2);
      std::vector<std::pair<double, std::string>> expected;
      for (int i = 0; i < 120; ++i) {
        const std::string id = "i" + std::to_string(i);
        const auto named = [&](const auto& in) { return std::count(in.begin(), in.end(), id) > 0; };
        if (named(query.like) || named(query.unlike)) continue;
        const DescriptorSpans row = all.vectors().row(i);
        const double score = scorer.compare(row).score;
        expected.emplace_back(-score, id);
        for (const int effort : {0, 1}) EXPECT_GE(scorer.bound(row, effort), score);
      }
      std::sort(expected.begin(), expected.end());
      const auto answer = all.search(query, {10, measure});
      ASSERT_TRUE(answer);
      ASSERT_EQ(answer->hits.size(), 10U);
      for (std::size_t i = 0; i < 10; ++i) {
        EXPECT_EQ(answer->hits[i].item.id, expected[i].second);
        EXPECT_EQ(answer->hits[i].closeness.score, -expected[i].first);
      }
      SearchOptions limited{10, measure};
      limited.min_score = -expected[4].first;
      EXPECT_GE(all.search(query, limited)->hits.size(), 5U);
      limited.min_score = 0;
      limited.collapse = true;
      const auto collapsed = all.search(query, limited);
      ASSERT_TRUE(collapsed);
      EXPECT_EQ(collapsed->hits.size(), 10U);
      if (query.like.empty() && query.unlike.empty()) {
        EXPECT_EQ(collapsed->hits[0].item.id, expected[0].second);
        EXPECT_EQ(collapsed->hits[0].photos, 3);
      }
    }
  }
}

}  // namespace
}  // namespace semblance
