#pragma once

#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/file.h"

namespace semblance::test {

struct HttpRequest {
  std::string method;
  std::string target;                          ///< path and query; a proxy gets the whole address
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;                            ///< of requests with Content-Length

  /// Empty where there is none.
  [[nodiscard]] std::string header(const std::string& name) const;
};

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

class HttpServer;

/// A request that a handler answers, as well or as badly as it likes.
class HttpExchange {
 public:
  HttpExchange(HttpServer& server, int fd, HttpRequest request)
      : server_(server), fd_(fd), request_(std::move(request)) {}

  [[nodiscard]] const HttpRequest& request() const { return request_; }

  /// A whole answer with Content-Length, unless `headers` say one or "Transfer-Encoding".
  void respond(int status, const HttpHeaders& headers, std::string_view body);
  /// Bytes as they are. False once the client or the server is gone.
  bool send(std::string_view bytes);
  /// False once the server stops.
  bool wait(std::chrono::milliseconds time);
  /// The connection ends after this answer.
  void close() { keeps_open_ = false; }
  /// The connection ends now with RST, as when a machine is switched off.
  void reset();

  [[nodiscard]] bool keeps_open() const { return keeps_open_; }

 private:
  HttpServer& server_;
  int fd_;
  HttpRequest request_;
  bool keeps_open_ = true;
};

using HttpHandler = std::function<void(HttpExchange&)>;

/// An HTTP server for tests on a port of its own of a loopback address (Linux has all of
/// 127.0.0.0/8): a thread per connection, stopped with all its threads on destruction. Paths
/// without a handler answer 404. Handlers run on several threads at once.
class HttpServer {
 public:
  /// `address`: IPv4, or "::1". Throws std::runtime_error where it cannot listen there.
  explicit HttpServer(const std::string& address = "127.0.0.1");
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();

  /// `target` "*": whatever has no handler of its own.
  void on(const std::string& target, HttpHandler handler);

  [[nodiscard]] std::string url(std::string_view target) const;
  [[nodiscard]] int port() const { return port_; }

  /// Requests so far, in the order of arrival; of one target, or all.
  [[nodiscard]] std::vector<HttpRequest> requests(std::string_view target = {}) const;
  [[nodiscard]] int connections() const { return connections_.load(); }
  /// The most requests that were being answered at the same time.
  [[nodiscard]] int most_at_once() const;

 private:
  friend class HttpExchange;

  void accept_connections();
  void serve(int fd);
  bool serve_request(int fd, HttpRequest request);
  bool sleep(std::chrono::milliseconds time);

  std::string address_;
  FileDescriptor listener_;
  int port_ = 0;
  std::atomic<int> connections_{0};

  mutable std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
  std::map<std::string, HttpHandler> handlers_;
  std::vector<HttpRequest> requests_;
  int at_once_ = 0;
  int most_at_once_ = 0;
  std::set<int> open_;
  std::vector<std::thread> connection_threads_;
  std::thread acceptor_;
};

/// Always the same answer.
HttpHandler answer(int status, HttpHeaders headers, std::string body);

struct ServedPhoto {
  std::string bytes;
  std::string etag = {};           ///< with its quotes; empty: none
  std::string last_modified = {};  ///< empty: none
  std::string content_type = "image/jpeg";
};

/// A server of files as it should be: 304 for what did not change, 206 for ranges (RFC 9110).
HttpHandler serve_photo(ServedPhoto photo);

HttpHandler redirect_to(std::string location, int status = 302);

/// Bytes that begin as a JPEG does, different for each seed; not a picture that can be decoded.
std::string photo_bytes(std::size_t size, unsigned seed = 0);

}  // namespace semblance::test
