#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <span>

#include "base/file.h"
#include "base/sha256.h"

namespace semblance::remote {

/// Photos on this machine's disk, each in a file named by the SHA-256 of its bytes
/// (docs/formats.md), up to a number of bytes; those that were used last stay. A cache: whatever
/// goes wrong with it, a photo is just not there. Several processes may use one folder; each counts
/// what the others have put there when it makes room. Safe to use from any number of threads.
class KeptPhotos {
 public:
  KeptPhotos(std::filesystem::path folder, std::uint64_t most_bytes)
      : folder_(std::move(folder)), most_bytes_(most_bytes) {}

  /// A file with other bytes than its name says is removed.
  std::optional<Bytes> read(const Sha256& content_hash);
  void store(const Sha256& content_hash, std::span<const std::byte> bytes);

 private:
  [[nodiscard]] std::filesystem::path file(const Sha256& content_hash) const;
  /// Looks at the folder, and removes what was used least where it holds too much.
  void make_room();

  const std::filesystem::path folder_;
  const std::uint64_t most_bytes_;
  std::mutex mutex_;
  std::optional<std::uint64_t> bytes_;  ///< as far as this process knows; nothing: not looked yet
};

}  // namespace semblance::remote
