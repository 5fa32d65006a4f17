#include "base/bounded_queue.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <vector>

namespace semblance {
namespace {

TEST(BoundedQueue, DeliversEverythingInOrder) {
  BoundedQueue<int> queue(3);
  std::thread producer([&] {
    for (int i = 0; i < 1000; ++i) queue.push(i);
    queue.close();
  });
  int expected = 0;
  while (const auto value = queue.pop()) EXPECT_EQ(*value, expected++);
  producer.join();
  EXPECT_EQ(expected, 1000);
}

TEST(BoundedQueue, WhatWasPushedBeforeCloseCanStillBeTaken) {
  BoundedQueue<int> queue(3);
  EXPECT_TRUE(queue.push(1));
  queue.close();
  EXPECT_FALSE(queue.push(2));
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.pop(), std::nullopt);
}

TEST(BoundedQueue, CloseFreesAProducerThatWaits) {
  BoundedQueue<int> queue(1);
  queue.push(1);
  bool accepted = true;
  std::thread producer([&] { accepted = queue.push(2); });
  queue.close();
  producer.join();
  EXPECT_FALSE(accepted);
}

TEST(BoundedQueue, WaitsForAnElementUntilItsTime) {
  BoundedQueue<int> queue(2);
  const auto soon = [] { return std::chrono::steady_clock::now() + std::chrono::milliseconds(5); };
  EXPECT_EQ(queue.pop_until(soon()), std::nullopt);
  queue.push(1);
  EXPECT_EQ(queue.pop_until(soon() - std::chrono::seconds(1)), 1);
  std::thread producer([&] { queue.push(2); });
  EXPECT_EQ(queue.pop_until(soon() + std::chrono::minutes(1)), 2);
  producer.join();
}

}  // namespace
}  // namespace semblance
