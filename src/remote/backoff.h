#pragma once

#include <atomic>
#include <chrono>

namespace semblance::remote {

/// How long to wait after that many failures (from 0) in a row: anything from nothing to a pause
/// that doubles from 50 ms to 5 s, so that many clients do not come back together. Source: full
/// jitter in Brooker, "Exponential Backoff and Jitter", 2015.
std::chrono::milliseconds random_pause(int failures);

/// False when it was cancelled; `cancelled` may be null.
bool sleep_until(std::chrono::steady_clock::time_point end, const std::atomic<bool>* cancelled);

}  // namespace semblance::remote
