#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "engine/duplicates.h"

namespace semblance {

/// One group as an object; numbers are as they were measured.
nlohmann::ordered_json json_of(const DuplicateGroup& group);

/// The whole report as one line of JSON.
std::string to_json(const DuplicateReport& report);

/// A line for each item (RFC 4180), with a header.
std::string to_csv(const DuplicateReport& report);

}  // namespace semblance
