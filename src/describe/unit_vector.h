#pragma once

#include <optional>
#include <span>
#include <vector>

namespace semblance {

/// L2 norm, summed in double precision.
double l2_norm(std::span<const float> vector);

/// `vector` divided by its L2 norm in double precision. Empty when it has no direction: a number
/// that is not finite, or nothing but zeros.
std::optional<std::vector<float>> unit_vector(std::span<const float> vector);

}  // namespace semblance
