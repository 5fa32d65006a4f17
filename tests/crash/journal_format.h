#pragma once

#include <cstdint>

namespace semblance::test {

/// What the recorder writes down, each when it has been done.
enum class Operation : std::uint32_t {
  kCreate,    ///< an empty file
  kWrite,     ///< data at offset
  kTruncate,  ///< to `offset` bytes
  kSync,      ///< of a file or folder
  kRename,    ///< data is the new path
  kRemove,    ///< a file or folder
  kMakeFolder,
};

/// In the journal, the bytes of the path and of the data follow it.
struct JournalHead {
  Operation operation;
  std::uint32_t path_bytes;
  std::uint64_t offset;
  std::uint64_t data_bytes;
};

}  // namespace semblance::test
