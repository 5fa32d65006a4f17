#include "describe/unit_vector.h"

#include <cmath>

namespace semblance {

double l2_norm(std::span<const float> vector) {
  double sum = 0;
  for (const float number : vector) sum += static_cast<double>(number) * number;
  return std::sqrt(sum);
}

std::optional<std::vector<float>> unit_vector(std::span<const float> vector) {
  // One number that is not finite makes the norm not finite; squares of floats cannot overflow.
  const double norm = l2_norm(vector);
  if (!std::isfinite(norm) || norm == 0) return std::nullopt;
  std::vector<float> unit(vector.size());
  for (std::size_t i = 0; i < unit.size(); ++i) {
    unit[i] = static_cast<float>(static_cast<double>(vector[i]) / norm);
  }
  return unit;
}

}  // namespace semblance
