// What is tried again, when, and how a broken download goes on.

#include <gtest/gtest.h>

#include "fetching.h"

namespace semblance::test {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Answers the first requests with `first`, one after the other, then always with `then`.
HttpHandler in_turn(const std::vector<HttpHandler>& first, const HttpHandler& then) {
  auto count = std::make_shared<std::atomic<std::size_t>>(0);
  return [=](HttpExchange& exchange) {
    const std::size_t turn = count->fetch_add(1);
    (turn < first.size() ? first[turn] : then)(exchange);
  };
}

/// Sends the head of a photo and its first bytes, then breaks the connection.
HttpHandler break_after(const std::string& photo, std::size_t size, HttpHeaders headers = {}) {
  headers.emplace_back("Content-Length", std::to_string(photo.size()));
  headers.emplace_back("Date", "Sat, 01 Jun 2024 12:00:00 GMT");
  return [=](HttpExchange& exchange) {
    exchange.respond(200, headers, photo.substr(0, size));
    exchange.wait(milliseconds(20));  // a reset may overtake what was sent
    exchange.reset();
  };
}

HttpHandler reset_at_once() {
  return [](HttpExchange& exchange) { exchange.reset(); };
}

TEST(Retry, ServersThatRecoverAreAskedAgain) {
  HttpServer server;
  const std::string photo = photo_bytes(1000);
  server.on("/a.jpg", in_turn({answer(503, {}, "busy"), answer(500, {}, ""),
                               answer(502, {}, "<html>"), reset_at_once()},
                              serve_photo({photo})));
  const FetchOutcome outcome = fetch(server.url("/a.jpg"));
  EXPECT_EQ(error_text(outcome.error), "");
  EXPECT_EQ(text_of(outcome.bytes), photo);
  EXPECT_EQ(server.requests().size(), 5);
}

TEST(Retry, EndsAfterTheNumberOfRetries) {
  HttpServer server;
  server.on("/a.jpg", answer(500, {}, "oops"));
  const FetchOutcome outcome = fetch(server.url("/a.jpg"));
  EXPECT_EQ(error_text(outcome.error),
            "http_error: 127.0.0.1 answered 500 Internal Server Error (5 attempts)");
  EXPECT_EQ(server.requests().size(), 5);
}

TEST(Retry, RefusalsAreFinal) {
  HttpServer server;
  for (const int status : {400, 401, 403, 404, 408, 410, 418, 451, 501, 204, 300}) {
    const std::string path = "/" + std::to_string(status);
    server.on(path, answer(status, {}, ""));
    const FetchOutcome outcome = fetch(server.url(path));
    ASSERT_TRUE(outcome.error) << status;
    EXPECT_EQ(outcome.error->code, ErrorCode::kHttpError) << status;
    EXPECT_NE(outcome.error->message.find(std::to_string(status)), std::string::npos);
    EXPECT_EQ(server.requests(path).size(), 1) << status;
  }
}

TEST(Retry, UnreachableServersAreTriedAgainAndNamed) {
  FetchOptions options = quick_options();
  options.retries = 2;
  const FetchOutcome outcome = fetch(unused_address(), options);
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, ErrorCode::kHttpError);
  EXPECT_TRUE(outcome.error->message.starts_with("127.0.0.1 cannot be reached: "));
  EXPECT_TRUE(outcome.error->message.ends_with("(3 attempts)")) << outcome.error->message;
}

TEST(Retry, UnknownHostsAreNamed) {
  FetchOptions options = quick_options();
  options.retries = 1;
  const FetchOutcome outcome = fetch("http://no-such-host.invalid/a.jpg", options);
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, ErrorCode::kHttpError);
  EXPECT_NE(outcome.error->message.find("no-such-host.invalid"), std::string::npos);
}

TEST(Retry, WaitsAsLongAsTheServerAsks) {
  HttpServer server;
  server.on("/a.jpg",
            in_turn({answer(429, {{"Retry-After", "1"}}, "")}, serve_photo({photo_bytes(1000)})));
  server.on("/b.jpg", serve_photo({photo_bytes(1000)}));
  FetchOptions options = quick_options();
  options.per_host = 1;
  const Clock::time_point start = Clock::now();
  const auto outcomes = fetch_all({server.url("/a.jpg"), server.url("/b.jpg")}, options);
  EXPECT_GE(Clock::now() - start, seconds(1));
  EXPECT_EQ(error_text(outcomes.at(0).error), "");
  EXPECT_EQ(error_text(outcomes.at(1).error), "");
  // The other photo of the host waited too: 429 speaks for the server.
  const std::vector<HttpRequest> requests = server.requests();
  ASSERT_EQ(requests.size(), 3);
  EXPECT_EQ(requests[0].target, "/a.jpg");
}

TEST(Retry, DoesNotWaitLongerThanReason) {
  HttpServer server;
  server.on("/a.jpg", answer(503, {{"Retry-After", "86400"}}, ""));
  const FetchOutcome outcome = fetch(server.url("/a.jpg"));
  EXPECT_EQ(error_text(outcome.error),
            "http_error: 127.0.0.1 answered 503 Service Unavailable and asks to come back in "
            "86400 s");
  EXPECT_EQ(server.requests().size(), 1);
}

TEST(Retry, BacksOffLongerEachTime) {
  HttpServer server;
  std::mutex mutex;
  std::vector<Clock::time_point> times;
  server.on("/a.jpg", [&](HttpExchange& exchange) {
    {
      const std::lock_guard lock(mutex);
      times.push_back(Clock::now());
    }
    exchange.respond(500, {}, "");
  });
  FetchOptions options = quick_options();
  options.retries = 3;
  options.backoff = milliseconds(60);
  options.max_backoff = milliseconds(1000);
  fetch(server.url("/a.jpg"), options);
  ASSERT_EQ(times.size(), 4);
  EXPECT_GE(times[1] - times[0], milliseconds(30));  // half of it is random
  EXPECT_GE(times[2] - times[1], milliseconds(60));
  EXPECT_GE(times[3] - times[2], milliseconds(120));
}

TEST(Retry, ABrokenDownloadGoesOnWhereItBroke) {
  for (const HttpHeaders& headers :
       {HttpHeaders{{"ETag", "\"v1\""}},
        HttpHeaders{{"Last-Modified", "Sat, 01 Jun 2024 10:00:00 GMT"}}}) {
    HttpServer server;
    const std::string photo = photo_bytes(100'000);
    ServedPhoto served{photo};
    (headers[0].first == "ETag" ? served.etag : served.last_modified) = headers[0].second;
    server.on("/a.jpg", in_turn({break_after(photo, 40'000, headers)}, serve_photo(served)));
    const FetchOutcome outcome = fetch(server.url("/a.jpg"));
    EXPECT_EQ(error_text(outcome.error), "");
    EXPECT_TRUE(text_of(outcome.bytes) == photo);
    const std::vector<HttpRequest> requests = server.requests();
    ASSERT_EQ(requests.size(), 2);
    EXPECT_EQ(requests[1].header("range"), "bytes=40000-");
    EXPECT_EQ(requests[1].header("if-range"), headers[0].second);
  }
}

TEST(Retry, WithoutASureVersionItStartsAnew) {
  for (const HttpHeaders& headers :
       {HttpHeaders{}, HttpHeaders{{"ETag", "W/\"v1\""}},
        HttpHeaders{{"Last-Modified", "Sat, 01 Jun 2024 12:00:00 GMT"}},
        HttpHeaders{{"Last-Modified", "yesterday"}}}) {
    HttpServer server;
    const std::string photo = photo_bytes(100'000);
    server.on("/a.jpg", in_turn({break_after(photo, 40'000, headers)}, serve_photo({photo})));
    const FetchOutcome outcome = fetch(server.url("/a.jpg"));
    EXPECT_EQ(error_text(outcome.error), "");
    EXPECT_TRUE(text_of(outcome.bytes) == photo);
    ASSERT_EQ(server.requests().size(), 2);
    EXPECT_EQ(server.requests()[1].header("range"), "");
  }
}

TEST(Retry, APhotoThatChangedMeanwhileIsNotMixedUp) {
  HttpServer server;
  const std::string before = photo_bytes(100'000, 1);
  const std::string after = photo_bytes(90'000, 2);
  server.on("/a.jpg", in_turn({break_after(before, 40'000, {{"ETag", "\"v1\""}})},
                              serve_photo({after, "\"v2\""})));
  const FetchOutcome outcome = fetch(server.url("/a.jpg"));
  EXPECT_EQ(error_text(outcome.error), "");
  EXPECT_TRUE(text_of(outcome.bytes) == after);
  EXPECT_EQ(outcome.validators.etag, "\"v2\"");
}

TEST(Retry, AWrongPartIsNotUsed) {
  const std::string photo = photo_bytes(100'000);
  const HttpHeaders etag = {{"ETag", "\"v1\""}};
  const HttpHandler wrong_parts[] = {
      answer(206, {{"Content-Range", "bytes 30000-99999/100000"}}, photo.substr(30'000)),
      answer(206, {}, photo.substr(40'000)),
      answer(206, {{"Content-Range", "bytes 40000-99999/100000"}, {"ETag", "\"v2\""}},
             photo_bytes(60'000, 9)),
      answer(416, {}, "")};
  for (const HttpHandler& wrong_part : wrong_parts) {
    HttpServer server;
    server.on("/a.jpg", in_turn({break_after(photo, 40'000, etag), wrong_part},
                                serve_photo({photo, "\"v1\""})));
    const FetchOutcome outcome = fetch(server.url("/a.jpg"));
    EXPECT_EQ(error_text(outcome.error), "");
    EXPECT_TRUE(text_of(outcome.bytes) == photo);
    EXPECT_EQ(server.requests().size(), 3);
  }
}

TEST(Retry, APartNobodyAskedForIsNoPhoto) {
  HttpServer server;
  server.on("/a.jpg", answer(206, {{"Content-Range", "bytes 0-999/5000"}}, photo_bytes(1000)));
  const FetchOutcome outcome = fetch(server.url("/a.jpg"));
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, ErrorCode::kHttpError);
}

TEST(Retry, WhatIsStillBrokenIsTruncatedAndKept) {
  HttpServer server;
  const std::string photo = photo_bytes(100'000);
  FetchOptions options = quick_options();
  options.retries = 0;
  server.on("/a.jpg", break_after(photo, 40'000, {{"ETag", "\"v1\""}}));
  const FetchOutcome outcome = fetch(server.url("/a.jpg"), options);
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, ErrorCode::kTruncated) << outcome.error->message;
  EXPECT_TRUE(text_of(outcome.partial.bytes) == photo.substr(0, 40'000));
  EXPECT_EQ(outcome.partial.validators.etag, "\"v1\"");
  EXPECT_TRUE(outcome.bytes.empty());
}

TEST(Retry, HostsThatNeverAnswerAreGivenUpForAWhile) {
  FetchOptions options = quick_options();
  options.retries = 1;
  options.per_host = 1;
  options.give_up_after = 3;
  const std::vector<std::string> urls(10, unused_address());
  int given_up = 0;
  for (const auto& [tag, outcome] : fetch_all(urls, options)) {
    ASSERT_TRUE(outcome.error);
    EXPECT_EQ(outcome.error->code, ErrorCode::kHttpError);
    if (outcome.error->message.find("not asked for a while") != std::string::npos) ++given_up;
  }
  EXPECT_EQ(given_up, 7);
}

TEST(Retry, AHostThatAnswersErrorsIsNotGivenUp) {
  HttpServer server;
  FetchOptions options = quick_options();
  options.give_up_after = 1;
  server.on("/bad", answer(500, {}, ""));
  server.on("/good", serve_photo({photo_bytes(1000)}));
  std::vector<std::string> urls(5, server.url("/bad"));
  urls.push_back(server.url("/good"));
  EXPECT_EQ(error_text(fetch_all(urls, options).at(5).error), "");
}

TEST(Retry, AHostThatIsBackIsUsedAgain) {
  HttpServer server;
  std::atomic<bool> is_back{false};
  server.on("*", [&](HttpExchange& exchange) {
    is_back ? exchange.respond(200, {}, photo_bytes(1000)) : exchange.reset();
  });
  FetchOptions options = quick_options();
  options.retries = 0;
  options.per_host = 1;
  options.give_up_after = 1;
  options.give_up_for = milliseconds(30);
  int given = 0;
  std::vector<std::string> errors;
  const Status status = make_downloader(options).run(
      [&]() -> std::optional<FetchRequest> {
        if (given == 2) return std::nullopt;
        if (given == 1) {
          if (errors.empty()) return request_for("ftp://asked-again-later");
          is_back = true;
          std::this_thread::sleep_for(milliseconds(60));
        }
        return request_for(server.url("/" + std::to_string(given++)));
      },
      [&](FetchOutcome outcome) -> Status {
        if (!outcome.error || outcome.error->code != ErrorCode::kBadRow) {
          errors.push_back(error_text(outcome.error));
        }
        return {};
      },
      nullptr);
  ASSERT_TRUE(status);
  ASSERT_EQ(errors.size(), 2);
  EXPECT_NE(errors[0], "");
  EXPECT_EQ(errors[1], "");
}

}  // namespace
}  // namespace semblance::test
