#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>

#include "base/result.h"

namespace semblance::server {

/// How many may do something dear at once, and how long others wait for it: first come, first
/// served, with controlled delay. A burst is absorbed: everybody waits up to `patience`. Where the
/// line has not been empty for `congested_after`, or somebody was refused that recently, there is
/// more work than can be done, and waiting only makes all answers late: then nobody waits longer
/// than one and a half times what those inside have lately taken, and the rest is told to come
/// again: whoever is served is served in two and a half times what it takes alone. After Nichols
/// and Jacobson 2012 (CoDel) as used by Maurer 2015 for servers; refusals count as a line because
/// they keep it short.
class Gate {
 public:
  using Clock = std::chrono::steady_clock;
  struct Options {
    std::size_t slots = 2;
    std::size_t max_waiting = 64;
    std::chrono::milliseconds patience{2'000};
    std::chrono::milliseconds least_patience{8};
    std::chrono::milliseconds congested_after{200};
  };

  explicit Gate(const Options& options) : options_(options) {}
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  /// The right to go through, given back on destruction.
  class Slot {
   public:
    explicit Slot(Gate& gate) : gate_(&gate) {}
    Slot(Slot&& other) noexcept
        : gate_(std::exchange(other.gate_, nullptr)), entered_(other.entered_) {}
    Slot& operator=(Slot&&) = delete;
    ~Slot() {
      if (gate_ != nullptr) gate_->leave(Clock::now() - entered_);
    }

   private:
    Gate* gate_;
    Clock::time_point entered_ = Clock::now();
  };

  /// Errors: kUnavailable when it is not this caller's turn in time.
  Result<Slot> enter(Clock::time_point deadline);

  /// Whether to refuse somebody before taking in their work, because it would be refused later:
  /// there is more work than can be done, and the line is as long as there are slots. Counts as a
  /// refusal.
  bool turns_away();
  [[nodiscard]] std::size_t waiting() const;

 private:
  void leave(Clock::duration stay);
  [[nodiscard]] Clock::duration patience(Clock::time_point now) const;
  [[nodiscard]] bool is_congested(Clock::time_point now) const;

  struct Waiter {
    std::condition_variable turn;
    bool called = false;
  };

  const Options options_;
  mutable std::mutex mutex_;
  std::size_t inside_ = 0;
  Clock::duration usual_stay_{};  // a moving average
  std::deque<Waiter*> line_;
  Clock::time_point last_empty_ = Clock::now();
  Clock::time_point last_refusal_{};
};

}  // namespace semblance::server
