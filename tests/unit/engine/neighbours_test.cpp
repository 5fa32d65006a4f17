#include "engine/neighbours.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <random>

#include "engine/collection.h"
#include "engine/doctor.h"
#include "engine/neighbour_export.h"
#include "made_collection.h"
#include "support/temporary_folder.h"

namespace semblance {
namespace {

constexpr auto kNoIds = [](std::int64_t) { return std::string_view(); };

constexpr int kShape = test::FakeEmbedder::kShapeDimension;
constexpr int kNumbers = kShape + test::FakeEmbedder::kColourDimension;
constexpr int kItems = 120;

class Neighbours : public testing::Test {
 protected:
  void SetUp() override {
    std::mt19937 random(4);
    std::normal_distribution<float> normal;
    std::vector<test::MadeItem> items;
    for (int i = 0; i < kItems; ++i) {
      PhotoDescriptors numbers;
      if (i % 9 == 8) {
        numbers = items[random() % items.size()].numbers;  // an equal photo
      } else {
        for (int j = 0; j < kNumbers; ++j) numbers.embedding.push_back(normal(random));
        normalise(numbers.embedding, 0, kShape);
        normalise(numbers.embedding, kShape, kNumbers);
        numbers.histogram.assign(kHistogramDimension, 1.F / kHistogramDimension);
        numbers.histogram_foreground = numbers.histogram;
      }
      // Ids in another order than rows.
      items.push_back({id_of(i), "product " + std::to_string(i / 2), numbers});
    }
    ASSERT_TRUE(test::write_collection(data(), items));
  }

  static void normalise(std::vector<float>& numbers, int from, int to) {
    double norm = 0;
    for (int i = from; i < to; ++i) norm += std::pow(numbers[static_cast<std::size_t>(i)], 2);
    for (int i = from; i < to; ++i) {
      float& number = numbers[static_cast<std::size_t>(i)];
      number = static_cast<float>(static_cast<double>(number) / std::sqrt(norm));
    }
  }
  static std::string id_of(int i) { return std::to_string(i * 37 % kItems) + ".jpg"; }

  [[nodiscard]] std::filesystem::path data() const { return folder_.path() / "data"; }
  [[nodiscard]] std::filesystem::path path() const {
    return data() / "collections" / "default" / "vectors" / "1" / "neighbours.table";
  }
  [[nodiscard]] std::string content(const std::filesystem::path& file) const {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  [[nodiscard]] Result<NeighbourReport> build(int limit, double weight) const {
    return build_neighbours(data(), "default", {limit, weight, 2}, {});
  }
  [[nodiscard]] Collection open() const { return *Collection::open(data(), "default"); }
  [[nodiscard]] Result<NeighbourTable> table_of(const Collection& collection) const {
    return NeighbourTable::open(CollectionFiles(data(), "default"), collection.set(),
                                collection.keys_by_row(), collection.vectors().embedding());
  }
  void change(const std::string& sql) const {
    const auto catalogue =
        Catalogue::open(CollectionFiles(data(), "default").catalogue(), Database::Mode::kWrite);
    ASSERT_TRUE(catalogue);
    ASSERT_TRUE(catalogue->database().execute(sql));
  }
  [[nodiscard]] Result<std::optional<NeighbourReport>> update() const {
    const CollectionFiles files(data(), "default");
    const auto catalogue = Catalogue::open(files.catalogue(), Database::Mode::kWrite);
    return update_neighbours(files, *catalogue, 2, {});
  }
  static SearchOptions options_of(int limit, double weight) {
    SearchOptions options;
    options.limit = limit;
    options.measure = neighbour_measure(weight);
    return options;
  }

  /// How many rows the table answers, each as a search does, bit for bit.
  int expect_like_searches(const SearchOptions& options) const {
    const Collection collection = open();
    const Result<NeighbourTable> table = table_of(collection);
    EXPECT_TRUE(table);
    if (!table) return 0;
    const auto id = [&](std::int64_t row) {
      const auto item =
          collection.catalogue().item(collection.keys_by_row()[static_cast<std::size_t>(row)]);
      return (*item)->id;
    };
    int answered = 0;
    for (std::int64_t row = 0; row < collection.set().rows; ++row) {
      if (collection.keys_by_row()[static_cast<std::size_t>(row)] == 0) continue;
      std::map<std::int64_t, std::string> ids;
      const auto hits = table->neighbours_of(row, options, [&](std::int64_t one) {
        return std::string_view(ids.try_emplace(one, id(one)).first->second);
      });
      if (!hits) continue;
      ++answered;
      const Result<SearchAnswer> answer = collection.similar(id(row), options);
      EXPECT_TRUE(answer);
      EXPECT_EQ(hits->size(), answer->hits.size());
      for (std::size_t i = 0; i < std::min(hits->size(), answer->hits.size()); ++i) {
        EXPECT_EQ(id((*hits)[i].row), answer->hits[i].item.id);
        EXPECT_EQ((*hits)[i].score, answer->hits[i].closeness.score);
      }
    }
    return answered;
  }

  test::TemporaryFolder folder_;
};

TEST_F(Neighbours, AreWhatSearchesFind) {
  for (const double weight : {0.0, .3, 1.0}) {
    const auto report = build(8, weight);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->items, kItems);
    EXPECT_EQ(report->searched, kItems);
    EXPECT_TRUE(report->exact);
    SearchOptions options = options_of(5, weight);
    EXPECT_EQ(expect_like_searches(options), kItems);
    options.limit = 8;
    EXPECT_GT(expect_like_searches(options), kItems / 2);
    options.min_score = .6;
    EXPECT_GT(expect_like_searches(options), kItems / 2);
  }
}

TEST_F(Neighbours, AreNotForOtherQuestions) {
  ASSERT_TRUE(build(8, .3));
  const Collection collection = open();
  const auto table = table_of(collection);
  ASSERT_TRUE(table);
  EXPECT_EQ(table->settings().limit, 8);
  EXPECT_EQ(table->settings().colour_weight, .3);
  const auto answers = [&](auto&& changed) {
    SearchOptions options = options_of(5, .3);
    changed(options);
    return table->neighbours_of(3, options, kNoIds).has_value();
  };
  EXPECT_TRUE(answers([](SearchOptions&) {}));
  EXPECT_FALSE(answers([](SearchOptions& options) { options.limit = 9; }));
  EXPECT_FALSE(answers([](SearchOptions& options) { options.filter = "a = 1"; }));
  EXPECT_FALSE(answers([](SearchOptions& options) { options.collapse = true; }));
  EXPECT_FALSE(answers([](SearchOptions& options) { options.diversity = .1; }));
  EXPECT_FALSE(answers([](SearchOptions& options) { options.measure.colour_weight = 0; }));
  EXPECT_FALSE(
      answers([](SearchOptions& options) { options.measure.metric = Metric::kEuclidean; }));
  EXPECT_FALSE(answers([](SearchOptions& options) {
    options.measure.colour_descriptor = Descriptor::kHistogramForeground;
  }));
  EXPECT_FALSE(table->neighbours_of(-1, options_of(5, .3), kNoIds));
  EXPECT_FALSE(table->neighbours_of(kItems, options_of(5, .3), kNoIds));
}

TEST_F(Neighbours, AreKeptUpWhereItemsGoAndAreRenamed) {
  EXPECT_FALSE(*update()) << "nobody wanted a table";
  ASSERT_TRUE(build(6, .2));
  EXPECT_EQ((*build_neighbours(data(), "default", {}, {})).searched, 0) << "it is current";
  change("DELETE FROM vector WHERE item IN (SELECT key FROM item WHERE id IN ('7.jpg', '9.jpg'))");
  EXPECT_EQ(table_of(open()).error().code, ErrorCode::kConflict);
  change("UPDATE item SET id = '0-renamed' WHERE id = '50.jpg'");
  const auto updated = update();
  ASSERT_TRUE(updated && *updated);
  EXPECT_GT((*updated)->searched, 0);
  EXPECT_LT((*updated)->searched, kItems / 2);
  EXPECT_EQ((*updated)->items, kItems - 2);
  const std::string kept_up = content(path());
  std::filesystem::remove(path());
  ASSERT_TRUE(build(6, .2));
  EXPECT_EQ(content(path()), kept_up);
  EXPECT_EQ(expect_like_searches(options_of(4, .2)), kItems - 2);
}

TEST_F(Neighbours, OfARenamedItemStayRightWithoutAnUpdate) {
  ASSERT_TRUE(build(6, 0));
  for (int i = 0; i < kItems; i += 3) {
    change("UPDATE item SET id = 'z' || id WHERE id = '" + id_of(i) + "'");
  }
  EXPECT_GT(expect_like_searches(options_of(6, 0)), kItems / 2);
}

TEST_F(Neighbours, DamageIsSeenAndRepaired) {
  ASSERT_TRUE(build(6, 0));
  const std::string sound = content(path());
  {
    std::fstream file(path(), std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(4096 + kItems * 8 + 7 * 8 * 3);  // the first neighbour of row 3
    file.put('\x55');
  }
  const Collection collection = open();
  const auto table = table_of(collection);
  ASSERT_TRUE(table);
  EXPECT_FALSE(table->neighbours_of(3, options_of(4, 0), kNoIds));
  EXPECT_TRUE(table->neighbours_of(4, options_of(4, 0), kNoIds));
  const auto trouble =
      trouble_with_neighbours(CollectionFiles(data(), "default"), collection.catalogue());
  ASSERT_TRUE(trouble && *trouble);
  EXPECT_EQ((*trouble)->code, ErrorCode::kCorrupt);
  const auto report = examine_collection(data(), "default", false);
  ASSERT_TRUE(report);
  EXPECT_TRUE(std::any_of(report->findings.begin(), report->findings.end(),
                          [](const Finding& one) { return one.check == "neighbours"; }));
  ASSERT_TRUE(*update());
  EXPECT_EQ(content(path()), sound);
}

TEST_F(Neighbours, AreExported) {
  const auto csv = folder_.path() / "out.csv";
  const auto json = folder_.path() / "out.json";
  EXPECT_EQ(export_neighbours(data(), "default", csv, {}).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(build(4, 0));
  ASSERT_TRUE(export_neighbours(data(), "default", csv, 2));
  const auto report = export_neighbours(data(), "default", json, {});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->items, kItems);
  EXPECT_EQ(report->neighbours, 4 * kItems);
  const std::string lines = content(csv);
  EXPECT_EQ(lines.rfind("id,rank,neighbour,score,distance\n0.jpg,1,", 0), 0U);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 1 + 2 * kItems);
  const auto read = nlohmann::json::parse(content(json));
  ASSERT_EQ(read.size(), static_cast<std::size_t>(kItems));
  const Collection collection = open();
  for (const auto& item : read) {
    const auto answer = collection.similar(item.at("id").get<std::string>(), options_of(4, 0));
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(item.at("neighbours").at(i).at("id"), answer->hits[i].item.id);
      EXPECT_EQ(item.at("neighbours").at(i).at("score"), answer->hits[i].closeness.score);
      EXPECT_EQ(item.at("neighbours").at(i).at("distance"), answer->hits[i].closeness.distance);
    }
  }
  change("DELETE FROM vector WHERE item = (SELECT min(key) FROM item)");
  EXPECT_EQ(export_neighbours(data(), "default", csv, {}).error().code, ErrorCode::kConflict);
  EXPECT_EQ(export_neighbours(data(), "default", folder_.path() / "x.txt", {}).error().code,
            ErrorCode::kInvalidArgument);
}

TEST_F(Neighbours, AreGoneWhenDropped) {
  ASSERT_TRUE(build(4, 0));
  ASSERT_TRUE(drop_neighbours(data(), "default", {}));
  EXPECT_FALSE(std::filesystem::exists(path()));
  EXPECT_FALSE(*update());
  EXPECT_TRUE(drop_neighbours(data(), "default", {}));
}

TEST_F(Neighbours, RefuseWhatCannotBe) {
  EXPECT_EQ(build(0, 0).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(build(4, 1.5).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(build_neighbours(data(), "other", {}, {}).error().code, ErrorCode::kNotFound);
  const std::atomic<bool> stop = true;
  EXPECT_EQ(build_neighbours(data(), "default", {}, {&stop}).error().code, ErrorCode::kCancelled);
  EXPECT_FALSE(std::filesystem::exists(path()));
}

}  // namespace
}  // namespace semblance
