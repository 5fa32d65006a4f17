#pragma once

#include <cstddef>
#include <string>

namespace semblance::server {

/// Random bits from the system as text for addresses; 96 of them unless said otherwise.
std::string random_id(std::size_t bytes = 12);

}  // namespace semblance::server
