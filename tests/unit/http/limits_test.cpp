#include <gtest/gtest.h>

#include <random>
#include <thread>
#include <vector>

#include "test_server.h"

namespace semblance::http::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string post(std::size_t length, const std::string& body, const std::string& fields = "") {
  return "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(length) + "\r\n" +
         fields + "\r\n" + body;
}

std::string with_host(const std::string& fields) {
  return "POST / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
}

/// Whether the counter comes down to this within a while.
template <typename Read>
bool comes_to(std::size_t value, const Read& read) {
  for (int i = 0; i < 2000; ++i) {
    if (read() == value) return true;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return false;
}

TEST(ServerLimits, RefusesWhatIsNoRequest) {
  TestServer server(echo);
  const std::pair<std::string, int> cases[] = {
      {"\x16\x03\x01 hello\r\n\r\n", 400},
      {"GET\r\n\r\n", 400},
      {"GET / HTTP/2.0\r\n\r\n", 400},
      {"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\nX: a\x01\r\n\r\n", 400},
      {with_host("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
      {with_host("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
      {with_host("Content-Length: 5\r\nContent-Length: 6\r\n"), 400},
      {with_host("Content-Length: -1\r\n"), 400},
      {with_host("Content-Length: 99999999999999999999\r\n"), 400},
      {with_host("Transfer-Encoding: gzip\r\n"), 501},
      {with_host("Transfer-Encoding: gzip, chunked\r\n"), 501},
      {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {with_host("Transfer-Encoding: chunked\r\n") + "x\r\n", 400},
      {with_host("Transfer-Encoding: chunked\r\n") + "1\r\nab\r\n0\r\n\r\n", 400},
      {with_host("Transfer-Encoding: chunked\r\n") + "FFFFFFFFFFFFFFFFF\r\n", 400},
      {with_host("Transfer-Encoding: chunked\r\n") + "1;" + std::string(100'000, 'x'), 400},
      {with_host("Expect: wonders\r\n"), 417},
  };
  for (const auto& [request, status] : cases) {
    RawClient client(server.port());
    client.send(request);
    const Answer answer = client.read_answer();
    EXPECT_EQ(answer.status, status) << request.substr(0, 200) << "\n" << answer.head;
    EXPECT_TRUE(answer.field("X-Request-Id"));
    EXPECT_FALSE(answer.body.empty());
    EXPECT_EQ(answer.field("Connection"), "close");
    EXPECT_TRUE(client.is_closed_within());
  }
}

TEST(ServerLimits, GoesOnAfterAnAddressThatIsNone) {
  TestServer server(echo);
  RawClient client(server.port());
  for (const std::string target : {"/%zz", "/%00", "/?a=%FF", "nowhere"}) {
    client.send(get(target));
    const Answer answer = client.read_answer();
    EXPECT_EQ(answer.status, 400) << target;
    EXPECT_EQ(answer.field("Connection"), "keep-alive");
  }
}

TEST(ServerLimits, OutlivesNoise) {
  TestServer server(echo);
  std::mt19937 random(7);
  const std::string pieces[] = {"GET ",
                                "/",
                                "HTTP/1.1",
                                "\r\n",
                                "\n",
                                "Host:",
                                "x",
                                "\r\n\r\n",
                                " ",
                                "%",
                                "0",
                                "chunked",
                                "Transfer-",
                                "Encoding: ",
                                ":",
                                "Content-Length: ",
                                std::string("\0\xFF\x80", 3)};
  for (int i = 0; i < 300; ++i) {
    RawClient client(server.port());
    std::string noise = i % 2 == 0 ? "" : "POST / HTTP/1.1\r\nHost: x\r\n";
    const std::size_t count = random() % 40;
    for (std::size_t j = 0; j < count; ++j) noise += pieces[random() % std::size(pieces)];
    client.send(noise);
    if (i % 3 == 0) client.finish();
    if (i % 3 == 1) client.reset();
  }
  RawClient client(server.port());
  client.send(get("/"));
  EXPECT_EQ(client.read_answer().status, 200);
}

TEST(ServerLimits, RefusesLongHeads) {
  ServerOptions options;
  options.max_header_bytes = 1000;
  TestServer server(echo, options);
  for (const std::string& head :
       {get("/", "X: " + std::string(2000, 'x') + "\r\n"), get("/" + std::string(2000, 'x')),
        "GET / HTTP/1.1\r\nX: " + std::string(2000, 'x')}) {
    RawClient client(server.port());
    client.send(head);
    EXPECT_EQ(client.read_answer().status, 431);
    EXPECT_TRUE(client.is_closed_within());
  }
  RawClient client(server.port());
  client.send(get("/", "X: " + std::string(800, 'x') + "\r\n"));
  EXPECT_EQ(client.read_answer().status, 200);
}

TEST(ServerLimits, AnswersAClientThatGoesOnSendingWhatIsRefused) {
  ServerOptions options;
  options.max_body_bytes = 1 << 20;
  TestServer server(echo, options);
  const std::string chunk = "10000\r\n" + std::string(65536, 'x') + "\r\n";
  for (const bool chunked : {false, true}) {
    RawClient client(server.port());
    std::string body(8 << 20, 'x');
    if (chunked) {
      body.clear();
      while (body.size() < 8 << 20) body += chunk;
    }
    // Everything is sent before the answer is looked at.
    EXPECT_TRUE(client.send(chunked ? with_host("Transfer-Encoding: chunked\r\n") + body
                                    : post(body.size(), body)));
    const Answer answer = client.read_answer();
    EXPECT_EQ(answer.status, 413);
    EXPECT_EQ(answer.field("Connection"), "close");
  }
  EXPECT_TRUE(comes_to(0, [&] { return server.gauges().buffered_bytes; }));
}

TEST(ServerLimits, TakesABodyOfTheLargestSize) {
  ServerOptions options;
  options.max_body_bytes = 1000;
  TestServer server(echo, options);
  RawClient client(server.port());
  client.send(post(1000, std::string(1000, 'x')));
  EXPECT_EQ(client.read_answer().status, 200);
  client.send(post(1001, std::string(1001, 'x')));
  EXPECT_EQ(client.read_answer().status, 413);
}

TEST(ServerLimits, HoldsNoMoreThanItMay) {
  ServerOptions options;
  options.max_buffered_bytes = 1000;
  TestServer server(echo, options);
  {
    RawClient first(server.port());
    first.send(post(900, std::string(600, 'x')));
    ASSERT_TRUE(comes_to(600, [&] { return server.gauges().buffered_bytes; }));
    RawClient announces(server.port());
    announces.send(post(500, ""));
    const Answer answer = announces.read_answer();
    EXPECT_EQ(answer.status, 503);
    EXPECT_TRUE(answer.field("Retry-After"));
    RawClient chunked(server.port());
    chunked.send(with_host("Transfer-Encoding: chunked\r\n") + "1F4\r\n" + std::string(500, 'x'));
    EXPECT_EQ(chunked.read_answer().status, 503);
    RawClient small(server.port());
    small.send(post(300, std::string(300, 'x')));
    EXPECT_EQ(small.read_answer().status, 200);
    first.send(std::string(300, 'x'));
    EXPECT_EQ(first.read_answer().status, 200);
  }
  EXPECT_TRUE(comes_to(0, [&] { return server.gauges().buffered_bytes; }));
}

TEST(ServerLimits, CutsOffAClientThatSendsItsHeadByteByByte) {
  ServerOptions options;
  options.header_timeout = milliseconds(200);
  TestServer server(echo, options);
  RawClient client(server.port());
  const auto begin = Clock::now();
  // No byte is late, but the head is.
  while (client.send("x") && client.receive(1, milliseconds(20)).empty()) {
    ASSERT_LT(Clock::now() - begin, seconds(20));
  }
  EXPECT_EQ(server.records(1).at(0).status, 408);
  EXPECT_TRUE(client.is_closed_within());
}

TEST(ServerLimits, CutsOffASlowBody) {
  ServerOptions options;
  options.body_timeout = milliseconds(100);
  TestServer server(echo, options);
  RawClient client(server.port());
  client.send(post(10, "123"));
  EXPECT_EQ(client.read_answer().status, 408);
  EXPECT_TRUE(client.is_closed_within());
}

TEST(ServerLimits, ClosesIdleConnectionsWithoutAWord) {
  ServerOptions options;
  options.idle_timeout = milliseconds(100);
  TestServer server(echo, options);
  RawClient silent(server.port());
  RawClient client(server.port());
  client.send(get("/") + "\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 200);
  EXPECT_TRUE(client.is_closed_within());
  EXPECT_EQ(client.receive(1), "");
  EXPECT_TRUE(silent.is_closed_within());
  EXPECT_EQ(silent.receive(1), "");
}

TEST(ServerLimits, GivesUpOnAnswersThatAreNotRead) {
  ServerOptions options;
  options.write_timeout = milliseconds(200);
  TestServer server(
      [](const auto& /*request*/, const Reply& reply) {
        reply({200, "text/plain", {}, std::string(64 << 20, 'x')});
      },
      options);
  RawClient client(server.port());
  client.send(get("/"));
  const Recorded record = server.records(1).at(0);
  EXPECT_EQ(record.note, "not_sent");
  EXPECT_TRUE(comes_to(0, [&] { return server.gauges().connections; }));
}

TEST(ServerLimits, TellsConnectionsThatAreTooMany) {
  ServerOptions options;
  options.max_connections = 2;
  TestServer server(echo, options);
  RawClient first(server.port());
  {
    RawClient second(server.port());
    for (RawClient* client : {&first, &second}) {
      client->send(get("/"));
      EXPECT_EQ(client->read_answer().status, 200);
    }
    RawClient third(server.port());
    third.send(get("/"));
    const Answer answer = third.read_answer();
    EXPECT_EQ(answer.status, 503);
    EXPECT_TRUE(answer.field("Retry-After"));
    EXPECT_TRUE(third.is_closed_within());
    EXPECT_EQ(server.gauges().refused_connections, 1U);
  }
  EXPECT_TRUE(comes_to(1, [&] { return server.gauges().connections; }));
  RawClient fourth(server.port());
  fourth.send(get("/"));
  EXPECT_EQ(fourth.read_answer().status, 200);
}

TEST(ServerLimits, ServesOthersBesideManySlowClients) {
  ServerOptions options;
  options.header_timeout = seconds(60);
  TestServer server(echo, options);
  std::vector<RawClient> slow;
  for (int i = 0; i < 300; ++i) {
    slow.emplace_back(server.port());
    slow.back().send(i % 2 == 0 ? "GET / HT" : post(1000, "slow"));
  }
  RawClient client(server.port());
  for (int i = 0; i < 100; ++i) {
    client.send(get("/"));
    ASSERT_EQ(client.read_answer().status, 200);
    slow[static_cast<std::size_t>(i)].send("x");
  }
}

TEST(ServerAdmission, IsAskedBeforeTheBodyIsSent) {
  ServerHooks hooks;
  hooks.admit = [](const Request& head) -> std::optional<Response> {
    if (head.segments.empty()) return std::nullopt;
    return Response{401, "text/plain", {{"WWW-Authenticate", "Bearer"}}, "no", {}, "no_key"};
  };
  TestServer server(echo, {}, std::move(hooks));
  const std::string expects = "Expect: 100-continue\r\n";
  RawClient client(server.port());
  client.send(post(3, "", expects));
  EXPECT_EQ(client.receive(25), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("abc");
  EXPECT_EQ(client.read_answer().body, "POST   127.0.0.1 abc");

  client.send("PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n" + expects + "\r\n");
  const Answer refused = client.read_answer();
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.field("WWW-Authenticate"), "Bearer");
  EXPECT_EQ(refused.body, "no");
  EXPECT_TRUE(client.is_closed_within());
  EXPECT_EQ(server.records(2).at(1).note, "no_key");
  EXPECT_EQ(server.records(2).at(1).method, "PUT");
}

TEST(ServerAdmission, KeepsTheConnectionWhereThereIsNoBody) {
  ServerHooks hooks;
  hooks.admit = [](const Request&) -> std::optional<Response> { return Response{403}; };
  TestServer server(echo, {}, std::move(hooks));
  RawClient client(server.port());
  for (int i = 0; i < 2; ++i) {
    client.send(get("/"));
    EXPECT_EQ(client.read_answer().status, 403);
  }
}

TEST(ServerAdmission, RefusesWhereItThrows) {
  ServerHooks hooks;
  hooks.admit = [](const Request&) -> std::optional<Response> { throw std::runtime_error("x"); };
  TestServer server(echo, {}, std::move(hooks));
  RawClient client(server.port());
  client.send(get("/"));
  EXPECT_EQ(client.read_answer().status, 500);
}

TEST(ServerRefusals, LookAsTheOwnerOfTheServerWants) {
  ServerHooks hooks;
  hooks.refuse = [](int status, std::string_view message, const std::string& id) {
    Response response;
    response.body = std::to_string(status) + "|" + id + "|" + (message.empty() ? "" : "message");
    response.log_note = "refused";
    return response;
  };
  TestServer server(echo, {}, std::move(hooks));
  RawClient client(server.port());
  client.send(get("/%", "X-Request-Id: mine\r\n"));
  const Answer answer = client.read_answer();
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body, "400|mine|message");
  EXPECT_EQ(answer.field("Content-Type"), "application/json");
  EXPECT_EQ(server.records(1).at(0).note, "refused");
}

}  // namespace
}  // namespace semblance::http::test
