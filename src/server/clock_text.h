#pragma once

#include <chrono>
#include <string>

namespace semblance::server {

/// In UTC: "2026-01-31T12:00:00Z".
std::string utc_text(std::chrono::system_clock::time_point time);
std::string utc_now();

}  // namespace semblance::server
