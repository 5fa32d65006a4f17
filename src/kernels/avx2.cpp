// AVX2 and FMA: codes are widened to 16 bits, where products of pairs add up without overflow.

#include <immintrin.h>

#include "kernels/tables.h"

namespace semblance::kernels {

namespace {

// Float32 input, double sums: partial sums 0..3 in `low`, 4..7 in `high`.

struct Sums {
  __m256d low;
  __m256d high;
};

double add_up(const Sums& sums) {
  const __m256d four = _mm256_add_pd(sums.low, sums.high);
  const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
  return _mm_cvtsd_f64(two) + _mm_cvtsd_f64(_mm_unpackhi_pd(two, two));
}

__m256d load(const float* values) {
  return _mm256_cvtps_pd(_mm_loadu_ps(values));
}

void add_product(double& sum, double a, double b) {
  sum += a * b;
}

double dot(const float* a, const float* b, std::size_t dimension) {
  Sums sums{_mm256_setzero_pd(), _mm256_setzero_pd()};
  std::size_t i = 0;
  for (; i + 8 <= dimension; i += 8) {
    // The product of two float32 is exact in double precision: fused or not is the same.
    sums.low = _mm256_fmadd_pd(load(a + i), load(b + i), sums.low);
    sums.high = _mm256_fmadd_pd(load(a + i + 4), load(b + i + 4), sums.high);
  }
  if (i == dimension) return add_up(sums);
  double parts[8];
  _mm256_storeu_pd(parts, sums.low);
  _mm256_storeu_pd(parts + 4, sums.high);
  for (std::size_t j = 0; i < dimension; ++i, ++j) {
    add_product(parts[j], static_cast<double>(a[i]), static_cast<double>(b[i]));
  }
  return add_up({_mm256_loadu_pd(parts), _mm256_loadu_pd(parts + 4)});
}

double squared_l2(const float* a, const float* b, std::size_t dimension) {
  Sums sums{_mm256_setzero_pd(), _mm256_setzero_pd()};
  std::size_t i = 0;
  for (; i + 8 <= dimension; i += 8) {
    const __m256d low = _mm256_sub_pd(load(a + i), load(b + i));
    const __m256d high = _mm256_sub_pd(load(a + i + 4), load(b + i + 4));
    sums.low = _mm256_add_pd(sums.low, _mm256_mul_pd(low, low));
    sums.high = _mm256_add_pd(sums.high, _mm256_mul_pd(high, high));
  }
  if (i == dimension) return add_up(sums);
  double parts[8];
  _mm256_storeu_pd(parts, sums.low);
  _mm256_storeu_pd(parts + 4, sums.high);
  for (std::size_t j = 0; i < dimension; ++i, ++j) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    add_product(parts[j], difference, difference);
  }
  return add_up({_mm256_loadu_pd(parts), _mm256_loadu_pd(parts + 4)});
}

// Codes.

constexpr std::size_t kStep = 16;

__m256i widened(const std::int8_t* codes) {
  return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(codes)));
}

std::int32_t add_up(__m256i sums) {
  const __m128i four =
      _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
  const __m128i two = _mm_add_epi32(four, _mm_unpackhi_epi64(four, four));
  return _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32(two, 1)));
}

std::int32_t dot_of_rest(const std::int8_t* a, const std::int8_t* b, std::size_t count) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += std::int32_t{a[i]} * std::int32_t{b[i]};
  return sum;
}

std::int32_t dot_codes(const std::int8_t* a, const std::int8_t* b, std::size_t dimension) {
  __m256i even = _mm256_setzero_si256();
  __m256i odd = _mm256_setzero_si256();
  std::size_t i = 0;
  for (; i + 2 * kStep <= dimension; i += 2 * kStep) {
    even = _mm256_add_epi32(even, _mm256_madd_epi16(widened(a + i), widened(b + i)));
    odd = _mm256_add_epi32(odd, _mm256_madd_epi16(widened(a + i + kStep), widened(b + i + kStep)));
  }
  if (i + kStep <= dimension) {
    even = _mm256_add_epi32(even, _mm256_madd_epi16(widened(a + i), widened(b + i)));
    i += kStep;
  }
  return add_up(_mm256_add_epi32(even, odd)) + dot_of_rest(a + i, b + i, dimension - i);
}

constexpr std::size_t kLineBytes = 64;
constexpr std::size_t kPrefetchBytes = 4096;  // ahead of a scan

void prefetch(const std::int8_t* from, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; i += kLineBytes) {
    _mm_prefetch(reinterpret_cast<const char*>(from + i), _MM_HINT_T0);
  }
}

void scan_one(const std::int8_t* query, std::size_t dimension, const std::int8_t* rows,
              std::size_t count, std::int32_t* sums) {
  for (std::size_t r = 0; r < count; ++r) {
    const std::int8_t* row = rows + r * dimension;
    prefetch(row + kPrefetchBytes, dimension);
    sums[r] = dot_codes(query, row, dimension);
  }
}

/// One row against four queries, which lie one behind the other: the row is widened once.
void scan_four(const std::int8_t* queries, const std::int8_t* row, std::size_t dimension,
               std::size_t count, std::int32_t* sums) {
  __m256i parts[4] = {};
  std::size_t i = 0;
  for (; i + kStep <= dimension; i += kStep) {
    const __m256i wide = widened(row + i);
    for (std::size_t q = 0; q < 4; ++q) {
      const __m256i products = _mm256_madd_epi16(wide, widened(queries + q * dimension + i));
      parts[q] = _mm256_add_epi32(parts[q], products);
    }
  }
  for (std::size_t q = 0; q < 4; ++q) {
    sums[q * count] =
        add_up(parts[q]) + dot_of_rest(queries + q * dimension + i, row + i, dimension - i);
  }
}

void scan_eight(const std::int8_t* queries, std::size_t dimension, const std::int8_t* rows,
                std::size_t count, std::int32_t* sums) {
  for (std::size_t r = 0; r < count; ++r) {
    const std::int8_t* row = rows + r * dimension;
    prefetch(row + kPrefetchBytes, dimension);
    scan_four(queries, row, dimension, count, sums + r);
    scan_four(queries + 4 * dimension, row, dimension, count, sums + 4 * count + r);
  }
}

void scan_listed(const std::int8_t* query, std::size_t dimension, const std::int8_t* rows,
                 const std::uint32_t* numbers, std::size_t count, std::int32_t* sums) {
  // Scattered rows are waited for: all that the processor can keep on their way.
  constexpr std::size_t kAhead = 8;
  for (std::size_t i = 0; i < count && i < kAhead; ++i) {
    prefetch(rows + numbers[i] * dimension, dimension);
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (i + kAhead < count) prefetch(rows + numbers[i + kAhead] * dimension, dimension);
    sums[i] = dot_codes(query, rows + numbers[i] * dimension, dimension);
  }
}

std::size_t select(const std::int32_t* sums, std::size_t count, std::int32_t threshold,
                   std::uint32_t* positions) {
  const __m256i limit = _mm256_set1_epi32(threshold);
  std::size_t found = 0;
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m256i values = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(sums + i));
    const __m256i below = _mm256_cmpgt_epi32(limit, values);
    const auto missed = static_cast<unsigned>(_mm256_movemask_ps(_mm256_castsi256_ps(below)));
    for (unsigned passed = ~missed & 0xFFU; passed != 0; passed &= passed - 1) {
      positions[found++] =
          static_cast<std::uint32_t>(i) + static_cast<std::uint32_t>(__builtin_ctz(passed));
    }
  }
  for (; i < count; ++i) {
    if (sums[i] >= threshold) positions[found++] = static_cast<std::uint32_t>(i);
  }
  return found;
}

}  // namespace

const KernelTable kAvx2Table = {
    InstructionSet::kAvx2, "avx2", dot, squared_l2, dot_codes, scan_one, scan_eight,
    scan_listed,           select};

}  // namespace semblance::kernels
