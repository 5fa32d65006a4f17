// Pages of an answer, put together, are the long answer; and a search ends when it is told to.

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <random>

#include "engine/collection.h"
#include "engine/neighbours.h"
#include "engine/search_index.h"
#include "made_collection.h"
#include "support/temporary_folder.h"

namespace semblance {
namespace {

constexpr int kShape = test::FakeEmbedder::kShapeDimension;
constexpr int kNumbers = kShape + test::FakeEmbedder::kColourDimension;
constexpr int kItems = 150;

void normalise(std::vector<float>& numbers, int from, int to) {
  double norm = 0;
  for (int i = from; i < to; ++i) norm += std::pow(numbers[static_cast<std::size_t>(i)], 2);
  for (int i = from; i < to; ++i) {
    float& number = numbers[static_cast<std::size_t>(i)];
    number = static_cast<float>(static_cast<double>(number) / std::sqrt(norm));
  }
}

/// Every third item looks exactly as another one does.
class Paging : public testing::Test {
 protected:
  void SetUp() override {
    std::mt19937 random(11);
    std::normal_distribution<float> normal;
    std::vector<test::MadeItem> items;
    for (int i = 0; i < kItems; ++i) {
      PhotoDescriptors numbers;
      if (i % 3 == 2) {
        numbers = items[random() % items.size()].numbers;
      } else {
        for (int j = 0; j < kNumbers; ++j) numbers.embedding.push_back(normal(random));
        normalise(numbers.embedding, 0, kShape);
        normalise(numbers.embedding, kShape, kNumbers);
        numbers.histogram.assign(kHistogramDimension, 0);
        numbers.histogram[random() % 8] = 1;
        numbers.histogram_foreground = numbers.histogram;
      }
      items.push_back({"item " + std::to_string(i * 37 % kItems),
                       "product " + std::to_string(random() % 40),
                       numbers,
                       {{"size", std::to_string(i % 4)}}});
    }
    ASSERT_TRUE(test::write_collection(folder_.path(), items));
    drop_items();
  }

  /// Rows that belong to no item.
  void drop_items() const {
    const auto catalogue = Catalogue::open(files_.catalogue(), Database::Mode::kWrite);
    ASSERT_TRUE(catalogue);
    ASSERT_TRUE(catalogue->database().execute("DELETE FROM item WHERE key % 11 = 5"));
  }
  void index(std::int64_t graph_from_rows) const {
    const auto catalogue = Catalogue::open(files_.catalogue(), Database::Mode::kWrite);
    ASSERT_TRUE(catalogue);
    SearchIndexOptions options;
    options.graph_from_rows = graph_from_rows;
    ASSERT_TRUE(update_search_index(files_, *catalogue, options));
  }
  [[nodiscard]] Collection open() const { return *Collection::open(folder_.path(), "default"); }

  static std::vector<SearchOptions> all_options() {
    std::vector<SearchOptions> all;
    for (const double colour_weight : {0.0, 0.4}) {
      SearchOptions options;
      options.measure = neighbour_measure(colour_weight);
      all.push_back(options);
      options.collapse = true;
      all.push_back(options);
      options.filter = "size <= 1";
      all.push_back(options);
      options.collapse = false;
      all.push_back(options);
      options.min_score = .45;
      all.push_back(options);
      options.max_distance = .5;
      all.push_back(options);
      options.filter.clear();
      options.collapse = true;
      all.push_back(options);
    }
    SearchOptions histogram;
    histogram.measure = *make_measure({"histogram", "emd", 0}, true);
    all.push_back(histogram);
    histogram.collapse = true;
    all.push_back(histogram);
    return all;
  }

  using Hits = std::vector<std::pair<std::string, double>>;
  static Hits hits_of(const Result<SearchAnswer>& answer) {
    EXPECT_TRUE(answer) << answer.error().message;
    Hits hits;
    for (const Hit& hit : answer->hits) hits.emplace_back(hit.item.id, hit.closeness.score);
    return hits;
  }

  static Hits in_pages(const Collection& collection, const SearchQuery& query,
                       SearchOptions options, int limit) {
    options.limit = limit;
    Hits all;
    while (all.size() < 2 * kItems) {
      const Hits page = hits_of(collection.search(query, options));
      all.insert(all.end(), page.begin(), page.end());
      if (page.size() < static_cast<std::size_t>(limit)) break;
      options.after =
          PagePlace{all.back().second, all.back().first, static_cast<std::int64_t>(all.size())};
    }
    return all;
  }

  void expect_pages_add_up(bool exact) const {
    const Collection collection = open();
    for (SearchOptions options : all_options()) {
      options.exact = exact;
      options.limit = kItems;
      for (const SearchQuery& query :
           {SearchQuery{{}, {"item 41"}}, SearchQuery{{}, {"item 3", "item 8"}, {"item 2"}}}) {
        const Hits whole = hits_of(collection.search(query, options));
        for (const int limit : {1, 7, 50}) {
          EXPECT_EQ(in_pages(collection, query, options, limit), whole)
              << options.filter << " " << options.collapse << " " << options.min_score << " "
              << limit;
        }
      }
    }
  }

  test::TemporaryFolder folder_;
  const CollectionFiles files_{folder_.path(), "default"};
};

TEST_F(Paging, AddsUpComparingAll) {
  expect_pages_add_up(false);
}

TEST_F(Paging, AddsUpByCodes) {
  index(1000);
  expect_pages_add_up(false);
}

TEST_F(Paging, AddsUpByAGraph) {
  index(40);
  expect_pages_add_up(false);
  expect_pages_add_up(true);
}

TEST_F(Paging, AddsUpByTheNeighbourTable) {
  index(1000);
  for (const int limit : {5, 60, 1000}) {
    ASSERT_TRUE(build_neighbours(folder_.path(), "default", {limit, .4, 2}, {}));
    expect_pages_add_up(false);
  }
}

TEST_F(Paging, TheTableGivesPagesAsFarAsItGoes) {
  ASSERT_TRUE(build_neighbours(folder_.path(), "default", {100, 0, 2}, {}));
  const Collection collection = open();
  SearchOptions options;
  options.measure = neighbour_measure(0);
  Hits hits = hits_of(collection.similar("item 41", options));
  options.after = PagePlace{hits.back().second, hits.back().first, 10};
  const auto second = collection.similar("item 41", options);
  ASSERT_TRUE(second);
  EXPECT_EQ(method_name(second->explanation.method), "table");
  EXPECT_EQ(second->hits.size(), 10U);
}

TEST_F(Paging, PlacesThatAreNoneAreRefused) {
  const Collection collection = open();
  SearchOptions options;
  options.after = PagePlace{.5, "item 3", 10};
  options.diversity = .5;
  EXPECT_EQ(collection.similar("item 41", options).error().code, ErrorCode::kInvalidArgument);
  options.diversity = 0;
  for (const double score : {-.1, 1.1, std::nan("")}) {
    options.after->score = score;
    EXPECT_EQ(collection.similar("item 41", options).error().code, ErrorCode::kInvalidArgument);
  }
  options.after = PagePlace{.5, "", -1};
  EXPECT_EQ(collection.similar("item 41", options).error().code, ErrorCode::kInvalidArgument);
  // Behind everything, from anywhere.
  options.after = PagePlace{0, "zzz", std::int64_t{1} << 60};
  EXPECT_TRUE(hits_of(collection.similar("item 41", options)).empty());
  options.after.reset();
  options.max_distance = -1;
  EXPECT_EQ(collection.similar("item 41", options).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(Paging, TheLargestDistanceIsADistanceOfTheMetric) {
  const Collection collection = open();
  SearchOptions options;
  options.limit = kItems;
  const auto all = collection.similar("item 41", options);
  ASSERT_TRUE(all);
  options.max_distance = all->hits[20].closeness.distance;
  const auto some = collection.similar("item 41", options);
  ASSERT_TRUE(some);
  EXPECT_GE(some->hits.size(), 21U);
  for (const Hit& hit : some->hits) EXPECT_LE(hit.closeness.distance, *options.max_distance);
}

TEST_F(Paging, ASearchThatIsGivenUpEnds) {
  const std::atomic<bool> cancelled{true};
  for (const bool with_codes : {false, true}) {
    if (with_codes) index(40);
    const Collection collection = open();
    for (SearchOptions options : all_options()) {
      options.cancelled = &cancelled;
      const auto answer = collection.similar("item 41", options);
      ASSERT_FALSE(answer);
      EXPECT_EQ(answer.error().code, ErrorCode::kCancelled);
    }
  }
}

TEST_F(Paging, IndicesLookAtTheStopFlag) {
  index(40);
  const Collection collection = open();
  const SearchIndex search_index(files_, collection.set(), collection.vectors().embedding());
  ASSERT_NE(search_index.exact(), nullptr);
  ASSERT_NE(search_index.graph(), nullptr);
  const std::atomic<bool> stop{true};
  Bitmap few(kItems);
  few.add(3);
  IndexQuery query{collection.vectors().embedding().row(0), 10};
  query.stop = &stop;
  for (const Bitmap* allowed : {static_cast<const Bitmap*>(nullptr), &std::as_const(few)}) {
    query.allowed = allowed;
    EXPECT_EQ(search_index.exact()->search(query).error().code, ErrorCode::kCancelled);
    EXPECT_EQ(search_index.graph()->search(query).error().code, ErrorCode::kCancelled);
  }
  // Of queries that go together, only that one ends.
  std::vector<IndexQuery> queries(3, IndexQuery{collection.vectors().embedding().row(0), 10});
  queries[1].stop = &stop;
  const auto answers = search_index.exact()->search_together(queries);
  EXPECT_TRUE(answers[0]);
  EXPECT_FALSE(answers[1]);
  EXPECT_TRUE(answers[2]);
  EXPECT_EQ(answers[2]->best.size(), 10U);
}

}  // namespace
}  // namespace semblance
