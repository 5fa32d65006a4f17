#pragma once

#include <cstdint>
#include <span>

namespace semblance {

/// The least cost of bringing all supply to where it is demanded: sum over i, j of
/// flow_ij * costs_ij, exact up to the rounding of doubles. `costs` is supply.size() x
/// demand.size(), row by row, each at least 0; supplies and demands are at least 0 and have the
/// same sum, at most 2^50; there are at most 1023 supplies. Whole numbers, so that nothing is
/// ever left over by rounding.
/// Network simplex on the transportation problem (Dantzig 1951; Ahuja, Magnanti & Orlin 1993,
/// chapter 11).
double transport_cost(std::span<const std::int64_t> supply, std::span<const std::int64_t> demand,
                      std::span<const double> costs);

}  // namespace semblance
