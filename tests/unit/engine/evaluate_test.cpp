#include "engine/evaluate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "catalogue/item_writer.h"
#include "describe/histogram.h"
#include "engine/collection_files.h"
#include "support/fake_embedder.h"
#include "support/temporary_folder.h"
#include "vector/vector_store.h"

namespace semblance {
namespace {

/// An item whose embedding points at `degrees`: the closer two angles, the more alike.
struct Placed {
  std::string id;
  double degrees = 0;
  Attributes attributes;
  std::string product = {};
};

/// A collection made by hand, without photos.
class EvaluateTest : public ::testing::Test {
 protected:
  void fill(const std::vector<Placed>& items) {
    const CollectionFiles files(folder_.path(), "default");
    ASSERT_TRUE(CollectionLock::acquire(files));
    const auto catalogue = Catalogue::open(files.catalogue(), Database::Mode::kWrite);
    ASSERT_TRUE(catalogue) << catalogue.error().message;
    ModelCard card = test::FakeEmbedder("hand", "1", false).card();
    card.output.dimension = 2;
    VectorSet set;
    set.live = true;
    set.card_json = to_json(card);
    set.card_folder = "/models";
    set.shape_dimension = 2;
    set = *catalogue->create_set(set);
    auto store = VectorStoreWriter::open(files.vectors(set.key), {2, kHistogramDimension}, 0);
    ASSERT_TRUE(store) << store.error().message;
    auto writer = ItemWriter::create(catalogue->database(), set.key);
    ASSERT_TRUE(writer);
    auto transaction = Transaction::begin(catalogue->database());
    ASSERT_TRUE(transaction);
    std::vector<float> histogram(kHistogramDimension);
    histogram[0] = 1;
    for (const Placed& item : items) {
      const double radians = item.degrees * std::acos(-1.0) / 180;
      const std::vector<float> embedding{static_cast<float>(std::cos(radians)),
                                         static_cast<float>(std::sin(radians))};
      SyncTask task;
      task.seen.id = item.id;
      if (!item.product.empty()) task.seen.product = item.product;
      task.seen.attributes = item.attributes;
      const std::int64_t row = store->append({embedding, histogram, histogram});
      ASSERT_TRUE(writer->put_indexed(task, {row, 0, {}}));
    }
    ASSERT_TRUE(store->flush());
    ASSERT_TRUE(writer->set_rows(store->rows()));
    ASSERT_TRUE(transaction->commit());
  }

  Result<Evaluation> try_evaluate(const EvaluationOptions& options) const {
    const auto collection = Collection::open(folder_.path(), "default");
    if (!collection) return collection.error();
    return evaluate(*collection, options, {});
  }
  Evaluation evaluated(const EvaluationOptions& options) const {
    const auto result = try_evaluate(options);
    if (!result) {
      ADD_FAILURE() << result.error().message;
      return {};
    }
    return *result;
  }

  test::TemporaryFolder folder_;
};

Attributes type(const std::string& value) {
  return {{"type", value}};
}

TEST_F(EvaluateTest, FiguresOfASmallSetWorkedOutByHand) {
  // On a line of angles; each query's hits, nearest first, for k = 2:
  //   a1 (0):  a2 right, b1 wrong    a2 (2):  a1 right, b1 wrong    b1 (5):  a2 wrong, a1 wrong
  //   a3 (20): b2 wrong, b1 wrong    b2 (25): a3 wrong, b1 right
  fill({{"a1", 0, type("a")},
        {"a2", 2, type("a")},
        {"b1", 5, type("b")},
        {"a3", 20, type("a")},
        {"b2", 25, type("b")}});
  const Evaluation result = evaluated({"type", 2, {}, 1});
  EXPECT_EQ(result.label, "type");
  EXPECT_EQ(result.queries, 5);
  EXPECT_EQ(result.gallery, 5);
  EXPECT_EQ(result.k, 2);
  EXPECT_DOUBLE_EQ(result.precision_at_k, (0.5 + 0.5 + 0 + 0 + 0.5) / 5);
  EXPECT_DOUBLE_EQ(result.hit_rate_at_1, 2.0 / 5);
  EXPECT_DOUBLE_EQ(result.hit_rate_at_k, 3.0 / 5);
  // AP divides by min(2, right answers): 2 for a's, 1 for b's.
  EXPECT_DOUBLE_EQ(result.map_at_k, (1.0 / 2 + 1.0 / 2 + 0 + 0 + (1.0 / 2) / 1) / 5);
  const double second = 1 / std::log2(3);
  EXPECT_NEAR(result.ndcg_at_k, (2 * (1 / (1 + second)) + second) / 5, 1e-12);
}

TEST_F(EvaluateTest, KLargerThanTheGallery) {
  fill({{"a1", 0, type("a")}, {"a2", 2, type("a")}, {"b1", 5, type("b")}});
  for (const int k : {10, 2'000'000'000}) {
    const Evaluation result = evaluated({"type", k, {}, 2});
    EXPECT_DOUBLE_EQ(result.precision_at_k, 2.0 / 3 / k);
    EXPECT_DOUBLE_EQ(result.hit_rate_at_k, 2.0 / 3);
    EXPECT_DOUBLE_EQ(result.map_at_k, 2.0 / 3);  // b1 has no right answer and counts as 0
    EXPECT_DOUBLE_EQ(result.ndcg_at_k, 2.0 / 3);
  }
}

TEST_F(EvaluateTest, TiesAreOrderedById) {
  // "q" is as far from "left" as from "right": by id, "left" comes first.
  fill({{"right", 10, type("a")}, {"q", 0, type("a")}, {"left", 10, type("b")}});
  const Evaluation result = evaluated({"type", 1, {}, 1});
  // q: left, wrong. right: left (identical), wrong. left has no right answer.
  EXPECT_DOUBLE_EQ(result.hit_rate_at_1, 0);
  const Evaluation both = evaluated({"type", 2, {}, 1});
  EXPECT_DOUBLE_EQ(both.map_at_k, (0.5 + 0.5 + 0) / 3);
}

TEST_F(EvaluateTest, ItemsWithoutTheLabelDistractButDoNotAsk) {
  fill({{"a1", 0, type("a")}, {"none", 1, {}}, {"empty", 1.5, type("")}, {"a2", 2, type("a")}});
  const Evaluation result = evaluated({"type", 1, {}, 1});
  EXPECT_EQ(result.queries, 2);
  EXPECT_EQ(result.gallery, 4);
  EXPECT_DOUBLE_EQ(result.precision_at_k, 0);
  EXPECT_DOUBLE_EQ(evaluated({"type", 3, {}, 1}).hit_rate_at_k, 1);
}

TEST_F(EvaluateTest, JoinedLabelsMustAllAgree) {
  const auto both = [](const char* a, const char* b) {
    return Attributes{{"type", a}, {"colour", b}};
  };
  fill({{"1", 0, both("shoe", "red")},
        {"2", 1, both("shoe", "blue")},
        {"3", 3, both("shoe", "red")},
        {"4", 6, both("bag", "red")},
        {"5", 10, type("shoe")}});
  const Evaluation result = evaluated({"type+colour", 2, {}, 1});
  EXPECT_EQ(result.queries, 4);
  EXPECT_EQ(result.gallery, 5);
  // 1: 2 wrong, 3 right. 3: 2 wrong, 4 wrong (1 and 4 are equally far: "1" comes first).
  EXPECT_GT(result.hit_rate_at_k, 0);
  EXPECT_DOUBLE_EQ(result.hit_rate_at_1, 0);
  // Parts of a joined label do not run into each other: "ab"+"c" is not "a"+"bc".
  EXPECT_EQ(evaluated({"type", 2, {}, 1}).queries, 5);
}

TEST_F(EvaluateTest, PartsOfAJoinedLabelAreKeptApart) {
  fill({{"1", 0, Attributes{{"x", "ab"}, {"y", "c"}}},
        {"2", 1, Attributes{{"x", "a"}, {"y", "bc"}}}});
  EXPECT_DOUBLE_EQ(evaluated({"x+y", 1, {}, 1}).hit_rate_at_1, 0);
}

TEST_F(EvaluateTest, ProductsAreALabel) {
  fill({{"1", 0, {}, "P"}, {"2", 1, {}, "P"}, {"3", 5, {}, ""}});
  const Evaluation result = evaluated({"product", 1, {}, 1});
  EXPECT_EQ(result.queries, 3);
  EXPECT_DOUBLE_EQ(result.hit_rate_at_1, 2.0 / 3);
}

TEST_F(EvaluateTest, FiguresDoNotDependOnThreads) {
  std::vector<Placed> items;
  for (int i = 0; i < 150; ++i) {
    items.push_back({std::to_string(i), i * 37.0, type(std::to_string(i % 7))});
  }
  fill(items);
  const Evaluation one = evaluated({"type", 10, {}, 1});
  EXPECT_GT(one.map_at_k, 0);
  for (const int threads : {2, 5, 16}) {
    const Evaluation many = evaluated({"type", 10, {}, threads});
    EXPECT_EQ(many.precision_at_k, one.precision_at_k);
    EXPECT_EQ(many.hit_rate_at_1, one.hit_rate_at_1);
    EXPECT_EQ(many.map_at_k, one.map_at_k);
    EXPECT_EQ(many.ndcg_at_k, one.ndcg_at_k);
  }
}

TEST_F(EvaluateTest, ProgressReachesTheEnd) {
  fill({{"a1", 0, type("a")}, {"a2", 2, type("a")}, {"b1", 5, type("b")}});
  const auto collection = Collection::open(folder_.path(), "default");
  ASSERT_TRUE(collection);
  std::atomic<std::int64_t> most{0};
  ASSERT_TRUE(evaluate(*collection, {"type", 1, {}, 3}, [&](std::int64_t done, std::int64_t total) {
    EXPECT_EQ(total, 3);
    std::int64_t before = most;
    while (before < done && !most.compare_exchange_weak(before, done)) {
    }
  }));
  EXPECT_EQ(most, 3);
}

TEST_F(EvaluateTest, TellsWhatEachQueryFound) {
  fill({{"a1", 0, type("a")}, {"a2", 2, type("a")}, {"b1", 5, type("b")}});
  const Evaluation result = evaluated({"type", 2, {}, 1});
  ASSERT_EQ(result.each.size(), 3U);
  EXPECT_EQ(result.label_values, (std::vector<std::string>{"a", "b"}));
  const EvaluatedQuery& first = result.each.front();
  EXPECT_EQ(first.answers, 1);
  EXPECT_EQ(first.hits, (std::vector<std::int64_t>{result.each[1].key, result.each[2].key}));
  EXPECT_DOUBLE_EQ(first.figures.precision_at_k, 0.5);
}

TEST_F(EvaluateTest, ASampleAsksFewerAndFindsAll) {
  std::vector<Placed> items;
  for (int i = 0; i < 20; ++i) items.push_back({std::to_string(i), 4.0 * i, type("a")});
  fill(items);
  EvaluationOptions options{"type", 2, {}, 1};
  options.sample = 5;
  const Evaluation result = evaluated(options);
  EXPECT_EQ(result.queries, 5);
  EXPECT_EQ(result.gallery, 20);
  EXPECT_EQ(result.each.front().answers, 19);
}

TEST_F(EvaluateTest, RefusesLabelsThatNobodyHas) {
  fill({{"a1", 0, type("a")}, {"b1", 5, {{"colour", "red"}}}});
  for (const char* label : {"weight", "", "type+", "+", "type+weight"}) {
    const auto result = try_evaluate({label, 10, {}, 1});
    ASSERT_FALSE(result) << label;
    EXPECT_EQ(result.error().code, ErrorCode::kNotFound);
  }
  EXPECT_EQ(try_evaluate({"type+colour", 10, {}, 1}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(try_evaluate({"type", 0, {}, 1}).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace semblance
