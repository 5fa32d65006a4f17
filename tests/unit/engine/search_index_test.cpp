// Searches by codes and by a graph give what comparing everything gives.

#include "engine/search_index.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "engine/doctor.h"
#include "engine/neighbours.h"
#include "sync_fixture.h"

namespace semblance {
namespace {

constexpr int kPhotos = 60;

class SearchIndexTest : public test::SyncFixture {
 protected:
  void SetUp() override {
    SyncFixture::SetUp();
    add_photos(kPhotos);
    add_photo("copy-of-5.jpg", 5);
    sync();
  }
  std::filesystem::path caches() const {
    return data() / "collections" / "default" / "vectors" / std::to_string(open().set().key);
  }
  /// Ids and scores of the items like one, by whatever is there.
  std::vector<std::pair<std::string, double>> similar(const std::string& id,
                                                      const SearchOptions& options,
                                                      std::string_view method) const {
    const auto answer = open().similar(id, options);
    if (!answer) {
      ADD_FAILURE() << answer.error().message;
      return {};
    }
    EXPECT_EQ(method_name(answer->explanation.method), method);
    std::vector<std::pair<std::string, double>> hits;
    for (const Hit& hit : answer->hits) hits.emplace_back(hit.item.id, hit.closeness.score);
    return hits;
  }
  std::vector<SearchOptions> all_options() const {
    std::vector<SearchOptions> all;
    for (const double colour_weight : {0.0, 0.3, 1.0}) {
      SearchOptions options;
      options.limit = 12;
      options.measure = *make_measure({"", "", colour_weight}, true);
      all.push_back(options);
      options.collapse = true;
      all.push_back(options);
      options.min_score = 0.9;
      all.push_back(options);
      options.collapse = false;
      options.min_score = 0;
      options.filter = "id>='3'";
      all.push_back(options);
      options.diversity = 0.5;
      all.push_back(options);
    }
    SearchOptions colour;
    colour.measure = *make_measure({"colour", "", 0}, true);
    all.push_back(colour);
    return all;
  }
};

TEST_F(SearchIndexTest, CodesGiveWhatComparingAllGives) {
  for (const SearchOptions& options : all_options()) {
    for (const char* id : {"0.jpg", "5.jpg", "17.jpg"}) {
      const auto by_codes = similar(id, options, "exact");
      const std::filesystem::path hidden = caches() / "hidden";
      std::filesystem::rename(caches() / "embedding.codes", hidden);
      EXPECT_EQ(by_codes, similar(id, options, "compare-all")) << id << " " << options.filter;
      std::filesystem::rename(hidden, caches() / "embedding.codes");
    }
  }
}

TEST_F(SearchIndexTest, AGraphIsBuiltFromItsNumberOfRowsAndGivesAllHits) {
  options_.graph_from_rows = 40;
  sync();
  ASSERT_TRUE(std::filesystem::exists(caches() / "embedding.graph"));
  SearchOptions options;
  options.limit = kPhotos + 1;
  const auto all = similar("0.jpg", options, "graph");
  EXPECT_EQ(all.size(), static_cast<std::size_t>(kPhotos));
  options.exact = true;
  EXPECT_EQ(similar("0.jpg", options, "exact"), all);
  // A recall that was not reached in the calibration is not promised.
  options.exact = false;
  options.recall_target = 1.1;
  EXPECT_EQ(similar("0.jpg", options, "exact"), all);
  // The next sync without one removes it.
  options_.graph_from_rows.reset();
  sync();
  EXPECT_FALSE(std::filesystem::exists(caches() / "embedding.graph"));
}

TEST_F(SearchIndexTest, FollowsWhatIsAddedAndRemoved) {
  for (int i = 0; i < 8; ++i) std::filesystem::remove(photos() / (std::to_string(i * 3) + ".jpg"));
  add_photo("fresh.jpg", 99);
  options_.compact_from_rows = 1000;
  sync();
  const auto answer = open().search(SearchQuery{{describe(photos() / "fresh.jpg")}}, {});
  ASSERT_TRUE(answer);
  EXPECT_EQ(method_name(answer->explanation.method), "exact");
  EXPECT_EQ(answer->explanation.allowed, kPhotos + 1 - 8 + 1);
  ASSERT_FALSE(answer->hits.empty());
  EXPECT_EQ(answer->hits[0].item.id, "fresh.jpg");
  EXPECT_EQ(answer->hits[0].closeness.score, 1);
}

TEST_F(SearchIndexTest, AReaderKeepsItsStateWhileASyncGoesOn) {
  const Collection before = open();
  add_photo("fresh.jpg", 99);
  sync();
  SearchOptions options;
  options.limit = 1000;
  EXPECT_EQ(before.similar("1.jpg", options)->hits.size(), static_cast<std::size_t>(kPhotos));
  EXPECT_EQ(open().similar("1.jpg", options)->hits.size(), static_cast<std::size_t>(kPhotos) + 1);
}

TEST_F(SearchIndexTest, NeighboursThatAreSavedAreThoseOfASearch) {
  NeighbourOptions table;
  table.limit = 10;
  ASSERT_TRUE(build_neighbours(data(), "default", table, {}));
  SearchOptions options;
  for (const char* id : {"0.jpg", "5.jpg", "copy-of-5.jpg", "31.jpg"}) {
    for (const int limit : {1, 5, 9}) {
      options.limit = limit;
      options.exact = false;
      options.measure.colour_weight = 0;
      const auto saved = similar(id, options, "table");
      // Another measure is not in the table, and neither are more hits than it holds.
      options.filter = "id<>'nothing'";
      EXPECT_EQ(similar(id, options, "exact"), saved) << id;
      options.filter.clear();
      options.limit = 11;
      EXPECT_EQ(similar(id, options, "exact").size(), 11U);
    }
  }
  // A sync keeps it up.
  add_photo("fresh.jpg", 5);
  sync();
  options.limit = 3;
  EXPECT_EQ(similar("5.jpg", options, "table").size(), 3U);
  EXPECT_EQ(similar("fresh.jpg", options, "table")[0].second, 1);
}

TEST_F(SearchIndexTest, DamageIsFoundAndRepaired) {
  const std::filesystem::path codes = caches() / "embedding.codes";
  {
    std::fstream file(codes, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-3, std::ios::end);
    file.put('\x55');
  }
  const auto examined = examine_collection(data(), "default", false);
  ASSERT_TRUE(examined);
  ASSERT_EQ(examined->findings.size(), 1U);
  EXPECT_EQ(examined->findings[0].check, "search-index");
  EXPECT_TRUE(examine_collection(data(), "default", true)->healthy());
  EXPECT_FALSE(std::filesystem::exists(codes));
  SearchOptions options;
  const auto without = similar("1.jpg", options, "compare-all");
  sync();
  EXPECT_EQ(similar("1.jpg", options, "exact"), without);
  EXPECT_TRUE(examine_collection(data(), "default", false)->findings.empty());
}

TEST_F(SearchIndexTest, OtherMeasuresAreCompared) {
  SearchOptions options;
  options.measure = *make_measure({"histogram", "", 0}, true);
  similar("1.jpg", options, "compare-all");
  options.measure = *make_measure({"shape", "euclidean", 0}, true);
  similar("1.jpg", options, "compare-all");
}

TEST(ChoosePlan, MixesShapeAndColourIntoOneVector) {
  const std::vector<float> embedding = {0.6F, 0.8F, 1.0F};
  const std::vector<float> histogram = {1};
  const DescriptorSpans query{embedding, histogram, histogram};
  Measure measure = *make_measure({"", "", 0.25}, true);
  const auto mixed = inner_product_query(measure, 2, query);
  ASSERT_TRUE(mixed);
  EXPECT_FLOAT_EQ((*mixed)[0], 0.45F);
  EXPECT_FLOAT_EQ((*mixed)[1], 0.6F);
  EXPECT_FLOAT_EQ((*mixed)[2], 0.25F);
  // With a histogram as colour part there is no such vector.
  EXPECT_FALSE(inner_product_query(*make_measure({"", "", 0.25}, false), 2, query));
  EXPECT_FALSE(inner_product_query(*make_measure({"histogram", "", 0}, true), 2, query));
}

}  // namespace
}  // namespace semblance
