#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "http/message.h"

namespace semblance::http {

/// How much is allowed: so many a second, and so many at once after a rest.
struct Rate {
  double per_second = 10;
  double burst = 20;
};

/// A token bucket for each key. All members may be called from any thread.
class RateLimiter {
 public:
  /// Beyond `max_keys` the key that was used longest ago is forgotten.
  explicit RateLimiter(std::size_t max_keys = 10'000) : max_keys_(max_keys) {}

  /// Takes `cost` of what the key may: 0, or the seconds after which it may be tried again, and
  /// then nothing was taken. A cost above the burst needs a full bucket and leaves a debt. A rate
  /// of 0 or less allows everything.
  double take(std::string_view key, const Rate& rate, double cost = 1,
              Clock::time_point now = Clock::now());

  [[nodiscard]] std::size_t size() const;

 private:
  struct Bucket {
    std::string key;
    double tokens = 0;
    Clock::time_point updated;
  };

  Bucket& bucket_of(std::string_view key, const Rate& rate, Clock::time_point now);

  const std::size_t max_keys_;
  mutable std::mutex mutex_;
  std::list<Bucket> buckets_;  ///< the one used last in front
  /// The keys are those in the list.
  std::unordered_map<std::string_view, std::list<Bucket>::iterator> by_key_;
};

}  // namespace semblance::http
