#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <string>

#include "catalogue/database.h"
#include "contract/service_fixture.h"
#include "engine/collection_files.h"
#include "engine/sync.h"
#include "image/encode.h"
#include "image/resize.h"
#include "server/keys.h"
#include "support/dummy_network.h"
#include "support/fake_embedder.h"
#include "support/picture_files.h"

namespace semblance::test {

using nlohmann::json;

inline constexpr const char* kDuplicates = "/v1/collections/default/duplicates";

/// The usual collection, equal files of its photos 0 and 1, and four other photos in two sizes.
class DuplicateRoutes : public ServiceFixture {
 protected:
  void SetUp() override {
    ServiceFixture::SetUp();
    for (int i = 0; i < 2; ++i) folder_.write("photos/equal-" + id(i), photo(i));
    for (int i = 20; i < 24; ++i) {
      folder_.write("photos/large-" + id(i), scene(i, 288, 384));
      folder_.write("photos/small-" + id(i), scene(i, 144, 192));
    }
    sync();
  }

  void sync() {
    SyncOptions options;
    options.sources = {photos().string()};
    options.model = network_;
    SyncHooks hooks;
    hooks.open_embedder = [this](const ModelCard& card) {
      return open_counting_embedder(card, embedded_, before_embedding_);
    };
    const Result<SyncReport> report = sync_collection(data(), "default", options, hooks);
    ASSERT_TRUE(report) << report.error().message;
  }
  static std::string scene(int variant, int width, int height) {
    const Image scene = make_scene(variant);
    const std::vector<std::byte> jpeg =
        encode_jpeg(resize(scene, {0, 0, double(scene.width), double(scene.height)}, width, height,
                           ResizeFilter::kArea),
                    90);
    return {reinterpret_cast<const char*>(jpeg.data()), jpeg.size()};
  }

  /// The answer to a request for groups, once there is one.
  [[nodiscard]] ClientAnswer groups(const std::string& query = "") const {
    ClientAnswer answer;
    EXPECT_TRUE(eventually([&] {
      answer = get(kDuplicates + query);
      return answer.status != 202 && !(answer.status == 200 && !answer.json()["current"]);
    }));
    return answer;
  }
  static std::vector<std::string> names(const json& page) {
    std::vector<std::string> list;
    for (const json& group : page["groups"]) list.push_back(group["group"].get<std::string>());
    return list;
  }
  [[nodiscard]] std::string decision_of(const std::string& group) const {
    return kDuplicates + ("/" + group + "/decision");
  }
  [[nodiscard]] ClientAnswer decide(const std::string& group, const json& decision) const {
    return send_json("PUT", decision_of(group), decision);
  }
  [[nodiscard]] json group_named(const std::string& name) const {
    const json page = groups().json();
    for (const json& group : page["groups"]) {
      if (group["group"] == name) return group;
    }
    return {};
  }
  /// What is being found cannot end while this is there.
  [[nodiscard]] Database held_cache() const {
    Result<Database> cache =
        Database::open(data() / "collections/default/duplicates.sqlite", Database::Mode::kWrite);
    if (!cache) throw std::runtime_error(cache.error().message);
    return *std::move(cache);
  }
};

TEST_F(DuplicateRoutes, GroupsStandLaneByLaneWithTheirEvidence) {
  start();
  const json page = groups().json();
  EXPECT_EQ(page["items"], kPhotos + 10);
  EXPECT_EQ(page["unreadable"], 0);
  ASSERT_EQ(page["lanes"].size(), 3U);
  EXPECT_EQ(page["lanes"][0], (json{{"lane", "identical"}, {"groups", 2}, {"decided", 0}}));
  EXPECT_EQ(page["lanes"][1], (json{{"lane", "same-photo"}, {"groups", 4}, {"decided", 0}}));
  const json& first = page["groups"][0];
  EXPECT_EQ(first["lane"], "identical");
  EXPECT_EQ(first["decision"], nullptr);
  EXPECT_EQ(first["items"][0]["best"], true);
  EXPECT_EQ(first["items"][0]["evidence"], nullptr);
  EXPECT_EQ(first["items"][1]["evidence"]["equal"], "bytes");
  EXPECT_EQ(get(first["items"][1]["thumbnail"].get<std::string>()).status, 200);
  const json same = groups("?lane=same-photo").json();
  ASSERT_EQ(same["groups"].size(), 4U);
  for (const json& group : same["groups"]) {
    ASSERT_EQ(group["items"].size(), 2U);
    EXPECT_GT(group["items"][0]["width"], group["items"][1]["width"]);
    EXPECT_GT(group["items"][1]["evidence"]["correlation"], .99);
  }
}

TEST_F(DuplicateRoutes, PagesFollowEachOtherWhileDecisionsAreTaken) {
  start();
  const std::vector<std::string> all = names(groups("?limit=200").json());
  ASSERT_GE(all.size(), 6U);
  std::vector<std::string> paged;
  std::string cursor;
  do {
    const json page = groups("?decided=false&limit=2" + cursor).json();
    ASSERT_LE(page["groups"].size(), 2U);
    for (const json& group : page["groups"]) {
      const std::string name = group["group"].get<std::string>();
      paged.push_back(name);
      const json keep = {{"verdict", "keep"}, {"keep", group["items"][0]["id"]}};
      EXPECT_EQ(
          decide(name, paged.size() % 2 == 0 ? keep : json{{"verdict", "not_duplicates"}}).status,
          200);
    }
    cursor =
        page["next_cursor"].is_null() ? "" : "&cursor=" + page["next_cursor"].get<std::string>();
  } while (!cursor.empty());
  EXPECT_EQ(paged, all) << "each once, though those before had gone from the list";
  EXPECT_EQ(names(groups("?decided=false").json()), std::vector<std::string>());
  EXPECT_EQ(names(groups("?decided=true&limit=200").json()), all);
  EXPECT_EQ(groups("?limit=200").json()["next_cursor"], nullptr);
}

TEST_F(DuplicateRoutes, ACursorGoesWithItsRequest) {
  start();
  const std::string cursor = groups("?limit=1").json()["next_cursor"].get<std::string>();
  EXPECT_EQ(groups("?limit=3&cursor=" + cursor).status, 200) << "another limit is no other request";
  for (const std::string other :
       {"lane=identical", "mirrored=true", "grey=true", "min_score=.5", "decided=false"}) {
    EXPECT_EQ(get(kDuplicates + ("?" + other + "&cursor=" + cursor)).status, 400) << other;
  }
}

TEST_F(DuplicateRoutes, WhatIsWrongIsRefused) {
  start();
  for (const std::string query :
       {"lane=other", "min_score=2", "min_score=x", "limit=0", "limit=201", "cursor=x",
        "mirrored=maybe", "decided=", "unknown=1", "cursor="}) {
    const ClientAnswer answer = get(kDuplicates + ("?" + query));
    EXPECT_EQ(answer.status, 400) << query;
    EXPECT_EQ(answer.code(), "invalid_argument") << query;
  }
  EXPECT_EQ(get("/v1/collections/none/duplicates").status, 404);
  EXPECT_EQ(ask({"POST", kDuplicates}).status, 405);
  const std::string name = names(groups().json())[0];
  for (const json& body : {json::object(), json{{"verdict", "keep"}}, json{{"verdict", "delete"}},
                           json{{"verdict", "not_duplicates"}, {"keep", id(0)}},
                           json{{"verdict", "keep"}, {"keep", 1}},
                           json{{"verdict", "keep"}, {"keep", id(0)}, {"other", 1}},
                           json{{"verdict", "keep"}, {"keep", id(7)}}}) {
    EXPECT_EQ(decide(name, body).status, 400) << body;
  }
  EXPECT_EQ(decide("s-0000000000", {{"verdict", "not_duplicates"}}).status, 404);
  EXPECT_EQ(ask({"DELETE", decision_of("s-0000000000")}).status, 404);
  EXPECT_EQ(ask({"DELETE", decision_of(name)}).status, 404) << "nothing was decided about it";
  EXPECT_EQ(ask({"PUT", decision_of(name)}).status, 400);
  EXPECT_EQ(ask({"PUT", decision_of(name), "x", {{"Content-Type", "text/plain"}}}).status, 415);
  EXPECT_EQ(ask({"PUT", decision_of(name), "{", {{"Content-Type", "application/json"}}}).status,
            400);
  EXPECT_EQ(get(kDuplicates + std::string("/delete-list?x=1")).status, 400);
  EXPECT_EQ(get("/v1/collections/none/duplicates/delete-list").status, 404);
  EXPECT_EQ(ask({"DELETE", "/v1/collections/none/duplicates/s-0/decision"}).status, 404);
}

TEST_F(DuplicateRoutes, DecisionsAreRememberedAndCanBeTakenBack) {
  start();
  const json page = groups().json();
  const std::string identical = names(page)[0];
  const std::string photo = groups("?lane=same-photo").json()["groups"][0]["group"];
  const std::string keep = group_named(photo)["items"][0]["id"];
  const std::string other = group_named(photo)["items"][1]["id"];
  const json decision = {{"verdict", "keep"}, {"keep", keep}};
  for (int again = 0; again < 2; ++again) {
    EXPECT_EQ(decide(photo, decision).json(),
              (json{{"group", photo}, {"lane", "same-photo"}, {"decision", decision}}));
  }
  EXPECT_EQ(decide(identical, {{"verdict", "not_duplicates"}}).status, 200);
  EXPECT_EQ(group_named(photo)["decision"], decision);
  EXPECT_EQ(group_named(identical)["decision"], (json{{"verdict", "not_duplicates"}}));
  EXPECT_EQ(groups().json()["lanes"][0]["decided"], 1);
  const ClientAnswer list = get(kDuplicates + std::string("/delete-list"));
  EXPECT_EQ(list.body, (photos() / other).string() + "\n");
  EXPECT_NE(list.field("content-disposition").find("attachment"), std::string::npos);
  // A server that was started anew finds no group that was put asunder, until that is taken back.
  start();
  EXPECT_EQ(group_named(photo)["decision"], decision);
  EXPECT_EQ(group_named(identical), json());
  EXPECT_EQ(ask({"DELETE", decision_of(identical)}).status, 204);
  EXPECT_EQ(group_named(identical)["decision"], nullptr);
  EXPECT_EQ(ask({"DELETE", decision_of(photo)}).status, 204);
  EXPECT_EQ(get(kDuplicates + std::string("/delete-list")).body, "");
}

TEST_F(DuplicateRoutes, ADecisionIsAboutThePhotosThatWereThere) {
  start();
  const std::string name = groups("?lane=same-photo").json()["groups"][0]["group"];
  const std::string keep = group_named(name)["items"][0]["id"];
  // Known also to a server that has not looked for duplicates itself.
  start();
  EXPECT_EQ(decide(name, {{"verdict", "keep"}, {"keep", keep}}).status, 200);
  ASSERT_EQ(ask({"DELETE", kItems + keep}).status, 204);
  EXPECT_EQ(decide(name, {{"verdict", "not_duplicates"}}).status, 404);
  EXPECT_TRUE(eventually([&] { return group_named(name).is_null(); }));
}

TEST_F(DuplicateRoutes, ChangesOfItemsAreFollowed) {
  start();
  EXPECT_EQ(groups("?lane=same-photo").json()["groups"][0]["items"].size(), 2U);
  ASSERT_EQ(
      ask(FormBody().file("image", scene(21, 200, 267)).request("PUT", kItems + std::string("new")))
          .status,
      201);
  EXPECT_TRUE(eventually(
      [&] { return groups("?lane=same-photo").json()["groups"][0]["items"].size() == 3; }));
}

TEST_F(DuplicateRoutes, AnEmptyCollectionHasNone) {
  start();
  ASSERT_EQ(post("/v1/collections/summer", json::object()).status, 201);
  const ClientAnswer none = get("/v1/collections/summer/duplicates");
  EXPECT_EQ(none.status, 200);
  EXPECT_EQ(none.json()["groups"].size(), 0U);
  EXPECT_EQ(get("/v1/collections/summer/duplicates/delete-list").body, "");
}

TEST_F(DuplicateRoutes, WhoeverAsksIsToldHowFarItIs) {
  start();
  (void)groups();
  start();
  const Database cache = held_cache();
  std::optional<Result<Transaction>> held = Transaction::begin(cache);
  ASSERT_TRUE(*held);
  const ClientAnswer waiting = get(kDuplicates);
  EXPECT_EQ(waiting.status, 202);
  EXPECT_EQ(waiting.field("retry-after"), "1");
  EXPECT_TRUE(waiting.json()["progress"].contains("total"));
  EXPECT_EQ(get(kItems + id(1) + "/similar").status, 200) << "others are not held up";
  held.reset();
  EXPECT_EQ(groups().status, 200);
  // Where there is a report of before, that is the answer meanwhile.
  const std::size_t before = groups("?limit=200").json()["groups"].size();
  held.emplace(Transaction::begin(cache));
  ASSERT_TRUE(*held);
  ASSERT_EQ(ask({"DELETE", kItems + std::string("equal-") + id(0)}).status, 204);
  ASSERT_TRUE(eventually([&] { return get(kDuplicates).json()["current"] == false; }));
  const json old = get(kDuplicates + std::string("?limit=200")).json();
  EXPECT_EQ(old["groups"].size(), before);
  EXPECT_FALSE(old["progress"].is_null());
  held.reset();
  EXPECT_EQ(groups("?limit=200").json()["groups"].size(), before - 1);
}

TEST_F(DuplicateRoutes, ADecisionWaitsForTheLockUntilItsDeadline) {
  start([](server::ServiceOptions& options) {
    options.http.request_timeout = std::chrono::milliseconds(1'500);
  });
  const std::string name = names(groups().json())[0];
  std::optional<Result<CollectionLock>> lock =
      CollectionLock::acquire(CollectionFiles(data(), "default"));
  ASSERT_TRUE(*lock);
  EXPECT_EQ(decide(name, {{"verdict", "not_duplicates"}}).status, 503);
  lock.reset();
  EXPECT_EQ(decide(name, {{"verdict", "not_duplicates"}}).status, 200);
}

TEST_F(DuplicateRoutes, AreForAdmins) {
  server::KeyFile keys;
  const std::string admin = keys.create(server::KeyKind::kAdmin, "test", {}, 0)->secret;
  const std::string search = keys.create(server::KeyKind::kSearch, "test", {}, 0)->secret;
  const auto path = folder_.path() / "keys.json";
  ASSERT_TRUE(keys.save(path));
  start([&](server::ServiceOptions& options) { options.access.keys = path; });
  const auto with = [&](const std::string& key, ClientRequest request) {
    request.fields.emplace_back("Authorization", "Bearer " + key);
    return ask(request).status;
  };
  const ClientRequest decision = {"PUT",
                                  decision_of("s-0"),
                                  R"({"verdict":"not_duplicates"})",
                                  {{"Content-Type", "application/json"}}};
  for (const ClientRequest& request :
       {ClientRequest{"GET", kDuplicates},
        ClientRequest{"GET", kDuplicates + std::string("/delete-list")}, decision,
        ClientRequest{"DELETE", decision_of("s-0")}}) {
    EXPECT_EQ(ask(request).status, 401) << request.method << " " << request.target;
    EXPECT_EQ(with(search, request), 403) << request.method << " " << request.target;
  }
  EXPECT_EQ(with(admin, decision), 404);
  EXPECT_EQ(with(admin, {"GET", kDuplicates + std::string("/delete-list")}), 200);
}

}  // namespace semblance::test
