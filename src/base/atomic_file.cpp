#include "base/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string>

namespace semblance {

namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;

}  // namespace

Result<AtomicFile> AtomicFile::create(const std::filesystem::path& path) {
  static std::atomic<unsigned> counter{0};
  std::filesystem::path temporary = path;
  temporary += ".part-" + std::to_string(::getpid()) + "-" + std::to_string(counter.fetch_add(1));
  FileDescriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file.is_open()) {
    return Error{ErrorCode::kIo, system_message("cannot create", temporary, errno)};
  }
  return AtomicFile(path, std::move(temporary), std::move(file));
}

AtomicFile::~AtomicFile() {
  if (file_.is_open()) ::unlink(temporary_.c_str());
}

Status AtomicFile::flush() {
  SEMBLANCE_RETURN_IF_ERROR(write_all_at(file_.get(), buffer_, written_bytes_, temporary_));
  written_bytes_ += buffer_.size();
  buffer_.clear();
  return {};
}

Status AtomicFile::write(std::span<const std::byte> content) {
  buffer_.insert(buffer_.end(), content.begin(), content.end());
  return buffer_.size() < kBufferBytes ? Status() : flush();
}

Status AtomicFile::write(std::string_view text) {
  return write(std::as_bytes(std::span(text.data(), text.size())));
}

Status AtomicFile::commit() {
  SEMBLANCE_RETURN_IF_ERROR(flush());
  if (::fsync(file_.get()) != 0) {
    return Error{ErrorCode::kIo, system_message("cannot sync", temporary_, errno)};
  }
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
    return Error{ErrorCode::kIo, system_message("cannot rename to", path_, errno)};
  }
  file_.close();
  return sync_folder(path_.parent_path());
}

}  // namespace semblance
