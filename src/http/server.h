#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace semblance::http {

struct ServerOptions {
  std::string host = "127.0.0.1";              ///< an address, or a name that is resolved once
  std::uint16_t port = 8080;                   ///< 0: any free one (Server::port)
  std::size_t max_connections = 4096;          ///< further ones get a 503 and are closed
  std::size_t max_header_bytes = 32 << 10;     ///< 431 beyond it
  std::size_t max_body_bytes = 32 << 20;       ///< of one request: 413 beyond it
  std::size_t max_buffered_bytes = 256 << 20;  ///< of all bodies until their answers: 503 beyond
  std::chrono::milliseconds header_timeout{10'000};   ///< for a whole head, once it has begun
  std::chrono::milliseconds body_timeout{60'000};     ///< for a whole body
  std::chrono::milliseconds idle_timeout{60'000};     ///< between the requests of a connection
  std::chrono::milliseconds request_timeout{30'000};  ///< from the body's end to the answer: 503
  std::chrono::milliseconds write_timeout{60'000};    ///< for a whole answer
};

/// What happened to one request, for the access log and the metrics.
struct AccessRecord {
  const Request& request;
  int status = 0;
  std::size_t body_bytes = 0;  ///< of the answer
  double seconds = 0;          ///< from the first byte of the request to the last of the answer
  std::string_view note;       ///< Response::log_note
};

struct ServerHooks {
  Handler handle;
  Admission admit;                                  ///< may be empty
  std::function<void(const AccessRecord&)> record;  ///< may be empty; on the event loop's thread
  /// The answer for what the server refuses by itself (400, 408, 413, 417, 431, 500, 501, 503):
  /// gives the body. Empty: plain text.
  std::function<Response(int status, std::string_view message, const std::string& request_id)>
      refuse;
};

/// What the server holds right now, for the metrics.
struct ServerGauges {
  std::size_t connections = 0;
  std::size_t buffered_bytes = 0;
  std::uint64_t refused_connections = 0;  ///< so far
};

/// HTTP/1.1 over an event loop in one thread: a slow client costs its buffers and nothing else.
/// Persistent connections, pipelining (answered in order), chunked bodies, Expect: 100-continue.
class Server {
 public:
  /// Listens and starts the event loop's thread. Errors: kInvalidArgument (host), kConflict (port
  /// in use), kIo.
  static Result<std::unique_ptr<Server>> start(const ServerOptions& options, ServerHooks hooks);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// Stops at once.
  virtual ~Server() = default;

  [[nodiscard]] virtual std::uint16_t port() const = 0;
  [[nodiscard]] virtual ServerGauges gauges() const = 0;
  /// Accepts nothing more, lets the requests that have begun finish, for at most `grace`, then
  /// closes what is left. Blocks. True when everything finished by itself.
  virtual bool stop(std::chrono::milliseconds grace) = 0;

 protected:
  Server() = default;
};

}  // namespace semblance::http
