// AVX-512 with VNNI. vpdpbusd multiplies unsigned by signed bytes, so rows are shifted to 0..255
// (the sign bit flipped) and 128 times the sum of the query is taken off at the end: exact.

#include <immintrin.h>

#include "kernels/tables.h"

namespace semblance::kernels {

namespace {

// Float32 input, double sums: lane j is partial sum j of KernelTable's promise.

double add_up(__m512d sums) {
  const __m256d four = _mm256_add_pd(_mm512_castpd512_pd256(sums), _mm512_extractf64x4_pd(sums, 1));
  const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
  return _mm_cvtsd_f64(two) + _mm_cvtsd_f64(_mm_unpackhi_pd(two, two));
}

__mmask8 first_lanes(std::size_t count) {
  return static_cast<__mmask8>((1U << count) - 1U);
}

__m512d load(const float* values) {
  return _mm512_cvtps_pd(_mm256_loadu_ps(values));
}
__m512d load_part(const float* values, __mmask8 lanes) {
  return _mm512_cvtps_pd(_mm256_maskz_loadu_ps(lanes, values));
}

double dot(const float* a, const float* b, std::size_t dimension) {
  __m512d sums = _mm512_setzero_pd();
  std::size_t i = 0;
  for (; i + 8 <= dimension; i += 8) {
    // The product of two float32 is exact in double precision: fused or not is the same.
    sums = _mm512_fmadd_pd(load(a + i), load(b + i), sums);
  }
  if (i < dimension) {
    const __mmask8 lanes = first_lanes(dimension - i);
    sums = _mm512_mask3_fmadd_pd(load_part(a + i, lanes), load_part(b + i, lanes), sums, lanes);
  }
  return add_up(sums);
}

double squared_l2(const float* a, const float* b, std::size_t dimension) {
  __m512d sums = _mm512_setzero_pd();
  std::size_t i = 0;
  for (; i + 8 <= dimension; i += 8) {
    const __m512d difference = _mm512_sub_pd(load(a + i), load(b + i));
    sums = _mm512_add_pd(sums, _mm512_mul_pd(difference, difference));
  }
  if (i < dimension) {
    const __mmask8 lanes = first_lanes(dimension - i);
    const __m512d difference = _mm512_sub_pd(load_part(a + i, lanes), load_part(b + i, lanes));
    sums = _mm512_mask_add_pd(sums, lanes, sums, _mm512_mul_pd(difference, difference));
  }
  return add_up(sums);
}

// Codes.

constexpr std::size_t kStep = 64;

__mmask64 first_bytes(std::size_t count) {
  return (__mmask64{1} << count) - 1;
}

__m512i shifted(__m512i row) {
  return _mm512_xor_si512(row, _mm512_set1_epi8(-128));
}

/// 128 times the sum of a query.
std::int32_t shift_of(const std::int8_t* query, std::size_t dimension) {
  const __m512i shift = _mm512_set1_epi8(-128);  // 128 as unsigned
  __m512i sums = _mm512_setzero_si512();
  std::size_t i = 0;
  for (; i + kStep <= dimension; i += kStep) {
    sums = _mm512_dpbusd_epi32(sums, shift, _mm512_loadu_si512(query + i));
  }
  if (i < dimension) {
    const __m512i rest = _mm512_maskz_loadu_epi8(first_bytes(dimension - i), query + i);
    sums = _mm512_dpbusd_epi32(sums, shift, rest);
  }
  return _mm512_reduce_add_epi32(sums);
}

/// The four sums of the lanes of a, b, c and d.
__m128i add_up_four(__m512i a, __m512i b, __m512i c, __m512i d) {
  const __m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
  const __m512i cd = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
  const __m512i abcd =
      _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
  const __m256i half =
      _mm256_add_epi32(_mm512_castsi512_si256(abcd), _mm512_extracti64x4_epi64(abcd, 1));
  return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

std::int32_t dot_shifted(const std::int8_t* query, const std::int8_t* row, std::size_t dimension) {
  __m512i sums = _mm512_setzero_si512();
  std::size_t i = 0;
  for (; i + kStep <= dimension; i += kStep) {
    sums = _mm512_dpbusd_epi32(sums, shifted(_mm512_loadu_si512(row + i)),
                               _mm512_loadu_si512(query + i));
  }
  if (i < dimension) {
    const __mmask64 bytes = first_bytes(dimension - i);
    sums = _mm512_dpbusd_epi32(sums, shifted(_mm512_maskz_loadu_epi8(bytes, row + i)),
                               _mm512_maskz_loadu_epi8(bytes, query + i));
  }
  return _mm512_reduce_add_epi32(sums);
}

inline __m128i dot_shifted_four(const std::int8_t* query, const std::int8_t* r0,
                                const std::int8_t* r1, const std::int8_t* r2, const std::int8_t* r3,
                                std::size_t dimension) {
  __m512i s0 = _mm512_setzero_si512();
  __m512i s1 = s0;
  __m512i s2 = s0;
  __m512i s3 = s0;
  const auto add = [&](__m512i q, __m512i a, __m512i b, __m512i c, __m512i d) {
    s0 = _mm512_dpbusd_epi32(s0, shifted(a), q);
    s1 = _mm512_dpbusd_epi32(s1, shifted(b), q);
    s2 = _mm512_dpbusd_epi32(s2, shifted(c), q);
    s3 = _mm512_dpbusd_epi32(s3, shifted(d), q);
  };
  std::size_t i = 0;
  for (; i + kStep <= dimension; i += kStep) {
    add(_mm512_loadu_si512(query + i), _mm512_loadu_si512(r0 + i), _mm512_loadu_si512(r1 + i),
        _mm512_loadu_si512(r2 + i), _mm512_loadu_si512(r3 + i));
  }
  if (i < dimension) {
    const __mmask64 bytes = first_bytes(dimension - i);
    add(_mm512_maskz_loadu_epi8(bytes, query + i), _mm512_maskz_loadu_epi8(bytes, r0 + i),
        _mm512_maskz_loadu_epi8(bytes, r1 + i), _mm512_maskz_loadu_epi8(bytes, r2 + i),
        _mm512_maskz_loadu_epi8(bytes, r3 + i));
  }
  return add_up_four(s0, s1, s2, s3);
}

std::int32_t dot_codes(const std::int8_t* a, const std::int8_t* b, std::size_t dimension) {
  return dot_shifted(a, b, dimension) - shift_of(a, dimension);
}

/// Asks for `bytes` that are needed in a moment.
void prefetch(const std::int8_t* from, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; i += kStep) {
    _mm_prefetch(reinterpret_cast<const char*>(from + i), _MM_HINT_T0);
  }
}

constexpr std::size_t kPrefetchBytes = 4096;  // ahead of a scan

void scan_one(const std::int8_t* query, std::size_t dimension, const std::int8_t* rows,
              std::size_t count, std::int32_t* sums) {
  const std::int32_t shift = shift_of(query, dimension);
  std::size_t r = 0;
  for (; r + 4 <= count; r += 4) {
    const std::int8_t* row = rows + r * dimension;
    prefetch(row + kPrefetchBytes, 4 * dimension);
    const __m128i four = dot_shifted_four(query, row, row + dimension, row + 2 * dimension,
                                          row + 3 * dimension, dimension);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(sums + r),
                     _mm_sub_epi32(four, _mm_set1_epi32(shift)));
  }
  for (; r < count; ++r) sums[r] = dot_shifted(query, rows + r * dimension, dimension) - shift;
}

/// Four rows against four queries, which lie one behind the other.
struct FourByFour {
  __m512i sums[4][4];  // query, row
};

void add_step(FourByFour& block, const std::int8_t* queries, const std::int8_t* rows,
              std::size_t dimension, __mmask64 bytes) {
  __m512i row[4];
  for (std::size_t r = 0; r < 4; ++r) {
    row[r] = shifted(_mm512_maskz_loadu_epi8(bytes, rows + r * dimension));
  }
  for (std::size_t q = 0; q < 4; ++q) {
    const __m512i query = _mm512_maskz_loadu_epi8(bytes, queries + q * dimension);
    for (std::size_t r = 0; r < 4; ++r) {
      block.sums[q][r] = _mm512_dpbusd_epi32(block.sums[q][r], row[r], query);
    }
  }
}

void scan_four_by_four(const std::int8_t* queries, const std::int32_t* shifts,
                       std::size_t dimension, const std::int8_t* rows, std::size_t count,
                       std::int32_t* sums) {
  FourByFour block{};
  std::size_t i = 0;
  for (; i + kStep <= dimension; i += kStep) {
    add_step(block, queries + i, rows + i, dimension, ~__mmask64{0});
  }
  if (i < dimension) add_step(block, queries + i, rows + i, dimension, first_bytes(dimension - i));
  for (std::size_t q = 0; q < 4; ++q) {
    const __m128i four =
        add_up_four(block.sums[q][0], block.sums[q][1], block.sums[q][2], block.sums[q][3]);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(sums + q * count),
                     _mm_sub_epi32(four, _mm_set1_epi32(shifts[q])));
  }
}

void scan_eight(const std::int8_t* queries, std::size_t dimension, const std::int8_t* rows,
                std::size_t count, std::int32_t* sums) {
  std::int32_t shifts[kQueriesPerPass];
  for (std::size_t q = 0; q < kQueriesPerPass; ++q) {
    shifts[q] = shift_of(queries + q * dimension, dimension);
  }
  std::size_t r = 0;
  for (; r + 4 <= count; r += 4) {
    const std::int8_t* row = rows + r * dimension;
    prefetch(row + kPrefetchBytes, 4 * dimension);
    scan_four_by_four(queries, shifts, dimension, row, count, sums + r);
    scan_four_by_four(queries + 4 * dimension, shifts + 4, dimension, row, count,
                      sums + 4 * count + r);
  }
  for (; r < count; ++r) {
    for (std::size_t q = 0; q < kQueriesPerPass; ++q) {
      sums[q * count + r] =
          dot_shifted(queries + q * dimension, rows + r * dimension, dimension) - shifts[q];
    }
  }
}

void scan_listed(const std::int8_t* query, std::size_t dimension, const std::int8_t* rows,
                 const std::uint32_t* numbers, std::size_t count, std::int32_t* sums) {
  const std::int32_t shift = shift_of(query, dimension);
  const auto row = [&](std::size_t i) { return rows + numbers[i] * dimension; };
  // Scattered rows are waited for: all that the processor can keep on their way.
  constexpr std::size_t kAhead = 8;
  for (std::size_t i = 0; i < count && i < kAhead; ++i) prefetch(row(i), dimension);
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    for (std::size_t j = i + kAhead; j < i + kAhead + 4 && j < count; ++j) {
      prefetch(row(j), dimension);
    }
    const __m128i four =
        dot_shifted_four(query, row(i), row(i + 1), row(i + 2), row(i + 3), dimension);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(sums + i),
                     _mm_sub_epi32(four, _mm_set1_epi32(shift)));
  }
  for (; i < count; ++i) sums[i] = dot_shifted(query, row(i), dimension) - shift;
}

std::size_t select(const std::int32_t* sums, std::size_t count, std::int32_t threshold,
                   std::uint32_t* positions) {
  const __m512i limit = _mm512_set1_epi32(threshold);
  __m512i numbers = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  std::size_t found = 0;
  for (std::size_t i = 0; i < count; i += 16) {
    const std::size_t rest = count - i;
    const auto lanes = static_cast<__mmask16>(rest >= 16 ? 0xFFFFU : (1U << rest) - 1U);
    const __m512i values = _mm512_maskz_loadu_epi32(lanes, sums + i);
    const __mmask16 passed = _mm512_mask_cmpge_epi32_mask(lanes, values, limit);
    if (passed != 0) {
      _mm512_storeu_si512(positions + found, _mm512_maskz_compress_epi32(passed, numbers));
      found += static_cast<std::size_t>(__builtin_popcount(passed));
    }
    numbers = _mm512_add_epi32(numbers, _mm512_set1_epi32(16));
  }
  return found;
}

}  // namespace

const KernelTable kAvx512Table = {InstructionSet::kAvx512,
                                  "avx512",
                                  dot,
                                  squared_l2,
                                  dot_codes,
                                  scan_one,
                                  scan_eight,
                                  scan_listed,
                                  select};

}  // namespace semblance::kernels
