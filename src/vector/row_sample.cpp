#include "vector/row_sample.h"

#include <zlib.h>

#include <algorithm>

namespace semblance {

std::uint32_t crc32_of(std::uint32_t before, std::span<const std::byte> bytes) {
  constexpr std::size_t kAtOnce = std::size_t{1} << 30;  // zlib's length has 32 bits
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min(bytes.size(), kAtOnce));
    before = static_cast<std::uint32_t>(
        crc32(before, reinterpret_cast<const Bytef*>(part.data()), static_cast<uInt>(part.size())));
    bytes = bytes.subspan(part.size());
  }
  return before;
}

std::uint32_t row_sample_checksum(const MatrixView& rows, std::uint64_t count) {
  constexpr std::uint64_t kSamples = 16;
  std::uint32_t checksum = 0;
  for (std::uint64_t i = 0; i < kSamples && count > 0; ++i) {
    const auto row = static_cast<std::int64_t>(i * (count - 1) / (kSamples - 1));
    checksum = crc32_of(checksum, std::as_bytes(rows.row(row)));
  }
  return checksum;
}

}  // namespace semblance
