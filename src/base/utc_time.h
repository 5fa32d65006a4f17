#pragma once

#include <ctime>
#include <string>

namespace semblance {

/// "2026-11-21T09:30:00Z"
std::string iso_time(std::time_t time);

}  // namespace semblance
