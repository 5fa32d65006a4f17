#include "http/rate_limiter.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace semblance::http {
namespace {

using std::chrono::milliseconds;

const Clock::time_point kStart{std::chrono::hours(1)};

TEST(RateLimiter, AllowsABurstAndThenTheRate) {
  RateLimiter limiter;
  const Rate rate{2, 3};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limiter.take("a", rate, 1, kStart), 0);
  EXPECT_DOUBLE_EQ(limiter.take("a", rate, 1, kStart), .5);
  EXPECT_DOUBLE_EQ(limiter.take("a", rate, 1, kStart + milliseconds(250)), .25);
  EXPECT_EQ(limiter.take("a", rate, 1, kStart + milliseconds(500)), 0);
  EXPECT_GT(limiter.take("a", rate, 1, kStart + milliseconds(500)), 0);
  EXPECT_EQ(limiter.take("b", rate, 1, kStart), 0);
}

TEST(RateLimiter, FillsNoFurtherThanTheBurst) {
  RateLimiter limiter;
  const Rate rate{2, 3};
  EXPECT_EQ(limiter.take("a", rate, 1, kStart), 0);
  const auto later = kStart + std::chrono::hours(1);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limiter.take("a", rate, 1, later), 0);
  EXPECT_GT(limiter.take("a", rate, 1, later), 0);
  // A clock that seems to go back gives nothing and takes nothing.
  EXPECT_DOUBLE_EQ(limiter.take("a", rate, 1, kStart), .5);
}

TEST(RateLimiter, LetsWhatCostsMoreThanTheBurstLeaveADebt) {
  RateLimiter limiter;
  const Rate rate{10, 5};
  EXPECT_EQ(limiter.take("a", rate, 25, kStart), 0);
  EXPECT_DOUBLE_EQ(limiter.take("a", rate, 1, kStart), 2.1);
}

TEST(RateLimiter, ForgetsTheKeyThatWasUsedLongestAgo) {
  RateLimiter limiter(2);
  const Rate rate{1, 1};
  EXPECT_EQ(limiter.take("a", rate, 1, kStart), 0);
  EXPECT_EQ(limiter.take("b", rate, 1, kStart), 0);
  EXPECT_GT(limiter.take("a", rate, 1, kStart), 0);
  EXPECT_EQ(limiter.take("c", rate, 1, kStart), 0);
  EXPECT_EQ(limiter.size(), 2U);
  EXPECT_GT(limiter.take("a", rate, 1, kStart), 0);
  EXPECT_EQ(limiter.take("b", rate, 1, kStart), 0);
}

TEST(RateLimiter, AllowsEverythingWithoutARate) {
  RateLimiter limiter;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(limiter.take("a", {0, 0}, 1, kStart), 0);
  EXPECT_EQ(limiter.size(), 0U);
}

TEST(RateLimiter, CountsRightFromManyThreads) {
  RateLimiter limiter(8);
  std::atomic<int> allowed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) {
        if (limiter.take("a", {1, 500}, 1, kStart) == 0) ++allowed;
        limiter.take(std::to_string(i % 4), {1, 1}, 1, kStart);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(allowed, 500);
}

}  // namespace
}  // namespace semblance::http
