#include "remote/backoff.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <thread>

namespace semblance::remote {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{50};
constexpr milliseconds kLongestPause{5'000};
constexpr int kMostDoublings = 10;
constexpr milliseconds kStopIsNoticed{50};

}  // namespace

milliseconds random_pause(int failures) {
  thread_local std::minstd_rand random(std::random_device{}());
  const auto longest =
      std::min(kLongestPause, kFirstPause * (1 << std::min(failures, kMostDoublings)));
  return milliseconds(std::uniform_int_distribution<std::int64_t>(0, longest.count())(random));
}

bool sleep_until(std::chrono::steady_clock::time_point end, const std::atomic<bool>* cancelled) {
  while (true) {
    if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed)) return false;
    const auto now = std::chrono::steady_clock::now();
    if (now >= end) return true;
    std::this_thread::sleep_for(
        std::min<std::chrono::steady_clock::duration>(kStopIsNoticed, end - now));
  }
}

}  // namespace semblance::remote
