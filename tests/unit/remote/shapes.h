#pragma once

#include <optional>
#include <string>

#include "remote/cluster.h"

namespace semblance::remote::test {

// Whether a body has the shape that the documentation of the product gives it; what is wrong, or
// nothing. Fields that Semblance has no use for count as unknown.

std::optional<std::string> fault_in_search(Distribution distribution, const Json& body);
std::optional<std::string> fault_in_index(Distribution distribution, const Json& body);
std::optional<std::string> fault_in_mapping(Distribution distribution, const Json& body);
std::optional<std::string> fault_in_bulk(const Json& lines);
std::optional<std::string> fault_in_actions(const Json& body);

}  // namespace semblance::remote::test
