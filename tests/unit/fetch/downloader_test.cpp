#include "fetch/downloader.h"

#include <gtest/gtest.h>

#include <memory>

#include "fetching.h"

namespace semblance::test {
namespace {

using std::chrono::milliseconds;

/// /0, /1, ...
std::vector<std::string> numbered(const HttpServer& server, int count) {
  std::vector<std::string> urls(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i)
    urls[static_cast<std::size_t>(i)] = server.url("/" + std::to_string(i));
  return urls;
}

TEST(Downloader, BringsThePhotoAndWhatToRecogniseItBy) {
  HttpServer server;
  const std::string photo = photo_bytes(50'000);
  server.on("/a.jpg", serve_photo({photo, "\"v1\"", "Sat, 01 Jun 2024 10:00:00 GMT"}));
  const FetchOutcome outcome = fetch(server.url("/a.jpg"));
  ASSERT_EQ(error_text(outcome.error), "");
  EXPECT_EQ(text_of(outcome.bytes), photo);
  EXPECT_FALSE(outcome.not_modified);
  EXPECT_EQ(outcome.validators.url, server.url("/a.jpg"));
  EXPECT_EQ(outcome.validators.etag, "\"v1\"");
  EXPECT_EQ(outcome.validators.last_modified, "Sat, 01 Jun 2024 10:00:00 GMT");
}

TEST(Downloader, IntroducesItself) {
  HttpServer server;
  server.on("/a.jpg", serve_photo({photo_bytes(100)}));
  fetch(server.url("/a.jpg"));
  FetchOptions options = quick_options();
  options.user_agent = make_user_agent("https://shop.example/robot");
  fetch(server.url("/a.jpg"), options);
  const std::vector<HttpRequest> requests = server.requests();
  ASSERT_EQ(requests.size(), 2);
  EXPECT_TRUE(requests[0].header("user-agent").starts_with("Semblance/"));
  EXPECT_TRUE(requests[1].header("user-agent").ends_with(" (+https://shop.example/robot)"));
  EXPECT_TRUE(requests[0].header("accept").starts_with("image/"));
  EXPECT_EQ(requests[0].header("range"), "");
}

TEST(Downloader, TakesChunkedAndUnmeasuredAnswers) {
  HttpServer server;
  const std::string photo = photo_bytes(3000);
  server.on("/chunked", [&](HttpExchange& exchange) {
    exchange.respond(200, {{"Transfer-Encoding", "chunked"}}, "");
    exchange.send("3e8\r\n" + photo.substr(0, 1000) + "\r\n");
    exchange.wait(milliseconds(10));
    exchange.send("7D0;note=x\r\n" + photo.substr(1000) + "\r\n0\r\n\r\n");
  });
  server.on("/unmeasured", [&](HttpExchange& exchange) {
    exchange.send("HTTP/1.0 200 OK\r\n\r\n" + photo);
    exchange.close();
  });
  for (const char* path : {"/chunked", "/unmeasured"}) {
    const FetchOutcome outcome = fetch(server.url(path));
    EXPECT_EQ(error_text(outcome.error), "") << path;
    EXPECT_EQ(text_of(outcome.bytes), photo) << path;
  }
}

TEST(Downloader, KeepsConnectionsForTheNextPhoto) {
  HttpServer server;
  server.on("*", serve_photo({photo_bytes(500)}));
  std::vector<std::string> urls = numbered(server, 40);
  fetch_all(urls);
  EXPECT_EQ(server.requests().size(), 40);
  EXPECT_LE(server.connections(), 2);
}

TEST(Downloader, AsksAHostForTwoPhotosAtATime) {
  HttpServer server;
  server.on("*", [](HttpExchange& exchange) {
    exchange.wait(milliseconds(10));
    exchange.respond(200, {}, photo_bytes(500));
  });
  std::vector<std::string> urls = numbered(server, 20);
  for (const auto& [tag, outcome] : fetch_all(urls)) EXPECT_EQ(error_text(outcome.error), "");
  EXPECT_EQ(server.most_at_once(), 2);
}

TEST(Downloader, RunsEightDownloadsOverManyHosts) {
  std::atomic<int> at_once{0};
  std::atomic<int> most{0};
  std::vector<std::unique_ptr<HttpServer>> servers;
  std::vector<std::string> urls;
  for (int host = 1; host <= 6; ++host) {
    servers.push_back(std::make_unique<HttpServer>("127.0.0." + std::to_string(host)));
    servers.back()->on("*", [&](HttpExchange& exchange) {
      const int now = ++at_once;
      int seen = most.load();
      while (now > seen && !most.compare_exchange_weak(seen, now)) {
      }
      exchange.wait(milliseconds(20));
      --at_once;
      exchange.respond(200, {}, photo_bytes(500));
    });
    for (int i = 0; i < 8; ++i) urls.push_back(servers.back()->url("/" + std::to_string(i)));
  }
  for (const auto& [tag, outcome] : fetch_all(urls)) EXPECT_EQ(error_text(outcome.error), "");
  EXPECT_LE(most.load(), 8);
  EXPECT_GE(most.load(), 3);  // more than one host would give
}

TEST(Downloader, ABusyHostDoesNotHoldUpTheOthers) {
  HttpServer slow("127.0.0.1");
  HttpServer quick("127.0.0.2");
  slow.on("*", [](HttpExchange& exchange) {
    exchange.wait(milliseconds(30));
    exchange.respond(200, {}, photo_bytes(500));
  });
  std::size_t asked_of_slow = 0;
  quick.on("/a.jpg", [&](HttpExchange& exchange) {
    asked_of_slow = slow.requests().size();
    exchange.respond(200, {}, photo_bytes(500));
  });
  std::vector<std::string> urls = numbered(slow, 20);
  urls.push_back(quick.url("/a.jpg"));
  fetch_all(urls);
  EXPECT_LT(asked_of_slow, 20);
}

TEST(Downloader, GivesEachRequestOneOutcome) {
  HttpServer server;
  server.on("/good", serve_photo({photo_bytes(2000)}));
  server.on("/page", answer(200, {{"Content-Type", "text/html"}}, "<html><body>Sorry"));
  std::vector<std::string> urls;
  for (int i = 0; i < 300; ++i) {
    urls.push_back(server.url("/good"));
    urls.push_back(server.url("/page"));
    urls.push_back(server.url("/gone"));
    urls.emplace_back("ftp://127.0.0.1/a.jpg");
  }
  for (const auto& [tag, outcome] : fetch_all(urls)) {
    static constexpr const char* kExpected[] = {"", "wrong_content_type", "http_error", "bad_row"};
    const std::string code = outcome.error ? std::string(code_name(outcome.error->code)) : "";
    EXPECT_EQ(code, kExpected[tag % 4]);
    EXPECT_EQ(outcome.bytes.size(), tag % 4 == 0 ? 2000 : 0);
  }
}

TEST(Downloader, HoldsDownloadsBackWhileNobodyTakesThem) {
  HttpServer server;
  server.on("*", serve_photo({photo_bytes(1000)}));
  FetchOptions options = quick_options();
  options.parallel = 2;
  int given = 0;
  int done = 0;
  std::size_t ahead = 0;
  const Status status = make_downloader(options).run(
      [&]() -> std::optional<FetchRequest> {
        if (given == 30) return std::nullopt;
        return request_for(server.url("/" + std::to_string(given++)));
      },
      [&](const FetchOutcome&) -> Status {
        std::this_thread::sleep_for(milliseconds(5));
        ++done;
        ahead = std::max(ahead, server.requests().size() - static_cast<std::size_t>(done));
        return {};
      },
      nullptr);
  ASSERT_TRUE(status);
  EXPECT_EQ(done, 30);
  EXPECT_LE(ahead, 4);
}

TEST(Downloader, AnErrorOfTheReceiverEndsTheRun) {
  HttpServer server;
  server.on("*", serve_photo({photo_bytes(1000)}));
  const Status status = make_downloader().run(
      [&]() -> std::optional<FetchRequest> { return request_for(server.url("/endless")); },
      [&](const FetchOutcome&) -> Status {
        return Error{ErrorCode::kIo, "the disk is full"};
      },
      nullptr);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kIo);
}

TEST(Downloader, IsContentWithNothingToDo) {
  EXPECT_TRUE(fetch_all({}).empty());
}

TEST(Downloader, RefusesWhatIsNoWebAddress) {
  for (const char* url :
       {"", "   ", "photo.jpg", "/photo.jpg", "//host/photo.jpg", "ftp://example.com/a.jpg",
        "file:///etc/passwd", "gopher://127.0.0.1/", "http://", "http://ho st/",
        "http://example.com:99999/", "javascript:alert(1)", "data:image/png;base64,AAAA",
        "https://[::1/a.jpg"}) {
    const FetchOutcome outcome = fetch(url);
    ASSERT_TRUE(outcome.error) << url;
    EXPECT_EQ(outcome.error->code, ErrorCode::kBadRow) << url << ": " << outcome.error->message;
  }
  EXPECT_EQ(fetch(std::string("http://127.0.0.1/\0.jpg", 22)).error->code, ErrorCode::kBadRow);
  EXPECT_EQ(fetch("http://127.0.0.1/" + std::string(10'000, 'a')).error->code, ErrorCode::kBadRow);
}

TEST(Downloader, EncodesWhatPeopleWriteInAddresses) {
  HttpServer server;
  server.on("*", serve_photo({photo_bytes(1000)}));
  const FetchOutcome outcome = fetch("  " + server.url("/blue shirt/\xC3\xB6.jpg#x\n"));
  EXPECT_EQ(error_text(outcome.error), "");
  ASSERT_EQ(server.requests().size(), 1);
  const std::string target = server.requests()[0].target;
  // Versions of libcurl differ in the digits' case.
  EXPECT_TRUE(target == "/blue%20shirt/%c3%b6.jpg" || target == "/blue%20shirt/%C3%B6.jpg")
      << target;
}

}  // namespace
}  // namespace semblance::test
