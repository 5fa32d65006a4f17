#include "remote/photos_on_demand.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "support/http_server.h"
#include "support/temporary_folder.h"

namespace semblance::remote {
namespace {

using namespace std::chrono_literals;
using test::HttpExchange;
using test::HttpServer;
using Clock = PhotosOnDemand::Clock;

Bytes as_bytes_of(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

class OnDemand : public ::testing::Test {
 protected:
  OnDemand() { server_.on("/p.jpg", test::serve_photo({bytes_})); }

  PhotosOnDemand::Options options() const {
    PhotosOnDemand::Options options;
    options.fetch.allow_private = true;
    return options;
  }
  [[nodiscard]] std::filesystem::path kept() const { return folder_.path() / "fetched"; }
  [[nodiscard]] static Clock::time_point soon() { return Clock::now() + 20s; }

  const std::string bytes_ = test::photo_bytes(30'000);
  const Bytes photo_ = as_bytes_of(bytes_);
  const Sha256 hash_ = sha256(photo_);
  test::TemporaryFolder folder_;
  HttpServer server_;
};

TEST_F(OnDemand, FetchesOnceAndKeeps) {
  {
    PhotosOnDemand photos(kept(), options());
    for (int i = 0; i < 3; ++i) {
      const Result<Bytes> got = photos.get(server_.url("/p.jpg"), hash_, soon());
      ASSERT_TRUE(got) << got.error().message;
      EXPECT_EQ(*got, photo_);
    }
  }
  PhotosOnDemand another(kept(), options());
  EXPECT_EQ(*another.get(server_.url("/p.jpg"), hash_, soon()), photo_);
  EXPECT_EQ(server_.requests("/p.jpg").size(), 1U);
}

TEST_F(OnDemand, AsksOnceForManyAtTheSameTime) {
  server_.on("/slow.jpg", [&](HttpExchange& exchange) {
    exchange.wait(200ms);
    exchange.respond(200, {{"Content-Type", "image/jpeg"}}, bytes_);
  });
  PhotosOnDemand photos(kept(), options());
  std::vector<std::thread> threads(12);
  std::atomic<int> right{0};
  for (std::thread& thread : threads) {
    thread = std::thread([&] {
      const Result<Bytes> got = photos.get(server_.url("/slow.jpg"), hash_, soon());
      if (got && *got == photo_) ++right;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 12);
  EXPECT_EQ(server_.requests("/slow.jpg").size(), 1U);
}

TEST_F(OnDemand, DownloadsFewAtOnceAndTurnsAwayACrowd) {
  std::atomic<int> inside{0};
  std::atomic<int> most_inside{0};
  server_.on("*", [&](HttpExchange& exchange) {
    const int now = ++inside;
    int most = most_inside;
    while (most < now && !most_inside.compare_exchange_weak(most, now)) {
    }
    exchange.wait(300ms);
    --inside;  // before the client has the answer, and may begin with the next
    exchange.respond(200, {{"Content-Type", "image/jpeg"}}, bytes_);
  });
  PhotosOnDemand::Options few = options();
  few.downloads = 2;
  few.most_waiting = 4;
  PhotosOnDemand photos(kept(), few);
  std::vector<std::thread> threads;
  threads.reserve(16);
  std::atomic<int> right{0};
  std::atomic<int> refused{0};
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&, i] {
      // As many photos as threads: what the address leads to has to be what was indexed.
      Sha256 other = hash_;
      if (i % 2 == 0) other[0] ^= std::uint8_t{1};
      const auto got = photos.get(server_.url("/" + std::to_string(i)), other, soon());
      if (got) ++right;
      if (!got && got.error().code == ErrorCode::kUnavailable) ++refused;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most_inside, 2);
  EXPECT_GT(refused, 0);
  EXPECT_GT(server_.requests().size(), 0U);
}

TEST_F(OnDemand, ShowsNothingButWhatWasIndexed) {
  PhotosOnDemand photos(kept(), options());
  Sha256 other = hash_;
  other[5] ^= std::uint8_t{1};
  for (int i = 0; i < 3; ++i) {
    const Result<Bytes> got = photos.get(server_.url("/p.jpg"), other, soon());
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, ErrorCode::kMissingFile);
    EXPECT_NE(got.error().message.find("semblance sync"), std::string::npos);
  }
  // A failure is remembered, of that version of the photo alone.
  EXPECT_EQ(server_.requests("/p.jpg").size(), 1U);
  EXPECT_TRUE(photos.get(server_.url("/p.jpg"), hash_, soon()));
}

TEST_F(OnDemand, RemembersFailuresForAWhile) {
  std::atomic<bool> there{false};
  server_.on("/late.jpg", [&](HttpExchange& exchange) {
    if (there) return exchange.respond(200, {{"Content-Type", "image/jpeg"}}, bytes_);
    exchange.respond(404, {}, "no");
  });
  PhotosOnDemand::Options short_memory = options();
  short_memory.no_retry_for = 300ms;
  PhotosOnDemand photos(kept(), short_memory);
  for (int i = 0; i < 3; ++i) {
    const Result<Bytes> got = photos.get(server_.url("/late.jpg"), hash_, soon());
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, ErrorCode::kHttpError);
  }
  there = true;
  Result<Bytes> got = photos.get(server_.url("/late.jpg"), hash_, soon());
  for (int i = 0; i < 200 && !got; ++i) {
    std::this_thread::sleep_for(20ms);
    got = photos.get(server_.url("/late.jpg"), hash_, soon());
  }
  ASSERT_TRUE(got) << got.error().message;
  // A few requests, however often it was wanted.
  EXPECT_LE(server_.requests("/late.jpg").size(), 4U);
}

TEST_F(OnDemand, ConnectsToPublicAddressesOnly) {
  PhotosOnDemand::Options strict = options();
  strict.fetch.allow_private = false;
  PhotosOnDemand photos(kept(), strict);
  const Result<Bytes> got = photos.get(server_.url("/p.jpg"), hash_, soon());
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::kUnreadable);
  EXPECT_NE(got.error().message.find("--allow-private"), std::string::npos);
  EXPECT_EQ(server_.connections(), 0);
}

TEST_F(OnDemand, TakesNoLargerPhotosThanASync) {
  PhotosOnDemand::Options small = options();
  small.fetch.max_bytes = 10'000;
  PhotosOnDemand photos(kept(), small);
  const Result<Bytes> got = photos.get(server_.url("/p.jpg"), hash_, soon());
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::kTooLarge);
}

TEST_F(OnDemand, EndsByTheDeadlineWhateverTheOtherSideDoes) {
  server_.on("/hang.jpg", [](HttpExchange& exchange) { exchange.wait(60s); });
  server_.on("/drip.jpg", [&](HttpExchange& exchange) {
    exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 30000\r\nContent-Type: image/jpeg\r\n\r\n");
    for (std::size_t i = 0; exchange.wait(5ms); i += 10) {
      if (!exchange.send(bytes_.substr(i, 10))) return;
    }
  });
  // Each hop is quick; all of them together are not.
  server_.on("/round.jpg", [](HttpExchange& exchange) {
    exchange.wait(150ms);
    exchange.respond(302, {{"Location", exchange.request().target}}, "");
  });
  PhotosOnDemand photos(kept(), options());
  for (const char* target : {"/hang.jpg", "/drip.jpg", "/round.jpg"}) {
    const Result<Bytes> got = photos.get(server_.url(target), hash_, Clock::now() + 300ms);
    ASSERT_FALSE(got) << target;
    // Its own lack of time says nothing of the photo.
    EXPECT_EQ(got.error().code, ErrorCode::kUnavailable) << target << got.error().message;
  }
  const Result<Bytes> again = photos.get(server_.url("/hang.jpg"), hash_, Clock::now() + 300ms);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kUnavailable);
}

TEST_F(OnDemand, LeavesAHostAloneThatIsTooSlow) {
  server_.on("*", [](HttpExchange& exchange) { exchange.wait(60s); });
  PhotosOnDemand::Options impatient = options();
  impatient.patience = 100ms;
  PhotosOnDemand photos(kept(), impatient);
  for (int i = 0; i < 8; ++i) {
    const auto got = photos.get(server_.url("/" + std::to_string(i)), hash_, soon());
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, ErrorCode::kTimeout);
  }
  EXPECT_LE(server_.requests().size(), 3U);
}

TEST_F(OnDemand, OthersGoOnWhereTheFirstHadNoTime) {
  std::atomic<int> asked{0};
  server_.on("/slow.jpg", [&](HttpExchange& exchange) {
    if (asked++ == 0) exchange.wait(60s);
    exchange.respond(200, {{"Content-Type", "image/jpeg"}}, bytes_);
  });
  PhotosOnDemand photos(kept(), options());
  std::thread hurried(
      [&] { EXPECT_FALSE(photos.get(server_.url("/slow.jpg"), hash_, Clock::now() + 300ms)); });
  while (asked == 0) std::this_thread::sleep_for(1ms);
  const Result<Bytes> got = photos.get(server_.url("/slow.jpg"), hash_, soon());
  hurried.join();
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(*got, photo_);
}

}  // namespace
}  // namespace semblance::remote
