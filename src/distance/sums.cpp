#include "distance/sums.h"

#include <array>
#include <cmath>

namespace semblance::sums {

namespace {

constexpr std::size_t kLanes = 8;
using Lanes = std::array<double, kLanes>;

/// Pairwise, so that the compiler has no say in the order.
double total(const Lanes& lanes) {
  return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) +
         ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

/// Calls add(i, lane) for every element: whole groups of eight in a loop of fixed length, which is
/// what the compiler turns into vector instructions, then the rest.
template <typename Add>
void for_each_lane(std::size_t count, Add add) {
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) add(i + lane, lane);
  }
  for (std::size_t lane = 0; i < count; ++i, ++lane) add(i, lane);
}

}  // namespace

Products products(const float* a, const float* b, std::size_t count) {
  Lanes ab{};
  Lanes aa{};
  Lanes bb{};
  for_each_lane(count, [&](std::size_t i, std::size_t lane) {
    const double x = a[i];
    const double y = b[i];
    ab[lane] += x * y;
    aa[lane] += x * x;
    bb[lane] += y * y;
  });
  return {total(ab), total(aa), total(bb)};
}

double dot(const float* a, const float* b, std::size_t count) {
  Lanes sum{};
  for_each_lane(count, [&](std::size_t i, std::size_t lane) {
    sum[lane] += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  });
  return total(sum);
}

double squares(const float* a, std::size_t count) {
  Lanes sum{};
  for_each_lane(count, [&](std::size_t i, std::size_t lane) {
    const double x = a[i];
    sum[lane] += x * x;
  });
  return total(sum);
}

double squared_differences(const float* a, const float* b, std::size_t count) {
  Lanes sum{};
  for_each_lane(count, [&](std::size_t i, std::size_t lane) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum[lane] += difference * difference;
  });
  return total(sum);
}

double chi_square(const float* a, double s, const float* b, double t, std::size_t count) {
  Lanes sum{};
  for_each_lane(count, [&](std::size_t i, std::size_t lane) {
    const double x = static_cast<double>(a[i]) * s;
    const double y = static_cast<double>(b[i]) * t;
    const double difference = x - y;
    sum[lane] += difference * difference / (x + y + 1e-10);
  });
  return total(sum);
}

Minima minima(const float* a, const float* b, std::size_t count) {
  Lanes smaller{};
  Lanes both{};
  for_each_lane(count, [&](std::size_t i, std::size_t lane) {
    const double x = a[i];
    const double y = b[i];
    smaller[lane] += x < y ? x : y;
    both[lane] += x + y;
  });
  return {total(smaller), total(both)};
}

double squared_root_differences(const float* a, const float* b, std::size_t count) {
  Lanes sum{};
  for_each_lane(count, [&](std::size_t i, std::size_t lane) {
    const double difference =
        std::sqrt(static_cast<double>(a[i])) - std::sqrt(static_cast<double>(b[i]));
    sum[lane] += difference * difference;
  });
  return total(sum);
}

}  // namespace semblance::sums
