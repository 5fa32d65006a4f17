#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace semblance {

/// Reads a text file line by line in flat memory. Lines end in LF or CRLF, or in CR where the file
/// has no LF near its beginning; a UTF-8 byte-order mark is dropped.
class LineReader {
 public:
  /// A longer line is cut, and said to be.
  static constexpr std::size_t kMaxLineBytes = 4U << 20;

  struct Line {
    std::string text;         ///< without its end; bytes as the file has them
    std::int64_t number = 0;  ///< from 1
    bool cut = false;         ///< longer than kMaxLineBytes
  };

  /// Errors: kMissingFile; kUnreadable (not a regular file, permission); kInvalidArgument for
  /// UTF-16, which is to be saved as UTF-8 first.
  static Result<LineReader> open(const std::filesystem::path& path);

  /// Replaces `line`. False at the end. Errors: kUnreadable.
  Result<bool> next(Line& line);

  /// Gives lines back: next() returns them again, in this order.
  void unread(std::vector<Line> lines);

 private:
  Status fill();

  std::filesystem::path path_;
  FileDescriptor file_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // of what is not yet taken
  std::size_t end_ = 0;
  bool at_end_ = false;
  char terminator_ = '\n';
  std::int64_t number_ = 0;
  std::deque<Line> unread_;
};

/// Opens a regular file for reading, without ever waiting for a pipe or device.
/// Errors: kMissingFile, kUnreadable.
Result<FileDescriptor> open_regular_file(const std::filesystem::path& path);

/// Reads up to `size` bytes; 0 at the end. Errors: kUnreadable.
Result<std::size_t> read_some(int fd, char* to, std::size_t size,
                              const std::filesystem::path& path_for_messages);

}  // namespace semblance
