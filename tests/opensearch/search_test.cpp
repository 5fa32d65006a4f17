#include <set>

#include "engine/collection.h"
#include "opensearch/engines.h"

namespace semblance::remote {

class Searches : public BothEngines {
 protected:
  void SetUp() override {
    BothEngines::SetUp();
    if (IsSkipped()) return;
    std::string table = "id,product,colour,price\n";
    for (int i = 0; i < 40; ++i) {
      write_photo("p" + std::to_string(i) + ".jpg", i);
      table += "p" + std::to_string(i) + ",product-" + std::to_string(i / 3) + "," +
               (i % 2 == 0 ? "Red" : "Blue") + "," + std::to_string(i) + "\n";
    }
    SyncOptions options;
    options.attributes = folder_.write("styles.csv", table);
    sync_both(options);
  }

  static SearchOptions options(const std::string& descriptor = "shape",
                               const std::string& metric = "", double weight = 0) {
    SearchOptions search;
    search.measure = *make_measure({descriptor, metric, weight}, true);
    return search;
  }
};

TEST_F(Searches, GiveTheSameByEveryMeasure) {
  const SearchQuery query{{}, {"p7.jpg"}};
  expect_same_answers(query, options());
  for (const double weight : {.3, 1.0}) expect_same_answers(query, options("shape", "", weight));
  for (const char* descriptor : {"colour", "histogram", "histogram-foreground"}) {
    expect_same_answers(query, options(descriptor));
  }
  expect_same_answers(query, options("shape", "euclidean"));
  SearchOptions exact = options();
  exact.exact = true;
  expect_same_answers(query, exact);
}

TEST_F(Searches, TakePhotosLikesAndUnlikes) {
  const auto there = open("there");
  const auto photo = there->describe(*read_file(photos() / "p3.jpg", 1 << 20), {});
  ASSERT_TRUE(photo);
  expect_same_answers({{**photo}}, options());
  expect_same_answers({{**photo}, {"p9.jpg"}, {"p11.jpg"}}, options());
  expect_same_answers({{**photo}}, options("shape", "", .3));
  PhotoDescriptors strange = **photo;
  strange.network ^= 1;
  expect_same_answers({{strange}}, options());
  expect_same_answers({{}, {"nobody"}}, options());
}

TEST_F(Searches, CollapseDifferPageAndLeaveOut) {
  const SearchQuery query{{}, {"p7.jpg"}};
  SearchOptions search = options();
  search.collapse = true;
  expect_same_answers(query, search);
  search.filter = "colour=Red";
  expect_same_answers(query, search);
  search = options();
  search.diversity = .5;
  search.limit = 5;
  expect_same_answers(query, search);
  search = options();
  search.min_score = .9;
  expect_same_answers(query, search);
  search = options();
  search.max_distance = .2;
  expect_same_answers(query, search);
  search = options();
  search.filter = "nothing=1";
  expect_same_answers(query, search);
}

TEST_F(Searches, PageThroughAllItemsOnce) {
  const auto there = open("there");
  for (const bool collapse : {false, true}) {
    SearchOptions search = options();
    search.limit = 4;
    search.collapse = collapse;
    std::set<std::string> seen;
    std::int64_t hits = 0;
    while (true) {
      const Result<SearchAnswer> page = there->search({{}, {"p7.jpg"}}, search);
      ASSERT_TRUE(page) << page.error().message;
      if (page->hits.empty()) break;
      for (const Hit& hit : page->hits) EXPECT_TRUE(seen.insert(hit.item.id).second) << hit.item.id;
      hits += static_cast<std::int64_t>(page->hits.size());
      const Hit& last = page->hits.back();
      search.after = PagePlace{last.closeness.score, last.item.id, hits};
    }
    EXPECT_EQ(seen.size(), collapse ? 13U : 39U);
  }
}

TEST_F(Searches, CountFacetsAndSampleItems) {
  for (const char* attribute : {"colour", "price", "product", "id"}) {
    const Result<Facets> here = open("here")->facets(attribute, "price<30", 5);
    const Result<Facets> there = open("there")->facets(attribute, "price<30", 5);
    ASSERT_TRUE(here && there) << attribute;
    EXPECT_EQ(here->items, there->items) << attribute;
    EXPECT_EQ(here->distinct, there->distinct) << attribute;
    ASSERT_EQ(here->values.size(), there->values.size());
    for (std::size_t i = 0; i < here->values.size(); ++i) {
      EXPECT_EQ(here->values[i].value, there->values[i].value);
      EXPECT_EQ(here->values[i].count, there->values[i].count);
    }
  }
  EXPECT_EQ(open("there")->facets("nothing", "", 5).error().message,
            open("here")->facets("nothing", "", 5).error().message);
  EXPECT_EQ(open("there")->sample(7, 1)->size(), 7U);
  const auto item = open("there")->item("p5.jpg");
  ASSERT_TRUE(item && *item);
  EXPECT_EQ((*item)->product, "product-1");
  EXPECT_EQ(open("there")->photo(**item)->size(), std::filesystem::file_size(photos() / "p5.jpg"));
  EXPECT_FALSE(*open("there")->item("nobody"));
}

TEST_F(Searches, SayWhatNeedsALocalCollection) {
  const Result<std::unique_ptr<CollectionReader>> reader = open_reader(data(), "there");
  ASSERT_TRUE(reader);
  const Result<Collection> local = Collection::open(data(), "there");
  ASSERT_FALSE(local);
  EXPECT_NE(local.error().message.find("semblance copy there NAME"), std::string::npos);
  SearchOptions histogram = options("histogram");
  histogram.exact = true;
  const Result<SearchAnswer> refused = open("there")->search({{}, {"p7.jpg"}}, histogram);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
}

}  // namespace semblance::remote
