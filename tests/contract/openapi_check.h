#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "contract/http_client.h"

namespace semblance::test {

/// What an answer says that the OpenAPI document does not: a route, a status or a type of content
/// that it does not name, or members that its schema does not have. Empty: nothing.
std::vector<std::string> contradictions(const nlohmann::json& openapi, const ClientRequest& request,
                                        const ClientAnswer& answer);

}  // namespace semblance::test
