#include "http/server.h"

#include <gtest/gtest.h>

#include "test_server.h"

namespace semblance::http::test {
namespace {

using std::chrono::milliseconds;

TEST(Server, AnswersARequest) {
  TestServer server(echo);
  RawClient client(server.port());
  client.send(get("/v1/a%2Fb?x=1&y=a+b"));
  const Answer answer = client.read_answer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "GET v1|a/b x=1&y=a b 127.0.0.1 ");
  EXPECT_EQ(answer.field("Content-Type"), "text/plain");
  EXPECT_EQ(answer.field("Content-Length"), std::to_string(answer.body.size()));
}

TEST(Server, ServesSeveralRequestsOnAConnection) {
  TestServer server(echo);
  RawClient client(server.port());
  for (int i = 0; i < 3; ++i) {
    client.send(get("/" + std::to_string(i)));
    EXPECT_EQ(client.read_answer().body, "GET " + std::to_string(i) + "  127.0.0.1 ");
  }
  EXPECT_EQ(server.gauges().connections, 1U);
}

TEST(Server, AnswersPipelinedRequestsInTheirOrder) {
  ReplyKeeper keeper;
  TestServer server(keeper.handler());
  RawClient client(server.port());
  client.send(get("/1") + get("/2") + get("/3"));
  for (const std::string name : {"1", "2", "3"}) {
    auto [request, reply] = keeper.take();
    ASSERT_EQ(request->segments.at(0), name);
    std::thread([reply = std::move(reply), name] { reply({200, "text/plain", {}, name}); }).join();
    EXPECT_EQ(client.read_answer().body, name);
  }
}

TEST(Server, ReadsABodyThatComesInPieces) {
  TestServer server(echo);
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nab");
  client.send("cd");
  client.send("ef" + get("/next"));
  EXPECT_EQ(client.read_answer().body, "POST   127.0.0.1 abcdef");
  EXPECT_EQ(client.read_answer().body, "GET next  127.0.0.1 ");
}

TEST(Server, ReadsAChunkedBody) {
  TestServer server(echo);
  RawClient client(server.port());
  const std::string whole =
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;name=value\r\nabc\r\nA\r\n0123456789\r\n0\r\nAuthorization: late\r\n\r\n";
  for (const char byte : whole) client.send({&byte, 1});
  EXPECT_EQ(client.read_answer().body, "POST   127.0.0.1 abc0123456789");
  client.send(whole + get("/next"));
  EXPECT_EQ(client.read_answer().status, 200);
  EXPECT_EQ(client.read_answer().body, "GET next  127.0.0.1 ");
}

TEST(Server, ReadsALargeBody) {
  TestServer server([](const auto& request, const Reply& reply) {
    reply({200, "text/plain", {}, request->body});
  });
  RawClient client(server.port());
  std::string body(5 << 20, 'x');
  for (std::size_t i = 0; i < body.size(); i += 7) body[i] = static_cast<char>('a' + i % 26);
  std::thread sender([&] {
    client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
                "\r\n\r\n" + body);
  });
  const Answer answer = client.read_answer();
  sender.join();
  EXPECT_TRUE(answer.body == body);
  client.send(get("/"));
  EXPECT_EQ(client.read_answer().status, 200);
  EXPECT_EQ(server.gauges().buffered_bytes, 0U);
}

TEST(Server, SendsNoBodyToHead) {
  TestServer server(echo);
  RawClient client(server.port());
  client.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
  const Answer answer = client.read_answer(false);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.field("Content-Length"), "16");
  client.send(get("/"));
  EXPECT_EQ(client.read_answer().body, "GET   127.0.0.1 ");
}

TEST(Server, SendsNoBodyWhereTheStatusHasNone) {
  for (const int status : {204, 304}) {
    TestServer server([&](const auto& /*request*/, const Reply& reply) {
      reply({status, "text/plain", {{"ETag", "\"1\""}}, "nothing"});
    });
    RawClient client(server.port());
    client.send(get("/") + get("/"));
    for (int i = 0; i < 2; ++i) {
      const Answer answer = client.read_answer();
      EXPECT_EQ(answer.status, status);
      EXPECT_EQ(answer.field("ETag"), "\"1\"");
      EXPECT_EQ(answer.field("Content-Length"), std::nullopt);
    }
  }
}

TEST(Server, ClosesAfterTheAnswerWhenAsked) {
  TestServer server(echo);
  RawClient client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.read_answer().field("Connection"), "close");
  EXPECT_TRUE(client.is_closed_within());
  RawClient old(server.port());
  old.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.read_answer().status, 200);
  EXPECT_TRUE(old.is_closed_within());
}

TEST(Server, NeverLetsAFieldBeginAnother) {
  TestServer server([](const auto& /*request*/, const Reply& reply) {
    reply({200,
           "text/plain\r\nX-Evil: 1",
           {{"X-Good", "yes"},
            {"X-Bad", "a\r\nSet-Cookie: evil=1"},
            {"X-Bad\r\nX-Evil", "1"},
            {"Content-Length", "999"},
            {"X-Null", std::string("a\0b", 3)}},
           "body"});
  });
  RawClient client(server.port());
  client.send(get("/"));
  const Answer answer = client.read_answer();
  EXPECT_EQ(answer.body, "body");
  EXPECT_EQ(answer.field("X-Good"), "yes");
  EXPECT_EQ(answer.head.find("vil"), std::string::npos) << answer.head;
  EXPECT_EQ(answer.head.find("Null"), std::string::npos) << answer.head;
}

TEST(Server, EchoesTheIdOfARequestWhereItIsSane) {
  TestServer server(echo);
  RawClient client(server.port());
  client.send(get("/", "X-Request-Id: aZ0._-\r\n"));
  EXPECT_EQ(client.read_answer().field("X-Request-Id"), "aZ0._-");
  for (const std::string& bad : {std::string("a b"), std::string("\"x\""), std::string(65, 'a')}) {
    client.send(get("/", "X-Request-Id: " + bad + "\r\n"));
    const auto id = client.read_answer().field("X-Request-Id");
    ASSERT_TRUE(id);
    EXPECT_NE(*id, bad);
    EXPECT_EQ(id->size(), 16U);
  }
}

TEST(Server, SendsBytesThatAreShared) {
  const auto page = std::make_shared<const std::string>("<html>");
  TestServer server([&](const auto& /*request*/, const Reply& reply) {
    Response response;
    response.content_type = "text/html";
    response.shared_body = page;
    reply(std::move(response));
  });
  RawClient client(server.port());
  client.send(get("/"));
  EXPECT_EQ(client.read_answer().body, "<html>");
}

}  // namespace
}  // namespace semblance::http::test
