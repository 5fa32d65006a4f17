#pragma once

// Included by files that are compiled for one instruction set only: nothing inline may stand here
// (nor in what it includes), or the linker could pick a copy that other processors cannot run.

#include <cstddef>
#include <cstdint>

namespace semblance::kernels {

enum class InstructionSet { kScalar, kAvx2, kAvx512 };

/// Numbers that an int8 kernel may be given a row: more could overflow the sums.
constexpr std::size_t kMaxDimension = 65536;
/// Queries of scan_eight.
constexpr std::size_t kQueriesPerPass = 8;

/// The inner loops of search for one instruction set. All sets give the same bits for the same
/// input, also for NaN (any NaN counts as the same), infinities and denormals: int8 sums are exact,
/// and float32 input is summed in double precision, element i into partial sum i mod 8, the partial
/// sums pairwise (0+4, 1+5, 2+6, 3+7, then 0+2, 1+3, then both). No alignment is needed.
struct KernelTable {
  InstructionSet set;
  const char* name;  ///< "scalar", "avx2", "avx512": the values of SEMBLANCE_KERNELS

  /// Inner product of two vectors of `dimension` numbers.
  double (*dot)(const float* a, const float* b, std::size_t dimension);
  /// Squared Euclidean distance.
  double (*squared_l2)(const float* a, const float* b, std::size_t dimension);

  /// Inner product of two codes of `dimension` int8 numbers.
  std::int32_t (*dot_codes)(const std::int8_t* a, const std::int8_t* b, std::size_t dimension);
  /// sums[r] = query . row r, for `count` rows that lie one behind the other.
  void (*scan_one)(const std::int8_t* query, std::size_t dimension, const std::int8_t* rows,
                   std::size_t count, std::int32_t* sums);
  /// The same for eight queries that lie one behind the other: sums[q * count + r].
  void (*scan_eight)(const std::int8_t* queries, std::size_t dimension, const std::int8_t* rows,
                     std::size_t count, std::int32_t* sums);
  /// sums[i] = query . row numbers[i], where row n begins at rows + n * dimension.
  void (*scan_listed)(const std::int8_t* query, std::size_t dimension, const std::int8_t* rows,
                      const std::uint32_t* numbers, std::size_t count, std::int32_t* sums);
  /// Writes the positions, ascending, at which `sums` is at least `threshold`; `positions` has room
  /// for count + 16. Returns how many.
  std::size_t (*select)(const std::int32_t* sums, std::size_t count, std::int32_t threshold,
                        std::uint32_t* positions);
};

/// The kernels of the best instruction set that this processor and system have, or of the one that
/// the environment variable SEMBLANCE_KERNELS names where they have it. Chosen at the first call;
/// any thread.
const KernelTable& active();

/// The kernels of one set; null where the processor, the system or the build does not have it.
const KernelTable* table_of(InstructionSet set);

}  // namespace semblance::kernels
