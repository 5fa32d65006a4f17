#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace semblance {

struct HttpClientOptions {
  /// Certificates (PEM) that are trusted beside https addresses; empty: those of the system.
  std::filesystem::path ca_file;
  std::chrono::milliseconds connect_timeout{3'000};
  /// Handles kept with their connections while nobody uses them.
  std::size_t most_idle = 32;
};

/// One request. What it borrows must live until send() returns.
struct HttpCall {
  std::string method = "GET";
  std::string url;
  std::vector<std::string> headers;  ///< "Name: value"
  std::string_view body;             ///< borrowed; empty: none
  std::chrono::milliseconds timeout{30'000};
  std::uint64_t max_answer_bytes = std::uint64_t{64} << 20;
  const std::atomic<bool>* cancelled = nullptr;  ///< noticed within about a second; may be null
  /// On a connection of its own. On one that was used before, libcurl sends a request again when
  /// the server closed it without a word; the first may have been carried out all the same.
  bool fresh_connection = false;
};

struct HttpAnswer {
  int status = 0;
  std::string content_type;  ///< lower case, without parameters
  std::optional<std::chrono::seconds> retry_after;
  std::string body;
};

/// Requests to a service that the user named, one after another on each thread, over connections
/// that stay open between them. Redirects are not followed, the environment's proxies are not used,
/// and certificates are always verified. Safe to use from any number of threads.
class HttpClient {
 public:
  /// Errors: kUnavailable (no libcurl), kMissingFile, kUnreadable (the CA file).
  static Result<std::unique_ptr<HttpClient>> create(HttpClientOptions options);
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  /// Any status is an answer. Errors, whose messages name no address and no header:
  /// kUnavailable (there was no connection, so nothing was sent), kTimeout and kHttpError (it
  /// broke later: the request may have been carried out), kTooLarge (the answer), kCancelled,
  /// kInvalidArgument (not an http or https address, a certificate that is not trusted).
  Result<HttpAnswer> send(const HttpCall& call) const;

 private:
  class Pool;
  explicit HttpClient(std::unique_ptr<Pool> pool);

  std::unique_ptr<Pool> pool_;
};

}  // namespace semblance
