#include "server/gate.h"

#include <algorithm>

namespace semblance::server {

bool Gate::is_congested(Clock::time_point now) const {
  const bool stands = !line_.empty() && now - last_empty_ > options_.congested_after;
  const bool refused =
      last_refusal_ != Clock::time_point() && now - last_refusal_ < options_.congested_after;
  return stands || refused;
}

Gate::Clock::duration Gate::patience(Clock::time_point now) const {
  if (!is_congested(now)) return options_.patience;
  return std::max<Clock::duration>(options_.least_patience, usual_stay_ * 3 / 2);
}

Result<Gate::Slot> Gate::enter(Clock::time_point deadline) {
  const Error busy{ErrorCode::kUnavailable, "the server is busy; try again in a moment"};
  std::unique_lock lock(mutex_);
  const Clock::time_point now = Clock::now();
  if (line_.empty()) last_empty_ = now;
  if (inside_ < options_.slots && line_.empty()) {
    ++inside_;
    return Slot(*this);
  }
  if (line_.size() >= options_.max_waiting) {
    last_refusal_ = now;
    return busy;
  }
  Waiter self;
  line_.push_back(&self);
  self.turn.wait_until(lock, std::min(deadline, now + patience(now)), [&] { return self.called; });
  if (self.called) return Slot(*this);
  line_.erase(std::find(line_.begin(), line_.end(), &self));
  last_refusal_ = Clock::now();
  if (line_.empty()) last_empty_ = last_refusal_;
  return busy;
}

void Gate::leave(Clock::duration stay) {
  constexpr int kWeight = 8;  // of those before
  const std::scoped_lock lock(mutex_);
  usual_stay_ = (usual_stay_ * kWeight + stay) / (kWeight + 1);
  if (line_.empty()) {
    --inside_;
    last_empty_ = Clock::now();
    return;
  }
  // The slot passes on.
  Waiter* const next = line_.front();
  line_.pop_front();
  if (line_.empty()) last_empty_ = Clock::now();
  next->called = true;
  next->turn.notify_one();
}

bool Gate::turns_away() {
  const std::scoped_lock lock(mutex_);
  const Clock::time_point now = Clock::now();
  if (line_.size() < options_.slots || !is_congested(now)) return false;
  last_refusal_ = now;
  return true;
}

std::size_t Gate::waiting() const {
  const std::scoped_lock lock(mutex_);
  return line_.size();
}

}  // namespace semblance::server
