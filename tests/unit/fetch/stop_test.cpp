#include <gtest/gtest.h>

#include "fetching.h"

namespace semblance::test {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Runs the same request over and over; stops it after a while and says how long that took.
struct StoppedRun {
  std::vector<FetchOutcome> outcomes;
  int given = 0;
  Clock::duration took{};
};

StoppedRun stop_soon(const std::string& url, const FetchOptions& options) {
  StoppedRun run;
  std::atomic<bool> stop{false};
  Clock::time_point stopped_at;
  std::thread stopper([&] {
    std::this_thread::sleep_for(milliseconds(60));
    stopped_at = Clock::now();
    stop = true;
  });
  const Status status = make_downloader(options).run(
      [&]() -> std::optional<FetchRequest> { return request_for(url, run.given++); },
      [&](FetchOutcome outcome) -> Status {
        run.outcomes.push_back(std::move(outcome));
        return {};
      },
      &stop);
  const Clock::time_point end = Clock::now();
  stopper.join();
  run.took = end - stopped_at;
  EXPECT_TRUE(status);
  return run;
}

/// Far above the tenth of a second that is promised (the machine may be busy), far below every
/// timeout.
constexpr milliseconds kSoon{1000};

FetchOptions patient() {
  FetchOptions options = quick_options();
  options.stall_timeout = seconds(30);
  options.total_timeout = seconds(30);
  return options;
}

TEST(Stop, BreaksOffWhatHangs) {
  HttpServer server;
  server.on("/a.jpg", [](HttpExchange& exchange) {
    exchange.respond(200, {{"Content-Length", "5000"}, {"ETag", "\"v1\""}}, photo_bytes(3000));
    exchange.wait(seconds(30));
  });
  const StoppedRun run = stop_soon(server.url("/a.jpg"), patient());
  EXPECT_LT(run.took, kSoon);
  RecordProperty("stop_ms", std::to_string(run.took / milliseconds(1)));
  ASSERT_EQ(run.outcomes.size(), run.given);
  int beginnings = 0;
  for (const FetchOutcome& outcome : run.outcomes) {
    ASSERT_TRUE(outcome.error);
    EXPECT_EQ(outcome.error->code, ErrorCode::kCancelled);
    if (outcome.partial.bytes.empty()) continue;
    ++beginnings;
    EXPECT_EQ(text_of(outcome.partial.bytes), photo_bytes(3000));
  }
  EXPECT_EQ(beginnings, 2);
}

TEST(Stop, DoesNotWaitForRetries) {
  HttpServer server;
  server.on("/a.jpg", answer(503, {{"Retry-After", "60"}}, ""));
  const StoppedRun run = stop_soon(server.url("/a.jpg"), patient());
  EXPECT_LT(run.took, kSoon);
  EXPECT_EQ(run.outcomes.size(), run.given);
  EXPECT_LE(server.requests().size(), 2);
}

TEST(Stop, KeepsWhatWasDone) {
  HttpServer server;
  server.on("/a.jpg", serve_photo({photo_bytes(3000)}));
  const StoppedRun run = stop_soon(server.url("/a.jpg"), patient());
  EXPECT_LT(run.took, kSoon);
  EXPECT_EQ(run.outcomes.size(), run.given);
  int photos = 0;
  for (const FetchOutcome& outcome : run.outcomes) photos += outcome.error ? 0 : 1;
  EXPECT_GT(photos, 0);
}

TEST(Stop, BeforeTheStartAsksForNothing) {
  const std::atomic<bool> stop{true};
  const FetchOutcome outcome = make_downloader().fetch(request_for("http://127.0.0.1/"), &stop);
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace semblance::test
