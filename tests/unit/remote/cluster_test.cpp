#include "remote/cluster.h"

#include <gtest/gtest.h>

#include <thread>

#include "support/temporary_folder.h"
#include "unit/remote/stub_cluster.h"

namespace semblance::remote {
namespace {

using namespace std::chrono_literals;
using semblance::test::answer;
using semblance::test::HttpExchange;
using semblance::test::HttpHandler;
using test::StubCluster;

const semblance::test::HttpHeaders kJson = {{"Content-Type", "application/json"}};

HttpHandler broken() {
  return [](HttpExchange& exchange) { exchange.reset(); };
}

/// Half of an answer, and then the connection ends.
HttpHandler half() {
  return [](HttpExchange& exchange) {
    exchange.send(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"a\":");
    exchange.close();
  };
}

TEST(Cluster, KeepsConnectionsOpen) {
  StubCluster stub;
  const auto cluster = stub.connect();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(cluster->send("GET", "/"));
  EXPECT_EQ(stub.server().connections(), 1);
}

TEST(Cluster, IsSafeFromManyThreads) {
  StubCluster stub;
  const auto cluster = stub.connect();
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) EXPECT_TRUE(cluster->send("GET", "/"));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(stub.server().requests("/").size(), 160U);
  EXPECT_LE(stub.server().connections(), 8);
}

TEST(Cluster, TriesAgainWhatPasses) {
  StubCluster stub;
  const auto cluster = stub.connect(30s);
  stub.first({answer(429, kJson, R"({"error":{"type":"es_rejected_execution_exception"}})"),
              answer(503, {}, "<html>Service Unavailable</html>"), answer(502, {}, ""),
              answer(504, {}, ""), broken(), half()});
  const Result<Reply> reply = cluster->send("GET", "/");
  ASSERT_TRUE(reply) << reply.error().message;
  // Of the broken ones, libcurl may have sent one again itself.
  EXPECT_GE(reply->attempts, 6);
}

TEST(Cluster, TriesAgainWhenANodeWentAwayInTheMiddle) {
  StubCluster stub;
  const auto cluster = stub.connect(30s);
  test::StubReply lost = test::error_reply(500, "search_phase_execution_exception", "");
  lost.body["error"]["caused_by"] = {{"type", "node_not_connected_exception"},
                                     {"reason", "[node-2][127.0.0.1:9302] Node not connected"}};
  stub.reply("GET /x", {lost, {200, Json::object()}, lost});
  EXPECT_TRUE(cluster->send("GET", "/x"));
  SendOptions once;
  once.idempotent = false;
  EXPECT_FALSE(cluster->send("GET", "/x", once));
  EXPECT_EQ(stub.bodies("GET /x").size(), 3U);
}

TEST(Cluster, GivesUpWhenItsPatienceEnds) {
  StubCluster stub;
  const auto cluster = stub.connect(200ms);
  stub.reply("GET /x", {test::error_reply(503, "cluster_block_exception", "no master")});
  const Result<Reply> reply = cluster->send("GET", "/x");
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(reply.error().message.find("no master"), std::string::npos) << reply.error().message;
  EXPECT_GE(stub.bodies("GET /x").size(), 2U);
}

TEST(Cluster, WaitsNoLongerThanItIsTold) {
  StubCluster stub;
  const auto cluster = stub.connect(30s);
  stub.first({answer(503, {{"Retry-After", "20"}}, "")});
  SendOptions options;
  options.deadline = Clock::now() + 2s;
  EXPECT_EQ(cluster->send("GET", "/", options).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(stub.server().requests("/").size(), 1U);
}

TEST(Cluster, AnAnswerThatDoesNotComeIsUnavailable) {
  StubCluster stub;
  ClusterAddress address;
  address.urls = {stub.url()};
  address.request_timeout = 100ms;
  address.patience = 50ms;
  const auto cluster = *Cluster::create(address);
  stub.first({[](HttpExchange& exchange) { exchange.wait(10s); }});
  const Result<Reply> reply = cluster->send("GET", "/");
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(reply.error().message.find("no answer in time"), std::string::npos);
}

TEST(Cluster, SendsNothingTwiceThatMustNotBe) {
  StubCluster stub;
  const auto cluster = stub.connect(30s);
  SendOptions once;
  once.idempotent = false;
  for (const HttpHandler& handler : {answer(503, {}, ""), broken(), half()}) {
    stub.first({handler});
    const std::size_t before = stub.server().requests("/").size();
    EXPECT_EQ(cluster->send("GET", "/", once).error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(stub.server().requests("/").size(), before + 1);
  }
  // Who is turned away because the cluster is busy was not served.
  stub.first({answer(429, {}, "")});
  EXPECT_TRUE(cluster->send("GET", "/", once));
}

TEST(Cluster, GoesToAnotherNode) {
  StubCluster away;
  StubCluster there;
  away.first({broken(), broken(), broken(), broken(), broken(), broken()});
  ClusterAddress address;
  // Nobody listens at the first.
  address.urls = {"http://127.0.0.1:1", away.url(), there.url()};
  const auto cluster = *Cluster::create(address);
  for (int i = 0; i < 6; ++i) {
    const Result<Reply> reply = cluster->send("GET", "/");
    EXPECT_TRUE(reply) << reply.error().message;
  }
  EXPECT_EQ(there.server().requests("/").size(), 6U);
  // One that did not answer is left alone for a while.
  EXPECT_EQ(away.server().requests("/").size(), 1U);
  EXPECT_EQ(cluster->name(), "http://127.0.0.1:1 (and 2 more)");
}

TEST(Cluster, UsesItsNodesInTurn) {
  StubCluster a;
  StubCluster b;
  ClusterAddress address;
  address.urls = {a.url(), b.url()};
  const auto cluster = *Cluster::create(address);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(cluster->send("GET", "/"));
  EXPECT_EQ(a.server().requests("/").size(), 5U);
  EXPECT_EQ(b.server().requests("/").size(), 5U);
}

TEST(Cluster, SaysThatItIsAwayAndComesBack) {
  auto stub = std::make_unique<StubCluster>();
  const auto cluster = stub->connect(100ms);
  ASSERT_TRUE(cluster->send("GET", "/"));
  const std::string url = stub->url();
  stub.reset();
  const Result<Reply> reply = cluster->send("GET", "/");
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(reply.error().message.find(url), std::string::npos);
  EXPECT_NE(reply.error().message.find("is it running"), std::string::npos);
}

TEST(Cluster, CanBeGivenUp) {
  StubCluster stub;
  const auto cluster = stub.connect(60s);
  stub.reply("GET /x", {{503, Json::object()}});
  std::atomic<bool> cancelled{false};
  SendOptions options;
  options.cancelled = &cancelled;
  std::thread later([&] {
    std::this_thread::sleep_for(100ms);
    cancelled = true;
  });
  EXPECT_EQ(cluster->send("GET", "/x", options).error().code, ErrorCode::kCancelled);
  later.join();
}

TEST(Cluster, SaysWhatItsErrorsMean) {
  StubCluster stub;
  const auto cluster = stub.connect(50ms);
  const auto error = [&](int status, const std::string& type, const std::string& reason) {
    stub.reply("GET /x", {test::error_reply(status, type, reason)});
    const Result<Reply> reply = cluster->send("GET", "/x");
    EXPECT_FALSE(reply);
    return reply ? Error{} : reply.error();
  };
  const Error bad = error(400, "illegal_argument_exception", "k is too large");
  EXPECT_EQ(bad.code, ErrorCode::kInvalidArgument);
  EXPECT_NE(bad.message.find("illegal_argument_exception: k is too large"), std::string::npos);
  EXPECT_EQ(error(404, "index_not_found_exception", "no such index [c]").code,
            ErrorCode::kNotFound);
  EXPECT_EQ(error(409, "version_conflict_engine_exception", "").code, ErrorCode::kConflict);
  EXPECT_EQ(error(413, "", "").code, ErrorCode::kTooLarge);
  EXPECT_EQ(error(500, "null_pointer_exception", "").code, ErrorCode::kUnavailable);
  EXPECT_EQ(error(301, "", "").code, ErrorCode::kInvalidArgument);
  const Error stranger = error(401, "security_exception", "missing authentication credentials");
  EXPECT_EQ(stranger.code, ErrorCode::kUnavailable);
  EXPECT_NE(stranger.message.find("SEMBLANCE_ENGINE_USER"), std::string::npos);
  const Error forbidden = error(403, "security_exception", "no permissions for [indices:admin]");
  EXPECT_NE(forbidden.message.find("no permissions for [indices:admin]"), std::string::npos);
}

TEST(Cluster, ShowsTheCauseBelowAllShardsFailed) {
  const Json error = {
      {"type", "search_phase_execution_exception"},
      {"reason", "all shards failed"},
      {"failed_shards",
       Json::array({{{"shard", 0},
                     {"reason",
                      {{"type", "query_shard_exception"},
                       {"reason", "failed to create query"},
                       {"caused_by", {{"type", "x"}, {"reason", "invalid dimension: 2"}}}}}}})}};
  const std::string reason = reason_in(error);
  EXPECT_NE(reason.find("all shards failed"), std::string::npos);
  EXPECT_NE(reason.find("invalid dimension: 2"), std::string::npos) << reason;
  EXPECT_EQ(reason_in("alias [x] missing"), "alias [x] missing");
  EXPECT_EQ(reason_in(nullptr), "");
  EXPECT_LT(reason_in(std::string(100'000, 'x')).size(), 1'000U);
  EXPECT_EQ(reason_in("a\x1b[31mb"), "a\\x1B[31mb");
}

TEST(Cluster, RefusesWhatIsNoAnswerOfAnEngine) {
  StubCluster stub;
  const auto cluster = stub.connect(50ms);
  const HttpHandler kAnswers[] = {
      answer(200, {{"Content-Type", "text/html"}}, "<html>hello</html>"), answer(200, kJson, ""),
      answer(200, kJson, "{\"took\": 3, "), answer(200, {}, "{}")};
  for (const HttpHandler& handler : kAnswers) {
    stub.first({handler});
    const Result<Reply> reply = cluster->send("GET", "/");
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ErrorCode::kUnavailable);
    EXPECT_NE(reply.error().message.find("not JSON"), std::string::npos);
  }
}

TEST(Cluster, BoundsAnswers) {
  StubCluster stub;
  const auto cluster = stub.connect();
  SendOptions options;
  options.max_reply_bytes = 1'000;
  stub.first({answer(200, kJson, "\"" + std::string(2'000, 'x') + "\"")});
  EXPECT_EQ(cluster->send("GET", "/", options).error().code, ErrorCode::kTooLarge);
  // One that says nothing of its length and never ends.
  stub.first({[](HttpExchange& exchange) {
    exchange.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n\"");
    while (exchange.send(std::string(10'000, 'x'))) {
    }
  }});
  EXPECT_EQ(cluster->send("GET", "/", options).error().code, ErrorCode::kTooLarge);
  EXPECT_TRUE(cluster->send("GET", "/", options));
}

TEST(Cluster, SaysWhoItIs) {
  StubCluster stub;
  ClusterAddress address;
  address.urls = {stub.url()};
  address.credentials.user = "shop";
  address.credentials.password = "s3cret:\u00fc";
  ASSERT_TRUE((*Cluster::create(address))->send("GET", "/"));
  EXPECT_EQ(stub.server().requests("/").back().header("authorization"),
            "Basic c2hvcDpzM2NyZXQ6w7w=");
  address.credentials = {"", "", "a2V5OnNlY3JldA=="};
  ASSERT_TRUE((*Cluster::create(address))->send("GET", "/"));
  EXPECT_EQ(stub.server().requests("/").back().header("authorization"), "ApiKey a2V5OnNlY3JldA==");
  // And never shows it.
  address.patience = 10ms;
  const auto cluster = *Cluster::create(address);
  stub.first({answer(401, {}, ""), answer(500, {}, ""), broken()});
  for (int i = 0; i < 3; ++i) {
    const Result<Reply> reply = cluster->send("GET", "/");
    if (!reply) {
      EXPECT_EQ(reply.error().message.find("a2V5"), std::string::npos);
    }
  }
}

TEST(Cluster, ExaminesWhatItSpeaksTo) {
  StubCluster stub;
  const auto cluster = stub.connect(10ms);
  const Result<ClusterFacts> facts = cluster->examine();
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_EQ(facts->distribution, Distribution::kOpenSearch);
  EXPECT_EQ(facts->version, "3.5.0");
  EXPECT_EQ(facts->major, 3);
  EXPECT_EQ(facts->minor, 5);
  EXPECT_EQ(facts->cluster_name, "opensearch-cluster");
  // Who may not ask for plugins may use them all the same.
  stub.reply("GET /_cat/plugins", {test::error_reply(403, "security_exception", "no")});
  EXPECT_TRUE(cluster->examine());

  StubCluster elastic(Distribution::kElasticsearch);
  const Result<ClusterFacts> other = elastic.connect()->examine();
  ASSERT_TRUE(other) << other.error().message;
  EXPECT_EQ(other->distribution, Distribution::kElasticsearch);
  EXPECT_EQ(other->minor, 15);
}

TEST(Cluster, SaysWhatToDoWithClustersThatItCannotUse) {
  StubCluster stub;
  const auto cluster = stub.connect(10ms);
  const auto message = [&](const Json& root) {
    stub.reply("GET /", {{200, root}});
    const Result<ClusterFacts> facts = cluster->examine();
    EXPECT_FALSE(facts);
    return facts ? "" : facts.error().message;
  };
  EXPECT_NE(message(test::opensearch_root("2.3.0")).find("needs 2.16 or later"), std::string::npos);
  EXPECT_NE(message(test::opensearch_root("7.10.2")).find("override_main_response_version"),
            std::string::npos);
  EXPECT_NE(message(test::elasticsearch_root("7.17.9")).find("needs 8.11 or later"),
            std::string::npos);
  EXPECT_NE(message(test::elasticsearch_root("8.10.4")).find("Elasticsearch 8.10.4"),
            std::string::npos);
  EXPECT_NE(message({{"couchdb", "Welcome"}}).find("neither"), std::string::npos);
  EXPECT_NE(message(Json::array()).find("neither"), std::string::npos);
  EXPECT_NE(
      message({{"version", {{"distribution", "opensearch"}, {"number", "x"}}}}).find("neither"),
      std::string::npos);
  stub.reply("GET /_cat/plugins", {{200, Json::array({{{"component", "analysis-icu"}}})}});
  EXPECT_NE(message(test::opensearch_root("2.19.1")).find("no k-NN plugin"), std::string::npos);
}

TEST(ParseUrls, ReadsNodesAndRefusesSecrets) {
  const auto urls = parse_urls("https://a:9200/, http://b:9200/engine ,");
  ASSERT_TRUE(urls);
  EXPECT_EQ(*urls, (std::vector<std::string>{"https://a:9200", "http://b:9200/engine"}));
  for (const char* text : {"", ",", "a:9200", "ftp://a", "http://", "https:///x", "http://:9200",
                           "http://a/?q", "http://u:p@a:9200", "http://a,http://u@b"}) {
    const auto refused = parse_urls(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(refused.error().message.find("u:p"), std::string::npos);
  }
}

TEST(Cluster, ACertificateFileHasToBeThere) {
  ClusterAddress address;
  address.urls = {"https://127.0.0.1:1"};
  address.ca_file = "/no/such/ca.pem";
  EXPECT_EQ(Cluster::create(address).error().code, ErrorCode::kMissingFile);
  // One that holds no certificate: nobody is trusted.
  const semblance::test::TemporaryFolder folder;
  address.ca_file = folder.write("ca.pem", "nothing");
  address.patience = 1ms;
  EXPECT_FALSE((*Cluster::create(address))->send("GET", "/"));
  EXPECT_EQ(Cluster::create({}).error().code, ErrorCode::kInvalidArgument);
}

TEST(PathPart, EncodesEverythingElse) {
  EXPECT_EQ(path_part("a-b_c.1~"), "a-b_c.1~");
  EXPECT_EQ(path_part("a/b?c#d %"), "a%2Fb%3Fc%23d%20%25");
}

}  // namespace
}  // namespace semblance::remote
