#include "remote/index_admin.h"

#include <gtest/gtest.h>

#include "unit/remote/stub_cluster.h"

namespace semblance::remote {
namespace {

using test::error_reply;
using test::StubCluster;

class IndexAdminTest : public ::testing::TestWithParam<Distribution> {
 protected:
  IndexAdminTest() : stub_(GetParam()), cluster_(stub_.connect()) {
    layout_.meta.card_json = R"({"name":"n"})";
    layout_.meta.network = network_id(layout_.meta.card_json);
    layout_.meta.shape_dimension = 4;
  }
  ~IndexAdminTest() override { EXPECT_TRUE(stub_.refusals().empty()) << stub_.refusals().front(); }

  [[nodiscard]] IndexAdmin admin() const { return {*cluster_, dialect()}; }
  [[nodiscard]] const Dialect& dialect() const { return Dialect::of(GetParam()); }

  void have_generations(const Json& aliases) { stub_.reply("GET /c-*/_alias", {{200, aliases}}); }

  StubCluster stub_;
  std::shared_ptr<const Cluster> cluster_;
  IndexLayout layout_;
};

INSTANTIATE_TEST_SUITE_P(Dialects, IndexAdminTest,
                         ::testing::Values(Distribution::kOpenSearch, Distribution::kElasticsearch),
                         [](const auto& test) {
                           return std::string(distribution_name(test.param));
                         });

TEST_P(IndexAdminTest, MakesTheNextGeneration) {
  have_generations({{"c-000009", {{"aliases", {{"c", Json::object()}}}}},
                    {"c-photos", {{"aliases", Json::object()}}},
                    {"c-other-000077", {{"aliases", Json::object()}}},
                    {"c-00010x", {{"aliases", Json::object()}}}});
  stub_.reply("PUT /c-000010", {{200, {{"acknowledged", true}}}});
  const Result<std::string> index = admin().create_generation("c", layout_);
  ASSERT_TRUE(index) << index.error().message;
  EXPECT_EQ(*index, "c-000010");
  EXPECT_TRUE(stub_.bodies("PUT /c-000010").at(0)["aliases"].contains("c-000010.write"));
  stub_.reply("PUT /c-000010", {error_reply(400, "resource_already_exists_exception", "exists")});
  EXPECT_EQ(admin().create_generation("c", layout_).error().code, ErrorCode::kConflict);
  stub_.reply("PUT /c-000010", {error_reply(400, "illegal_argument_exception", "too many shards")});
  const Result<std::string> refused = admin().create_generation("c", layout_);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(refused.error().message.find("too many shards"), std::string::npos);
}

TEST_P(IndexAdminTest, SwapsTheAliasInOneRequest) {
  have_generations({{"c-000001", {{"aliases", {{"c", Json::object()}}}}},
                    {"c-000002", {{"aliases", Json::object()}}}});
  stub_.reply("POST /_aliases", {{200, {{"acknowledged", true}}}});
  EXPECT_EQ(admin().point_alias("c", "c-000002", "").error().code, ErrorCode::kConflict);
  EXPECT_TRUE(stub_.bodies("POST /_aliases").empty());
  ASSERT_TRUE(admin().point_alias("c", "c-000002", "c-000001"));
  EXPECT_EQ(stub_.bodies("POST /_aliases").at(0), Json::parse(R"({"actions":[
              {"remove":{"alias":"c","index":"c-000001","must_exist":true}},
              {"add":{"alias":"c","index":"c-000002"}}]})"));
}

TEST_P(IndexAdminTest, DescribesAnIndex) {
  Json mappings = dialect().index_body(layout_)["mappings"];
  mappings["properties"]["attributes"]["properties"]["a%2Eb"] = Json::object();
  const Json settings = {{"index", {{"number_of_shards", "3"}, {"number_of_replicas", "1"}}}};
  const Json index = {{"mappings", mappings}, {"settings", settings}};
  stub_.reply("GET /c", {{200, {{"c-000001", index}}}});
  const Result<IndexDescription> described = admin().describe("c");
  ASSERT_TRUE(described) << described.error().message;
  EXPECT_EQ(described->index, "c-000001");
  EXPECT_EQ(described->attributes, std::set<std::string>{"a.b"});
  EXPECT_EQ(described->shards, 3);
  EXPECT_EQ(described->replicas, 1);
  stub_.reply("GET /c", {{200, {{"c-000001", index}, {"c-000002", index}}}});
  EXPECT_NE(admin().describe("c").error().message.find("several indices"), std::string::npos);
  stub_.reply("GET /c", {error_reply(404, "index_not_found_exception", "no such index [c]")});
  EXPECT_EQ(admin().describe("c").error().code, ErrorCode::kNotFound);
  stub_.reply("GET /c", {{200, Json::array()}});
  EXPECT_EQ(admin().describe("c").error().code, ErrorCode::kCorrupt);
}

TEST_P(IndexAdminTest, MapsAttributes) {
  stub_.reply("PUT /c/_mapping", {{200, {{"acknowledged", true}}}});
  const std::vector<std::string> names = {"gender", "a.b"};
  ASSERT_TRUE(admin().add_attributes("c", names));
  ASSERT_TRUE(admin().add_attributes("c", {}));
  EXPECT_EQ(stub_.bodies("PUT /c/_mapping").size(), 1U);
  stub_.reply("PUT /c/_mapping", {error_reply(400, "illegal_argument_exception",
                                              "Limit of total fields [8100] has been exceeded")});
  const Status full = admin().add_attributes("c", names);
  EXPECT_NE(full.error().message.find("more attributes than 2000"), std::string::npos);
}

TEST_P(IndexAdminTest, ReadsHealthAndStatistics) {
  stub_.reply("GET /_cluster/health", {{200,
                                        {{"cluster_name", "x"},
                                         {"status", "yellow"},
                                         {"timed_out", false},
                                         {"number_of_nodes", 3},
                                         {"number_of_data_nodes", 2},
                                         {"active_shards", 7},
                                         {"unassigned_shards", 1}}}});
  const Result<ClusterHealth> health = admin().health();
  ASSERT_TRUE(health) << health.error().message;
  EXPECT_EQ(health->status, "yellow");
  EXPECT_EQ(health->data_nodes, 2);
  EXPECT_EQ(health->unassigned_shards, 1);
  stub_.reply("GET /c/_stats/docs,store",
              {{200, Json::parse(R"({"_all":{"primaries":{"docs":{"count":12,"deleted":1},
                  "store":{"size_in_bytes":1000}},"total":{"docs":{"count":24},
                  "store":{"size_in_bytes":2000}}}})")}});
  const Result<IndexStatistics> statistics = admin().statistics("c");
  ASSERT_TRUE(statistics) << statistics.error().message;
  EXPECT_EQ(statistics->documents, 12);
  EXPECT_EQ(statistics->bytes, 2000U);
  EXPECT_EQ(statistics->primary_bytes, 1000U);
}

TEST(Alias, HasANameThatEnginesTake) {
  for (const char* name : {"c", "label-12", "a_b.c", "0"}) EXPECT_TRUE(check_alias(name)) << name;
  for (const std::string& name :
       {std::string(), std::string("Label"), std::string("-a"), std::string("_a"), std::string("."),
        std::string("a/b"), std::string("a b"), std::string("\u00e9"), std::string("a*"),
        std::string(201, 'a')}) {
    EXPECT_FALSE(check_alias(name)) << name;
  }
  EXPECT_EQ(generation_name("c", 12), "c-000012");
}

}  // namespace
}  // namespace semblance::remote
