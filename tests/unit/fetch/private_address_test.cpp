#include <gtest/gtest.h>

#include <cstdlib>

#include "fetching.h"

namespace semblance::test {
namespace {

FetchOptions public_only() {
  FetchOptions options = quick_options();
  options.allow_private = false;
  return options;
}

/// As if this loopback address were public and all others private.
FetchOptions only(const std::string& address) {
  FetchOptions options = public_only();
  options.may_connect = [address](const IpAddress& peer) { return peer.text() == address; };
  return options;
}

TEST(PrivateAddress, IsNotConnectedToHoweverItIsWritten) {
  HttpServer server;
  server.on("*", serve_photo({photo_bytes(1000)}));
  const std::string port = ":" + std::to_string(server.port()) + "/a.jpg";
  for (const char* host :
       {"127.0.0.1", "localhost", "LOCALHOST", "127.1", "0x7f.1", "2130706433", "0177.0.0.1",
        "0.0.0.0", "0", "[::1]", "[::ffff:127.0.0.1]", "[::]", "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]", "127%2e0.0.1", "user:word@127.0.0.1"}) {
    const FetchOutcome outcome = fetch(std::string("http://") + host + port, public_only());
    ASSERT_TRUE(outcome.error) << host;
    EXPECT_EQ(outcome.error->code, ErrorCode::kUnreadable)
        << host << ": " << outcome.error->message;
    EXPECT_NE(outcome.error->message.find("not a public address"), std::string::npos) << host;
    EXPECT_EQ(outcome.error->message.find("word"), std::string::npos) << "shows the password";
  }
  EXPECT_EQ(server.connections(), 0);
}

TEST(PrivateAddress, IsConnectedToWhenAllowed) {
  HttpServer server;
  server.on("*", serve_photo({photo_bytes(1000)}));
  EXPECT_EQ(error_text(fetch("http://localhost:" + std::to_string(server.port()) + "/").error), "");
}

TEST(PrivateAddress, IsRefusedBehindARedirect) {
  HttpServer outside("127.0.0.1");
  HttpServer inside("127.0.0.2");
  inside.on("*", serve_photo({photo_bytes(1000)}));
  outside.on("/a.jpg", redirect_to(inside.url("/secret.jpg")));
  const FetchOutcome outcome = fetch(outside.url("/a.jpg"), only("127.0.0.1"));
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, ErrorCode::kUnreadable);
  EXPECT_NE(outcome.error->message.find("127.0.0.2"), std::string::npos);
  EXPECT_EQ(outside.requests().size(), 1);
  EXPECT_EQ(inside.connections(), 0);
}

TEST(PrivateAddress, IsRefusedWhenANameLeadsThereOnTheSecondAttempt) {
  HttpServer server;
  server.on("/a.jpg", [](HttpExchange& exchange) {
    exchange.respond(503, {{"Connection", "close"}}, "");
    exchange.close();
  });
  std::atomic<int> asked{0};
  FetchOptions options = public_only();
  options.may_connect = [&](const IpAddress&) { return asked++ == 0; };
  const FetchOutcome outcome = fetch(server.url("/a.jpg"), options);
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, ErrorCode::kUnreadable);
  EXPECT_EQ(server.connections(), 1);
}

/// An environment variable for the length of a test.
class EnvironmentVariable {
 public:
  EnvironmentVariable(const char* name, const std::string& value) : name_(name) {
    ::setenv(name, value.c_str(), 1);
  }
  EnvironmentVariable(const EnvironmentVariable&) = delete;
  EnvironmentVariable& operator=(const EnvironmentVariable&) = delete;
  ~EnvironmentVariable() { ::unsetenv(name_); }

 private:
  const char* name_;
};

TEST(Proxy, OfTheEnvironmentIsNotTrustedWithTheCheck) {
  HttpServer proxy("127.0.0.2");
  proxy.on("*", serve_photo({photo_bytes(1000)}));
  const std::string address = unused_address();
  const EnvironmentVariable variable("http_proxy", proxy.url(""));
  FetchOptions options = only("127.0.0.1");
  options.retries = 0;
  const FetchOutcome outcome = fetch(address, options);
  ASSERT_TRUE(outcome.error);
  EXPECT_NE(outcome.error->message.find("proxy"), std::string::npos) << outcome.error->message;
  EXPECT_EQ(proxy.connections(), 0);
}

TEST(Proxy, OfTheEnvironmentIsUsedWherePrivateAddressesAreAllowed) {
  HttpServer proxy("127.0.0.2");
  proxy.on("*", serve_photo({photo_bytes(1000)}));
  const EnvironmentVariable variable("http_proxy", proxy.url(""));
  const FetchOutcome outcome = fetch("http://shop.example/a.jpg");
  EXPECT_EQ(error_text(outcome.error), "");
  ASSERT_EQ(proxy.requests().size(), 1);
  EXPECT_EQ(proxy.requests()[0].target, "http://shop.example/a.jpg");
}

}  // namespace
}  // namespace semblance::test
