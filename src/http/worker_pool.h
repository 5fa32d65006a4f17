#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "http/message.h"

namespace semblance::http {

/// A task that nobody waits for any more is not run.
struct Task {
  std::function<void()> run;
  /// Instead of `run`, where the deadline passed while the task waited, or the pool stopped before
  /// its turn; may be empty. Called on a worker's thread, on one that submits, or on the one that
  /// stops the pool: it must be quick.
  std::function<void()> expired;
  Clock::time_point deadline = Clock::time_point::max();
};

/// Threads that run tasks from a queue with a limit, in the order in which they came. Of those that
/// wait the one that worked last takes the next task: its memory is the warmest. What a task throws
/// is dropped with the task. All members may be called from any thread but a worker's.
class WorkerPool {
 public:
  WorkerPool(std::size_t threads, std::size_t capacity);
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  /// Stops without grace.
  ~WorkerPool();

  /// False, and `task` is dropped without a call, where the queue is full or the pool stops. Never
  /// waits.
  bool submit(Task task);

  [[nodiscard]] std::size_t queued() const;
  [[nodiscard]] std::size_t running() const;

  /// Takes nothing more and gives what is queued `grace` to be run; what is left then has expired.
  /// Waits for the tasks that run. True where none was left.
  bool stop(std::chrono::milliseconds grace);

 private:
  struct Worker {
    std::condition_variable task_came;
    bool is_called = false;
    std::thread thread;
  };

  void work(Worker& self);
  void drop_expired(std::vector<Task>& expired);

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable queue_emptied_;
  std::deque<Task> queue_;
  std::size_t running_ = 0;
  bool stopping_ = false;
  std::deque<Worker> workers_;
  std::vector<Worker*> idle_;  // who worked last stands at the end
};

}  // namespace semblance::http
