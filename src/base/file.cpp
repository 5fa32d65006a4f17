#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace semblance {

namespace {

std::span<const std::byte> as_byte_span(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void FileDescriptor::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

std::string system_message(std::string_view what, const std::filesystem::path& path,
                           int error_number) {
  return std::string(what) + " '" + path.string() +
         "': " + std::generic_category().message(error_number);
}

Result<Bytes> read_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  // O_NONBLOCK: opening a named pipe that nobody writes to must not hang the run.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) {
    const int error_number = errno;
    const bool missing = error_number == ENOENT || error_number == ENOTDIR;
    return Error{missing ? ErrorCode::kMissingFile : ErrorCode::kUnreadable,
                 system_message("cannot open", path, error_number)};
  }
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) {
    return Error{ErrorCode::kUnreadable, system_message("cannot stat", path, errno)};
  }
  if (!S_ISREG(info.st_mode)) {
    return Error{ErrorCode::kUnreadable, "'" + path.string() + "' is not a regular file"};
  }
  const auto too_large = [&](std::uint64_t size) {
    return Error{ErrorCode::kTooLarge, "the file has " + std::to_string(size) +
                                           " bytes, more than the limit of " +
                                           std::to_string(max_bytes)};
  };
  if (static_cast<std::uint64_t>(info.st_size) > max_bytes) {
    return too_large(static_cast<std::uint64_t>(info.st_size));
  }
  Bytes bytes(static_cast<std::size_t>(info.st_size));
  std::size_t filled = 0;
  while (true) {
    if (filled == bytes.size()) {
      // One byte more than expected tells whether the file grew after fstat.
      std::byte extra{};
      const ssize_t count = ::read(file.get(), &extra, 1);
      if (count == 0) break;
      if (count > 0) {
        bytes.push_back(extra);
        ++filled;
        if (bytes.size() > max_bytes) return too_large(bytes.size());
        bytes.resize(std::min<std::uint64_t>(bytes.size() * 2, max_bytes));
        continue;
      }
    } else {
      const ssize_t count = ::read(file.get(), bytes.data() + filled, bytes.size() - filled);
      if (count == 0) break;
      if (count > 0) {
        filled += static_cast<std::size_t>(count);
        continue;
      }
    }
    if (errno != EINTR) {
      return Error{ErrorCode::kUnreadable, system_message("cannot read", path, errno)};
    }
  }
  bytes.resize(filled);
  return bytes;
}

Status write_all_at(int fd, std::span<const std::byte> content, std::uint64_t offset,
                    const std::filesystem::path& path_for_messages) {
  while (!content.empty()) {
    const ssize_t count = ::pwrite(fd, content.data(), content.size(), static_cast<off_t>(offset));
    if (count < 0) {
      if (errno == EINTR) continue;
      return Error{ErrorCode::kIo, system_message("cannot write", path_for_messages, errno)};
    }
    content = content.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return {};
}

Status sync_folder(const std::filesystem::path& folder) {
  const std::filesystem::path opened = folder.empty() ? "." : folder;
  const FileDescriptor handle(::open(opened.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!handle.is_open() || ::fsync(handle.get()) != 0) {
    return Error{ErrorCode::kIo, system_message("cannot sync folder", opened, errno)};
  }
  return {};
}

Status create_folders_durably(const std::filesystem::path& folder) {
  std::error_code code;
  std::vector<std::filesystem::path> to_sync = {folder.parent_path()};
  for (std::filesystem::path made = folder.parent_path();
       made.has_relative_path() && !std::filesystem::is_directory(made, code);
       made = made.parent_path()) {
    to_sync.push_back(made.parent_path());
  }
  std::filesystem::create_directories(folder, code);
  if (code) {
    return Error{ErrorCode::kIo, "cannot make folder '" + folder.string() + "': " + code.message()};
  }
  for (auto parent = to_sync.rbegin(); parent != to_sync.rend(); ++parent) {
    // One that may not be read was not made by us and is no affair of ours.
    if (!parent->empty() && ::access(parent->c_str(), R_OK) != 0) continue;
    SEMBLANCE_RETURN_IF_ERROR(sync_folder(*parent));
  }
  return {};
}

Status write_file_atomically(const std::filesystem::path& path,
                             std::span<const std::byte> content) {
  static std::atomic<unsigned> counter{0};
  std::filesystem::path temporary = path;
  temporary += ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(counter.fetch_add(1));
  FileDescriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file.is_open()) {
    return Error{ErrorCode::kIo, system_message("cannot create", temporary, errno)};
  }
  Status status = write_all_at(file.get(), content, 0, temporary);
  if (status && ::fsync(file.get()) != 0) {
    status = Error{ErrorCode::kIo, system_message("cannot sync", temporary, errno)};
  }
  file.close();
  if (status && ::rename(temporary.c_str(), path.c_str()) != 0) {
    status = Error{ErrorCode::kIo, system_message("cannot rename to", path, errno)};
  }
  if (!status) {
    ::unlink(temporary.c_str());
    return status;
  }
  return sync_folder(path.parent_path());
}

Status write_file_atomically(const std::filesystem::path& path, std::string_view content) {
  return write_file_atomically(path, as_byte_span(content));
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) {
    return Error{errno == ENOENT ? ErrorCode::kMissingFile : ErrorCode::kIo,
                 system_message("cannot open", path, errno)};
  }
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) {
    return Error{ErrorCode::kIo, system_message("cannot stat", path, errno)};
  }
  MappedFile mapped;
  if (info.st_size == 0) return mapped;
  void* data =
      ::mmap(nullptr, static_cast<std::size_t>(info.st_size), PROT_READ, MAP_SHARED, file.get(), 0);
  if (data == MAP_FAILED) return Error{ErrorCode::kIo, system_message("cannot map", path, errno)};
  mapped.data_ = static_cast<const std::byte*>(data);
  mapped.size_ = static_cast<std::size_t>(info.st_size);
  return mapped;
}

}  // namespace semblance
