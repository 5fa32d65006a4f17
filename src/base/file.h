#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace semblance {

using Bytes = std::vector<std::byte>;

/// An open file descriptor, closed on destruction.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() { close(); }

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }
  void close();

 private:
  int fd_ = -1;
};

/// Reads a regular file whole. Errors: kMissingFile, kUnreadable (permission, not a regular file,
/// I/O error), kTooLarge when it holds more than `max_bytes`. Never blocks on a pipe or device.
Result<Bytes> read_file(const std::filesystem::path& path, std::uint64_t max_bytes);

/// Replaces `path` so that after a crash at any moment it holds either its old or its new content:
/// temporary file in the same folder, write, fsync, rename, fsync of the folder. Errors: kIo.
Status write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> content);
Status write_file_atomically(const std::filesystem::path& path, std::string_view content);

/// Writes all of `content` at `offset`; retries short writes. Errors: kIo.
Status write_all_at(int fd, std::span<const std::byte> content, std::uint64_t offset,
                    const std::filesystem::path& path_for_messages);

/// Makes a folder's entries (creations and renames in it) durable. Errors: kIo.
Status sync_folder(const std::filesystem::path& folder);

/// Makes a folder and its parents where they are missing. Those that were made, and `folder` in any
/// case (an earlier process may have been killed right after making it), are durable then: a file
/// that was synced in a folder whose own entry was lost is lost, too. Errors: kIo.
Status create_folders_durably(const std::filesystem::path& folder);

/// "cannot open 'x': No such file or directory" for the errno given.
std::string system_message(std::string_view what, const std::filesystem::path& path,
                           int error_number);

/// A file mapped read-only. The file must not shrink while mapped.
class MappedFile {
 public:
  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  /// Errors: kMissingFile, kIo.
  static Result<MappedFile> open(const std::filesystem::path& path);

  [[nodiscard]] std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace semblance
