// Plain C++ for every processor, and the reference for the other files.

#include "kernels/tables.h"

namespace semblance::kernels {

namespace {

double add_up(const double (&s)[8]) {
  const double a = (s[0] + s[4]) + (s[2] + s[6]);
  const double b = (s[1] + s[5]) + (s[3] + s[7]);
  return a + b;
}

double dot(const float* a, const float* b, std::size_t dimension) {
  double sums[8] = {};
  for (std::size_t i = 0; i < dimension; ++i) {
    sums[i % 8] += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  }
  return add_up(sums);
}

double squared_l2(const float* a, const float* b, std::size_t dimension) {
  double sums[8] = {};
  for (std::size_t i = 0; i < dimension; ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sums[i % 8] += difference * difference;
  }
  return add_up(sums);
}

std::int32_t dot_codes(const std::int8_t* a, const std::int8_t* b, std::size_t dimension) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < dimension; ++i) sum += std::int32_t{a[i]} * std::int32_t{b[i]};
  return sum;
}

void scan_one(const std::int8_t* query, std::size_t dimension, const std::int8_t* rows,
              std::size_t count, std::int32_t* sums) {
  for (std::size_t r = 0; r < count; ++r)
    sums[r] = dot_codes(query, rows + r * dimension, dimension);
}

void scan_eight(const std::int8_t* queries, std::size_t dimension, const std::int8_t* rows,
                std::size_t count, std::int32_t* sums) {
  for (std::size_t r = 0; r < count; ++r) {
    for (std::size_t q = 0; q < kQueriesPerPass; ++q) {
      sums[q * count + r] = dot_codes(queries + q * dimension, rows + r * dimension, dimension);
    }
  }
}

void scan_listed(const std::int8_t* query, std::size_t dimension, const std::int8_t* rows,
                 const std::uint32_t* numbers, std::size_t count, std::int32_t* sums) {
  for (std::size_t i = 0; i < count; ++i) {
    sums[i] = dot_codes(query, rows + numbers[i] * dimension, dimension);
  }
}

std::size_t select(const std::int32_t* sums, std::size_t count, std::int32_t threshold,
                   std::uint32_t* positions) {
  std::size_t found = 0;
  for (std::size_t i = 0; i < count; ++i) {
    positions[found] = static_cast<std::uint32_t>(i);
    found += sums[i] >= threshold ? 1 : 0;
  }
  return found;
}

}  // namespace

const KernelTable kScalarTable = {InstructionSet::kScalar,
                                  "scalar",
                                  dot,
                                  squared_l2,
                                  dot_codes,
                                  scan_one,
                                  scan_eight,
                                  scan_listed,
                                  select};

}  // namespace semblance::kernels
