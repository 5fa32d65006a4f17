#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "http/server.h"

namespace semblance::http {

/// A line of JSON for each request, written by a thread of its own: where the disk is slower than
/// the server, the oldest lines that wait are lost rather than requests delayed. All members may be
/// called from any thread.
class AccessLog {
 public:
  /// Appends to a file, or writes to the standard error stream where `file` is empty. Errors: kIo.
  static Result<std::unique_ptr<AccessLog>> open(const std::filesystem::path& file);
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;
  /// Writes what waits.
  virtual ~AccessLog() = default;

  virtual void write(const AccessRecord& record) = 0;
  /// Lines that were lost so far.
  [[nodiscard]] virtual std::uint64_t lost() const = 0;

 protected:
  AccessLog() = default;
};

/// {"time":"2024-05-01T12:00:00.123Z","id":...,"remote":...,"method":...,"target":...,"status":200,
/// "bytes":12,"ms":1.25,"note":...}, in ASCII: a line cannot change a terminal, or look like two.
/// `note` only where there is one.
std::string access_line(const AccessRecord& record, std::chrono::system_clock::time_point now);

}  // namespace semblance::http
