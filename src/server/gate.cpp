#include "server/gate.h"

#include <algorithm>

namespace semblance::server {

bool Gate::is_congested(Clock::time_point now) const {
  return !line_.empty() && now - last_empty_ > options_.congested_after;
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
  if (line_.size() >= options_.max_waiting) return busy;
  const auto patience = is_congested(now) ? options_.short_patience : options_.patience;
  Waiter self;
  line_.push_back(&self);
  self.turn.wait_until(lock, std::min(deadline, now + patience), [&] { return self.called; });
  if (self.called) return Slot(*this);
  line_.erase(std::find(line_.begin(), line_.end(), &self));
  if (line_.empty()) last_empty_ = Clock::now();
  return busy;
}

void Gate::leave() {
  const std::scoped_lock lock(mutex_);
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

bool Gate::congested() const {
  const std::scoped_lock lock(mutex_);
  return line_.size() >= options_.slots && is_congested(Clock::now());
}

std::size_t Gate::waiting() const {
  const std::scoped_lock lock(mutex_);
  return line_.size();
}

}  // namespace semblance::server
