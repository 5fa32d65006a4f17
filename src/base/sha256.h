#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"

namespace semblance {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::span<const std::byte> bytes);

/// The same of bytes that come in pieces.
class Sha256Hasher {
 public:
  Sha256Hasher();
  void add(std::span<const std::byte> bytes);
  /// Of all that was added; ends the hasher's use.
  Sha256 finish();

 private:
  struct Free {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, Free> context_;
};

/// Hashes a regular file in pieces, in flat memory. Never blocks on a pipe. Errors: kMissingFile,
/// kUnreadable (also for what is not a regular file).
Result<Sha256> sha256_of_file(const std::filesystem::path& path);

/// 64 lower-case hexadecimal digits.
std::string to_hex(const Sha256& digest);

}  // namespace semblance
