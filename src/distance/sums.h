#pragma once

#include <cstddef>

/// The inner loops of the metrics, over `count` numbers, summed in double precision. Each keeps
/// eight partial sums (element i goes to sum i mod 8) that are added in a fixed order, so that the
/// result is the same on every machine and the compiler may use vector instructions.
namespace semblance::sums {

/// What the cosine of two vectors needs, from one pass over them.
struct Products {
  double ab = 0;
  double aa = 0;
  double bb = 0;
};

Products products(const float* a, const float* b, std::size_t count);

/// sum a b
double dot(const float* a, const float* b, std::size_t count);

/// Sum of squares.
double squares(const float* a, std::size_t count);

/// Sum of squared differences.
double squared_differences(const float* a, const float* b, std::size_t count);

/// Sum of (a s - b t)^2 / (a s + b t + 1e-10).
double chi_square(const float* a, double s, const float* b, double t, std::size_t count);

/// What overlaps, from one pass.
struct Minima {
  double minima = 0;  ///< sum of min(a, b)
  double both = 0;    ///< sum of a + b; NaN or infinite where a number is
};

Minima minima(const float* a, const float* b, std::size_t count);

/// Sum of (sqrt a - sqrt b)^2.
double squared_root_differences(const float* a, const float* b, std::size_t count);

}  // namespace semblance::sums
