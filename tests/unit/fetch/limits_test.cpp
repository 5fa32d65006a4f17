// Servers that are slow, endless, or do not tell the truth.

#include <gtest/gtest.h>
#include <zlib.h>

#include "fetching.h"

namespace semblance::test {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

FetchOptions once() {
  FetchOptions options = quick_options();
  options.retries = 0;
  return options;
}

/// Sends `part` again and again.
HttpHandler endless(int status, HttpHeaders headers, const std::string& first,
                    const std::string& part, milliseconds pause = milliseconds(0)) {
  headers.emplace_back("Transfer-Encoding", "chunked");
  return [=](HttpExchange& exchange) {
    const auto chunk = [&](const std::string& text) {
      char size[20];
      std::snprintf(size, sizeof(size), "%zx\r\n", text.size());
      return exchange.send(size + text + "\r\n");
    };
    exchange.respond(status, headers, "");
    for (bool goes_on = chunk(first); goes_on; goes_on = chunk(part)) {
      if (!exchange.wait(pause)) return;
    }
  };
}

TEST(Limits, WhatIsAnnouncedTooLargeIsNotDownloaded) {
  HttpServer server;
  server.on("/a.jpg", [](HttpExchange& exchange) {
    exchange.respond(200, {{"Content-Length", "1048577"}}, photo_bytes(1000));
    exchange.wait(seconds(20));
  });
  const FetchOutcome outcome = fetch(server.url("/a.jpg"));
  EXPECT_EQ(error_text(outcome.error),
            "too_large: the server announces 1048577 bytes, more than the limit of 1048576");
  EXPECT_EQ(server.requests().size(), 1);
}

TEST(Limits, TheLimitItselfIsAllowed) {
  HttpServer server;
  server.on("/a.jpg", serve_photo({photo_bytes(1 << 20)}));
  EXPECT_EQ(fetch(server.url("/a.jpg")).bytes.size(), 1 << 20);
}

TEST(Limits, WhatNeverEndsIsCutWhileReceiving) {
  HttpServer server;
  server.on("/a.jpg", endless(200, {}, photo_bytes(1000), std::string(50'000, 'x')));
  const FetchOutcome outcome = fetch(server.url("/a.jpg"));
  EXPECT_EQ(error_text(outcome.error),
            "too_large: the server sends more than the limit of 1048576 bytes");
  EXPECT_TRUE(outcome.bytes.empty());
  EXPECT_TRUE(outcome.partial.bytes.empty());
  EXPECT_EQ(server.requests().size(), 1);
}

TEST(Limits, FewerBytesThanPromisedIsTruncated) {
  HttpServer server;
  server.on("/a.jpg", [](HttpExchange& exchange) {
    exchange.respond(200, {{"Content-Length", "5000"}}, photo_bytes(4000));
    exchange.close();
  });
  FetchOptions options = quick_options();
  options.retries = 1;
  const FetchOutcome outcome = fetch(server.url("/a.jpg"), options);
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, ErrorCode::kTruncated) << outcome.error->message;
  EXPECT_EQ(server.requests().size(), 2);
}

TEST(Limits, ChunksThatBreakOffAreTruncated) {
  HttpServer server;
  server.on("/a.jpg", [](HttpExchange& exchange) {
    exchange.respond(200, {{"Transfer-Encoding", "chunked"}}, "");
    exchange.send("3e8\r\n" + photo_bytes(1000) + "\r\n");
    exchange.close();
  });
  const FetchOutcome outcome = fetch(server.url("/a.jpg"), once());
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, ErrorCode::kTruncated) << outcome.error->message;
}

TEST(Limits, MoreBytesThanPromisedAreNotRead) {
  HttpServer server;
  const std::string photo = photo_bytes(5000);
  server.on("/a.jpg", [&](HttpExchange& exchange) {
    exchange.respond(200, {{"Content-Length", "4000"}}, photo);
  });
  server.on("/b.jpg", serve_photo({photo}));
  FetchOptions options = once();
  options.per_host = 1;
  const auto outcomes = fetch_all({server.url("/a.jpg"), server.url("/b.jpg")}, options);
  // Decoding finds out whether that was all; the surplus must not become the next answer.
  EXPECT_EQ(text_of(outcomes.at(0).bytes), photo.substr(0, 4000));
  EXPECT_EQ(text_of(outcomes.at(1).bytes), photo);
}

TEST(Limits, AServerThatStopsSendingTimesOut) {
  HttpServer server;
  server.on("/a.jpg", [](HttpExchange& exchange) {
    exchange.respond(200, {{"Content-Length", "5000"}, {"ETag", "\"v1\""}}, photo_bytes(3000));
    exchange.wait(seconds(20));
  });
  server.on("/silent", [](HttpExchange& exchange) { exchange.wait(seconds(20)); });
  FetchOptions options = once();
  options.stall_timeout = milliseconds(100);
  for (const char* path : {"/a.jpg", "/silent"}) {
    const FetchOutcome outcome = fetch(server.url(path), options);
    EXPECT_EQ(error_text(outcome.error),
              "timeout: 127.0.0.1 sent fewer than 1024 bytes in 0.100 s");
    EXPECT_EQ(!outcome.partial.bytes.empty(), path == std::string("/a.jpg"));
  }
}

TEST(Limits, AServerThatDripsTimesOut) {
  HttpServer server;
  server.on("/a.jpg", endless(200, {}, photo_bytes(600), "x", milliseconds(5)));
  FetchOptions options = once();
  options.stall_timeout = milliseconds(100);
  const FetchOutcome outcome = fetch(server.url("/a.jpg"), options);
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, ErrorCode::kTimeout);
}

TEST(Limits, ASlowServerThatGoesOnIsWaitedFor) {
  HttpServer server;
  const std::string photo = photo_bytes(20'000);
  server.on("/a.jpg", [&](HttpExchange& exchange) {
    exchange.respond(200, {{"Content-Length", "20000"}}, "");
    for (std::size_t at = 0; at < photo.size(); at += 2000) {
      exchange.send(photo.substr(at, 2000));
      exchange.wait(milliseconds(50));
    }
  });
  FetchOptions options = once();
  options.stall_timeout = milliseconds(300);
  const FetchOutcome outcome = fetch(server.url("/a.jpg"), options);
  EXPECT_EQ(error_text(outcome.error), "");
  EXPECT_EQ(text_of(outcome.bytes), photo);
}

TEST(Limits, NothingTakesForEver) {
  HttpServer server;
  server.on("/a.jpg", endless(200, {}, photo_bytes(600), std::string(2000, 'x'), milliseconds(10)));
  FetchOptions options = once();
  options.total_timeout = milliseconds(150);
  const FetchOutcome outcome = fetch(server.url("/a.jpg"), options);
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, ErrorCode::kTimeout) << outcome.error->message;
}

TEST(Limits, AnErrorPageIsNotReadToItsEnd) {
  HttpServer server;
  server.on("/a.jpg", endless(404, {}, "<html>", std::string(50'000, 'x')));
  const FetchOutcome outcome = fetch(server.url("/a.jpg"));
  EXPECT_EQ(error_text(outcome.error), "http_error: 127.0.0.1 answered 404 Not Found");
  EXPECT_EQ(server.requests().size(), 1);
}

TEST(Limits, EndlessHeadersAreCut) {
  HttpServer server;
  server.on("/a.jpg", [](HttpExchange& exchange) {
    exchange.send("HTTP/1.1 200 OK\r\n");
    while (exchange.send("X-Header: " + std::string(1000, 'x') + "\r\n")) {
    }
  });
  const FetchOutcome outcome = fetch(server.url("/a.jpg"), once());
  EXPECT_EQ(error_text(outcome.error), "http_error: the server's answer has endless headers");
}

TEST(Limits, WhatIsNotHttpIsAnError) {
  HttpServer server;
  server.on("/a.jpg", [](HttpExchange& exchange) {
    exchange.send(photo_bytes(3000));
    exchange.close();
  });
  server.on("/b.jpg", [](HttpExchange& exchange) {
    exchange.send("HTTP/1.1 abc\r\nContent-Length: -5\r\n\r\n");
    exchange.close();
  });
  for (const char* path : {"/a.jpg", "/b.jpg"}) {
    const FetchOutcome outcome = fetch(server.url(path), once());
    ASSERT_TRUE(outcome.error) << path;
    EXPECT_EQ(outcome.error->code, ErrorCode::kHttpError) << outcome.error->message;
  }
}

TEST(Limits, APageThatPretendsToBeAPhotoIsFoundOut) {
  HttpServer server;
  const std::string pages[] = {
      "<!DOCTYPE html><html><head><title>Not found</title>", "\xEF\xBB\xBF \r\n<HTML>Sorry</HTML>",
      "<!-- cached --><html lang=en>", "<!doctype HTML>" + std::string(5000, ' ')};
  int number = 0;
  for (const std::string& page : pages) {
    const std::string path = "/" + std::to_string(++number) + ".jpg";
    server.on(path, answer(200, {{"Content-Type", "image/jpeg; charset=utf-8"}}, page));
    const FetchOutcome outcome = fetch(server.url(path));
    EXPECT_EQ(error_text(outcome.error),
              "wrong_content_type: the server sent an HTML page instead of a picture (declared as "
              "image/jpeg)");
    EXPECT_TRUE(outcome.bytes.empty());
    EXPECT_EQ(server.requests(path).size(), 1);
  }
}

TEST(Limits, ALongPageIsCutAtOnce) {
  HttpServer server;
  server.on("/a.jpg", endless(200, {{"Content-Type", "image/png"}},
                              "<html>" + std::string(600, ' '), "x", milliseconds(10)));
  const FetchOutcome outcome = fetch(server.url("/a.jpg"));
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, ErrorCode::kWrongContentType);
}

TEST(Limits, OtherThingsThanPhotosHaveTheirReasons) {
  struct Case {
    HttpHeaders headers;
    std::string body;
    std::string expected;
  };
  const Case cases[] = {
      {{{"Content-Type", "application/json"}},
       "{\"error\":\"gone\"}",
       "wrong_content_type: the server sent application/json instead of a picture"},
      {{{"Content-Type", "text/plain"}},
       "not found",
       "wrong_content_type: the server sent text/plain instead of a picture"},
      {{{"Content-Type", "image/jpeg"}},
       std::string(3000, 'x'),
       "not_an_image: what the server sent is no picture (declared as image/jpeg)"},
      {{}, "PK\3\4", "not_an_image: what the server sent is no picture"},
      {{{"Content-Type", "image/jpeg"}}, "", "empty: the server sent an empty answer"},
  };
  for (const Case& one : cases) {
    HttpServer server;
    server.on("/a.jpg", answer(200, one.headers, one.body));
    EXPECT_EQ(error_text(fetch(server.url("/a.jpg")).error), one.expected);
  }
}

TEST(Limits, APhotoThatPretendsToBeAPageIsAPhoto) {
  HttpServer server;
  const std::string photo = photo_bytes(2000);
  server.on("/a.jpg", answer(200, {{"Content-Type", "text/html"}}, photo));
  EXPECT_EQ(text_of(fetch(server.url("/a.jpg")).bytes), photo);
}

std::string gzipped(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string packed(text.size() + 1000, '\0');
  std::string input = text;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

TEST(Limits, WhatIsCompressedOnTheWayIsUnpackedWithinTheLimit) {
  HttpServer server;
  const std::string photo = photo_bytes(20'000);
  server.on("/a.jpg", answer(200, {{"Content-Encoding", "gzip"}}, gzipped(photo)));
  server.on("/bomb", answer(200, {{"Content-Encoding", "gzip"}},
                            gzipped(photo_bytes(1000) + std::string(5 << 20, 'x'))));
  EXPECT_EQ(text_of(fetch(server.url("/a.jpg")).bytes), photo);
  EXPECT_EQ(server.requests()[0].header("accept-encoding"), "identity");
  const FetchOutcome bomb = fetch(server.url("/bomb"));
  ASSERT_TRUE(bomb.error);
  EXPECT_EQ(bomb.error->code, ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace semblance::test
