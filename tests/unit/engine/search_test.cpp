#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/collection.h"
#include "engine/sync.h"
#include "support/picture_writers.h"
#include "sync_fixture.h"

namespace semblance {
namespace {

namespace fs = std::filesystem;

class Search : public test::SyncFixture {
 protected:
  static std::vector<std::string> ids_of(const SearchAnswer& answer) {
    std::vector<std::string> ids;
    for (const Hit& hit : answer.hits) ids.push_back(hit.item.id);
    return ids;
  }
  SearchAnswer answer_for(const fs::path& photo, const SearchOptions& options) const {
    const PhotoDescriptors query = describe(photo);
    const auto answer = open().search({&query, 1}, options);
    if (!answer) throw std::runtime_error(answer.error().message);
    return *answer;
  }
};

TEST_F(Search, OrdersByScoreAndSaysHowItSearched) {
  add_photos(12);
  options_.attributes = folder_.write("styles.csv", "id,type\n3,Shirt\n");
  sync();
  const SearchAnswer answer = answer_for(photos() / "3.jpg", {5, {}});
  EXPECT_EQ(answer.collection, "default");
  EXPECT_EQ(answer.model, "first");
  EXPECT_EQ(answer.limit, 5);
  EXPECT_GE(answer.took_ms, 0);
  ASSERT_EQ(answer.hits.size(), 5U);
  EXPECT_EQ(answer.hits[0].item.id, "3.jpg");
  EXPECT_EQ(answer.hits[0].attributes, (Attributes{{"type", "Shirt"}}));
  EXPECT_EQ(answer.hits[0].item.width, 72);
  for (std::size_t i = 0; i < answer.hits.size(); ++i) {
    const Closeness& closeness = answer.hits[i].closeness;
    EXPECT_EQ(answer.hits[i].rank, static_cast<int>(i) + 1);
    EXPECT_GE(closeness.score, 0);
    EXPECT_NEAR(closeness.score, 1 - closeness.distance / 2, 1e-12);
    if (i > 0) {
      EXPECT_LE(closeness.score, answer.hits[i - 1].closeness.score);
      EXPECT_LT(closeness.score, 1);
    }
  }
}

TEST_F(Search, AgreesWithComparingEveryItem) {
  add_photos(25);
  sync();
  const Collection collection = open();
  const PhotoDescriptors query = describe(photos() / "7.jpg");
  const DescriptorSpans spans{query.embedding, query.histogram, query.histogram_foreground};
  for (const MeasureNames& names :
       {MeasureNames{}, MeasureNames{"", "euclidean", 0}, MeasureNames{"colour", "", 0},
        MeasureNames{"histogram", "", 0}, MeasureNames{"histogram", "emd", 0},
        MeasureNames{"histogram-foreground", "hellinger", 0}, MeasureNames{"", "", 0.4},
        MeasureNames{"", "", 0.4, "histogram", "emd"}}) {
    const Measure measure = *make_measure(names, true);
    const Scorer scorer(measure, collection.set().shape_dimension, spans);
    std::vector<std::pair<double, std::string>> expected;
    for (std::size_t row = 0; row < collection.keys_by_row().size(); ++row) {
      const auto item = collection.catalogue().item(collection.keys_by_row()[row]);
      ASSERT_TRUE(item && *item);
      expected.emplace_back(
          -scorer.compare(collection.vectors().row(static_cast<std::int64_t>(row))).score,
          (*item)->id);
    }
    std::sort(expected.begin(), expected.end());
    const auto answer = collection.search({&query, 1}, {10, measure});
    ASSERT_TRUE(answer);
    for (std::size_t i = 0; i < 10; ++i) {
      EXPECT_EQ(answer->hits[i].item.id, expected[i].second);
      EXPECT_EQ(answer->hits[i].closeness.score, -expected[i].first);
    }
  }
}

TEST_F(Search, AnIdenticalPhotoScoresOneInEveryFormat) {
  std::vector<std::string> names;
  for (const test::PictureFile& file : test::make_picture_files()) {
    if (file.error) continue;
    const std::string_view bytes(reinterpret_cast<const char*>(file.bytes.data()),
                                 file.bytes.size());
    static_cast<void>(add_file(file.name, bytes));
    names.push_back(file.name);
  }
  sync();
  for (const std::string& name : names) {
    const SearchAnswer answer = answer_for(photos() / name, {100, {}});
    const auto self = std::find_if(answer.hits.begin(), answer.hits.end(),
                                   [&](const Hit& hit) { return hit.item.id == name; });
    ASSERT_NE(self, answer.hits.end()) << name;
    EXPECT_EQ(self->closeness.score, 1) << name;
    EXPECT_EQ(self->closeness.distance, 0) << name;
  }
}

TEST_F(Search, OneChangedPixelScoresLessThanOne) {
  const auto write = [&](const std::string& name, const Image& image) {
    const Bytes bytes = test::write_bmp(image, test::BmpKind::kRgb24);
    return folder_.write(name, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  };
  Image scene = test::make_scene();
  write("photos/scene.bmp", scene);
  sync();
  scene.row(50)[30 * 3] ^= 1;
  const fs::path changed = write("changed.bmp", scene);
  for (const Measure& measure : {Measure{}, Measure{Descriptor::kColour, Metric::kCosine, 0},
                                 Measure{Descriptor::kShape, Metric::kEuclidean, 0},
                                 Measure{Descriptor::kShape, Metric::kCosine, 0.5}}) {
    EXPECT_EQ(answer_for(photos() / "scene.bmp", {1, measure}).hits[0].closeness.score, 1);
    EXPECT_LT(answer_for(changed, {1, measure}).hits[0].closeness.score, 1);
  }
}

TEST_F(Search, TiesAreOrderedById) {
  // Copies come into the catalogue in one order of names and later in another.
  for (const char* name : {"m.jpg", "z.jpg"}) add_photo(name, 1);
  sync();
  for (const char* name : {"a.jpg", "k.jpg", "Z.jpg"}) add_photo(name, 1);
  add_photo("other.jpg", 2);
  sync();
  const std::vector<std::string> order{"Z.jpg", "a.jpg", "k.jpg", "m.jpg", "z.jpg", "other.jpg"};
  EXPECT_EQ(search(photos() / "m.jpg", 6), order);
  for (int limit = 1; limit < 6; ++limit) {
    EXPECT_EQ(search(photos() / "m.jpg", limit),
              (std::vector<std::string>(order.begin(), order.begin() + limit)));
  }
}

TEST_F(Search, TheLimitMayExceedTheCollectionButNotBeNone) {
  add_photos(3);
  sync();
  EXPECT_EQ(search(photos() / "1.jpg", 1).size(), 1U);
  EXPECT_EQ(search(photos() / "1.jpg", 2'000'000'000).size(), 3U);
  const PhotoDescriptors query = describe(photos() / "1.jpg");
  for (const int limit : {0, -1}) {
    EXPECT_EQ(open().search({&query, 1}, {limit, {}}).error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(open().similar("1.jpg", {limit, {}}).error().code, ErrorCode::kInvalidArgument);
  }
}

TEST_F(Search, SeveralPhotosAreOrderedByTheMeanOfTheirScores) {
  add_photos(10);
  sync();
  const std::vector<PhotoDescriptors> queries{describe(photos() / "2.jpg"),
                                              describe(photos() / "5.jpg")};
  const Collection collection = open();
  const auto both = collection.search(queries, {10, {}});
  const auto first = collection.search({queries.data(), 1}, {10, {}});
  const auto second = collection.search({&queries[1], 1}, {10, {}});
  ASSERT_TRUE(both && first && second);
  const auto score_in = [](const SearchAnswer& answer, const std::string& id) {
    for (const Hit& hit : answer.hits) {
      if (hit.item.id == id) return hit.closeness.score;
    }
    return -1.0;
  };
  ASSERT_EQ(both->hits.size(), 10U);
  double before = 2;
  for (const Hit& hit : both->hits) {
    const double mean = score_in(*first, hit.item.id) + score_in(*second, hit.item.id);
    EXPECT_LE(mean, before + 1e-6);
    EXPECT_LT(hit.closeness.score, 1);
    before = mean;
  }
  const std::vector<PhotoDescriptors> twice{queries[0], queries[0]};
  const auto same = collection.search(twice, {1, {}});
  ASSERT_TRUE(same);
  EXPECT_EQ(same->hits[0].closeness.score, 1);
  EXPECT_EQ(collection.search(SearchQuery{}, {}).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(Search, ColourTakesPartByWeight) {
  for (const bool with_colour : {true, false}) {
    options_.model = add_network(with_colour ? "colourful" : "plain", "1", with_colour);
    add_photos(8);
    sync();
    ASSERT_EQ(open().has_colour(), with_colour);
    for (const double weight : {0.0, 0.5, 1.0}) {
      const Measure measure = *make_measure({"", "", weight}, with_colour);
      const SearchAnswer answer = answer_for(photos() / "4.jpg", {8, measure});
      EXPECT_EQ(answer.hits[0].item.id, "4.jpg");
      EXPECT_EQ(answer.hits[0].closeness.score, 1);
      for (const Hit& hit : answer.hits) {
        const Closeness& parts = hit.closeness;
        if (weight == 0) {
          EXPECT_EQ(parts.shape_score, 0);
          continue;
        }
        EXPECT_NEAR(parts.score, (1 - weight) * parts.shape_score + weight * parts.colour_score,
                    1e-12);
        EXPECT_DOUBLE_EQ(parts.distance, 1 - parts.score);
      }
    }
  }
}

TEST_F(Search, SimilarLeavesTheItemItselfOut) {
  add_photos(5);
  add_photo("twin.jpg", 2);
  sync();
  const auto answer = open().similar("2.jpg", {10, {}});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->hits.size(), 5U);
  EXPECT_EQ(answer->hits[0].item.id, "twin.jpg");
  EXPECT_EQ(answer->hits[0].closeness.score, 1);
  for (const Hit& hit : answer->hits) EXPECT_NE(hit.item.id, "2.jpg");
  // As many as asked for, although one is left out.
  EXPECT_EQ(open().similar("2.jpg", {5, {}})->hits.size(), 5U);
}

TEST_F(Search, AnUnknownItemIsNotFound) {
  add_photos(2);
  static_cast<void>(add_file("broken.jpg", "no photo"));
  sync();
  for (const char* id : {"none.jpg", "", "broken.jpg"}) {
    const auto answer = open().similar(id, {});
    ASSERT_FALSE(answer) << id;
    EXPECT_EQ(answer.error().code, ErrorCode::kNotFound);
  }
}

TEST_F(Search, RemovedAndChangedItemsAreNotFoundByWhatTheyWere) {
  add_photos(10);
  sync();
  fs::remove(photos() / "3.jpg");
  add_photo("4.jpg", 60);
  sync();
  const fs::path old = folder_.path() / "old.jpg";
  const Bytes bytes = encode_jpeg(test::make_scene(3), 90);
  ASSERT_TRUE(write_file_atomically(old, bytes));
  const SearchAnswer answer = answer_for(old, {20, {}});
  EXPECT_EQ(answer.hits.size(), 9U);
  EXPECT_LT(answer.hits[0].closeness.score, 1);
}

TEST_F(Search, AnItemRemovedSinceTheCollectionWasOpenedIsLeftOut) {
  add_photos(10);
  sync();
  const Collection before = open();
  fs::remove(photos() / "3.jpg");
  sync();
  const auto answer = before.similar("4.jpg", {10, {}});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->hits.size(), 8U);
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(answer->hits[i].rank, static_cast<int>(i) + 1);
}

TEST_F(Search, WithoutACollectionTheMessageSaysWhatThereIs) {
  const auto none = Collection::open(data(), "default");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kNotFound);
  add_photos(1);
  sync();
  const auto other = Collection::open(data(), "shoes");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::kNotFound);
  EXPECT_NE(other.error().message.find("there are: default"), std::string::npos);
  EXPECT_FALSE(fs::exists(data() / "collections" / "shoes"));
  EXPECT_EQ(Collection::open(data(), "../default").error().code, ErrorCode::kInvalidArgument);
}

TEST_F(Search, AnEmptyCollectionHasNoHits) {
  sync();
  const test::TemporaryFolder elsewhere;
  const Bytes bytes = encode_jpeg(test::make_scene(3), 90);
  ASSERT_TRUE(write_file_atomically(elsewhere.path() / "q.jpg", bytes));
  EXPECT_TRUE(answer_for(elsewhere.path() / "q.jpg", {}).hits.empty());
}

}  // namespace
}  // namespace semblance
