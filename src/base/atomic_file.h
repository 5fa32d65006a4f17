#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "base/file.h"
#include "base/result.h"

namespace semblance {

/// A file that is written in pieces and appears under its name only when it is complete: after a
/// crash at any moment the name holds what it held before, or all of the new content.
class AtomicFile {
 public:
  /// Writes beside `path`, so that the last step is a rename. Errors: kIo.
  static Result<AtomicFile> create(const std::filesystem::path& path);
  AtomicFile(AtomicFile&& other) noexcept = default;
  AtomicFile& operator=(AtomicFile&& other) = delete;
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  /// Removes what was written unless it was committed.
  ~AtomicFile();

  /// Appends; buffered. Errors: kIo.
  Status write(std::span<const std::byte> content);
  Status write(std::string_view text);
  /// Makes the content durable and gives it its name. Errors: kIo.
  Status commit();

 private:
  AtomicFile(std::filesystem::path path, std::filesystem::path temporary, FileDescriptor file)
      : path_(std::move(path)), temporary_(std::move(temporary)), file_(std::move(file)) {}
  Status flush();

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  FileDescriptor file_;
  std::uint64_t written_bytes_ = 0;
  Bytes buffer_;
};

}  // namespace semblance
