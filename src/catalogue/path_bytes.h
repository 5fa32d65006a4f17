#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

namespace semblance {

/// A path as a BLOB: the bytes that the file system gives, which need not be UTF-8. Borrowed.
inline std::span<const std::uint8_t> path_bytes(const std::filesystem::path& path) {
  return {reinterpret_cast<const std::uint8_t*>(path.native().data()), path.native().size()};
}

}  // namespace semblance
