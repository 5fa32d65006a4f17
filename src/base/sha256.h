#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "base/result.h"

namespace semblance {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::span<const std::byte> bytes);

/// Hashes a regular file in pieces, in flat memory. Never blocks on a pipe. Errors: kMissingFile,
/// kUnreadable (also for what is not a regular file).
Result<Sha256> sha256_of_file(const std::filesystem::path& path);

/// 64 lower-case hexadecimal digits.
std::string to_hex(const Sha256& digest);

}  // namespace semblance
