#include <algorithm>
#include <cmath>

#include "engine/planner.h"
#include "opensearch/remote_fixture.h"
#include "remote/filter_query.h"

namespace semblance::remote {
namespace {

class Vectors : public RemoteTest {
 protected:
  struct Near {
    std::string id;
    double product = 0;
  };

  /// By inner product, in double precision, ties by id.
  static std::vector<Near> nearest(const std::vector<RemoteItem>& items,
                                   std::span<const float> query) {
    std::vector<Near> order;
    for (const RemoteItem& one : items) {
      double product = 0;
      for (std::size_t i = 0; i < query.size(); ++i) {
        product +=
            static_cast<double>(query[i]) * static_cast<double>(one.descriptors->embedding[i]);
      }
      order.push_back({one.item.id, product});
    }
    std::sort(order.begin(), order.end(), [](const Near& a, const Near& b) {
      return a.product != b.product ? a.product > b.product : a.id < b.id;
    });
    return order;
  }

  static std::vector<RemoteItem> some_items(int count) {
    std::vector<RemoteItem> items;
    for (int i = 0; i < count; ++i) {
      items.push_back(item("item " + std::to_string(i), static_cast<std::uint64_t>(i),
                           {{"parity", i % 2 == 0 ? "even" : "odd"}}));
    }
    return items;
  }
};

TEST_F(Vectors, OneIndexServesEveryColourWeightExactlyAndApproximately) {
  make_index(2, {"parity"});
  const std::vector<RemoteItem> items = some_items(300);
  write(items);
  const StoredDescriptors photo = *item("query", 12'345).descriptors;
  for (const double weight : {0.0, 0.3, 0.5, 1.0}) {
    Measure measure;
    measure.colour_weight = weight;
    measure.colour_descriptor = Descriptor::kColour;
    measure.colour_metric = Metric::kCosine;
    const std::vector<float> query = *inner_product_query(measure, kShapeDimension, photo.spans());
    const std::vector<Near> want = nearest(items, query);
    for (const bool exact : {true, false}) {
      VectorQuery search;
      search.vector = query;
      search.size = 20;
      search.ef_search = 100;
      search.source = {"id"};
      const Result<SearchHits> found = reader().search(search, exact);
      ASSERT_TRUE(found) << found.error().message;
      ASSERT_EQ(found->hits.size(), 20U);
      EXPECT_FALSE(found->shards.partial());
      for (std::size_t i = 0; i < found->hits.size(); ++i) {
        EXPECT_EQ(found->hits[i]["_source"]["id"].text(), want[i].id) << weight << " " << i;
        EXPECT_NEAR(Dialect::inner_product(found->hits[i]["_score"].number().value()),
                    want[i].product, 1e-6);
      }
    }
  }
}

TEST_F(Vectors, ScoresBelowZeroAreInvertedToo) {
  make_index(2, {"parity"});
  const std::vector<RemoteItem> items = some_items(40);
  write(items);
  const StoredDescriptors photo = *item("query", 77).descriptors;
  const std::vector<Near> want = nearest(items, photo.embedding);
  ASSERT_LT(want.back().product, -0.1);
  VectorQuery search;
  search.vector = photo.embedding;
  search.size = 40;
  for (const bool exact : {true, false}) {
    const Result<SearchHits> found = reader().search(search, exact);
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_EQ(found->hits.size(), 40U);
    EXPECT_NEAR(Dialect::inner_product(found->hits.back()["_score"].number().value()),
                want.back().product, 1e-6);
  }
}

TEST_F(Vectors, FiltersInsideTheSearchLeaveAsManyHitsAsAskedFor) {
  make_index(2, {"parity"});
  std::vector<RemoteItem> items = some_items(200);
  write(items);
  const StoredDescriptors photo = *item("query", 5).descriptors;
  std::erase_if(items, [](const RemoteItem& one) { return one.attributes[0].value == "even"; });
  const std::vector<Near> want = nearest(items, photo.embedding);
  VectorQuery search;
  search.vector = photo.embedding;
  search.size = 30;
  search.ef_search = 60;
  search.source = {"id"};
  search.filter = *indexed_items_query("parity=odd", {"parity"});
  for (const bool exact : {true, false}) {
    const Result<SearchHits> found = reader().search(search, exact);
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_EQ(found->hits.size(), 30U);
    for (std::size_t i = 0; i < found->hits.size(); ++i) {
      EXPECT_EQ(found->hits[i]["_source"]["id"].text(), want[i].id);
    }
  }
}

TEST_F(Vectors, EqualScoresAreInTheOrderOfTheirIds) {
  make_index(3);
  std::vector<RemoteItem> items;
  for (const char* id : {"b", "d", "a", "c", "e"}) items.push_back(item(id, 1));
  write(items);
  VectorQuery search;
  search.vector = items[0].descriptors->embedding;
  search.size = 5;
  search.source = {"id"};
  for (const bool exact : {true, false}) {
    const Result<SearchHits> found = reader().search(search, exact);
    ASSERT_TRUE(found) << found.error().message;
    std::string ids;
    for (const JsonView hit : found->hits) ids += std::string(hit["_source"]["id"].text().value());
    EXPECT_EQ(ids, "abcde");
  }
}

TEST_F(Vectors, WhatFailedIsNotFound) {
  make_index();
  RemoteItem failed = item("failed", 1);
  failed.status = ItemStatus::kFailed;
  failed.reason = "truncated";
  write({failed, item("fine", 2)});
  VectorQuery search;
  search.vector = failed.descriptors->embedding;
  for (const bool exact : {true, false}) {
    const Result<SearchHits> found = reader().search(search, exact);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->hits.size(), 1U);
  }
}

TEST_F(Vectors, AQueryOfAnotherDimensionIsRefused) {
  make_index();
  write({item("a", 1)});
  const std::vector<float> vector = {1, 0};
  VectorQuery search;
  search.vector = vector;
  for (const bool exact : {true, false}) {
    const Result<SearchHits> found = reader().search(search, exact);
    if (exact && !is_opensearch()) {
      // Its script looks at the vector where there is an item: in one of the two shards.
      ASSERT_TRUE(found) << found.error().message;
      EXPECT_TRUE(found->shards.partial());
      continue;
    }
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, ErrorCode::kInvalidArgument) << found.error().message;
    EXPECT_NE(found.error().message.find("query_shard_exception"), std::string::npos)
        << found.error().message;
  }
}

}  // namespace
}  // namespace semblance::remote
