#include <gtest/gtest.h>

#include "fetching.h"

namespace semblance::test {
namespace {

const std::string kDate = "Sat, 01 Jun 2024 10:00:00 GMT";

FetchOutcome fetch_known(const std::string& url, const Validators& known) {
  FetchRequest request = request_for(url);
  request.known = known;
  return make_downloader().fetch(std::move(request));
}

TEST(Conditional, WhatDidNotChangeIsNotSent) {
  HttpServer server;
  server.on("/tag", serve_photo({photo_bytes(2000), "\"v1\"", ""}));
  server.on("/weak", serve_photo({photo_bytes(2000), "W/\"v1\"", kDate}));
  server.on("/date", serve_photo({photo_bytes(2000), "", kDate}));
  for (const char* path : {"/tag", "/weak", "/date"}) {
    const FetchOutcome first = fetch(server.url(path));
    ASSERT_EQ(error_text(first.error), "");
    const FetchOutcome second = fetch_known(server.url(path), first.validators);
    EXPECT_EQ(error_text(second.error), "") << path;
    EXPECT_TRUE(second.not_modified) << path;
    EXPECT_TRUE(second.bytes.empty());
    EXPECT_EQ(second.validators.etag, first.validators.etag);
    EXPECT_EQ(second.validators.last_modified, first.validators.last_modified);
  }
}

TEST(Conditional, WhatChangedIs) {
  HttpServer server;
  const std::string photo = photo_bytes(2000, 2);
  server.on("/a.jpg", serve_photo({photo, "\"v2\"", kDate}));
  const FetchOutcome outcome =
      fetch_known(server.url("/a.jpg"), {server.url("/a.jpg"), "\"v1\"", kDate});
  EXPECT_FALSE(outcome.not_modified);
  EXPECT_EQ(text_of(outcome.bytes), photo);
  EXPECT_EQ(outcome.validators.etag, "\"v2\"");
}

TEST(Conditional, AsksTheServerThatTheVersionIsOf) {
  HttpServer server;
  server.on("/a.jpg", redirect_to("/b.jpg"));
  server.on("/b.jpg", serve_photo({photo_bytes(2000), "\"v1\""}));
  const FetchOutcome first = fetch(server.url("/a.jpg"));
  EXPECT_TRUE(fetch_known(server.url("/a.jpg"), first.validators).not_modified);

  // The same tag at another address says nothing.
  const std::string other = photo_bytes(3000, 7);
  server.on("/a.jpg", redirect_to("/c.jpg"));
  server.on("/c.jpg", serve_photo({other, "\"v1\""}));
  EXPECT_EQ(text_of(fetch_known(server.url("/a.jpg"), first.validators).bytes), other);
}

TEST(Conditional, AnUnaskedNotModifiedIsAnError) {
  HttpServer server;
  server.on("/a.jpg", answer(304, {}, ""));
  const FetchOutcome outcome = fetch(server.url("/a.jpg"));
  EXPECT_EQ(error_text(outcome.error), "http_error: 127.0.0.1 answered 304");
  EXPECT_FALSE(outcome.not_modified);
}

TEST(Conditional, ABeginningOfAnEarlierRunIsGoneOnWith) {
  HttpServer server;
  const std::string photo = photo_bytes(90'000);
  server.on("/a.jpg", serve_photo({photo, "\"v1\""}));
  FetchRequest request = request_for(server.url("/a.jpg"));
  request.partial = [&]() -> std::optional<PartialBody> {
    const auto bytes = std::as_bytes(std::span(photo.data(), 60'000));
    return PartialBody{{server.url("/a.jpg"), "\"v1\"", ""}, Bytes(bytes.begin(), bytes.end())};
  };
  const FetchOutcome outcome = make_downloader().fetch(std::move(request));
  EXPECT_EQ(error_text(outcome.error), "");
  EXPECT_TRUE(text_of(outcome.bytes) == photo);
  ASSERT_EQ(server.requests().size(), 1);
  EXPECT_EQ(server.requests()[0].header("range"), "bytes=60000-");
  EXPECT_EQ(server.requests()[0].header("if-range"), "\"v1\"");
}

}  // namespace
}  // namespace semblance::test
