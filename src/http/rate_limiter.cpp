#include "http/rate_limiter.h"

#include <algorithm>

namespace semblance::http {

RateLimiter::Bucket& RateLimiter::bucket_of(std::string_view key, const Rate& rate,
                                            Clock::time_point now) {
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    buckets_.splice(buckets_.begin(), buckets_, found->second);
    return buckets_.front();
  }
  if (!buckets_.empty() && buckets_.size() >= max_keys_) {
    by_key_.erase(buckets_.back().key);
    buckets_.pop_back();
  }
  buckets_.push_front({std::string(key), rate.burst, now});
  by_key_.emplace(buckets_.front().key, buckets_.begin());
  return buckets_.front();
}

double RateLimiter::take(std::string_view key, const Rate& rate, double cost,
                         Clock::time_point now) {
  if (rate.per_second <= 0) return 0;
  const std::lock_guard lock(mutex_);
  Bucket& bucket = bucket_of(key, rate, now);
  const std::chrono::duration<double> rest = std::max(now, bucket.updated) - bucket.updated;
  bucket.tokens = std::min(rate.burst, bucket.tokens + rest.count() * rate.per_second);
  bucket.updated = std::max(now, bucket.updated);
  const double needed = std::min(cost, rate.burst);
  if (bucket.tokens < needed) return (needed - bucket.tokens) / rate.per_second;
  bucket.tokens -= cost;
  return 0;
}

std::size_t RateLimiter::size() const {
  const std::lock_guard lock(mutex_);
  return buckets_.size();
}

}  // namespace semblance::http
