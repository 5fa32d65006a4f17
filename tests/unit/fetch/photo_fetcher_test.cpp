#include "fetch/photo_fetcher.h"

#include <gtest/gtest.h>

#include "fetching.h"
#include "support/temporary_folder.h"

namespace semblance::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class PhotoFetcherTest : public testing::Test {
 protected:
  /// By tag: the place in `urls`.
  std::map<std::uint64_t, FetchedPhoto> run(const std::vector<std::string>& urls,
                                            const std::atomic<bool>* stop = nullptr) {
    std::map<std::uint64_t, FetchedPhoto> photos;
    std::size_t given = 0;
    const Downloader downloader = make_downloader(options_);
    const Status status = PhotoFetcher(downloader, cache_)
                              .run(
                                  [&]() -> std::optional<PhotoRequest> {
                                    if (given == urls.size()) return std::nullopt;
                                    ++given;
                                    return PhotoRequest{given - 1, urls[given - 1]};
                                  },
                                  [&](FetchedPhoto photo) -> Status {
                                    const std::uint64_t tag = photo.tag;
                                    const bool is_new =
                                        photos.emplace(tag, std::move(photo)).second;
                                    EXPECT_TRUE(is_new);
                                    return {};
                                  },
                                  stop);
    EXPECT_TRUE(status);
    EXPECT_EQ(photos.size(), given);
    return photos;
  }

  static std::string content(const FetchedPhoto& photo) {
    const Result<Bytes> bytes = read_file(photo.file, 1 << 24);
    return bytes ? text_of(*bytes) : "(" + bytes.error().message + ")";
  }

  TemporaryFolder folder_;
  PhotoCache cache_{folder_.path() / "photos"};
  FetchOptions options_ = quick_options();
  HttpServer server_;
};

TEST_F(PhotoFetcherTest, ASecondRunDownloadsNothing) {
  std::vector<std::string> urls;
  for (unsigned i = 0; i < 30; ++i) {
    const std::string path = "/" + std::to_string(i) + ".jpg";
    server_.on(path, serve_photo({photo_bytes(1000 + i, i), "\"" + std::to_string(i) + "\""}));
    urls.push_back(server_.url(path));
  }
  for (const auto& [tag, photo] : run(urls)) {
    EXPECT_EQ(error_text(photo.error), "");
    EXPECT_EQ(content(photo), photo_bytes(1000 + tag, static_cast<unsigned>(tag)));
    EXPECT_EQ(text_of(photo.bytes), content(photo));
  }
  for (const auto& [tag, photo] : run(urls)) {
    EXPECT_EQ(error_text(photo.error), "");
    EXPECT_TRUE(photo.not_modified);
    EXPECT_TRUE(photo.bytes.empty());
    EXPECT_EQ(photo.content_hash, sha256(*read_file(photo.file, 1 << 20)));
    EXPECT_EQ(content(photo), photo_bytes(1000 + tag, static_cast<unsigned>(tag)));
  }
  EXPECT_EQ(server_.requests().size(), 60);
}

TEST_F(PhotoFetcherTest, AChangedPhotoReplacesTheOldOne) {
  server_.on("/a.jpg", serve_photo({photo_bytes(1000, 1), "\"v1\""}));
  run({server_.url("/a.jpg")});
  server_.on("/a.jpg", serve_photo({photo_bytes(1000, 2), "\"v2\""}));
  const auto second = run({server_.url("/a.jpg")});
  EXPECT_FALSE(second.at(0).not_modified);
  EXPECT_EQ(content(second.at(0)), photo_bytes(1000, 2));
  EXPECT_TRUE(run({server_.url("/a.jpg")}).at(0).not_modified);
}

TEST_F(PhotoFetcherTest, WithoutValidatorsItIsDownloadedAgain) {
  server_.on("/a.jpg", serve_photo({photo_bytes(1000)}));
  run({server_.url("/a.jpg")});
  const auto second = run({server_.url("/a.jpg")});
  EXPECT_EQ(error_text(second.at(0).error), "");
  EXPECT_FALSE(second.at(0).not_modified);
  EXPECT_EQ(server_.requests()[1].header("if-none-match"), "");
}

TEST_F(PhotoFetcherTest, AnAddressOfManyItemsIsAskedForOnce) {
  server_.on("/a.jpg", [](HttpExchange& exchange) {
    exchange.wait(milliseconds(50));
    exchange.respond(200, {}, photo_bytes(1000));
  });
  const auto photos = run(std::vector<std::string>(20, server_.url("/a.jpg")));
  for (const auto& [tag, photo] : photos) EXPECT_EQ(text_of(photo.bytes), photo_bytes(1000));
  EXPECT_EQ(server_.requests().size(), 1);
}

TEST_F(PhotoFetcherTest, ASourceThatNamesNothingElseComesToAnEnd) {
  server_.on("/a.jpg", [](HttpExchange& exchange) {
    exchange.wait(milliseconds(5));
    exchange.respond(200, {}, photo_bytes(1000));
  });
  const std::string url = server_.url("/a.jpg");
  int given = 0;
  int done = 0;
  const Downloader downloader = make_downloader();
  const Status status = PhotoFetcher(downloader, cache_)
                            .run(
                                [&]() -> std::optional<PhotoRequest> {
                                  if (done >= 1000) return std::nullopt;
                                  ++given;
                                  return PhotoRequest{0, url};
                                },
                                [&](const FetchedPhoto& photo) -> Status {
                                  EXPECT_EQ(error_text(photo.error), "");
                                  ++done;
                                  return {};
                                },
                                nullptr);
  EXPECT_TRUE(status);
  EXPECT_EQ(done, given);
  EXPECT_LT(server_.requests().size(), done);
}

TEST_F(PhotoFetcherTest, AFailureLeavesTheOldVersion) {
  server_.on("/a.jpg", serve_photo({photo_bytes(1000), "\"v1\""}));
  run({server_.url("/a.jpg")});
  server_.on("/a.jpg", answer(404, {}, ""));
  const auto photos = run({server_.url("/a.jpg"), server_.url("/never.jpg")});
  for (const auto& [tag, photo] : photos) {
    ASSERT_TRUE(photo.error);
    EXPECT_EQ(photo.error->code, ErrorCode::kHttpError);
  }
  EXPECT_EQ(content(photos.at(0)), photo_bytes(1000));
  EXPECT_TRUE(photos.at(1).file.empty());
}

TEST_F(PhotoFetcherTest, APageIsNotStored) {
  server_.on("/a.jpg", answer(200, {{"ETag", "\"v1\""}}, "<html>Sorry"));
  EXPECT_TRUE(run({server_.url("/a.jpg")}).at(0).file.empty());
  EXPECT_FALSE(cache_.find(server_.url("/a.jpg")));
}

TEST_F(PhotoFetcherTest, AnInterruptedDownloadGoesOnInTheNextRun) {
  const std::string photo = photo_bytes(400'000);
  server_.on("/a.jpg", [&](HttpExchange& exchange) {
    exchange.respond(200, {{"Content-Length", "400000"}, {"ETag", "\"v1\""}},
                     photo.substr(0, 100'000));
    exchange.wait(seconds(30));
  });
  options_.stall_timeout = seconds(30);
  std::atomic<bool> stop{false};
  std::thread stopper([&] {
    while (server_.requests().empty()) std::this_thread::sleep_for(milliseconds(1));
    std::this_thread::sleep_for(milliseconds(100));
    stop = true;
  });
  const auto stopped = run({server_.url("/a.jpg")}, &stop);
  stopper.join();
  ASSERT_EQ(stopped.size(), 1);
  EXPECT_EQ(stopped.at(0).error->code, ErrorCode::kCancelled);
  EXPECT_FALSE(cache_.find(server_.url("/a.jpg")));

  server_.on("/a.jpg", serve_photo({photo, "\"v1\""}));
  const auto photos = run({server_.url("/a.jpg")});
  EXPECT_EQ(error_text(photos.at(0).error), "");
  EXPECT_TRUE(content(photos.at(0)) == photo);
  EXPECT_EQ(server_.requests()[1].header("range"), "bytes=100000-");
  EXPECT_FALSE(cache_.find_partial(server_.url("/a.jpg"), 1 << 20));
}

TEST_F(PhotoFetcherTest, AStopLeavesOnlyWholePhotos) {
  std::vector<std::string> urls;
  for (unsigned i = 0; i < 500; ++i) {
    const std::string path = "/" + std::to_string(i) + ".jpg";
    server_.on(path, [i](HttpExchange& exchange) {
      exchange.wait(milliseconds(2));
      exchange.respond(200, {{"ETag", "\"v1\""}}, photo_bytes(20'000, i));
    });
    urls.push_back(server_.url(path));
  }
  std::atomic<bool> stop{false};
  std::thread stopper([&] {
    while (server_.requests().size() < 20) std::this_thread::sleep_for(milliseconds(1));
    stop = true;
  });
  run(urls, &stop);
  stopper.join();
  int whole = 0;
  for (unsigned i = 0; i < urls.size(); ++i) {
    const std::optional<CachedPhoto> cached = cache_.find(urls[i]);
    if (!cached) continue;
    ++whole;
    EXPECT_TRUE(text_of(*read_file(cached->file, 1 << 20)) == photo_bytes(20'000, i));
    EXPECT_EQ(cached->validators.etag, "\"v1\"");
  }
  EXPECT_GT(whole, 0);
  EXPECT_LT(whole, 500);
}

TEST_F(PhotoFetcherTest, ACacheThatCannotBeWrittenEndsTheRun) {
  server_.on("/a.jpg", serve_photo({photo_bytes(1000)}));
  const PhotoCache blocked(folder_.write("file", "not a folder"));
  const Downloader downloader = make_downloader();
  const Status status = PhotoFetcher(downloader, blocked)
                            .run(
                                [&]() -> std::optional<PhotoRequest> {
                                  return PhotoRequest{0, server_.url("/a.jpg")};
                                },
                                [](const FetchedPhoto&) -> Status { return {}; }, nullptr);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace semblance::test
