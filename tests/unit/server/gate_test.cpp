#include "server/gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

namespace semblance::server {

namespace {

using namespace std::chrono_literals;
constexpr auto kFar = 60s;

Gate::Clock::time_point far_away() {
  return Gate::Clock::now() + kFar;
}

TEST(Gate, LetsInAsManyAsThereAreSlots) {
  Gate gate({2, 0});
  std::optional<Result<Gate::Slot>> first(gate.enter(far_away()));
  Result<Gate::Slot> second = gate.enter(far_away());
  EXPECT_TRUE(*first);
  EXPECT_TRUE(second);
  const Result<Gate::Slot> third = gate.enter(far_away());
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, ErrorCode::kUnavailable);
  first.reset();
  EXPECT_TRUE(gate.enter(far_away()));
}

TEST(Gate, ServesThoseWhoWaitInTheirOrder) {
  Gate gate({1, 10, kFar, kFar, kFar});
  std::optional<Result<Gate::Slot>> inside(gate.enter(far_away()));
  std::vector<int> order;
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (int i = 0; i < 5; ++i) {
    threads.emplace_back([&, i] {
      const Result<Gate::Slot> slot = gate.enter(far_away());
      ASSERT_TRUE(slot);
      const std::scoped_lock lock(mutex);
      order.push_back(i);
    });
    while (gate.waiting() != static_cast<std::size_t>(i) + 1) std::this_thread::yield();
  }
  inside.reset();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(Gate, GivesUpAtTheDeadline) {
  Gate gate({1, 10, kFar, kFar, kFar});
  const Result<Gate::Slot> inside = gate.enter(far_away());
  EXPECT_FALSE(gate.enter(Gate::Clock::now() + 5ms));
  EXPECT_EQ(gate.waiting(), 0U);
}

TEST(Gate, IsImpatientOnceTheLineDoesNotEmpty) {
  Gate gate({1, 10, kFar, 1ms, 10ms});
  const Result<Gate::Slot> inside = gate.enter(far_away());
  std::thread patient([&] { EXPECT_FALSE(gate.enter(Gate::Clock::now() + 500ms)); });
  while (gate.waiting() != 1) std::this_thread::yield();
  EXPECT_FALSE(gate.turns_away());
  while (!gate.turns_away()) std::this_thread::yield();
  // Would wait a minute otherwise.
  EXPECT_FALSE(gate.enter(far_away()));
  patient.join();
}

TEST(Gate, StaysImpatientWhileItRefuses) {
  Gate gate({1, 1, kFar, 1ms, kFar});
  std::optional<Result<Gate::Slot>> inside(gate.enter(far_away()));
  EXPECT_FALSE(gate.enter(Gate::Clock::now() + 1ms));  // a refusal; now the line is empty
  // Would wait a minute if an empty line were enough to be patient again.
  EXPECT_FALSE(gate.enter(far_away()));
  inside.reset();
  EXPECT_TRUE(gate.enter(far_away()));
}

TEST(Gate, NeverLetsInMoreThanItsSlots) {
  Gate gate({3, 100, kFar, kFar, kFar});
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        const Result<Gate::Slot> slot = gate.enter(far_away());
        ASSERT_TRUE(slot);
        const int now = ++inside;
        for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
        }
        --inside;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most, 3);
}

}  // namespace

}  // namespace semblance::server
