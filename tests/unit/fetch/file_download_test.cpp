#include "fetch/file_download.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <thread>

#include "base/file.h"
#include "support/http_server.h"
#include "support/temporary_folder.h"

namespace semblance {
namespace {

using test::HttpExchange;
using test::HttpServer;
using test::photo_bytes;
using test::serve_photo;
using test::TemporaryFolder;

class FileDownload : public testing::Test {
 protected:
  FileDownload() {
    options_.backoff = std::chrono::milliseconds(4);
    options_.max_backoff = std::chrono::milliseconds(20);
    options_.connect_timeout = std::chrono::seconds(2);
    options_.stall_timeout = std::chrono::seconds(1);
  }

  Status download(const std::string& address, std::uint64_t bytes) {
    return download_file(address, partial_, bytes, options_, {}, nullptr);
  }
  Status download(const std::string& address) { return download(address, content_.size()); }

  [[nodiscard]] std::string downloaded() const {
    const auto bytes = read_file(partial_, 1 << 24);
    return bytes ? std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size()) : "";
  }

  /// Sends all but breaks off after `bytes` of what is to come, `times` times.
  test::HttpHandler breaking_off(std::size_t bytes, int times) {
    return [this, bytes, times, count = 0](HttpExchange& exchange) mutable {
      if (count++ >= times) return serve_photo({content_})(exchange);
      const std::string range = exchange.request().header("range");
      const std::size_t first = range.empty() ? 0 : std::stoul(range.substr(6));
      const std::string total = std::to_string(content_.size());
      std::string head = range.empty()
                             ? "HTTP/1.1 200 OK\r\n"
                             : "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes " +
                                   std::to_string(first) + "-" +
                                   std::to_string(content_.size() - 1) + "/" + total + "\r\n";
      head += "Content-Length: " + std::to_string(content_.size() - first) + "\r\n\r\n";
      exchange.send(head + content_.substr(first, bytes));
      exchange.wait(std::chrono::milliseconds(20));
      exchange.reset();
    };
  }

  FileDownloadOptions options_;
  TemporaryFolder folder_;
  const std::filesystem::path partial_ = folder_.path() / "file.part";
  const std::string content_ = photo_bytes(300'000);
  HttpServer server_;
};

TEST_F(FileDownload, BringsTheFileAndReportsProgress) {
  server_.on("/file", serve_photo({content_}));
  std::uint64_t last = 0;
  const Status status = download_file(
      server_.url("/file"), partial_, content_.size(), options_,
      [&](std::uint64_t done, std::uint64_t total) {
        EXPECT_GT(done, last);
        EXPECT_EQ(total, content_.size());
        last = done;
      },
      nullptr);
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(last, content_.size());
  EXPECT_EQ(downloaded(), content_);
  // What is complete is not asked for again.
  ASSERT_TRUE(download(server_.url("/file")));
  EXPECT_EQ(server_.requests("/file").size(), 1U);
}

TEST_F(FileDownload, GoesOnWhereItBrokeOff) {
  server_.on("/file", breaking_off(100'000, 2));
  ASSERT_TRUE(download(server_.url("/file")));
  EXPECT_EQ(downloaded(), content_);
  const auto requests = server_.requests("/file");
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[2].header("range"), "bytes=200000-");
}

TEST_F(FileDownload, GoesOnWithWhatAnEarlierRunLeft) {
  folder_.write("file.part", content_.substr(0, 1234));
  server_.on("/file", serve_photo({content_}));
  ASSERT_TRUE(download(server_.url("/file")));
  EXPECT_EQ(downloaded(), content_);
  EXPECT_EQ(server_.requests("/file").front().header("range"), "bytes=1234-");
}

TEST_F(FileDownload, StartsOverWhereTheServerKnowsNoRanges) {
  folder_.write("file.part", std::string(5000, 'x'));
  server_.on("/file", test::answer(200, {}, content_));
  ASSERT_TRUE(download(server_.url("/file")));
  EXPECT_EQ(downloaded(), content_);
}

TEST_F(FileDownload, StartsOverWhereTheRangeIsRefused) {
  folder_.write("file.part", std::string(5000, 'x'));
  server_.on("/file", [this](HttpExchange& exchange) {
    if (!exchange.request().header("range").empty()) return exchange.respond(416, {}, "");
    exchange.respond(200, {}, content_);
  });
  ASSERT_TRUE(download(server_.url("/file")));
  EXPECT_EQ(downloaded(), content_);
}

TEST_F(FileDownload, TriesAgainAfterServerErrorsOnly) {
  int count = 0;
  server_.on("/busy", [&](HttpExchange& exchange) {
    if (count++ < 2) return exchange.respond(503, {}, "later");
    exchange.respond(200, {}, content_);
  });
  ASSERT_TRUE(download(server_.url("/busy")));
  const Status missing =
      download_file(server_.url("/none"), folder_.path() / "none.part", 10, options_, {}, nullptr);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kHttpError);
  EXPECT_NE(missing.error().message.find("404 Not Found"), std::string::npos);
  EXPECT_EQ(server_.requests("/none").size(), 1U);
}

TEST_F(FileDownload, GivesUpAfterTheRetries) {
  options_.retries = 2;
  server_.on("/broken", test::answer(500, {}, ""));
  EXPECT_FALSE(download(server_.url("/broken")));
  EXPECT_EQ(server_.requests("/broken").size(), 3U);
}

TEST_F(FileDownload, AnotherLengthIsAnotherFile) {
  server_.on("/file", serve_photo({content_}));
  for (const std::uint64_t wanted : {content_.size() - 1, content_.size() + 1}) {
    const Status status = download(server_.url("/file"), wanted);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kCorrupt);
    EXPECT_NE(status.error().message.find("300000 bytes"), std::string::npos);
    EXPECT_EQ(downloaded(), "");
  }
  server_.on("/endless", [this](HttpExchange& exchange) {
    exchange.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + content_ + "more");
    exchange.close();
  });
  EXPECT_EQ(download(server_.url("/endless")).error().code, ErrorCode::kCorrupt);
}

TEST_F(FileDownload, FollowsRedirects) {
  server_.on("/file", serve_photo({content_}));
  server_.on("/moved", test::redirect_to("/file"));
  ASSERT_TRUE(download(server_.url("/moved")));
  server_.on("/loop", test::redirect_to("/loop"));
  const Status loop =
      download_file(server_.url("/loop"), folder_.path() / "loop.part", 10, options_, {}, nullptr);
  EXPECT_FALSE(loop);
}

TEST_F(FileDownload, CopiesFiles) {
  const auto source = folder_.write("source.bin", content_);
  ASSERT_TRUE(download("file://" + source.string()));
  EXPECT_EQ(downloaded(), content_);
  EXPECT_EQ(download("file:///nowhere/at/all", 10).error().code, ErrorCode::kMissingFile);
  EXPECT_EQ(download("file://" + folder_.path().string(), 10).error().code,
            ErrorCode::kMissingFile);
  EXPECT_EQ(download("ftp://example.com/x", 10).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(FileDownload, SaysThatTheDiskIsFullAndKeepsWhatCame) {
  server_.on("/file", serve_photo({content_}));
  // A limit on the length of files stands for the full disk: writing fails half-way.
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit limited = before;
  limited.rlim_cur = 100'000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limited), 0);
  const Status full = download(server_.url("/file"));
  ::setrlimit(RLIMIT_FSIZE, &before);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::kIo);
  EXPECT_NE(full.error().message.find("cannot write"), std::string::npos);
  EXPECT_NE(full.error().message.find("0.1 MB of 0.3 MB"), std::string::npos);
  std::signal(SIGXFSZ, old_handler);
  ASSERT_TRUE(download(server_.url("/file")));
  EXPECT_EQ(downloaded(), content_);
  EXPECT_EQ(server_.requests("/file").back().header("range"), "bytes=100000-");
}

TEST_F(FileDownload, SaysBeforehandThatThereIsNoRoom) {
  const Status status = download(server_.url("/file"), std::uint64_t{1} << 60);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kIo);
  EXPECT_NE(status.error().message.find("free"), std::string::npos);
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(FileDownload, OneAtATime) {
  std::atomic<bool> stop{false};
  server_.on("/slow", [&](HttpExchange& exchange) {
    exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + content_.substr(0, 1000));
    exchange.wait(std::chrono::seconds(30));
  });
  options_.stall_timeout = std::chrono::seconds(30);
  Status first;
  std::thread thread([&] {
    first = download_file(server_.url("/slow"), partial_, content_.size(), options_, {}, &stop);
  });
  while (downloaded().size() < 1000) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const Status second = download(server_.url("/slow"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
  stop = true;
  thread.join();
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(downloaded().size(), 1000U);
}

TEST_F(FileDownload, AStalledConnectionIsTriedAgain) {
  options_.retries = 1;
  int count = 0;
  server_.on("/stalls", [&](HttpExchange& exchange) {
    if (count++ > 0) return serve_photo({content_})(exchange);
    exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + content_.substr(0, 50));
    exchange.wait(std::chrono::seconds(10));
  });
  ASSERT_TRUE(download(server_.url("/stalls")));
  EXPECT_EQ(downloaded(), content_);
}

}  // namespace
}  // namespace semblance
