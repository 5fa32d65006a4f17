#include <gtest/gtest.h>

#include "fetching.h"

namespace semblance::test {
namespace {

TEST(Redirect, IsFollowed) {
  HttpServer server;
  const std::string photo = photo_bytes(2000);
  server.on("/photo.jpg", serve_photo({photo, "\"v1\""}));
  for (const int status : {301, 302, 303, 307, 308}) {
    const std::string path = "/" + std::to_string(status);
    server.on(path, redirect_to(status == 301 ? server.url("/photo.jpg") : "photo.jpg", status));
    const FetchOutcome outcome = fetch(server.url(path));
    EXPECT_EQ(error_text(outcome.error), "") << status;
    EXPECT_EQ(text_of(outcome.bytes), photo);
    EXPECT_EQ(outcome.validators.url, server.url("/photo.jpg"));
  }
}

TEST(Redirect, FiveAreFollowedAndNotSix) {
  HttpServer server;
  server.on("/0", serve_photo({photo_bytes(2000)}));
  for (int i = 1; i <= 6; ++i) {
    server.on("/" + std::to_string(i), redirect_to("/" + std::to_string(i - 1)));
  }
  EXPECT_EQ(error_text(fetch(server.url("/5")).error), "");
  EXPECT_EQ(error_text(fetch(server.url("/6")).error),
            "http_error: 127.0.0.1 redirects more than 5 times");
}

TEST(Redirect, ACircleEnds) {
  HttpServer server;
  server.on("/a", redirect_to("/b"));
  server.on("/b", redirect_to("/a"));
  EXPECT_TRUE(fetch(server.url("/a")).error);
  EXPECT_EQ(server.requests().size(), 6);
}

TEST(Redirect, OnlyToTheWeb) {
  HttpServer server;
  for (const char* target : {"ftp://127.0.0.1/a.jpg", "file:///etc/passwd", "gopher://127.0.0.1/x",
                             "dict://127.0.0.1:11211/stat", "data:image/png;base64,AAAA"}) {
    server.on("/a.jpg", redirect_to(target));
    const FetchOutcome outcome = fetch(server.url("/a.jpg"));
    ASSERT_TRUE(outcome.error) << target;
    EXPECT_EQ(outcome.error->code, ErrorCode::kHttpError);
    EXPECT_NE(outcome.error->message.find("is not an http or https address"), std::string::npos)
        << outcome.error->message;
  }
}

TEST(Redirect, WithoutATargetIsAnError) {
  HttpServer server;
  server.on("/a.jpg", answer(302, {}, ""));
  EXPECT_EQ(error_text(fetch(server.url("/a.jpg")).error), "http_error: 127.0.0.1 answered 302");
  EXPECT_EQ(server.requests().size(), 1);
}

TEST(Redirect, CountsForTheHostItLeadsTo) {
  HttpServer shop("127.0.0.1");
  HttpServer store("127.0.0.2");
  store.on("*", [](HttpExchange& exchange) {
    exchange.wait(std::chrono::milliseconds(10));
    exchange.respond(200, {}, photo_bytes(500));
  });
  HttpServer other_shop("127.0.0.3");
  std::vector<std::string> urls;
  for (int i = 0; i < 8; ++i) {
    const std::string path = "/" + std::to_string(i);
    for (HttpServer* server : {&shop, &other_shop}) {
      server->on(path, redirect_to(store.url(path)));
      urls.push_back(server->url(path));
    }
  }
  for (const auto& [tag, outcome] : fetch_all(urls)) EXPECT_EQ(error_text(outcome.error), "");
  EXPECT_EQ(store.requests().size(), 16);
  EXPECT_EQ(store.most_at_once(), 2);
}

TEST(Redirect, ARetryBeginsAtTheFirstAddress) {
  HttpServer server;
  server.on("/a.jpg", redirect_to("/gone"));
  std::atomic<int> count{0};
  server.on("/gone", [&](HttpExchange& exchange) {
    // The balancer sends us elsewhere next time.
    server.on("/a.jpg", redirect_to("/here"));
    ++count;
    exchange.respond(503, {}, "");
  });
  server.on("/here", serve_photo({photo_bytes(2000)}));
  EXPECT_EQ(error_text(fetch(server.url("/a.jpg")).error), "");
  EXPECT_EQ(count.load(), 1);
}

}  // namespace
}  // namespace semblance::test
