#include "http/worker_pool.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

namespace semblance::http {

namespace {

/// A task must not end the thread it runs on; what it holds says what became of it.
void call(const std::function<void()>& function) {
  if (!function) return;
  try {
    function();
  } catch (const std::exception&) {
    return;
  }
}

}  // namespace

WorkerPool::WorkerPool(std::size_t threads, std::size_t capacity) : capacity_(capacity) {
  idle_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) {
    Worker& worker = workers_.emplace_back();
    worker.thread = std::thread([this, &worker] { work(worker); });
  }
}

WorkerPool::~WorkerPool() {
  stop(std::chrono::milliseconds(0));
}

bool WorkerPool::submit(Task task) {
  std::vector<Task> expired;
  bool accepted = false;
  Worker* called = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= capacity_) drop_expired(expired);
    accepted = !stopping_ && queue_.size() < capacity_;
    if (accepted) queue_.push_back(std::move(task));
    if (accepted && !idle_.empty()) {
      called = idle_.back();
      idle_.pop_back();
      called->is_called = true;
    }
  }
  if (called != nullptr) called->task_came.notify_one();
  for (const Task& dropped : expired) call(dropped.expired);
  return accepted;
}

/// Takes those from the queue that nobody waits for, so that they take no others' room.
void WorkerPool::drop_expired(std::vector<Task>& expired) {
  const Clock::time_point now = Clock::now();
  const auto first_expired = std::stable_partition(
      queue_.begin(), queue_.end(), [&](const Task& task) { return now < task.deadline; });
  expired.assign(std::make_move_iterator(first_expired), std::make_move_iterator(queue_.end()));
  queue_.erase(first_expired, queue_.end());
}

void WorkerPool::work(Worker& self) {
  std::unique_lock lock(mutex_);
  while (true) {
    while (queue_.empty() && !stopping_) {
      self.is_called = false;
      idle_.push_back(&self);
      self.task_came.wait(lock, [&] { return self.is_called || stopping_; });
    }
    if (queue_.empty()) return;
    {
      // Destroyed before the next wait: what a task holds may be waited for.
      const Task task = std::move(queue_.front());
      queue_.pop_front();
      if (queue_.empty()) queue_emptied_.notify_all();
      ++running_;
      lock.unlock();
      call(Clock::now() < task.deadline ? task.run : task.expired);
    }
    lock.lock();
    --running_;
  }
}

std::size_t WorkerPool::queued() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

std::size_t WorkerPool::running() const {
  const std::lock_guard lock(mutex_);
  return running_;
}

bool WorkerPool::stop(std::chrono::milliseconds grace) {
  std::deque<Task> left;
  std::vector<std::thread> threads;
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    for (Worker& worker : workers_) worker.task_came.notify_one();
    queue_emptied_.wait_for(lock, grace, [&] { return queue_.empty(); });
    left.swap(queue_);
    // Whoever else stops the pool finds none to join.
    for (Worker& worker : workers_) {
      if (worker.thread.joinable()) threads.push_back(std::move(worker.thread));
    }
  }
  for (const Task& task : left) call(task.expired);
  const bool was_clean = left.empty();
  left.clear();
  for (std::thread& thread : threads) thread.join();
  return was_clean;
}

}  // namespace semblance::http
