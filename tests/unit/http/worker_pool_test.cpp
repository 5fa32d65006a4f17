#include "http/worker_pool.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <future>
#include <memory>
#include <set>
#include <stdexcept>
#include <thread>

namespace semblance::http {
namespace {

using std::chrono::milliseconds;

/// A task that holds its worker until the gate opens.
class Gate {
 public:
  Task task() {
    return {[this] {
              entered_.set_value();
              opened_.get_future().wait();
            },
            {},
            Clock::time_point::max()};
  }
  void wait_until_entered() { entered_.get_future().wait(); }
  void open() { opened_.set_value(); }

 private:
  std::promise<void> entered_;
  std::promise<void> opened_;
};

TEST(WorkerPool, RunsWhatIsSubmitted) {
  std::atomic<int> sum{0};
  WorkerPool pool(3, 100);
  for (int i = 1; i <= 50; ++i) EXPECT_TRUE(pool.submit({[&sum, i] { sum += i; }, {}}));
  EXPECT_TRUE(pool.stop(std::chrono::seconds(20)));
  EXPECT_EQ(sum, 1275);
  EXPECT_FALSE(pool.submit({[&sum] { sum = 0; }, {}}));
}

TEST(WorkerPool, RefusesWhatTheQueueDoesNotHold) {
  WorkerPool pool(1, 2);
  Gate gate;
  ASSERT_TRUE(pool.submit(gate.task()));
  gate.wait_until_entered();
  EXPECT_TRUE(pool.submit({[] {}, {}}));
  EXPECT_TRUE(pool.submit({[] {}, {}}));
  EXPECT_FALSE(pool.submit({[] {}, {}}));
  EXPECT_EQ(pool.queued(), 2U);
  EXPECT_EQ(pool.running(), 1U);
  gate.open();
  EXPECT_TRUE(pool.stop(std::chrono::seconds(20)));
  EXPECT_EQ(pool.queued(), 0U);
  EXPECT_EQ(pool.running(), 0U);
}

TEST(WorkerPool, DoesNotRunWhatNobodyWaitsFor) {
  WorkerPool pool(1, 10);
  Gate gate;
  ASSERT_TRUE(pool.submit(gate.task()));
  gate.wait_until_entered();
  std::atomic<int> ran{0};
  std::atomic<int> expired{0};
  for (int i = 0; i < 3; ++i) {
    pool.submit({[&] { ++ran; }, [&] { ++expired; }, Clock::now() - milliseconds(1)});
  }
  pool.submit({[&] { ++ran; }, [&] { ++expired; }, Clock::now() + std::chrono::hours(1)});
  gate.open();
  EXPECT_TRUE(pool.stop(std::chrono::seconds(20)));
  EXPECT_EQ(ran, 1);
  EXPECT_EQ(expired, 3);
}

TEST(WorkerPool, GivesTheRoomOfExpiredTasksToOthers) {
  WorkerPool pool(1, 2);
  Gate gate;
  ASSERT_TRUE(pool.submit(gate.task()));
  gate.wait_until_entered();
  std::atomic<int> expired{0};
  std::atomic<int> ran{0};
  pool.submit({[] {}, [&] { ++expired; }, Clock::now()});
  pool.submit({[&] { ++ran; }, {}});
  EXPECT_TRUE(pool.submit({[&] { ++ran; }, {}}));
  EXPECT_EQ(expired, 1);
  EXPECT_FALSE(pool.submit({[] {}, {}}));
  gate.open();
  EXPECT_TRUE(pool.stop(std::chrono::seconds(20)));
  EXPECT_EQ(ran, 2);
}

TEST(WorkerPool, DropsWhatIsLeftAfterTheGrace) {
  WorkerPool pool(1, 10);
  Gate gate;
  ASSERT_TRUE(pool.submit(gate.task()));
  gate.wait_until_entered();
  std::promise<void> expired;
  const auto held = std::make_shared<int>(1);
  pool.submit({[held] {}, [&] { expired.set_value(); }});
  std::thread stopper([&] { EXPECT_FALSE(pool.stop(milliseconds(1))); });
  expired.get_future().wait();
  gate.open();
  stopper.join();
  EXPECT_EQ(held.use_count(), 1);
}

TEST(WorkerPool, OutlivesATaskThatThrows) {
  WorkerPool pool(1, 10);
  std::atomic<bool> ran{false};
  pool.submit({[] { throw std::runtime_error("task"); }, {}});
  pool.submit({[&] { ran = true; }, {}});
  EXPECT_TRUE(pool.stop(std::chrono::seconds(20)));
  EXPECT_TRUE(ran);
}

TEST(WorkerPool, FreesATaskBeforeItWaitsForTheNext) {
  WorkerPool pool(1, 10);
  std::promise<void> freed;
  auto held = std::shared_ptr<int>(new int(1), [&](const int* number) {
    delete number;
    freed.set_value();
  });
  pool.submit({[held = std::move(held)] {}, {}});
  EXPECT_EQ(freed.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
}

TEST(WorkerPool, CallsWhoWorkedLast) {
  constexpr std::size_t kThreads = 3;
  WorkerPool pool(kThreads, 10);
  std::array<Gate, kThreads> gates;
  for (Gate& gate : gates) ASSERT_TRUE(pool.submit(gate.task()));
  for (Gate& gate : gates) gate.wait_until_entered();
  for (Gate& gate : gates) gate.open();
  std::set<std::thread::id> threads;
  for (int i = 0; i < 20; ++i) {
    while (pool.running() > 0) std::this_thread::yield();
    std::promise<std::thread::id> ran;
    ASSERT_TRUE(pool.submit({[&] { ran.set_value(std::this_thread::get_id()); }, {}}));
    threads.insert(ran.get_future().get());
  }
  EXPECT_EQ(threads.size(), 1U);
}

}  // namespace
}  // namespace semblance::http
