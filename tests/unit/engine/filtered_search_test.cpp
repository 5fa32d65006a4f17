#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "engine/answer_json.h"
#include "engine/collection.h"
#include "engine/evaluate.h"
#include "engine/search.h"
#include "made_collection.h"
#include "support/temporary_folder.h"

namespace semblance {
namespace {

constexpr int kShape = test::FakeEmbedder::kShapeDimension;
constexpr int kNumbers = kShape + test::FakeEmbedder::kColourDimension;

struct Photo {
  std::string id;
  std::string product;
  double angle = 0;  ///< of its vector in a plane: photos are as alike as their angles are near
  Attributes attributes;
};

std::vector<float> vector_at(double angle) {
  std::vector<float> vector(kNumbers, 0);
  vector[0] = static_cast<float>(std::cos(angle));
  vector[1] = static_cast<float>(std::sin(angle));
  vector[kShape] = 1;
  return vector;
}

PhotoDescriptors query_at(double angle) {
  PhotoDescriptors query;
  query.embedding = vector_at(angle);
  query.histogram.assign(kHistogramDimension, 0);
  query.histogram_foreground.assign(kHistogramDimension, 0);
  return query;
}

class FilteredSearch : public testing::Test {
 protected:
  void open(const std::vector<Photo>& photos) {
    std::vector<test::MadeItem> items;
    for (const Photo& photo : photos) {
      items.push_back({photo.id, photo.product, query_at(photo.angle), photo.attributes});
    }
    const Status written = test::write_collection(folder_.path(), items);
    ASSERT_TRUE(written) << written.error().message;
    Result<Collection> collection = Collection::open(folder_.path(), "default");
    ASSERT_TRUE(collection) << collection.error().message;
    collection_.emplace(*std::move(collection));
  }

  [[nodiscard]] Result<SearchAnswer> search(double angle, const SearchOptions& options) const {
    const PhotoDescriptors query = query_at(angle);
    return collection_->search({&query, 1}, options);
  }

  static std::string ids(const Result<SearchAnswer>& answer) {
    if (!answer) return answer.error().message;
    std::string ids;
    for (const Hit& hit : answer->hits) {
      EXPECT_EQ(hit.rank, 1 + std::count(ids.begin(), ids.end(), ' ') + (ids.empty() ? 0 : 1));
      ids += (ids.empty() ? "" : " ") + hit.item.id;
    }
    return ids;
  }

  static SearchOptions options(int limit, std::string filter = {}, bool collapse = false) {
    SearchOptions options;
    options.limit = limit;
    options.filter = std::move(filter);
    options.collapse = collapse;
    return options;
  }

  test::TemporaryFolder folder_;
  std::optional<Collection> collection_;
};

const std::vector<Photo> kShoes = {
    {"a1", "A", .10, {{"colour", "red"}, {"price", "10"}}},
    {"a2", "A", .20, {{"colour", "blue"}, {"price", "10"}}},
    {"b1", "B", .30, {{"colour", "red"}, {"price", "20 EUR"}}},
    {"a3", "A", .40, {{"colour", "red"}}},
    {"c1", "C", .50, {{"colour", "blue"}, {"price", "5"}}},
    {"b2", "B", .60, {{"colour", "red"}, {"price", "20"}}},
};

TEST_F(FilteredSearch, FindsOnlyWhatTheFilterLetsThrough) {
  open(kShoes);
  EXPECT_EQ(ids(search(0, options(3))), "a1 a2 b1");
  EXPECT_EQ(ids(search(0, options(3, "colour=red"))), "a1 b1 a3");
  EXPECT_EQ(ids(search(0, options(9, "price<=10"))), "a1 a2 c1");
  EXPECT_EQ(ids(search(0, options(9, "price<1"))), "");
  EXPECT_EQ(ids(search(0, options(9, "size=1"))),
            "column 1: no attribute 'size' in this collection; there are: id, product, colour, "
            "price");
  EXPECT_EQ(ids(collection_->similar("a1", options(2, "colour=red"))), "b1 a3");
}

TEST_F(FilteredSearch, CollapsesToTheBestPhotoOfEachProductBeforeTheLimit) {
  open(kShoes);
  EXPECT_EQ(ids(search(0, options(2, "", true))), "a1 b1");
  EXPECT_EQ(ids(search(0, options(9, "", true))), "a1 b1 c1");
  EXPECT_EQ(ids(search(.58, options(9, "", true))), "b2 c1 a3");
  // The best photo that the filter lets through, not the best of all.
  EXPECT_EQ(ids(search(0, options(9, "colour=blue", true))), "a2 c1");
  EXPECT_EQ(ids(search(0, options(9, "NOT id=a1", true))), "a2 b1 c1");
}

TEST_F(FilteredSearch, CountsThePhotosOfACollapsedProduct) {
  open(kShoes);
  const Result<SearchAnswer> answer = search(0, options(9, "colour=red", true));
  ASSERT_TRUE(answer);
  ASSERT_EQ(ids(answer), "a1 b1");
  EXPECT_EQ(answer->hits[0].photos, 2);
  EXPECT_EQ(answer->hits[1].photos, 2);
  EXPECT_EQ(nlohmann::json::parse(to_json(*answer))["hits"][0]["photos"], 2);
  const Result<SearchAnswer> plain = search(0, options(1));
  EXPECT_FALSE(nlohmann::json::parse(to_json(*plain))["hits"][0].contains("photos"));
}

TEST_F(FilteredSearch, SimilarProductsAreOtherProducts) {
  open(kShoes);
  EXPECT_EQ(ids(collection_->similar("b2", options(3))), "c1 a3 b1");
  EXPECT_EQ(ids(collection_->similar("b2", options(3, "", true))), "c1 a3");
}

TEST_F(FilteredSearch, OrdersTiesOfProductsAndPhotosById) {
  open({{"z", "P", .1, {}}, {"m", "P", .1, {}}, {"b", "Q", .1, {}}, {"c", "Q", .1, {}}});
  EXPECT_EQ(ids(search(0, options(9, "", true))), "b m");
  EXPECT_EQ(ids(search(0, options(1, "", true))), "b");
}

TEST_F(FilteredSearch, LeavesOutLowScores) {
  open(kShoes);
  SearchOptions wanted = options(9);
  wanted.min_score = (1 + std::cos(.35)) / 2;
  EXPECT_EQ(ids(search(0, wanted)), "a1 a2 b1");
  wanted.collapse = true;
  EXPECT_EQ(ids(search(0, wanted)), "a1 b1");
  wanted.min_score = 1;
  EXPECT_EQ(ids(search(0, wanted)), "");
  EXPECT_EQ(ids(search(.5, wanted)), "c1");
  for (const double wrong : {-.1, 1.1, std::nan("")}) {
    wanted.min_score = wrong;
    EXPECT_EQ(ids(search(0, wanted)), "the minimal score must be between 0 and 1");
  }
}

TEST_F(FilteredSearch, AgreesWithSortingEverythingAndThenCollapsing) {
  std::mt19937 random(3);
  std::vector<Photo> photos;
  for (int i = 0; i < 400; ++i) {
    // Few angles, so that many scores are equal.
    photos.push_back({"i" + std::to_string(random()),
                      "p" + std::to_string(random() % 60),
                      static_cast<double>(random() % 40) / 40,
                      {{"n", std::to_string(random() % 10)}}});
  }
  open(photos);
  for (int round = 0; round < 60; ++round) {
    const int limit = 1 + static_cast<int>(random() % 70);
    const int below = static_cast<int>(random() % 11);
    const double angle = static_cast<double>(random() % 50) / 40;
    const Result<SearchAnswer> all = search(angle, options(1000));
    ASSERT_TRUE(all);
    ASSERT_EQ(all->hits.size(), photos.size());
    std::vector<std::string> expected;
    std::set<std::string> seen;
    for (const Hit& hit : all->hits) {  // best first, ties by id
      if (std::stoi(hit.attributes.front().value) >= below) continue;
      if (seen.insert(hit.item.product).second) expected.push_back(hit.item.id);
    }
    if (expected.size() > static_cast<std::size_t>(limit)) {
      expected.resize(static_cast<std::size_t>(limit));
    }
    const Result<SearchAnswer> answer =
        search(angle, options(limit, "n<" + std::to_string(below), true));
    ASSERT_TRUE(answer);
    std::vector<std::string> found;
    for (const Hit& hit : answer->hits) found.push_back(hit.item.id);
    ASSERT_EQ(found, expected) << "round " << round;
  }
}

// Labels on a line: x at 1, 2, 4; y at 3, 5; u has none.
const std::vector<Photo> kLabelled = {
    {"1", "1", .1, {{"label", "x"}, {"season", "w"}}},
    {"2", "2", .2, {{"label", "x"}}},
    {"3", "3", .31, {{"label", "y"}, {"season", "w"}}},
    {"4", "4", .43, {{"label", "x"}}},
    {"5", "5", .56, {{"label", "y"}}},
    {"6", "6", .7, {{"season", "w"}}},
};

class FilteredEvaluation : public FilteredSearch {
 protected:
  Result<Evaluation> measure(std::string queries, std::string gallery) {
    EvaluationOptions options;
    options.label = "label";
    options.k = 2;
    options.queries_where = std::move(queries);
    options.gallery_where = std::move(gallery);
    return evaluate(*collection_, options, {});
  }
};

TEST_F(FilteredEvaluation, TakesQueriesAndGalleryFromFilters) {
  open(kLabelled);
  // Query 1 among 2 3 4 5: finds 2 (right), 3. Query 3 among the same without itself: 2, 4; 5 would
  // have been right.
  const Result<Evaluation> some = measure("season=w", "NOT id IN (1, 6)");
  ASSERT_TRUE(some) << some.error().message;
  EXPECT_EQ(some->queries, 2);
  EXPECT_EQ(some->gallery, 4);
  EXPECT_DOUBLE_EQ(some->precision_at_k, (.5 + 0) / 2);
  EXPECT_DOUBLE_EQ(some->hit_rate_at_1, .5);
  EXPECT_DOUBLE_EQ(some->hit_rate_at_k, .5);
  // Query 1 has two right answers (2, 4) and found the first: AP = 1 / 2.
  EXPECT_DOUBLE_EQ(some->map_at_k, (.5 + 0) / 2);
  const double ideal = 1 + 1 / std::log2(3);
  EXPECT_NEAR(some->ndcg_at_k, (1 / ideal + 0) / 2, 1e-12);
}

TEST_F(FilteredEvaluation, CountsQueriesWithNoRightAnswerInTheGallery) {
  open(kLabelled);
  // Of x only 1 can be found, and not by itself; 3 and 5 have no right answer at all.
  const Result<Evaluation> some = measure("", "id IN (1, 6)");
  ASSERT_TRUE(some) << some.error().message;
  EXPECT_EQ(some->queries, 5);
  EXPECT_EQ(some->gallery, 2);
  EXPECT_DOUBLE_EQ(some->precision_at_k, (0 + .5 + 0 + .5 + 0) / 5);
  EXPECT_DOUBLE_EQ(some->hit_rate_at_k, .4);
  // 2 is nearer to 1 than to 6, but 4 is nearer to 6: its right answer comes second.
  EXPECT_DOUBLE_EQ(some->map_at_k, (1 + .5) / 5);
}

TEST_F(FilteredEvaluation, IsUnchangedWithoutFilters) {
  open(kLabelled);
  const Result<Evaluation> all = measure("", "");
  const Result<Evaluation> same = measure("HAS id", "HAS product");
  ASSERT_TRUE(all && same);
  EXPECT_EQ(all->queries, 5);
  EXPECT_EQ(all->gallery, 6);
  EXPECT_EQ(all->map_at_k, same->map_at_k);
  EXPECT_EQ(all->ndcg_at_k, same->ndcg_at_k);
  EXPECT_FALSE(nlohmann::json::parse(to_json(*all, {}, false)).contains("queries_where"));
  EXPECT_EQ(nlohmann::json::parse(to_json(*same, {}, false))["gallery_where"], "HAS product");
}

TEST_F(FilteredEvaluation, RefusesFiltersThatLeaveNothing) {
  open(kLabelled);
  EXPECT_EQ(measure("season=s", "").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(measure("id=6", "").error().message,
            "no item for which 'id=6' is true has the label 'label'");
  EXPECT_EQ(measure("", "id=7").error().message,
            "there is no item for which 'id=7' is true: nothing to find");
  EXPECT_EQ(measure("", "id=").error().code, ErrorCode::kInvalidArgument);
}

TEST(FacetsJson, HoldsValuesAndCounts) {
  Facets facets;
  facets.attribute = "colour";
  facets.items = 3;
  facets.distinct = 2;
  facets.values = {{"Blue", 2}};
  EXPECT_EQ(
      to_json(facets),
      R"({"attribute":"colour","items":3,"distinct":2,"values":[{"value":"Blue","count":2}]})");
}

}  // namespace
}  // namespace semblance
