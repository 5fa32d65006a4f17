#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace semblance::http {

/// Why a request cannot be served: a status and a sentence.
struct Refusal {
  int status = 0;
  std::string_view message;  ///< lives for ever
};

/// Reads one request from bytes as they come (RFC 9112; by Boost.Beast). After a fault it is of no
/// more use, and neither is the connection.
class RequestParser {
 public:
  RequestParser(std::size_t max_header_bytes, std::size_t max_body_bytes);
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;
  ~RequestParser();

  /// Says how many of the bytes it took; the others come again, with more behind them. Stops at the
  /// end of the head, and at the end of the request.
  std::size_t consume(std::string_view bytes);

  [[nodiscard]] std::optional<Refusal> fault() const { return fault_; }
  [[nodiscard]] bool has_head() const;
  [[nodiscard]] bool is_done() const;

  // Once there is a head.
  /// Gives `request` its method, target and fields.
  void take_head(Request& request) const;
  [[nodiscard]] bool is_head_request() const;
  [[nodiscard]] bool keeps_alive() const;
  [[nodiscard]] bool expects_continue() const;
  [[nodiscard]] std::optional<std::uint64_t> content_length() const;
  [[nodiscard]] std::size_t body_size() const;
  std::string take_body();

 private:
  struct Parser;

  void check_head();

  const std::size_t max_header_bytes_;
  const std::size_t max_body_bytes_;
  std::unique_ptr<Parser> parser_;
  std::optional<Refusal> fault_;
};

}  // namespace semblance::http
