#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace semblance {

/// A queue between threads that holds at most `capacity` elements: a full queue makes producers
/// wait, an empty one makes consumers wait. All members may be called from any thread.
template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

  /// Waits for room. False, and `value` is dropped, once the queue is closed.
  bool push(T value) {
    std::unique_lock lock(mutex_);
    not_full_.wait(lock, [&] { return closed_ || elements_.size() < capacity_; });
    if (closed_) return false;
    elements_.push_back(std::move(value));
    lock.unlock();
    not_empty_.notify_one();
    return true;
  }

  /// Waits for an element. Empty once the queue is closed and everything in it was taken.
  std::optional<T> pop() {
    std::unique_lock lock(mutex_);
    not_empty_.wait(lock, [&] { return closed_ || !elements_.empty(); });
    return take(std::move(lock));
  }

  /// The same, but empty also when none has come by `deadline`.
  std::optional<T> pop_until(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    not_empty_.wait_until(lock, deadline, [&] { return closed_ || !elements_.empty(); });
    return take(std::move(lock));
  }

  /// No more elements come; what is in the queue can still be taken.
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    not_empty_.notify_all();
    not_full_.notify_all();
  }

 private:
  std::optional<T> take(std::unique_lock<std::mutex> lock) {
    if (elements_.empty()) return std::nullopt;
    std::optional<T> value(std::move(elements_.front()));
    elements_.pop_front();
    lock.unlock();
    not_full_.notify_one();
    return value;
  }

  std::mutex mutex_;
  std::condition_variable not_full_;
  std::condition_variable not_empty_;
  std::deque<T> elements_;
  const std::size_t capacity_;
  bool closed_ = false;
};

}  // namespace semblance
