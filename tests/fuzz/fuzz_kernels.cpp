// libFuzzer: whatever the bytes are, every instruction set gives what scalar gives.
//   fuzz_kernels CORPUS...

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "kernels/kernels.h"

namespace {

using semblance::kernels::InstructionSet;
using semblance::kernels::KernelTable;
using semblance::kernels::kQueriesPerPass;
using semblance::kernels::table_of;

bool same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) ||
         std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

void check(bool holds) {
  if (!holds) std::abort();
}

void compare_floats(const KernelTable& scalar, const KernelTable& table,
                    const std::vector<float>& values) {
  const std::size_t half = values.size() / 2;
  const float* a = values.data();
  const float* b = values.data() + half;
  check(same(table.dot(a, b, half), scalar.dot(a, b, half)));
  check(same(table.squared_l2(a, b, half), scalar.squared_l2(a, b, half)));
}

void compare_codes(const KernelTable& scalar, const KernelTable& table,
                   const std::vector<std::int8_t>& codes, std::size_t dimension) {
  const std::size_t queries = dimension * kQueriesPerPass;
  if (dimension == 0 || codes.size() < queries) return;
  const std::int8_t* rows = codes.data() + queries;
  const std::size_t count = (codes.size() - queries) / dimension;
  std::vector<std::int32_t> expected(count * kQueriesPerPass);
  std::vector<std::int32_t> sums(expected.size());
  scalar.scan_eight(codes.data(), dimension, rows, count, expected.data());
  table.scan_eight(codes.data(), dimension, rows, count, sums.data());
  check(sums == expected);
  expected.resize(count);
  sums.resize(count);
  table.scan_one(codes.data(), dimension, rows, count, sums.data());
  check(sums == expected);
  std::vector<std::uint32_t> numbers(count);
  for (std::size_t i = 0; i < count; ++i) numbers[i] = static_cast<std::uint32_t>(i);
  table.scan_listed(codes.data(), dimension, rows, numbers.data(), count, sums.data());
  check(sums == expected);
  const std::int32_t threshold = count == 0 ? 0 : expected[count / 2];
  std::vector<std::uint32_t> wanted(count + 16);
  std::vector<std::uint32_t> found(count + 16);
  wanted.resize(scalar.select(expected.data(), count, threshold, wanted.data()));
  found.resize(table.select(expected.data(), count, threshold, found.data()));
  check(found == wanted);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t dimension = data[0];
  // Copies of exactly their size, so that a sanitizer sees what is read behind them.
  std::vector<float> floats((size - 1) / sizeof(float));
  std::memcpy(floats.data(), data + 1, floats.size() * sizeof(float));
  std::vector<std::int8_t> codes(size - 1);
  std::memcpy(codes.data(), data + 1, codes.size());
  const KernelTable& scalar = *table_of(InstructionSet::kScalar);
  for (const InstructionSet set : {InstructionSet::kAvx2, InstructionSet::kAvx512}) {
    const KernelTable* table = table_of(set);
    if (table == nullptr) continue;
    compare_floats(scalar, *table, floats);
    compare_codes(scalar, *table, codes, dimension);
  }
  return 0;
}
