#include "kernels/kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace semblance::kernels {
namespace {

using Floats = std::vector<float>;
using Codes = std::vector<std::int8_t>;

const KernelTable& scalar() {
  return *table_of(InstructionSet::kScalar);
}

/// Every set but scalar that this machine has.
std::vector<const KernelTable*> vectorised() {
  std::vector<const KernelTable*> tables;
  for (const InstructionSet set : {InstructionSet::kAvx2, InstructionSet::kAvx512}) {
    if (const KernelTable* table = table_of(set)) tables.push_back(table);
  }
  return tables;
}

std::uint64_t bits(double value) {
  return std::isnan(value) ? ~std::uint64_t{0} : std::bit_cast<std::uint64_t>(value);
}

void expect_same_float_sums(const Floats& a, const Floats& b) {
  for (const KernelTable* table : vectorised()) {
    EXPECT_EQ(bits(table->dot(a.data(), b.data(), a.size())),
              bits(scalar().dot(a.data(), b.data(), a.size())))
        << table->name << " dot of " << a.size();
    EXPECT_EQ(bits(table->squared_l2(a.data(), b.data(), a.size())),
              bits(scalar().squared_l2(a.data(), b.data(), a.size())))
        << table->name << " squared_l2 of " << a.size();
  }
}

/// Sums of a table over `count` rows of `dimension`, all five ways.
struct CodeSums {
  std::vector<std::int32_t> one, eight, listed, single;
  bool operator==(const CodeSums&) const = default;
};

CodeSums code_sums(const KernelTable& table, const Codes& queries, const Codes& rows,
                   std::size_t dimension, const std::vector<std::uint32_t>& numbers) {
  const std::size_t count = dimension == 0 ? 3 : rows.size() / dimension;
  CodeSums sums;
  sums.one.resize(count);
  sums.eight.resize(count * kQueriesPerPass);
  sums.listed.resize(numbers.size());
  table.scan_one(queries.data(), dimension, rows.data(), count, sums.one.data());
  table.scan_eight(queries.data(), dimension, rows.data(), count, sums.eight.data());
  table.scan_listed(queries.data(), dimension, rows.data(), numbers.data(), numbers.size(),
                    sums.listed.data());
  for (std::size_t r = 0; r < count; ++r) {
    sums.single.push_back(table.dot_codes(queries.data(), rows.data() + r * dimension, dimension));
  }
  return sums;
}

void expect_same_code_sums(const Codes& queries, const Codes& rows, std::size_t dimension,
                           const std::vector<std::uint32_t>& numbers) {
  const CodeSums expected = code_sums(scalar(), queries, rows, dimension, numbers);
  EXPECT_EQ(expected.one, expected.single);
  for (std::size_t q = 0; q < kQueriesPerPass; ++q) {
    for (std::size_t r = 0; r < expected.one.size(); ++r) {
      EXPECT_EQ(expected.eight[q * expected.one.size() + r],
                scalar().dot_codes(queries.data() + q * dimension, rows.data() + r * dimension,
                                   dimension));
    }
  }
  for (const KernelTable* table : vectorised()) {
    EXPECT_EQ(code_sums(*table, queries, rows, dimension, numbers), expected)
        << table->name << " dimension " << dimension << " rows " << expected.one.size();
  }
}

TEST(Kernels, FloatSumsAreTheSameBitsInEveryInstructionSet) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  for (std::size_t dimension = 0; dimension < 300; ++dimension) {
    Floats a(dimension);
    Floats b(dimension);
    for (float& x : a) x = normal(random);
    for (float& x : b) x = normal(random) * 1e-3F;
    expect_same_float_sums(a, b);
  }
}

TEST(Kernels, FloatSumsAreTheSameBitsForAnyBitPattern) {
  std::mt19937 random(2);
  const float odd_ones[] = {0.0F,
                            -0.0F,
                            std::numeric_limits<float>::denorm_min(),
                            -std::numeric_limits<float>::denorm_min() * 1000,
                            std::numeric_limits<float>::max(),
                            -std::numeric_limits<float>::max(),
                            std::numeric_limits<float>::infinity(),
                            std::numeric_limits<float>::quiet_NaN()};
  for (int round = 0; round < 3000; ++round) {
    const std::size_t dimension = random() % 70;
    const bool finite = round % 2 == 0;
    Floats a(dimension);
    Floats b(dimension);
    for (Floats* values : {&a, &b}) {
      for (float& x : *values) {
        x = random() % 4 == 0 ? odd_ones[random() % (finite ? 6 : 8)]
                              : std::bit_cast<float>(static_cast<std::uint32_t>(random()));
        if (finite && !std::isfinite(x)) x = 1;
      }
    }
    expect_same_float_sums(a, b);
  }
}

TEST(Kernels, FloatSumsAreRight) {
  // Small whole numbers add up without rounding.
  for (std::size_t dimension : {0U, 1U, 7U, 8U, 9U, 33U}) {
    Floats a(dimension);
    Floats b(dimension);
    double dot = 0;
    double squares = 0;
    for (std::size_t i = 0; i < dimension; ++i) {
      a[i] = static_cast<float>(i);
      b[i] = 3 - static_cast<float>(i % 5);
      dot += static_cast<double>(a[i] * b[i]);
      squares += static_cast<double>((a[i] - b[i]) * (a[i] - b[i]));
    }
    EXPECT_EQ(active().dot(a.data(), b.data(), dimension), dot);
    EXPECT_EQ(active().squared_l2(a.data(), b.data(), dimension), squares);
  }
}

TEST(Kernels, CodeSumsAreTheSameInEveryInstructionSet) {
  std::mt19937 random(3);
  for (std::size_t dimension = 0; dimension < 200; ++dimension) {
    const std::size_t count = random() % 14;
    Codes queries(dimension * kQueriesPerPass);
    Codes rows(dimension * count);
    for (Codes* codes : {&queries, &rows}) {
      for (std::int8_t& code : *codes) code = static_cast<std::int8_t>(random());
    }
    if (dimension == 0 || count == 0) rows.resize(dimension * 3);
    std::vector<std::uint32_t> numbers(random() % 20);
    for (std::uint32_t& number : numbers) {
      number = static_cast<std::uint32_t>(random() % (count == 0 ? 3 : count));
    }
    expect_same_code_sums(queries, rows, dimension, numbers);
  }
}

TEST(Kernels, CodeSumsDoNotOverflowAtTheLimits) {
  for (const std::int8_t a : {std::int8_t{-128}, std::int8_t{127}}) {
    for (const std::int8_t b : {std::int8_t{-128}, std::int8_t{127}, std::int8_t{-1}}) {
      const Codes queries(kMaxDimension * kQueriesPerPass, a);
      const Codes rows(kMaxDimension * 5, b);
      expect_same_code_sums(queries, rows, kMaxDimension, {0, 4, 4, 1, 2});
      EXPECT_EQ(active().dot_codes(queries.data(), rows.data(), kMaxDimension),
                static_cast<std::int32_t>(kMaxDimension) * a * b);
    }
  }
}

TEST(Kernels, SelectFindsThePositionsInOrder) {
  std::mt19937 random(4);
  for (std::size_t count = 0; count < 100; ++count) {
    std::vector<std::int32_t> sums(count);
    for (std::int32_t& sum : sums) sum = static_cast<std::int32_t>(random() % 7) - 3;
    if (count > 3) {
      sums[1] = std::numeric_limits<std::int32_t>::min();
      sums[2] = std::numeric_limits<std::int32_t>::max();
    }
    for (const std::int32_t threshold : {std::numeric_limits<std::int32_t>::min(), -2, 0, 3,
                                         std::numeric_limits<std::int32_t>::max()}) {
      std::vector<std::uint32_t> expected;
      for (std::size_t i = 0; i < count; ++i) {
        if (sums[i] >= threshold) expected.push_back(static_cast<std::uint32_t>(i));
      }
      for (const InstructionSet set :
           {InstructionSet::kScalar, InstructionSet::kAvx2, InstructionSet::kAvx512}) {
        const KernelTable* table = table_of(set);
        if (table == nullptr) continue;
        std::vector<std::uint32_t> positions(count + 16);
        positions.resize(table->select(sums.data(), count, threshold, positions.data()));
        EXPECT_EQ(positions, expected) << table->name;
      }
    }
  }
}

TEST(Kernels, TheSetInUseIsTheOneTheEnvironmentNamesOrTheBest) {
  const char* const wanted = std::getenv("SEMBLANCE_KERNELS");
  const KernelTable* expected = &scalar();
  for (const InstructionSet set : {InstructionSet::kAvx2, InstructionSet::kAvx512}) {
    if (table_of(set) != nullptr) expected = table_of(set);
  }
  for (const InstructionSet set :
       {InstructionSet::kScalar, InstructionSet::kAvx2, InstructionSet::kAvx512}) {
    const KernelTable* const table = table_of(set);
    if (wanted != nullptr && table != nullptr && std::string(wanted) == table->name) {
      expected = table;
    }
  }
  EXPECT_STREQ(active().name, expected->name);
}

TEST(Kernels, EverySetHasItsOwnName) {
  EXPECT_STREQ(scalar().name, "scalar");
  for (const KernelTable* table : vectorised()) {
    EXPECT_STREQ(table->name, table->set == InstructionSet::kAvx2 ? "avx2" : "avx512");
  }
}

}  // namespace
}  // namespace semblance::kernels
