#include "engine/answer_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace semblance {
namespace {

using Json = nlohmann::json;

SearchAnswer sample_answer() {
  SearchAnswer answer;
  answer.collection = "default";
  answer.model = "net";
  answer.limit = 10;
  Hit hit;
  hit.rank = 1;
  hit.item.id = "shoes/1563.jpg";
  hit.item.product = "1563";
  hit.item.path = "/photos/caf\xE9.jpg";
  hit.closeness = {0.75, 0.5, 0.9, 0.6};
  hit.attributes = {{"articleType", "Shoes"}};
  answer.hits.push_back(hit);
  return answer;
}

TEST(AnswerJson, AHitHasAllItsFields) {
  const Json json = Json::parse(to_json(sample_answer()));
  for (const char* field :
       {"took_ms", "collection", "model", "descriptor", "metric", "approximate", "limit", "hits"}) {
    EXPECT_TRUE(json.contains(field)) << field;
  }
  EXPECT_EQ(json["metric"], "cosine");
  const Json& hit = json["hits"][0];
  EXPECT_EQ(hit["rank"], 1);
  EXPECT_EQ(hit["id"], "shoes/1563.jpg");
  EXPECT_EQ(hit["product"], "1563");
  EXPECT_EQ(hit["score"], 0.75);
  EXPECT_EQ(hit["distance"], 0.5);
  EXPECT_EQ(hit["path"], "/photos/caf\\xE9.jpg");
  EXPECT_TRUE(hit["url"].is_null());
  EXPECT_EQ(hit["attributes"]["articleType"], "Shoes");
  EXPECT_FALSE(hit.contains("parts"));
}

TEST(AnswerJson, PartsAppearWhenColourTakesPart) {
  SearchAnswer answer = sample_answer();
  answer.measure.colour_weight = 0.3;
  answer.hits[0].item.path.clear();
  answer.hits[0].item.url = "https://example.org/1.jpg";
  const Json json = Json::parse(to_json(answer));
  EXPECT_EQ(json["colour_weight"], 0.3);
  EXPECT_EQ(json["hits"][0]["parts"]["shape"], 0.9);
  EXPECT_EQ(json["hits"][0]["parts"]["colour"], 0.6);
  EXPECT_TRUE(json["hits"][0]["path"].is_null());
  EXPECT_EQ(json["hits"][0]["url"], "https://example.org/1.jpg");
}

TEST(AnswerJson, ASyncReportHasItsCounts) {
  SyncReport report;
  report.seen = 3;
  report.added = 2;
  report.failed = 1;
  report.embedded = 2;
  report.indexing_seconds = 0.5;
  const Json json = Json::parse(to_json(report));
  for (const char* field : {"seen", "added", "changed", "renamed", "removed", "unchanged", "failed",
                            "skipped", "attribute_problems", "seconds", "items_per_second"}) {
    EXPECT_TRUE(json[field].is_number()) << field;
  }
  EXPECT_EQ(json["seen"], 3);
  EXPECT_EQ(json["items_per_second"], 4.0);
  EXPECT_EQ(Json::parse(to_json(SyncReport{}))["items_per_second"], 0);
}

TEST(AnswerJson, AnEvaluationHasItsFigures) {
  Evaluation evaluation{"type", 1, 3, 10, .1, .2, .3, .4, .5, 6};
  evaluation.label_values = {"Shoes"};
  evaluation.each = {{7, 0, 2, {.1, .2, .3, .4, .5}}};
  const SearchQuality searches{1, .99, .1, .2, .3, "exact"};
  Json json = Json::parse(to_json(evaluation, searches, /*by_class=*/true));
  EXPECT_EQ(json["intervals"]["map_at_k"], (Json{.4, .4}));
  EXPECT_EQ(json["searches"]["recall_at_k"], .99);
  EXPECT_EQ(json["classes"][0]["label"], "Shoes");
  for (const char* const more : {"intervals", "searches", "classes"}) json.erase(more);
  const Json expected = {
      {"label", "type"},      {"queries", 1},        {"gallery", 3},        {"k", 10},
      {"precision_at_k", .1}, {"hit_rate_at_1", .2}, {"hit_rate_at_k", .3}, {"map_at_k", .4},
      {"ndcg_at_k", .5},      {"seconds", 6.0}};
  EXPECT_EQ(json, expected);
}

TEST(AnswerJson, ProblemsNeverBreakIt) {
  const Json json = Json::parse(to_json(std::vector<Problem>{
      {"a\"b", "/x/\xFF.jpg", "unreadable", "cannot open '/x/\xFF.jpg'", "failed"}}));
  const Json& problem = json["problems"][0];
  EXPECT_EQ(problem["subject"], "a\"b");
  EXPECT_EQ(problem["place"], "/x/\\xFF.jpg");
  EXPECT_EQ(problem["message"], "cannot open '/x/\\xFF.jpg'");
  EXPECT_TRUE(Json::parse(to_json(std::vector<Problem>{}))["problems"].empty());
}

}  // namespace
}  // namespace semblance
