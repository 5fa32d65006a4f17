#include <chrono>
#include <thread>

#include "contract/service_fixture.h"
#include "image/decode.h"
#include "support/http_server.h"

namespace semblance::test {

using nlohmann::json;

class ItemRoutes : public ServiceFixture {
 protected:
  void SetUp() override {
    ServiceFixture::SetUp();
    start();
  }

  [[nodiscard]] bool is_found(const std::string& item) const {
    return eventually([&] {
      for (const std::string& each : ids(post(kSearch, {{"id", id(0)}, {"limit", 100}}))) {
        if (each == item) return true;
      }
      return false;
    });
  }
};

TEST_F(ItemRoutes, ShowAnItemAndItsPictures) {
  const ClientAnswer item = get(kItems + id(3));
  ASSERT_EQ(item.status, 200) << item.body;
  EXPECT_EQ(item.json()["attributes"]["price"], "30");
  const ClientAnswer image = get(item.json()["image"]);
  EXPECT_EQ(image.status, 200);
  EXPECT_EQ(image.body, photo(3));
  EXPECT_EQ(image.field("content-type"), "image/jpeg");
  const ClientAnswer thumbnail = get(item.json()["thumbnail"].get<std::string>() + "?size=40");
  ASSERT_EQ(thumbnail.status, 200) << thumbnail.body;
  const auto decoded = decode_image(std::as_bytes(std::span(thumbnail.body)), {});
  ASSERT_TRUE(decoded);
  EXPECT_EQ(std::max(decoded->image.width, decoded->image.height), 40);
  const ClientAnswer again = ask({"GET",
                                  kItems + id(3) + "/thumbnail?size=40",
                                  "",
                                  {{"If-None-Match", thumbnail.field("etag")}}});
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(get(kItems + id(3) + "/thumbnail?size=4000").status, 400);
  EXPECT_EQ(get(kItems + std::string("nobody")).status, 404);
  EXPECT_EQ(get(kItems + std::string("nobody/image")).status, 404);
}

TEST_F(ItemRoutes, ShowEachUploadedPhotoAsItself) {
  for (const int look : {50, 51}) {
    const std::string item = "uploaded-" + std::to_string(look);
    ASSERT_EQ(ask(FormBody().file("image", photo(look)).request("PUT", kItems + item)).status, 201);
  }
  const ClientAnswer one = get(kItems + std::string("uploaded-50/thumbnail?size=64"));
  const ClientAnswer other = get(kItems + std::string("uploaded-51/thumbnail?size=64"));
  ASSERT_EQ(one.status, 200) << one.body;
  ASSERT_EQ(other.status, 200) << other.body;
  EXPECT_TRUE(one.body != other.body);
  EXPECT_NE(one.field("etag"), other.field("etag"));
  EXPECT_TRUE(get(kItems + std::string("uploaded-51/image")).body == photo(51));
  // Another photo in its place is another version.
  ASSERT_EQ(
      ask(FormBody().file("image", photo(52)).request("PUT", kItems + std::string("uploaded-51")))
          .status,
      200);
  const ClientAnswer replaced = ask({"GET",
                                     kItems + std::string("uploaded-51/thumbnail?size=64"),
                                     "",
                                     {{"If-None-Match", other.field("etag")}}});
  EXPECT_EQ(replaced.status, 200);
  EXPECT_TRUE(replaced.body != other.body);
}

TEST_F(ItemRoutes, ShowNoFileFromOutsideTheSource) {
  const std::filesystem::path secret = folder_.write("secret.jpg", photo(9));
  std::filesystem::remove(photos() / id(4));
  std::filesystem::create_symlink(secret, photos() / id(4));
  const ClientAnswer image = get(kItems + id(4) + "/image");
  EXPECT_NE(image.status, 200);
  EXPECT_EQ(get(kItems + id(4) + "/thumbnail").status, image.status);
  EXPECT_EQ(get("/v1/collections/default/items/..%2F..%2Fsecret.jpg/image").status, 404);
  std::filesystem::remove(photos() / id(5));
  EXPECT_EQ(get(kItems + id(5) + "/image").code(), "missing_file");
}

TEST_F(ItemRoutes, GiveSomeItemsToLookAround) {
  const json some = get("/v1/collections/default/items?sample=5&seed=1").json()["items"];
  EXPECT_EQ(some.size(), 5U);
  EXPECT_EQ(get("/v1/collections/default/items?sample=5&seed=1").json()["items"], some);
  EXPECT_EQ(get("/v1/collections/default/items?sample=100").json()["items"].size(), kPhotos);
  EXPECT_EQ(get("/v1/collections/default/items?sample=0").status, 400);
}

TEST_F(ItemRoutes, PutAddsReplacesAndDoesNothingTwice) {
  const ClientRequest request = FormBody()
                                    .file("image", photo(40))
                                    .text("attributes", R"({"articleType":"Hats","price":12.5})")
                                    .text("product", "hat")
                                    .request("PUT", kItems + std::string("shop%2Fhat"));
  const ClientAnswer created = ask(request);
  ASSERT_EQ(created.status, 201) << created.body;
  EXPECT_EQ(created.json(), (json{{"id", "shop/hat"}, {"status", "created"}}));
  EXPECT_TRUE(is_found("shop/hat"));
  EXPECT_EQ(ask(request).json()["status"], "unchanged");
  const json item = get(kItems + std::string("shop%2Fhat")).json();
  EXPECT_EQ(item["attributes"], (json{{"articleType", "Hats"}, {"price", "12.5"}}));
  EXPECT_EQ(item["product"], "hat");
  EXPECT_EQ(get(item["image"]).body, photo(40));
  const ClientAnswer replaced =
      ask(FormBody().file("image", photo(41)).request("PUT", kItems + std::string("shop%2Fhat")));
  EXPECT_EQ(replaced.json()["status"], "replaced");
  EXPECT_EQ(get(item["image"]).body, photo(41));
  EXPECT_EQ(get(kItems + std::string("shop%2Fhat")).json()["attributes"], json::object());
}

TEST_F(ItemRoutes, PutTakesAnAddress) {
  HttpServer shop;
  shop.on("/hat.jpg", serve_photo({photo(42)}));
  const ClientAnswer answer =
      send_json("PUT", kItems + std::string("hat"), {{"image_url", shop.url("/hat.jpg")}});
  ASSERT_EQ(answer.status, 201) << answer.body;
  EXPECT_EQ(get(kItems + std::string("hat")).json()["url"], shop.url("/hat.jpg"));
}

TEST_F(ItemRoutes, PutRefusesWhatIsNoPhotoAndChangesNothing) {
  const std::string before = get(kItems + id(1)).body;
  EXPECT_EQ(ask(FormBody().file("image", "no").request("PUT", kItems + id(1))).status, 422);
  EXPECT_EQ(send_json("PUT", kItems + std::string("new"), {{"attributes", {{"a", 1}}}}).status,
            404);
  EXPECT_EQ(send_json("PUT", kItems + id(1), {{"attributes", {{"a", {{"b", 1}}}}}}).status, 400);
  EXPECT_EQ(
      ask(FormBody().file("image", photo(1)).request("PUT", kItems + std::string("%01"))).status,
      400);
  EXPECT_EQ(get(kItems + id(1)).body, before);
}

TEST_F(ItemRoutes, PatchChangesSomeAttributes) {
  const ClientAnswer patched =
      send_json("PATCH", kItems + id(2),
                {{"attributes", {{"price", 5}, {"sale", true}, {"colour", nullptr}}}});
  ASSERT_EQ(patched.status, 200) << patched.body;
  EXPECT_EQ(get(kItems + id(2)).json()["attributes"],
            (json{{"articleType", "Shoes"}, {"price", "5"}, {"sale", "true"}}));
  EXPECT_TRUE(eventually([&] {
    return ids(post(kSearch, {{"id", id(0)}, {"filter", "price=5"}})) ==
           std::vector<std::string>{id(2)};
  }));
  EXPECT_EQ(send_json("PATCH", kItems + std::string("nobody"), {{"product", "x"}}).status, 404);
}

TEST_F(ItemRoutes, DeleteRemovesAnItem) {
  EXPECT_EQ(ask({"DELETE", kItems + id(6)}).status, 204);
  EXPECT_EQ(get(kItems + id(6)).status, 404);
  EXPECT_EQ(ask({"DELETE", kItems + id(6)}).status, 404);
  EXPECT_TRUE(std::filesystem::exists(photos() / id(6)));
  EXPECT_TRUE(eventually([&] {
    return ids(post(kSearch, {{"id", id(0)}, {"limit", 100}})).size() == kPhotos - 2U;
  }));
}

TEST_F(ItemRoutes, BatchTellsEachOutcome) {
  HttpServer shop;
  shop.on("/hat.jpg", serve_photo({photo(43)}));
  const json operations = json::array({
      {{"op", "put"}, {"id", "hat"}, {"image_url", shop.url("/hat.jpg")}},
      {{"op", "patch"}, {"id", id(1)}, {"attributes", {{"price", 1}}}},
      {{"op", "delete"}, {"id", id(7)}},
      {{"op", "delete"}, {"id", "nobody"}},
      {{"op", "put"}, {"id", "page"}, {"image_url", shop.url("/none.jpg")}},
  });
  const ClientAnswer answer =
      post("/v1/collections/default/items:batch", {{"operations", operations}});
  ASSERT_EQ(answer.status, 200) << answer.body;
  std::vector<std::string> outcomes;
  const json results = answer.json()["results"];
  for (const json& line : results) {
    outcomes.push_back(line.contains("error") ? line["error"]["code"] : line["status"]);
  }
  EXPECT_EQ(outcomes,
            (std::vector<std::string>{"created", "patched", "deleted", "not_found", "http_error"}));
  EXPECT_EQ(answer.json()["failed"], 2);
  EXPECT_TRUE(is_found("hat"));
  // A batch that is wrong in itself changes nothing.
  const json wrong =
      json::array({{{"op", "delete"}, {"id", id(2)}}, {{"op", "burn"}, {"id", "x"}}});
  EXPECT_EQ(post("/v1/collections/default/items:batch", {{"operations", wrong}}).status, 400);
  EXPECT_EQ(get(kItems + id(2)).status, 200);
  EXPECT_EQ(post("/v1/collections/default/items:batch", {{"operations", json::array()}}).status,
            400);
}

TEST_F(ItemRoutes, WritesOutliveTheServer) {
  ASSERT_EQ(
      ask(FormBody().file("image", photo(44)).request("PUT", kItems + std::string("hat"))).status,
      201);
  ASSERT_EQ(ask({"DELETE", kItems + id(3)}).status, 204);
  start();
  EXPECT_EQ(get(kItems + std::string("hat")).status, 200);
  EXPECT_EQ(get(kItems + id(3)).status, 404);
  EXPECT_TRUE(is_found("hat"));
}

TEST_F(ItemRoutes, AnEmptyCollectionTakesItsFirstItem) {
  ASSERT_EQ(post("/v1/collections/second", {{"model", network_}}).status, 201);
  const ClientAnswer first =
      ask(FormBody().file("image", photo(1)).request("PUT", "/v1/collections/second/items/first"));
  ASSERT_EQ(first.status, 201) << first.body;
  EXPECT_TRUE(eventually([&] {
    return ids(ask(FormBody()
                       .file("image", photo(1))
                       .request("POST", "/v1/collections/second/search"))) ==
           std::vector<std::string>{"first"};
  }));
}

}  // namespace semblance::test
