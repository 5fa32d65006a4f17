#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "vector/vector_file.h"

namespace semblance {

/// CRC-32 continued over bytes of any number. `before` is 0 at the beginning.
std::uint32_t crc32_of(std::uint32_t before, std::span<const std::byte> bytes);

/// CRC-32 of 16 rows between the first and the last of the first `count`, both included: what
/// caches keep to see that a vector file was replaced.
std::uint32_t row_sample_checksum(const MatrixView& rows, std::uint64_t count);

}  // namespace semblance
