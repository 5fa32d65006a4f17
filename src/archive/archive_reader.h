#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"

struct archive;

namespace semblance {

/// Reads a tar file, plain or compressed by gzip or zstd, or a zip file, member by member and in
/// order. Made for
/// archives from an untrusted hand: whatever is not a plain file (a link, a device, a folder, a
/// sparse file) is an error, nothing is ever written to disk here, and no more is decompressed than
/// is asked for. What a member may be called and how long it may be is the caller's to check.
class ArchiveReader {
 public:
  /// Errors: kMissingFile, kUnreadable, kCorrupt (no archive), kUnavailable (no libarchive).
  static Result<ArchiveReader> open(const std::filesystem::path& path);
  /// The same of bytes that the caller keeps.
  static Result<ArchiveReader> open(std::span<const std::byte> bytes);
  /// A zip file (a Python package is one). Errors: as for the first.
  static Result<ArchiveReader> open_zip(const std::filesystem::path& path);

  struct Member {
    std::string name;  ///< as it stands in the archive
    std::uint64_t bytes = 0;
  };
  /// The next member; what was not read of the one before is skipped. Nothing at the end. Errors:
  /// kCorrupt.
  Result<std::optional<Member>> next();
  /// Reads on in the member into `buffer`. Returns how many bytes, 0 at its end. Errors: kCorrupt.
  Result<std::size_t> read(std::span<std::byte> buffer);

 private:
  struct Free {
    void operator()(archive* handle) const;
  };
  explicit ArchiveReader(archive* handle) : handle_(handle) {}
  enum class Format { kTar, kZip };
  static Result<ArchiveReader> make(Format format);
  static Result<ArchiveReader> open(const std::filesystem::path& path, Format format);
  Status check_opened(int code) const;
  [[nodiscard]] Error damaged() const;

  std::unique_ptr<archive, Free> handle_;
};

}  // namespace semblance
