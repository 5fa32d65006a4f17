#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "base/atomic_file.h"
#include "base/result.h"

struct archive;

namespace semblance {

enum class ArchiveCompression { kNone, kGzip, kZstd };

/// By the ending: .tar, .tar.gz or .tgz, .tar.zst or .tzst. Errors: kInvalidArgument.
Result<ArchiveCompression> compression_for(const std::filesystem::path& path);

/// Writes a POSIX (pax) tar file of plain files that appears under its name when it is complete.
class ArchiveWriter {
 public:
  /// Errors: those of compression_for, kIo, kUnavailable (no libarchive).
  static Result<ArchiveWriter> create(const std::filesystem::path& path);

  /// Begins a member of exactly `bytes` bytes. `time` in seconds since 1970. Errors: kIo.
  Status begin(const std::string& name, std::uint64_t bytes, std::int64_t time);
  /// Appends to the member. Errors: kIo.
  Status write(std::span<const std::byte> content);
  /// Ends the archive, makes it durable and gives it its name. Errors: kIo.
  Status finish();

 private:
  struct Free {
    void operator()(archive* handle) const;
  };
  struct Output;
  explicit ArchiveWriter(std::unique_ptr<Output> output);
  [[nodiscard]] Error failed() const;

  // The handle goes first: freeing it may still write to the output.
  struct DeleteOutput {
    void operator()(Output* output) const;
  };
  std::unique_ptr<Output, DeleteOutput> output_;
  std::unique_ptr<archive, Free> handle_;
};

}  // namespace semblance
