#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.h"

namespace semblance::http::test {

struct Answer {
  int status = 0;
  std::string head;  ///< with its last line's end
  std::string body;

  /// The value of a field, or nothing.
  [[nodiscard]] std::optional<std::string> field(std::string_view name) const;
};

/// A connection on which bytes are written as they are.
class RawClient {
 public:
  /// Throws std::runtime_error where nothing listens.
  explicit RawClient(std::uint16_t port);

  /// False when the server has closed.
  bool send(std::string_view bytes);
  /// Bytes as they come until there are `count`, the connection ends or the time is over.
  std::string receive(std::size_t count, std::chrono::milliseconds wait = std::chrono::seconds(10));
  /// The next answer; its status is 0 where the connection ended before. `has_body`: false for the
  /// answer to HEAD.
  Answer read_answer(bool has_body = true);
  /// Whether the server closes within the time; what it still sends is thrown away.
  bool is_closed_within(std::chrono::milliseconds wait = std::chrono::seconds(10));
  /// Says that nothing more is sent.
  void finish();
  /// Goes away with RST.
  void reset();
  void close() { socket_.close(); }

 private:
  bool receive_some(std::chrono::steady_clock::time_point until);

  FileDescriptor socket_;
  std::string received_;
};

}  // namespace semblance::http::test
