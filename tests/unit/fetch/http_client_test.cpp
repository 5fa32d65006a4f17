#include "fetch/http_client.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <thread>

#include "support/http_server.h"
#include "support/temporary_folder.h"
#include "support/tls_server.h"

namespace semblance {
namespace {

using namespace std::chrono_literals;
using test::answer;
using test::HttpExchange;
using test::HttpServer;

std::unique_ptr<HttpClient> client(HttpClientOptions options = {}) {
  Result<std::unique_ptr<HttpClient>> made = HttpClient::create(std::move(options));
  EXPECT_TRUE(made) << made.error().message;
  return *std::move(made);
}

TEST(HttpClient, SendsAndReceives) {
  HttpServer server;
  server.on("/a?b", [](HttpExchange& exchange) {
    const test::HttpRequest& request = exchange.request();
    exchange.respond(201, {{"Content-Type", "Text/Plain; charset=x"}, {"Retry-After", "7"}},
                     request.method + " " + request.header("x-name") + " " + request.body);
  });
  const auto http = client();
  HttpCall call;
  call.url = server.url("/a?b");
  call.headers = {"X-Name: value"};
  for (const char* method : {"GET", "POST", "PUT", "DELETE"}) {
    call.method = method;
    const std::string body(method == std::string("GET") ? "" : "the body");
    call.body = body;
    const Result<HttpAnswer> got = http->send(call);
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->status, 201);
    EXPECT_EQ(got->content_type, "text/plain");
    EXPECT_EQ(got->retry_after, 7s);
    EXPECT_EQ(got->body, std::string(method) + " value " + body);
  }
  EXPECT_EQ(server.connections(), 1);
  call.fresh_connection = true;
  EXPECT_TRUE(http->send(call));
  EXPECT_EQ(server.connections(), 2);
}

TEST(HttpClient, NothingOfOneRequestIsLeftForTheNext) {
  HttpServer server;
  server.on("*", [](HttpExchange& exchange) {
    exchange.respond(200, {},
                     exchange.request().method + exchange.request().header("x-secret") +
                         exchange.request().body);
  });
  const auto http = client();
  HttpCall first;
  first.method = "PUT";
  first.url = server.url("/");
  first.headers = {"X-Secret: 1"};
  first.body = "body";
  EXPECT_EQ(http->send(first)->body, "PUT1body");
  HttpCall second;
  second.url = server.url("/");
  EXPECT_EQ(http->send(second)->body, "GET");
}

TEST(HttpClient, LongBodiesAreSentAtOnce) {
  HttpServer server;
  server.on("*", [](HttpExchange& exchange) {
    exchange.respond(
        200, {},
        exchange.request().header("expect") + std::to_string(exchange.request().body.size()));
  });
  const std::string body(5'000'000, 'x');
  HttpCall call;
  call.method = "POST";
  call.url = server.url("/");
  call.body = body;
  EXPECT_EQ(client()->send(call)->body, "5000000");
}

TEST(HttpClient, SaysWhetherTheRequestCanHaveArrived) {
  HttpServer server;
  server.on("/broken", [](HttpExchange& exchange) { exchange.reset(); });
  server.on("/slow", [](HttpExchange& exchange) { exchange.wait(10s); });
  server.on("/large", answer(200, {}, std::string(1'000, 'x')));
  const auto http = client();
  const auto code = [&](const std::string& url) {
    HttpCall call;
    call.url = url;
    call.timeout = 200ms;
    call.max_answer_bytes = 100;
    const Result<HttpAnswer> got = http->send(call);
    EXPECT_FALSE(got) << url;
    return got ? ErrorCode::kInternal : got.error().code;
  };
  EXPECT_EQ(code("http://127.0.0.1:1/"), ErrorCode::kUnavailable);
  EXPECT_EQ(code("http://no-such-host.invalid/"), ErrorCode::kUnavailable);
  EXPECT_EQ(code(server.url("/broken")), ErrorCode::kHttpError);
  EXPECT_EQ(code(server.url("/slow")), ErrorCode::kTimeout);
  EXPECT_EQ(code(server.url("/large")), ErrorCode::kTooLarge);
  EXPECT_EQ(code("file:///etc/passwd"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code("http://["), ErrorCode::kInvalidArgument);
}

TEST(HttpClient, FollowsNobodyElsewhere) {
  HttpServer server;
  server.on("/", test::redirect_to("/elsewhere"));
  HttpCall call;
  call.url = server.url("/");
  EXPECT_EQ(client()->send(call)->status, 302);
  EXPECT_TRUE(server.requests("/elsewhere").empty());
}

TEST(HttpClient, CanBeGivenUp) {
  HttpServer server;
  server.on("*", [](HttpExchange& exchange) { exchange.wait(60s); });
  std::atomic<bool> cancelled{false};
  HttpCall call;
  call.url = server.url("/");
  call.cancelled = &cancelled;
  std::thread later([&] {
    std::this_thread::sleep_for(50ms);
    cancelled = true;
  });
  const Result<HttpAnswer> got = client()->send(call);
  later.join();
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::kCancelled);
}

TEST(HttpClient, UsesNoProxyOfTheEnvironment) {
  HttpServer server;
  server.on("*", answer(200, {}, "direct"));
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  HttpCall call;
  call.url = server.url("/");
  const Result<HttpAnswer> got = client()->send(call);
  ::unsetenv("http_proxy");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->body, "direct");
}

TEST(HttpClient, TrustsWhomItIsToldToAndNobodyElse) {
  const test::TemporaryFolder folder;
  const test::TlsServer server(folder.path(), "{}");
  HttpCall call;
  call.url = server.url() + "/";
  const Result<HttpAnswer> stranger = client()->send(call);
  ASSERT_FALSE(stranger);
  EXPECT_EQ(stranger.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(stranger.error().message.find("certificate is not trusted"), std::string::npos);

  HttpClientOptions options;
  options.ca_file = server.certificate();
  const auto trusting = client(options);
  const Result<HttpAnswer> got = trusting->send(call);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->body, "{}");
  // A certificate of another name.
  const std::size_t host = call.url.find("127.0.0.1");
  call.url.replace(host, 9, "localhost");
  EXPECT_EQ(trusting->send(call).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace semblance
