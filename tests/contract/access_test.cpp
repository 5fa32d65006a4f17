#include <string>

#include "contract/service_fixture.h"
#include "server/keys.h"

namespace semblance::test {

using nlohmann::json;

/// A server with keys of every kind.
class Keys : public ServiceFixture {
 protected:
  void SetUp() override {
    ServiceFixture::SetUp();
    admin_ = add(server::KeyKind::kAdmin);
    search_ = add(server::KeyKind::kSearch);
    shop_ = add(server::KeyKind::kSearch, {"https://shop.example"});
    slow_ = add(server::KeyKind::kSearch, {}, 0.001);
    save();
    start([this](server::ServiceOptions& options) { options.access.keys = path(); });
  }

  std::string add(server::KeyKind kind, const std::vector<std::string>& origins = {},
                  double rate = 0) {
    auto created = file_.create(kind, "test", origins, rate);
    EXPECT_TRUE(created);
    last_id_ = created->key.id;
    return created->secret;
  }
  void save() const { ASSERT_TRUE(file_.save(path())); }
  [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "keys.json"; }

  [[nodiscard]] ClientAnswer with(const std::string& key, ClientRequest request,
                                  const std::string& origin = {}) const {
    request.fields.emplace_back("Authorization", "Bearer " + key);
    if (!origin.empty()) request.fields.emplace_back("Origin", origin);
    return ask(request);
  }

  server::KeyFile file_;
  std::string admin_;
  std::string search_;
  std::string shop_;
  std::string slow_;
  std::string last_id_;
};

TEST_F(Keys, AreNeededForAllButHealthAndPages) {
  const ClientAnswer answer = get("/v1/collections");
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.field("www-authenticate"), "Bearer");
  EXPECT_EQ(with("semblance_admin_wrong", {"GET", "/v1/collections"}).code(), "key_unknown");
  EXPECT_EQ(get("/metrics").status, 401);
  EXPECT_EQ(get("/livez").status, 200);
  EXPECT_EQ(send(service_->port(), {"GET", "/docs"}).status, 200);
}

TEST_F(Keys, OfTheKindSearchMayOnlyLook) {
  EXPECT_EQ(with(search_, {"GET", "/v1/collections"}).status, 200);
  EXPECT_EQ(with(search_, {"GET", kItems + id(1) + "/similar"}).status, 200);
  for (const ClientRequest& request :
       {ClientRequest{"DELETE", kItems + id(1)}, ClientRequest{"DELETE", "/v1/collections/default"},
        ClientRequest{"GET", "/v1/jobs"}, ClientRequest{"GET", "/metrics"},
        ClientRequest{"GET", "/v1/collections/default/problems"}}) {
    EXPECT_EQ(with(search_, request).code(), "key_not_admin") << request.target;
  }
  EXPECT_EQ(with(admin_, {"DELETE", kItems + id(1)}).status, 204);
}

TEST_F(Keys, MayAlsoStandInAFieldOfTheirOwn) {
  EXPECT_EQ(ask({"GET", "/v1/collections", "", {{"X-API-Key", search_}}}).status, 200);
}

TEST_F(Keys, OfTheKindSearchSeeNoPaths) {
  const json hits = with(search_, {"GET", kItems + id(1) + "/similar"}).json()["hits"];
  EXPECT_TRUE(hits[0]["path"].is_null());
  EXPECT_FALSE(
      with(admin_, {"GET", kItems + id(1) + "/similar"}).json()["hits"][0]["path"].is_null());
}

TEST_F(Keys, OfAnOriginServeItsPagesOnly) {
  const ClientAnswer answer = with(shop_, {"GET", "/v1/collections"}, "https://shop.example");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.field("access-control-allow-origin"), "https://shop.example");
  EXPECT_EQ(with(shop_, {"GET", "/v1/collections"}).code(), "origin_not_allowed");
  EXPECT_EQ(with(search_, {"GET", "/v1/collections"}, "https://other.example").code(),
            "origin_not_allowed");
}

TEST_F(Keys, AreLimitedInTheirRate) {
  EXPECT_EQ(with(slow_, {"GET", "/v1/collections"}).status, 200);
  ClientAnswer answer;
  for (int i = 0; i < 3; ++i) answer = with(slow_, {"GET", "/v1/collections"});
  EXPECT_EQ(answer.status, 429);
  EXPECT_GE(std::stoi("0" + answer.field("retry-after")), 1);
  EXPECT_EQ(with(search_, {"GET", "/v1/collections"}).status, 200) << "another key paid for it";
}

TEST_F(Keys, ComeAndGoWithoutARestart) {
  ASSERT_TRUE(file_.revoke(last_id_));
  const std::string fresh = add(server::KeyKind::kSearch);
  save();
  EXPECT_EQ(with(fresh, {"GET", "/v1/collections"}).status, 401);
  ASSERT_TRUE(service_->reload_keys());
  EXPECT_EQ(with(fresh, {"GET", "/v1/collections"}).status, 200);
  EXPECT_EQ(with(slow_, {"GET", "/v1/collections"}).status, 401);
  folder_.write("keys.json", "spoiled");
  EXPECT_FALSE(service_->reload_keys());
  EXPECT_EQ(with(fresh, {"GET", "/v1/collections"}).status, 200) << "a spoiled file locked all out";
}

TEST_F(Keys, AreNotInTheirFile) {
  const Result<Bytes> bytes = read_file(path(), 1 << 20);
  ASSERT_TRUE(bytes);
  const std::string text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  for (const std::string& secret : {admin_, search_, shop_, slow_}) {
    EXPECT_EQ(text.find(secret.substr(20)), std::string::npos);
  }
  EXPECT_EQ(std::filesystem::status(path()).permissions() & std::filesystem::perms::mask,
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

/// A server without keys, as it is on a laptop.
class WithoutKeys : public ServiceFixture {
 protected:
  void SetUp() override {
    ServiceFixture::SetUp();
    start();
  }
  [[nodiscard]] ClientAnswer from(const std::string& origin, ClientRequest request) const {
    request.fields.emplace_back("Origin", origin);
    return ask(request);
  }
};

TEST_F(WithoutKeys, AnswersToItsOwnNamesOnly) {
  EXPECT_EQ(ask({"GET", "/v1/collections", "", {{"Host", "localhost:1234"}}}).status, 200);
  EXPECT_EQ(ask({"GET", "/v1/collections", "", {{"Host", "rebound.example"}}}).code(),
            "host_not_allowed");
  EXPECT_EQ(ask({"GET", "/v1/collections", "", {{"Host", "localhost.rebound.example"}}}).status,
            403);
  start([](server::ServiceOptions& options) {
    options.access.allowed_hosts = {"search.shop.example"};
  });
  EXPECT_EQ(ask({"GET", "/v1/collections", "", {{"Host", "search.shop.example"}}}).status, 200);
}

TEST_F(WithoutKeys, RefusesPagesOfOtherOrigins) {
  const ClientAnswer refused = from("https://evil.example", {"DELETE", kItems + id(1)});
  EXPECT_EQ(refused.code(), "origin_not_allowed");
  EXPECT_EQ(refused.field("access-control-allow-origin"), "");
  EXPECT_EQ(get(kItems + id(1)).status, 200);
  const std::string own = "http://127.0.0.1:" + std::to_string(service_->port());
  EXPECT_EQ(from(own, {"GET", "/v1/collections"}).status, 200);
  EXPECT_EQ(from("null", {"GET", "/v1/collections"}).status, 403);
}

TEST_F(WithoutKeys, LetsInTheOriginsThatAreAllowed) {
  start([](server::ServiceOptions& options) {
    options.access.allowed_origins = {"https://shop.example"};
  });
  EXPECT_EQ(
      from("https://shop.example", {"GET", "/v1/collections"}).field("access-control-allow-origin"),
      "https://shop.example");
  const ClientRequest preflight{
      "OPTIONS",
      "/v1/collections/default/search",
      "",
      {{"Origin", "https://shop.example"}, {"Access-Control-Request-Method", "POST"}}};
  const ClientAnswer allowed = send(service_->port(), preflight);
  EXPECT_EQ(allowed.status, 204);
  EXPECT_NE(allowed.field("access-control-allow-methods").find("POST"), std::string::npos);
  EXPECT_EQ(from("https://evil.example", {"GET", "/v1/collections"}).status, 403);
}

TEST_F(WithoutKeys, DoesNotListenForOthers) {
  server::ServiceOptions options;
  options.data_folder = data();
  options.http.host = "0.0.0.0";
  options.http.port = 0;
  const auto refused = server::Service::start(options);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("--keys"), std::string::npos);
}

}  // namespace semblance::test
