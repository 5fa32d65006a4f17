#include <algorithm>
#include <cctype>
#include <chrono>
#include <set>
#include <sstream>
#include <thread>

#include "contract/service_fixture.h"
#include "server/routes.h"

namespace semblance::test {

using nlohmann::json;

class OperationRoutes : public ServiceFixture {
 protected:
  void SetUp() override {
    ServiceFixture::SetUp();
    start();
  }

  /// Starts a sync and waits for its end.
  json finished_sync(const json& request) const {
    const ClientAnswer begun = post("/v1/collections/default/sync", request);
    EXPECT_EQ(begun.status, 202) << begun.body;
    json job = begun.json();
    EXPECT_TRUE(eventually([&] {
      job = get(begun.field("location")).json();
      return job["state"] != "queued" && job["state"] != "running";
    }));
    return job;
  }
};

TEST_F(OperationRoutes, ThePageIsThereAndCompressedForThoseWhoUnderstandIt) {
  for (const std::string address : {"/", "/status", "/?q=a&w=0.5"}) {
    const ClientAnswer page = send(service_->port(), {"GET", address});
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(page.field("content-type"), "text/html; charset=utf-8");
    EXPECT_NE(page.body.find("Semblance"), std::string::npos);
  }
  const ClientAnswer icon = send(service_->port(), {"GET", "/icon.svg"});
  EXPECT_EQ(send(service_->port(), {"GET", "/assets/other.js"}).status, 404);
  EXPECT_EQ(send(service_->port(), {"GET", "/assets/..%2Findex.html"}).status, 404);
  if (icon.status == 404) GTEST_SKIP() << "this program was built without its page";
  EXPECT_EQ(icon.field("content-type"), "image/svg+xml");
  const auto script = [&](const std::vector<std::pair<std::string, std::string>>& fields) {
    return send(service_->port(), {"GET", "/assets/app.js", {}, fields});
  };
  const ClientAnswer plain = script({});
  const ClientAnswer compressed = script({{"Accept-Encoding", "gzip"}});
  EXPECT_EQ(plain.field("content-encoding"), "");
  EXPECT_EQ(compressed.field("content-encoding"), "gzip");
  EXPECT_TRUE(compressed.body.starts_with("\x1f\x8b"));
  EXPECT_LT(compressed.body.size() * 2, plain.body.size());
  EXPECT_EQ(compressed.field("vary"), "Accept-Encoding");
  EXPECT_NE(plain.field("etag"), compressed.field("etag"));
  EXPECT_EQ(script({{"If-None-Match", plain.field("etag")}}).status, 304);
  EXPECT_EQ(script({{"If-None-Match", "\"another\""}}).status, 200);
}

TEST_F(OperationRoutes, TheDocumentNamesEveryRouteAndNoOther) {
  std::set<std::string> documented;
  for (const auto& [path, methods] : openapi_["paths"].items()) {
    std::string pattern;
    for (bool inside = false; const char c : path) {
      if (c == '{') inside = true;
      if (c == '}') pattern += "{}";
      if (!inside) pattern += c;
      if (c == '}') inside = false;
    }
    for (const auto& [method, operation] : methods.items()) {
      std::string name = method;
      std::transform(name.begin(), name.end(), name.begin(),
                     [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
      documented.insert(name + " " + pattern);
    }
  }
  std::set<std::string> routed;
  for (const server::Route& route : server::routes()) {
    const std::string line = std::string(route.method) + " " + std::string(route.pattern);
    const bool is_page = !route.pattern.starts_with("/v1") &&
                         route.access == server::Access::kOpen && !route.pattern.ends_with('z');
    if (!is_page) routed.insert(line);
  }
  EXPECT_EQ(documented, routed);
}

TEST_F(OperationRoutes, TellWhetherTheServerLives) {
  EXPECT_EQ(get("/livez").status, 200);
  EXPECT_EQ(get("/readyz").status, 200);
  get("/v1/collections/default");
  EXPECT_EQ(get("/healthz").json()["collections"][0]["items"], kPhotos);
}

TEST_F(OperationRoutes, ShowTheDocumentation) {
  const ClientAnswer page = send(service_->port(), {"GET", "/docs"});
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.body.find("http://"), std::string::npos)
      << "the page needs something from outside";
  EXPECT_EQ(page.body.find("https://"), std::string::npos);
  EXPECT_EQ(send(service_->port(), {"GET", "/docs/docs.js"}).status, 200);
  EXPECT_NE(page.field("content-security-policy").find("default-src 'none'"), std::string::npos);
  EXPECT_EQ(page.field("x-content-type-options"), "nosniff");
}

TEST_F(OperationRoutes, CountInMetrics) {
  get(kItems + id(1) + "/similar");
  get("/v1/collections/none");
  const ClientAnswer metrics = get("/metrics");
  const auto line = [&](const std::string& beginning) {
    std::istringstream lines(metrics.body);
    for (std::string each; std::getline(lines, each);) {
      if (each.starts_with(beginning)) return each.substr(each.rfind(' ') + 1);
    }
    return std::string("none");
  };
  EXPECT_EQ(
      line("semblance_requests_total{method=\"GET\",route=\"/v1/collections/{}/items/{}/similar\","
           "status=\"200\"}"),
      "1");
  EXPECT_EQ(
      line("semblance_requests_total{method=\"GET\",route=\"/v1/collections/{}\",status=\"404\"}"),
      "1");
  EXPECT_EQ(line("semblance_items{collection=\"default\"}"), std::to_string(kPhotos));
  EXPECT_NE(line("semblance_stage_seconds_count{stage=\"search\"}"), "none");
}

TEST_F(OperationRoutes, ListMakeAndDeleteCollections) {
  EXPECT_EQ(get("/v1/collections").json()["collections"].size(), 1U);
  EXPECT_EQ(post("/v1/collections/summer", json::object()).status, 201);
  EXPECT_EQ(post("/v1/collections/summer", json::object()).status, 409);
  EXPECT_EQ(post("/v1/collections/.hidden", json::object()).status, 400);
  EXPECT_EQ(post("/v1/collections/winter", {{"model", "no such network"}}).status, 404);
  EXPECT_EQ(get("/v1/collections").json()["collections"].size(), 2U);
  EXPECT_EQ(get("/v1/collections/summer").json()["items"], 0);
  EXPECT_EQ(ask({"DELETE", "/v1/collections/summer"}).status, 204);
  EXPECT_EQ(ask({"DELETE", "/v1/collections/summer"}).status, 404);
  EXPECT_EQ(get("/v1/collections/summer").status, 404);
  const json shown = get("/v1/collections/default").json();
  EXPECT_EQ(shown["items"], kPhotos);
  EXPECT_EQ(shown["attributes"].size(), 3U);
}

TEST_F(OperationRoutes, CountFacets) {
  const json facets =
      get("/v1/collections/default/facets?attribute=articleType&attribute=colour&filter=price%3C40")
          .json()["facets"];
  ASSERT_EQ(facets.size(), 2U);
  EXPECT_EQ(facets[0]["values"],
            (json{{{"value", "Bags"}, {"count", 2}}, {{"value", "Shoes"}, {"count", 2}}}));
  EXPECT_EQ(get("/v1/collections/default/facets").json()["facets"].size(), 3U);
  EXPECT_EQ(get("/v1/collections/default/facets?attribute=none").status, 404);
}

TEST_F(OperationRoutes, SyncInTheBackground) {
  folder_.write("photos/new.jpg", photo(50));
  folder_.write("photos/broken.jpg", "<html>");
  std::filesystem::remove(photos() / id(0));
  const json job = finished_sync({{"sources", {photos().string()}}});
  EXPECT_EQ(job["state"], "done");
  EXPECT_EQ(job["report"]["added"], 1);
  EXPECT_EQ(job["report"]["removed"], 1);
  EXPECT_TRUE(eventually([&] { return get(kItems + std::string("new.jpg")).status == 200; }));
  const json problems = get("/v1/collections/default/problems").json();
  EXPECT_EQ(problems["total"], 1);
  EXPECT_EQ(problems["problems"][0]["reason"], "not_an_image");
  EXPECT_EQ(get("/v1/collections/default/problems?offset=1").json()["problems"].size(), 0U);
  EXPECT_EQ(ask({"DELETE", "/v1/jobs/" + job["id"].get<std::string>()}).status, 409);
  start();  // the history outlives the server
  EXPECT_EQ(get("/v1/jobs").json()["jobs"][0]["id"], job["id"]);
  EXPECT_EQ(get("/v1/jobs/" + job["id"].get<std::string>()).json()["state"], "done");
}

TEST_F(OperationRoutes, ASyncThatFailsSaysWhy) {
  const json job = finished_sync({{"sources", {"/no/such/folder"}}});
  EXPECT_EQ(job["state"], "failed");
  EXPECT_EQ(job["error"]["code"], "not_found");
  // It would remove everything: nobody can be asked.
  for (int i = 0; i < kPhotos; ++i) std::filesystem::remove(photos() / id(i));
  EXPECT_EQ(finished_sync({{"sources", {photos().string()}}})["error"]["code"], "conflict");
  EXPECT_EQ(post("/v1/collections/default/sync", json::object()).status, 400);
  EXPECT_EQ(get("/v1/jobs/job_none").status, 404);
}

TEST_F(OperationRoutes, ASyncCanBeStopped) {
  for (int i = 0; i < 60; ++i)
    folder_.write("photos/more-" + std::to_string(i) + ".jpg", photo(i + 20));
  std::atomic<bool> go{false};
  before_embedding_ = [&] {
    while (!go) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  };
  const ClientAnswer begun =
      post("/v1/collections/default/sync", {{"sources", {photos().string()}}});
  ASSERT_EQ(begun.status, 202);
  ASSERT_TRUE(
      eventually([&] { return get(begun.field("location")).json()["state"] == "running"; }));
  EXPECT_EQ(ask({"DELETE", begun.field("location")}).status, 202);
  go = true;
  EXPECT_TRUE(
      eventually([&] { return get(begun.field("location")).json()["state"] == "cancelled"; }));
}

TEST_F(OperationRoutes, KnowWhatIsNotThere) {
  const ClientAnswer nothing = get("/v2/collections");
  EXPECT_EQ(nothing.status, 404);
  EXPECT_EQ(nothing.code(), "no_such_route");
  const ClientAnswer wrong_method = ask({"PUT", "/v1/collections"});
  EXPECT_EQ(wrong_method.status, 405);
  EXPECT_EQ(wrong_method.field("allow"), "GET");
}

TEST_F(OperationRoutes, HeadHasNoBody) {
  const ClientAnswer head = ask({"HEAD", "/livez"});
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
  EXPECT_NE(head.field("content-length"), "0");
}

}  // namespace semblance::test
