#include <algorithm>

#include "base/base64.h"
#include "contract/service_fixture.h"
#include "support/http_server.h"

namespace semblance::test {

using nlohmann::json;

class SearchRoute : public ServiceFixture {
 protected:
  void SetUp() override {
    ServiceFixture::SetUp();
    start();
  }
};

TEST_F(SearchRoute, FindsThePhotoThatIsSentInAForm) {
  const ClientAnswer answer =
      ask(FormBody().file("image", photo(3)).text("limit", "3").request("POST", kSearch));
  ASSERT_EQ(answer.status, 200) << answer.body;
  ASSERT_EQ(ids(answer).size(), 3U);
  EXPECT_EQ(ids(answer).front(), id(3));
  EXPECT_EQ(answer.json()["hits"][0]["score"], 1.0);
  EXPECT_EQ(answer.json()["limit"], 3);
}

TEST_F(SearchRoute, TakesThePhotoInAnyOfTheWays) {
  HttpServer shop;
  shop.on("/3.jpg", serve_photo({photo(3)}));
  const std::string bytes = photo(3);
  Bytes raw(bytes.size());
  std::transform(bytes.begin(), bytes.end(), raw.begin(), [](char c) { return std::byte(c); });
  const ClientAnswer alone =
      ask({"POST", std::string(kSearch) + "?limit=2", bytes, {{"Content-Type", "image/jpeg"}}});
  const ClientAnswer base64 =
      post(kSearch, {{"image_base64", encode_base64url(raw)}, {"limit", 2}});
  const ClientAnswer address = post(kSearch, {{"image_url", shop.url("/3.jpg")}, {"limit", 2}});
  for (const ClientAnswer& answer : {alone, base64, address}) {
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(ids(answer).front(), id(3));
    EXPECT_EQ(answer.json()["hits"], alone.json()["hits"]);
  }
}

TEST_F(SearchRoute, NamesThePhotoSoThatItNeedNotBeSentAgain) {
  const ClientAnswer first =
      ask(FormBody().file("image", photo(5)).text("limit", "2").request("POST", kSearch));
  const std::string query_id = first.json()["query_id"];
  const int embedded = embedded_;
  const ClientAnswer second = post(kSearch, {{"query_id", query_id}, {"limit", 2}});
  EXPECT_EQ(second.json()["hits"], first.json()["hits"]);
  EXPECT_EQ(embedded_, embedded) << "what is known was computed again";
  const ClientAnswer cropped =
      post(kSearch, {{"query_id", query_id}, {"box", {0, 0, 0.5, 0.5}}, {"limit", 2}});
  EXPECT_EQ(cropped.status, 200) << cropped.body;
  EXPECT_EQ(embedded_, embedded + 1);
  EXPECT_EQ(post(kSearch, {{"query_id", "q_unknown"}}).status, 404);
}

TEST_F(SearchRoute, SearchesByItemsAndLeavesThemOut) {
  const ClientAnswer by_id = post(kSearch, {{"id", id(2)}, {"limit", 20}});
  EXPECT_EQ(ids(by_id).size(), kPhotos - 1U);
  const ClientAnswer similar = get(kItems + encoded(id(2)) + "/similar?limit=20");
  EXPECT_EQ(similar.json()["hits"], by_id.json()["hits"]);
  const ClientAnswer several =
      post(kSearch, {{"positive", {id(2), id(4)}}, {"negative", {id(7)}}, {"limit", 20}});
  EXPECT_EQ(ids(several).size(), kPhotos - 3U);
  EXPECT_EQ(post(kSearch, {{"id", "nobody.jpg"}}).code(), "not_found");
}

TEST_F(SearchRoute, SearchesByAVectorThatEmbedGave) {
  const ClientAnswer embedding =
      ask(FormBody().file("image", photo(6)).request("POST", "/v1/embed"));
  ASSERT_EQ(embedding.status, 200) << embedding.body;
  const ClientAnswer by_vector =
      post(kSearch, {{"vector", embedding.json()["vector"]}, {"limit", 3}});
  const ClientAnswer by_photo =
      ask(FormBody().file("image", photo(6)).text("limit", "3").request("POST", kSearch));
  EXPECT_EQ(ids(by_vector), ids(by_photo));
  json shape = json::array();
  for (int i = 0; i < embedding.json()["shape_dimension"]; ++i) {
    shape.push_back(embedding.json()["vector"][i].get<double>() * 7);
  }
  EXPECT_EQ(ids(post(kSearch, {{"vector", shape}, {"limit", 3}})), ids(by_photo));
  EXPECT_EQ(post(kSearch, {{"vector", {1, 2, 3}}}).status, 400);
  EXPECT_EQ(post(kSearch, {{"vector", json(38, 0)}}).status, 400);
}

TEST_F(SearchRoute, FiltersAndLimitsByScoreOrDistance) {
  const ClientAnswer shoes = post(kSearch, {{"id", id(2)}, {"filter", "articleType=Shoes"}});
  const json hits = shoes.json()["hits"];
  for (const json& hit : hits) {
    EXPECT_EQ(hit["attributes"]["articleType"], "Shoes");
  }
  EXPECT_EQ(ids(shoes).size(), 5U);
  const double third = shoes.json()["hits"][2]["score"];
  EXPECT_EQ(
      ids(post(kSearch, {{"id", id(2)}, {"filter", "articleType=Shoes"}, {"min_score", third}}))
          .size(),
      3U);
  const double distance = shoes.json()["hits"][2]["distance"];
  EXPECT_EQ(ids(post(kSearch,
                     {{"id", id(2)}, {"filter", "articleType=Shoes"}, {"max_distance", distance}}))
                .size(),
            3U);
  EXPECT_EQ(post(kSearch, {{"id", id(2)}, {"min_score", 0.5}, {"max_distance", 1}}).status, 400);
  const ClientAnswer wrong = post(kSearch, {{"id", id(2)}, {"filter", "articleType="}});
  EXPECT_EQ(wrong.status, 400);
  EXPECT_NE(wrong.json()["error"]["details"].get<std::string>().find('^'), std::string::npos);
}

TEST_F(SearchRoute, PagesEqualTheWhole) {
  for (const json& extra :
       {json::object(), json{{"filter", "price>=20"}}, json{{"colour_weight", 0.4}},
        json{{"collapse", true}}, json{{"descriptor", "histogram"}}}) {
    json request = {{"id", id(1)}, {"limit", 100}};
    request.update(extra);
    const json whole = post(kSearch, request).json()["hits"];
    request["limit"] = 4;
    json together = json::array();
    for (int page = 0; page < 10; ++page) {
      const json answer = post(kSearch, request).json();
      for (const json& hit : answer["hits"]) together.push_back(hit);
      if (answer["next_cursor"].is_null()) break;
      request["cursor"] = answer["next_cursor"];
    }
    EXPECT_EQ(together, whole) << extra.dump();
  }
}

TEST_F(SearchRoute, APageDoesNotShiftWhenItemsComeAndGo) {
  json request = {{"id", id(1)}, {"limit", 4}};
  const json first = post(kSearch, request).json();
  const std::vector<std::string> whole = ids(post(kSearch, {{"id", id(1)}, {"limit", 100}}));
  ASSERT_EQ(ask({"DELETE", kItems + encoded(whole[0])}).status, 204);
  ASSERT_EQ(
      ask(FormBody().file("image", photo(1)).request("PUT", kItems + std::string("copy"))).status,
      201);
  ASSERT_TRUE(eventually([&] {
    const auto now = ids(post(kSearch, {{"id", id(1)}, {"limit", 1}}));
    return now == std::vector<std::string>{"copy"};
  }));
  request["cursor"] = first["next_cursor"];
  const std::vector<std::string> second = ids(post(kSearch, request));
  EXPECT_EQ(second, std::vector<std::string>(whole.begin() + 4, whole.begin() + 8));
}

TEST_F(SearchRoute, ACursorGoesWithItsRequestOnly) {
  const json first = post(kSearch, {{"id", id(1)}, {"limit", 3}}).json();
  const ClientAnswer other =
      post(kSearch, {{"id", id(2)}, {"limit", 3}, {"cursor", first["next_cursor"]}});
  EXPECT_EQ(other.status, 400);
  EXPECT_EQ(post(kSearch, {{"id", id(1)}, {"cursor", "nonsense"}}).status, 400);
  EXPECT_EQ(
      post(kSearch, {{"id", id(1)}, {"diversity", 0.5}, {"cursor", first["next_cursor"]}}).status,
      400);
  // A larger page from there is no other request.
  EXPECT_EQ(post(kSearch, {{"id", id(1)}, {"limit", 5}, {"cursor", first["next_cursor"]}}).status,
            200);
}

TEST_F(SearchRoute, SaysWhatIsWrong) {
  EXPECT_EQ(post(kSearch, json::object()).status, 400);
  EXPECT_EQ(post(kSearch, {{"id", id(1)}, {"limit", 0}}).status, 400);
  EXPECT_EQ(post(kSearch, {{"id", id(1)}, {"limit", 2.5}}).status, 400);
  EXPECT_EQ(post(kSearch, {{"id", id(1)}, {"limit", "10"}}).status, 400);
  EXPECT_EQ(post(kSearch, {{"id", id(1)}, {"lmit", 10}}).status, 400);
  EXPECT_EQ(post(kSearch, {{"id", id(1)}, {"metric", "nearness"}}).status, 400);
  EXPECT_EQ(post(kSearch, {{"id", id(1)}, {"box", {0, 0, 1, 1}}}).status, 400);
  EXPECT_EQ(post(kSearch, {{"id", id(1)}, {"vector", {1.0}}}).status, 400);
  EXPECT_EQ(post(kSearch, {{"image_base64", "***"}}).status, 400);
  EXPECT_EQ(ask({"POST", kSearch, "{", {{"Content-Type", "application/json"}}}).status, 400);
  EXPECT_EQ(ask({"POST", kSearch, "[]", {{"Content-Type", "application/json"}}}).status, 400);
  EXPECT_EQ(ask({"POST", kSearch, "\xFF", {{"Content-Type", "application/json"}}}).status, 400);
  EXPECT_EQ(ask({"POST", kSearch, "x", {{"Content-Type", "text/plain"}}}).status, 415);
  EXPECT_EQ(ask({"POST", kSearch, "x", {{"Content-Type", "multipart/form-data"}}}).status, 400);
  EXPECT_EQ(post("/v1/collections/none/search", {{"id", id(1)}}).status, 404);
}

TEST_F(SearchRoute, SaysWhyAPhotoIsNone) {
  const auto code = [&](const std::string& bytes) {
    const ClientAnswer answer = ask(FormBody().file("image", bytes).request("POST", kSearch));
    EXPECT_EQ(answer.status, 422) << answer.body;
    return answer.code();
  };
  EXPECT_EQ(code(""), "empty");
  EXPECT_EQ(code("<html>no</html>"), "not_an_image");
  EXPECT_EQ(code(photo(1).substr(0, 500)), "truncated");
  EXPECT_EQ(code("%PDF-1.7 no picture"), "unsupported_format");
  HttpServer shop;
  shop.on("/page", answer(200, {{"Content-Type", "text/html"}}, "<html>a page</html>"));
  EXPECT_EQ(post(kSearch, {{"image_url", shop.url("/page")}}).code(), "wrong_content_type");
  EXPECT_EQ(post(kSearch, {{"image_url", shop.url("/none")}}).code(), "http_error");
}

TEST_F(SearchRoute, ExplainsItself) {
  const json explained = post(kSearch, {{"id", id(1)}, {"explain", true}}).json()["explain"];
  EXPECT_EQ(explained["rows"], kPhotos);
  EXPECT_FALSE(post(kSearch, {{"id", id(1)}}).json().contains("explain"));
}

TEST_F(SearchRoute, ComparesTwoPhotos) {
  const ClientAnswer same =
      ask(FormBody().file("a", photo(3)).file("b", photo(3)).request("POST", "/v1/compare"));
  ASSERT_EQ(same.status, 200) << same.body;
  EXPECT_EQ(same.json()["score"], 1.0);
  EXPECT_EQ(same.json()["descriptors"]["histogram"]["score"], 1.0);
  const ClientAnswer other = post("/v1/compare", {{"a_id", id(3)}, {"b_id", id(4)}});
  ASSERT_EQ(other.status, 200) << other.body;
  EXPECT_LT(other.json()["score"], 1.0);
  EXPECT_EQ(post("/v1/compare", {{"a_id", id(3)}}).status, 400);
  EXPECT_EQ(post("/v1/compare", {{"a_id", id(3)}, {"b_id", "nobody"}}).status, 404);
}

TEST_F(SearchRoute, ShowsThePhotoThatWasSearchedWith) {
  const std::string query_id =
      ask(FormBody().file("image", photo(5)).request("POST", kSearch)).json()["query_id"];
  EXPECT_EQ(get("/v1/queries/" + query_id + "/image").body, photo(5));
  EXPECT_EQ(get("/v1/queries/q_unknown/image").status, 404);
}

TEST_F(SearchRoute, TellsFromWhichScoreOnHitsAreClose) {
  for (const std::string weight : {"", "?colour_weight=0.5", "?colour_weight=1"}) {
    const ClientAnswer words = get("/v1/collections/default/closeness" + weight);
    ASSERT_EQ(words.status, 200) << words.body;
    EXPECT_LE(words.json()["close"], words.json()["very_close"]);
    EXPECT_GT(words.json()["close"], 0);
  }
}

TEST_F(SearchRoute, FetchesNothingFromPrivateAddresses) {
  start([](server::ServiceOptions& options) { options.photos.fetch.allow_private = false; });
  HttpServer inside;
  inside.on("/3.jpg", serve_photo({photo(3)}));
  const ClientAnswer answer = post(kSearch, {{"image_url", inside.url("/3.jpg")}});
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(answer.code(), "unreadable");
  EXPECT_EQ(inside.connections(), 0);
}

}  // namespace semblance::test
