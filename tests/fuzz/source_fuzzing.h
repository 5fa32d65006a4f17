#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "source/source.h"

namespace semblance::fuzz {

/// Bytes as a file that never touches a disk.
class MemoryFile {
 public:
  MemoryFile(const std::uint8_t* data, std::size_t size)
      : fd_(::memfd_create("fuzz", MFD_CLOEXEC)) {
    if (fd_ < 0) std::abort();
    while (size > 0) {
      const ssize_t written = ::write(fd_, data, size);
      if (written <= 0) std::abort();
      data += written;
      size -= static_cast<std::size_t>(written);
    }
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { ::close(fd_); }

  [[nodiscard]] std::filesystem::path path() const {
    return "/proc/self/fd/" + std::to_string(fd_);
  }

 private:
  int fd_;
};

/// Reads a source to its end and stops the program where an entry breaks a promise of SourceEntry.
inline void read_to_end(const Result<std::unique_ptr<Source>>& source) {
  if (!source) return;
  while (true) {
    const Result<std::optional<SourceEntry>> entry = (*source)->next();
    if (!entry || !*entry) return;
    const SourceEntry& each = **entry;
    const bool has_photo = !each.path.empty() || !each.url.empty();
    bool sound = each.problem.has_value() || (has_photo && !each.id.empty());
    sound = sound && (each.path.empty() || each.url.empty()) && !each.place.empty();
    sound = sound && is_utf8(each.id) && is_utf8(each.product) && is_utf8(each.link);
    for (const char byte : each.url) sound = sound && byte > 0x20 && byte < 0x7F;
    if (each.attributes) {
      for (const Attribute& attribute : *each.attributes) {
        sound = sound && !attribute.name.empty() && !attribute.value.empty() &&
                is_utf8(attribute.name) && is_utf8(attribute.value);
      }
    }
    if (!sound) std::abort();
  }
}

}  // namespace semblance::fuzz
