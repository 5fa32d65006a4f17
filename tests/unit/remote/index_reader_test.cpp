#include "remote/index_reader.h"

#include <gtest/gtest.h>

#include "unit/remote/stub_cluster.h"

namespace semblance::remote {
namespace {

using test::hit;
using test::search_answer;
using test::StubCluster;
using test::StubReply;

constexpr Distribution kBoth[] = {Distribution::kOpenSearch, Distribution::kElasticsearch};

Json sorted_hit(const std::string& id) {
  return {{"_id", id}, {"_score", nullptr}, {"_source", {{"id", id}}}, {"sort", {id}}};
}

std::string open_pit(Distribution distribution) {
  return distribution == Distribution::kOpenSearch ? "POST /c/_search/point_in_time"
                                                   : "POST /c/_pit";
}

std::string close_pit(Distribution distribution) {
  return distribution == Distribution::kOpenSearch ? "DELETE /_search/point_in_time"
                                                   : "DELETE /_pit";
}

void have_pits(StubCluster& stub, Distribution distribution) {
  const bool opensearch = distribution == Distribution::kOpenSearch;
  stub.reply(open_pit(distribution), {{200, {{opensearch ? "pit_id" : "id", "pit-1"}}},
                                      {200, {{opensearch ? "pit_id" : "id", "pit-2"}}}});
  stub.reply(close_pit(distribution), {{200, {{"succeeded", true}, {"num_freed", 1}}}});
}

ShardReport report(const Json& answer) {
  return shard_report(JsonDocument::parse(answer.dump())->root());
}

TEST(IndexReader, SearchesInBothDialects) {
  const std::vector<float> vector = {0.5F, 0.25F};
  VectorQuery query;
  query.vector = vector;
  query.source = {"id"};
  for (const Distribution distribution : kBoth) {
    StubCluster stub(distribution);
    stub.reply("POST /c/_search", {{200, search_answer({hit("x", 1.5, {{"id", "a"}})})}});
    const auto cluster = stub.connect();
    const IndexReader reader(*cluster, Dialect::of(distribution), "c");
    for (const bool exact : {false, true}) {
      const Result<SearchHits> found = reader.search(query, exact);
      ASSERT_TRUE(found) << found.error().message;
      ASSERT_EQ(found->hits.size(), 1U);
      EXPECT_EQ(found->took_ms, 5);
      EXPECT_FALSE(found->shards.partial());
      EXPECT_EQ(found->shards.total, 4);
    }
    EXPECT_TRUE(stub.refusals().empty()) << stub.refusals().front();
  }
}

TEST(IndexReader, TellsThatShardsFailed) {
  StubCluster stub;
  stub.reply("POST /c/_search", {{200, search_answer({hit("x", 1.5, {{"id", "a"}})}, 1)}});
  const auto cluster = stub.connect();
  const IndexReader reader(*cluster, Dialect::of(Distribution::kOpenSearch), "c");
  const Result<SearchHits> found = reader.search(R"({"size":1})");
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->shards.partial());
  EXPECT_EQ(found->shards.failed, 1);
  EXPECT_NE(found->shards.reason.find("No shard available"), std::string::npos);
  // Out of time is partial, too.
  Json late = search_answer({});
  late["timed_out"] = true;
  EXPECT_TRUE(report(late).partial());
  EXPECT_FALSE(report(nullptr).partial());
  EXPECT_FALSE(report({{"_shards", 5}}).partial());
}

TEST(IndexReader, RefusesAnswersWithoutHits) {
  StubCluster stub;
  const auto cluster = stub.connect();
  const IndexReader reader(*cluster, Dialect::of(Distribution::kOpenSearch), "c");
  for (const Json& body :
       {Json::object(), Json::array(), Json{{"hits", 5}}, Json{{"hits", {{"hits", "x"}}}}}) {
    stub.reply("POST /c/_search", {{200, body}});
    EXPECT_EQ(reader.search("{}").error().code, ErrorCode::kCorrupt) << body.dump();
  }
}

TEST(IndexReader, ScansInBothDialects) {
  for (const Distribution distribution : kBoth) {
    StubCluster stub(distribution);
    have_pits(stub, distribution);
    Json second = search_answer({sorted_hit("c")});
    second["pit_id"] = "pit-1b";
    stub.reply("POST /_search",
               {{200, search_answer({sorted_hit("a"), sorted_hit("b")})}, {200, second}});
    const auto cluster = stub.connect();
    const IndexReader reader(*cluster, Dialect::of(distribution), "c");
    ScanOptions options;
    options.page_documents = 2;
    options.source = {"id"};
    std::string ids;
    const Status scanned =
        reader.scan(Json{{"match_all", Json::object()}}, options, [&](JsonView one) -> Status {
          ids += one["_source"]["id"].text().value();
          return {};
        });
    ASSERT_TRUE(scanned) << scanned.error().message;
    EXPECT_EQ(ids, "abc");
    EXPECT_TRUE(stub.refusals().empty()) << stub.refusals().front();
    const std::vector<Json> pages = stub.bodies("POST /_search");
    ASSERT_EQ(pages.size(), 2U);
    EXPECT_FALSE(pages[0].contains("search_after"));
    EXPECT_EQ(pages[1]["search_after"], Json({"b"}));
    EXPECT_EQ(pages[1]["pit"]["id"], "pit-1");
    ASSERT_EQ(stub.bodies(close_pit(distribution)).size(), 1U);  // the one that came last
    EXPECT_NE(stub.bodies(close_pit(distribution))[0].dump().find("pit-1b"), std::string::npos);
  }
}

TEST(IndexReader, AScanIsWholeOrAnError) {
  StubCluster stub;
  have_pits(stub, Distribution::kOpenSearch);
  stub.reply("POST /_search", {{200, search_answer({sorted_hit("a")}, 1)},
                               {200, search_answer({sorted_hit("a"), sorted_hit("b")})},
                               test::error_reply(404, "search_context_missing_exception", "gone"),
                               {200, search_answer({sorted_hit("c")})}});
  const auto cluster = stub.connect();
  const IndexReader reader(*cluster, Dialect::of(Distribution::kOpenSearch), "c");
  ScanOptions options;
  options.page_documents = 2;
  std::string ids;
  const auto collect = [&](JsonView one) -> Status {
    ids += one["_source"]["id"].text().value();
    return {};
  };
  const Status scanned = reader.scan(nullptr, options, collect);
  ASSERT_TRUE(scanned) << scanned.error().message;
  EXPECT_EQ(ids, "abc");  // each once, although a page was partial and a point in time ended
  EXPECT_EQ(stub.bodies(open_pit(Distribution::kOpenSearch)).size(), 3U);

  // A shard that stays away.
  stub.reply("POST /_search", {{200, search_answer({sorted_hit("a")}, 1)}});
  const Status failed = reader.scan(nullptr, options, collect);
  EXPECT_EQ(failed.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(failed.error().message.find("1 of 4 shards failed"), std::string::npos);
  // Pages that never end.
  stub.reply("POST /_search", {{200, search_answer({sorted_hit("a"), sorted_hit("a")})}});
  EXPECT_EQ(reader.scan(nullptr, options, collect).error().code, ErrorCode::kCorrupt);
}

TEST(IndexReader, AsksForSmallerPagesWhereTheyAreTooLarge) {
  StubCluster stub;
  have_pits(stub, Distribution::kOpenSearch);
  stub.reply("POST /_search", [](const Json& body) -> StubReply {
    const auto size = body["size"].get<std::size_t>();
    std::vector<Json> hits;
    for (std::size_t i = 0; i < size && i < 5; ++i)
      hits.push_back(sorted_hit("a" + std::to_string(i)));
    if (body.contains("search_after")) hits.clear();
    if (size > 5) hits[0]["_source"]["descriptors"] = std::string(100'000, 'x');
    return {200, search_answer(hits)};
  });
  const auto cluster = stub.connect();
  const IndexReader reader(*cluster, Dialect::of(Distribution::kOpenSearch), "c");
  ScanOptions options;
  options.page_documents = 40;
  options.page_bytes = 10'000;
  int count = 0;
  ASSERT_TRUE(reader.scan(nullptr, options, [&](JsonView) {
    ++count;
    return Status();
  }));
  EXPECT_EQ(count, 5);
  EXPECT_EQ(stub.bodies("POST /_search").back()["size"], 5);
  // Even one document is too large.
  options.page_bytes = 10;
  EXPECT_FALSE(reader.scan(nullptr, options, [](JsonView) { return Status(); }));
}

TEST(IndexReader, DocumentsComeInTheOrderAskedFor) {
  StubCluster stub;
  std::size_t asked = 0;
  stub.reply("POST /c/_mget", [&](const Json& body) -> StubReply {
    Json documents = Json::array();
    for (const Json& id : body["ids"]) {
      const bool found = ++asked % 2 == 1;
      Json document = {{"_id", id}, {"found", found}};
      if (found) document["_source"] = {{"id", id}};
      documents.push_back(document);
    }
    return {200, {{"docs", documents}}};
  });
  const auto cluster = stub.connect();
  const IndexReader reader(*cluster, Dialect::of(Distribution::kOpenSearch), "c");
  std::vector<std::string> ids;
  for (int i = 0; i < 1'200; ++i) ids.push_back(std::to_string(i));
  const auto documents = reader.documents(ids, std::vector<std::string>{"id", "product"});
  ASSERT_TRUE(documents) << documents.error().message;
  ASSERT_EQ(documents->found.size(), 1'200U);
  EXPECT_EQ(documents->found[1'000]["_id"].text(), "1000");
  EXPECT_FALSE(documents->found[1'001]);
  EXPECT_EQ(stub.bodies("POST /c/_mget").size(), 3U);
  EXPECT_EQ(stub.server().requests().back().target, "/c/_mget?_source_includes=id,product");
  stub.reply("POST /c/_mget", {{200, {{"docs", {{{"_id", "0"}, {"error", {{"type", "x"}}}}}}}}});
  ids.resize(1);
  EXPECT_EQ(reader.documents(ids, {}).error().code, ErrorCode::kUnavailable);
}

TEST(IndexReader, CountsAreWholeOrErrors) {
  StubCluster stub;
  const auto cluster = stub.connect();
  const IndexReader reader(*cluster, Dialect::of(Distribution::kOpenSearch), "c");
  Json answer = search_answer({});
  answer["aggregations"]["counts"]["buckets"] =
      Json::array({{{"doc_count", 5}}, {{"doc_count", 0}}});
  stub.reply("POST /c/_search", {{200, answer}});
  const std::vector<Json> two = {nullptr, nullptr};
  EXPECT_EQ(*reader.counts(two), (std::vector<std::int64_t>{5, 0}));
  EXPECT_EQ(reader.count(nullptr).error().code, ErrorCode::kCorrupt);  // two for one
  answer["_shards"]["failed"] = 1;
  stub.reply("POST /c/_search", {{200, answer}});
  EXPECT_EQ(reader.counts(two).error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(stub.refusals().empty());
}

TEST(IndexReader, FacetsAskAgainWhereShardsLeftValuesOut) {
  StubCluster stub;
  const auto cluster = stub.connect();
  const IndexReader reader(*cluster, Dialect::of(Distribution::kOpenSearch), "c");
  stub.reply("POST /c/_search", [](const Json& body) -> StubReply {
    Json answer = search_answer({});
    Json& values = answer["aggregations"]["values"];
    if (body["aggs"]["values"].contains("terms")) {
      values = {{"doc_count_error_upper_bound", 0},
                {"sum_other_doc_count", 9},
                {"buckets", Json::array({{{"key", "b"}, {"doc_count", 1}}})}};
      return {200, answer};
    }
    const auto bucket = [](const std::string& key, int count) {
      return Json{{"key", {{"value", key}}}, {"doc_count", count}};
    };
    values["buckets"] = Json::array();
    if (!body["aggs"]["values"]["composite"].contains("after")) {
      values["buckets"] = Json::array({bucket("a", 2), bucket("b", 7)});
      values["after_key"] = {{"value", "b"}};
    } else if (body["aggs"]["values"]["composite"]["after"]["value"] == "b") {
      values["buckets"] = Json::array({bucket("c", 7), bucket("d", 1)});
      values["after_key"] = {{"value", "d"}};
    }
    return {200, answer};
  });
  const Result<Facets> facets = reader.facets("product", nullptr, 3);
  ASSERT_TRUE(facets) << facets.error().message;
  EXPECT_EQ(facets->items, 17);
  EXPECT_EQ(facets->distinct, 4);
  ASSERT_EQ(facets->values.size(), 3U);
  EXPECT_EQ(facets->values[0].value, "b");
  EXPECT_EQ(facets->values[1].value, "c");
  EXPECT_EQ(facets->values[2].value, "a");
  EXPECT_TRUE(stub.refusals().empty()) << stub.refusals().front();
}

TEST(StubCluster, RefusesWhatTheProductsWould) {
  StubCluster open;
  StubCluster elastic(Distribution::kElasticsearch);
  const auto refused = [](StubCluster& stub, const Json& body) {
    stub.reply("POST /c/_search", {{200, search_answer({})}});
    const auto cluster = stub.connect();
    const IndexReader reader(*cluster, Dialect::of(Distribution::kOpenSearch), "c");
    const Result<SearchHits> found = reader.search(to_text(body));
    return !found && found.error().code == ErrorCode::kInvalidArgument;
  };
  const Json knn = {{"query", {{"knn", {{"embedding", {{"vector", {1}}, {"k", 3}}}}}}}};
  EXPECT_FALSE(refused(open, knn));
  EXPECT_TRUE(refused(elastic, knn));
  Json too_many = knn;
  too_many["query"]["knn"]["embedding"]["k"] = 20'000;
  EXPECT_TRUE(refused(open, too_many));
  const Json top = {
      {"knn", {{"field", "e"}, {"query_vector", {1}}, {"k", 9}, {"num_candidates", 5}}}};
  EXPECT_TRUE(refused(open, top));
  EXPECT_TRUE(refused(elastic, top));
  EXPECT_TRUE(refused(open, {{"colour", 1}}));
}

}  // namespace
}  // namespace semblance::remote
