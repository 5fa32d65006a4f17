// Answers from other threads, clients that go away, and how a server ends.
#include <gtest/gtest.h>

#include <future>
#include <thread>
#include <vector>

#include "test_server.h"

namespace semblance::http::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

bool becomes_true(const std::atomic<bool>& flag) {
  for (int i = 0; i < 2000 && !flag; ++i) std::this_thread::sleep_for(milliseconds(10));
  return flag;
}

TEST(ServerReplies, ComeFromAnyThreadAndOnce) {
  TestServer server([](const std::shared_ptr<const Request>& request, const Reply& reply) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&] { reply({200, "text/plain", {}, request->segments.at(0)}); });
    }
    for (std::thread& thread : threads) thread.join();
  });
  std::vector<std::thread> clients;
  for (int c = 0; c < 4; ++c) {
    clients.emplace_back([&] {
      RawClient client(server.port());
      for (int i = 0; i < 50; ++i) {
        client.send(get("/" + std::to_string(i)));
        EXPECT_EQ(client.read_answer().body, std::to_string(i));
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(server.records(200).size(), 200U);
}

TEST(ServerReplies, AreMadeWhereTheyAreDropped) {
  TestServer server([](const auto& request, const Reply& /*reply*/) {
    if (!request->segments.empty()) throw std::runtime_error("handler");
  });
  RawClient client(server.port());
  for (const std::string target : {"/", "/throws", "/"}) {
    client.send(get(target));
    EXPECT_EQ(client.read_answer().status, 500);
  }
}

TEST(ServerReplies, MustBeAnswers) {
  TestServer server([](const auto& /*request*/, const Reply& reply) { reply({100}); });
  RawClient client(server.port());
  client.send(get("/"));
  EXPECT_EQ(client.read_answer().status, 500);
}

TEST(ServerReplies, AreNotWaitedForBeyondTheDeadline) {
  ReplyKeeper keeper;
  ServerOptions options;
  options.request_timeout = milliseconds(100);
  TestServer server(keeper.handler(), options);
  RawClient client(server.port());
  client.send(get("/1"));
  auto [request, reply] = keeper.take();
  EXPECT_FALSE(*request->cancelled);
  EXPECT_GT(request->deadline, request->received);
  const Answer answer = client.read_answer();
  EXPECT_EQ(answer.status, 503);
  EXPECT_TRUE(answer.field("Retry-After"));
  EXPECT_TRUE(*request->cancelled);
  // The late answer is not taken for that to the next request.
  client.send(get("/2"));
  auto [next, next_reply] = keeper.take();
  reply({200, "text/plain", {}, "late"});
  next_reply({200, "text/plain", {}, "in time"});
  EXPECT_EQ(client.read_answer().body, "in time");
}

TEST(ServerClients, ThatGoAwayCancelTheirRequests) {
  ReplyKeeper keeper;
  TestServer server(keeper.handler());
  for (const bool reset : {false, true}) {
    RawClient client(server.port());
    client.send(get("/" + std::string(reset ? "reset" : "close")));
    auto [request, reply] = keeper.take();
    if (reset) {
      client.reset();
    } else {
      client.close();
    }
    EXPECT_TRUE(becomes_true(*request->cancelled));
    reply({200, "text/plain", {}, std::string(100'000, 'x')});
  }
  const std::vector<Recorded> records = server.records(2);
  EXPECT_EQ(records.at(1).status, 499);
  EXPECT_EQ(records.at(1).note, "client_gone");
}

TEST(ServerClients, ThatSendNothingMoreGetTheirLastAnswer) {
  TestServer server(echo);
  RawClient client(server.port());
  client.send(get("/1") + get("/2"));
  client.finish();
  EXPECT_EQ(client.read_answer().body, "GET 1  127.0.0.1 ");
  EXPECT_EQ(client.read_answer().body, "GET 2  127.0.0.1 ");
  EXPECT_TRUE(client.is_closed_within());
}

TEST(ServerClients, MaySendFarAhead) {
  ReplyKeeper keeper;
  TestServer server(keeper.handler());
  RawClient client(server.port());
  const int count = 3000;
  std::string requests;
  for (int i = 0; i < count; ++i) requests += get("/" + std::to_string(i));
  std::thread sender([&] { client.send(requests); });
  for (int i = 0; i < count; ++i) {
    auto [request, reply] = keeper.take();
    reply({200, "text/plain", {}, request->segments.at(0)});
  }
  sender.join();
  for (int i = 0; i < count; ++i) ASSERT_EQ(client.read_answer().body, std::to_string(i));
}

TEST(ServerStop, EndsIdleConnectionsAtOnce) {
  TestServer server(echo);
  RawClient client(server.port());
  client.send(get("/"));
  EXPECT_EQ(client.read_answer().status, 200);
  RawClient silent(server.port());
  EXPECT_TRUE(server.stop(seconds(20)));
  EXPECT_TRUE(client.is_closed_within());
  EXPECT_THROW(RawClient(server.port()), std::runtime_error);
  EXPECT_EQ(server.gauges().connections, 0U);
  EXPECT_TRUE(server.stop(seconds(20)));
}

TEST(ServerStop, LetsRequestsFinish) {
  ReplyKeeper keeper;
  TestServer server(keeper.handler());
  RawClient client(server.port());
  client.send(get("/"));
  auto [request, reply] = keeper.take();
  RawClient half(server.port());
  half.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n1");
  ASSERT_TRUE([&] {
    for (int i = 0; i < 2000 && server.gauges().buffered_bytes == 0; ++i) {
      std::this_thread::sleep_for(milliseconds(10));
    }
    return server.gauges().buffered_bytes == 1;
  }());
  auto stopped = std::async(std::launch::async, [&] { return server.stop(seconds(20)); });
  half.send("2");
  auto [late, late_reply] = keeper.take();
  EXPECT_FALSE(*request->cancelled);
  reply({200, "text/plain", {}, "done"});
  late_reply({200, "text/plain", {}, late->body});
  EXPECT_EQ(client.read_answer().body, "done");
  EXPECT_EQ(half.read_answer().body, "12");
  client.close();
  half.close();
  EXPECT_TRUE(stopped.get());
}

TEST(ServerStop, CancelsWhatTakesLongerThanTheGrace) {
  ReplyKeeper keeper;
  TestServer server(keeper.handler());
  RawClient client(server.port());
  client.send(get("/"));
  auto [request, reply] = keeper.take();
  EXPECT_FALSE(server.stop(milliseconds(10)));
  EXPECT_TRUE(*request->cancelled);
  EXPECT_TRUE(client.is_closed_within());
  EXPECT_EQ(server.records(1).at(0).note, "stopped");
  reply({});
}

TEST(ServerStop, LeavesRepliesThatDoNothing) {
  ReplyKeeper keeper;
  std::optional<ReplyKeeper::Kept> kept;
  std::optional<ReplyKeeper::Kept> dropped;
  {
    TestServer server(keeper.handler());
    RawClient client(server.port());
    RawClient other(server.port());
    client.send(get("/"));
    kept = keeper.take();
    other.send(get("/"));
    dropped = keeper.take();
  }
  EXPECT_TRUE(*kept->first->cancelled);
  kept->second({});
}

TEST(ServerStart, RefusesWhereItCannotListen) {
  TestServer server(echo);
  ServerHooks hooks;
  hooks.handle = echo;
  ServerOptions options;
  options.port = server.port();
  EXPECT_EQ(Server::start(options, hooks).error().code, ErrorCode::kConflict);
  options.port = 0;
  // 192.0.2.1 is nobody's (RFC 5737).
  for (const std::string host : {"", "no such host", "192.0.2.1"}) {
    options.host = host;
    EXPECT_EQ(Server::start(options, hooks).error().code, ErrorCode::kInvalidArgument) << host;
  }
}

}  // namespace
}  // namespace semblance::http::test
