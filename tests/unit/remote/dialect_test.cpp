#include "remote/dialect.h"

#include <gtest/gtest.h>

#include <cmath>

#include "remote/field_names.h"
#include "remote/filter_query.h"
#include "unit/remote/shapes.h"

namespace semblance::remote {
namespace {

constexpr Distribution kBoth[] = {Distribution::kOpenSearch, Distribution::kElasticsearch};

IndexLayout layout() {
  IndexLayout layout;
  layout.meta.card_json = R"({"name":"n"})";
  layout.meta.network = network_id(layout.meta.card_json);
  layout.meta.shape_dimension = 512;
  layout.meta.colour_dimension = 128;
  layout.meta.settings = {{"x", 1}};
  layout.shards = 3;
  layout.replicas = 1;
  layout.attribute_names = {"gender", "a.b"};
  return layout;
}

Json mappings(Distribution distribution) {
  return Dialect::of(distribution).index_body(layout())["mappings"];
}

TEST(Dialect, IndicesHaveTheShapeOfTheDocumentation) {
  for (const Distribution distribution : kBoth) {
    const Dialect& dialect = Dialect::of(distribution);
    EXPECT_EQ(dialect.distribution(), distribution);
    const Json body = dialect.index_body(layout());
    EXPECT_EQ(test::fault_in_index(distribution, body), std::nullopt);
    EXPECT_EQ(body["settings"]["index"]["number_of_shards"], 3);
    EXPECT_EQ(body["mappings"]["dynamic"], "strict");
    EXPECT_EQ(body["mappings"]["properties"]["attributes"]["dynamic"], "strict");
    EXPECT_TRUE(body["mappings"]["properties"]["attributes"]["properties"].contains("a%2Eb"));
    const Status checked = dialect.check_mapping(body["mappings"], "c-000001");
    EXPECT_TRUE(checked) << checked.error().message;
    EXPECT_EQ(test::fault_in_mapping(distribution, dialect.meta_body(layout())), std::nullopt);
    // Without a network there is nothing to search yet.
    const Json empty = dialect.index_body({});
    EXPECT_EQ(test::fault_in_index(distribution, empty), std::nullopt);
    EXPECT_FALSE(empty["mappings"]["properties"].contains("embedding"));
    EXPECT_TRUE(dialect.check_mapping(empty["mappings"], "c"));
  }
  const Json opensearch = mappings(Distribution::kOpenSearch)["properties"]["embedding"];
  EXPECT_EQ(opensearch["dimension"], 640);
  EXPECT_EQ(opensearch["method"]["engine"], "lucene");
  EXPECT_EQ(opensearch["method"]["space_type"], "innerproduct");
  const Json elastic = mappings(Distribution::kElasticsearch)["properties"]["embedding"];
  EXPECT_EQ(elastic["dims"], 640);
  EXPECT_EQ(elastic["similarity"], "max_inner_product");
  EXPECT_EQ(elastic["index_options"]["type"], "hnsw");
  const std::vector<std::string> names = {"x y"};
  EXPECT_EQ(attributes_mapping_body(names).dump(),
            R"({"properties":{"attributes":{"dynamic":"strict","properties":{"x%20y":)"
            R"({"properties":{"boolean":{"type":"boolean"},"number":{"type":"double"},)"
            R"("text":{"type":"keyword"}}}}}}})");
}

TEST(Dialect, SearchesHaveTheShapeOfTheDocumentation) {
  const std::vector<float> vector = {0.1F, -2};
  VectorQuery query;
  query.vector = vector;
  query.size = 20;
  query.ef_search = 5;  // fewer than hits makes no sense
  query.source = {"id", "product"};
  for (const bool filtered : {false, true}) {
    if (filtered) query.filter = *indexed_items_query("price<5", {"price"});
    for (const Distribution distribution : kBoth) {
      const Dialect& dialect = Dialect::of(distribution);
      EXPECT_EQ(test::fault_in_search(distribution, Json::parse(dialect.approximate_body(query))),
                std::nullopt);
      EXPECT_EQ(test::fault_in_search(distribution, Json::parse(dialect.exact_body(query))),
                std::nullopt);
    }
  }
  query.ordered_by_id = false;
  EXPECT_EQ(
      Json::parse(Dialect::of(Distribution::kOpenSearch).approximate_body(query)).count("sort"),
      0U);
  EXPECT_EQ(Json::parse(Dialect::of(Distribution::kOpenSearch).exact_body(query)).count("sort"),
            1U);
  const Json open = Json::parse(Dialect::of(Distribution::kOpenSearch).approximate_body(query));
  EXPECT_EQ(open["size"], 20);
  EXPECT_EQ(open["query"]["knn"]["embedding"]["k"], 20);
  EXPECT_EQ(open["query"]["knn"]["embedding"]["method_parameters"]["ef_search"], 20);
  EXPECT_EQ(open["query"]["knn"]["embedding"]["filter"], query.filter);
  const Json elastic =
      Json::parse(Dialect::of(Distribution::kElasticsearch).approximate_body(query));
  EXPECT_EQ(elastic["knn"]["num_candidates"], 20);
  EXPECT_EQ(elastic["knn"]["filter"], query.filter);
  EXPECT_FALSE(elastic.contains("query"));
  // More than an index gives is not asked for.
  query.ef_search = 1'000'000;
  EXPECT_EQ(Json::parse(Dialect::of(Distribution::kElasticsearch)
                            .approximate_body(query))["knn"]["num_candidates"],
            10'000);
  // The failed ones have no embedding, which a script would meet.
  query.filter = nullptr;
  EXPECT_EQ(Json::parse(Dialect::of(Distribution::kElasticsearch)
                            .exact_body(query))["query"]["script_score"]["query"],
            indexed_items_query());
}

TEST(Dialect, InvertsScores) {
  for (const double product : {-1.9, -1.0, -0.001, 0.0, 0.25, 1.0, 2.0}) {
    const double score = product >= 0 ? 1 + product : 1 / (1 - product);
    EXPECT_NEAR(Dialect::inner_product(score), product, 1e-12);
  }
}

TEST(Dialect, NumbersKeepEveryFloat) {
  const std::vector<float> vector = {0.1F, 1.0F / 3,      -1e-38F,        3.4e38F,
                                     0,    16'777'217.0F, 1.17549435e-38F};
  const Json list = numbers(vector);
  ASSERT_EQ(list.size(), vector.size());
  for (std::size_t i = 0; i < vector.size(); ++i) {
    EXPECT_EQ(static_cast<float>(Json::parse(list[i].dump()).get<double>()), vector[i]);
    EXPECT_LE(list[i].dump().size(), 16U) << list[i].dump();
  }
}

/// The sentence for a mapping that somebody changed.
std::string complaint(Distribution distribution, const std::string& pointer, const Json& value) {
  Json changed = mappings(distribution);
  const Json::json_pointer place(pointer);
  if (value.is_null()) {
    changed[place.parent_pointer()].erase(place.back());
  } else {
    changed[place] = value;
  }
  const Status checked = Dialect::of(distribution).check_mapping(changed, "c-000001");
  EXPECT_FALSE(checked) << pointer;
  return checked ? "" : checked.error().message;
}

void expect_complaint(Distribution distribution, const std::string& pointer, const Json& value,
                      const std::string& words) {
  const std::string said = complaint(distribution, pointer, value);
  EXPECT_NE(said.find(words), std::string::npos) << said;
  EXPECT_NE(said.find("c-000001"), std::string::npos) << said;
}

TEST(Dialect, SaysWhatIsWrongWithMappings) {
  const Distribution open = Distribution::kOpenSearch;
  const Distribution elastic = Distribution::kElasticsearch;
  const std::string field = "/properties/embedding";
  expect_complaint(open, "/_meta", nullptr, "was not made by Semblance");
  expect_complaint(open, "/_meta/semblance/schema", 99, "newer Semblance");
  expect_complaint(open, "/_meta/semblance/schema", "1", "was not made by Semblance");
  expect_complaint(open, "/_meta/semblance/network", "0", "do not fit together");
  expect_complaint(open, "/_meta/semblance/card", "another", "do not fit together");
  expect_complaint(open, "/_meta/semblance/shape_dimension", -4, "do not fit together");
  expect_complaint(open, "/_meta/semblance/shape_dimension", 100, "those of its network have 228");
  expect_complaint(open, "/dynamic", "true", "nobody declared");
  expect_complaint(open, field, nullptr, "has no field 'embedding'");
  expect_complaint(open, field + "/type", "keyword", "as 'keyword'");
  expect_complaint(open, field + "/dimension", 64, "vectors of 64 numbers");
  expect_complaint(open, field + "/method/engine", "faiss", "engine faiss");
  expect_complaint(open, field + "/method/engine", "nmslib", "needs lucene");
  expect_complaint(open, field + "/method", nullptr, "the cluster's default");
  expect_complaint(open, field + "/method/space_type", "l2", "compares by 'l2'");
  expect_complaint(elastic, field + "/type", "knn_vector", "and not as dense_vector");
  expect_complaint(elastic, field + "/dims", 3, "vectors of 3 numbers");
  expect_complaint(elastic, field + "/similarity", "dot_product", "needs max_inner_product");
  expect_complaint(elastic, field + "/similarity", nullptr, "compares by 'cosine'");
  expect_complaint(elastic, field + "/index", false, "not indexed");
  EXPECT_FALSE(Dialect::of(open).check_mapping(Json::array(), "c"));
}

TEST(IndexMeta, ComesBack) {
  const IndexMeta meta = layout().meta;
  const Result<IndexMeta> read = parse_index_meta(to_json(meta), "c");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->card_json, meta.card_json);
  EXPECT_EQ(read->network, meta.network);
  EXPECT_EQ(read->embedding_dimension(), 640);
  EXPECT_EQ(read->settings, meta.settings);
  EXPECT_TRUE(parse_index_meta(to_json(IndexMeta()), "c"));
}

}  // namespace
}  // namespace semblance::remote
