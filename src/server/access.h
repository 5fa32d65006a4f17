#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "http/rate_limiter.h"
#include "server/keys.h"

namespace semblance::server {

/// What a route demands.
enum class Access {
  kOpen,    ///< nothing: whether the server lives, and its page
  kSearch,  ///< any key
  kAdmin,   ///< an admin's key
};

/// Who asks, once that is known.
struct Caller {
  bool admin = false;
  std::string key_id;  ///< empty: no keys are needed
};

/// Who may ask for what: keys, the origins of web pages, and how often.
///
/// Without keys, everybody who reaches the server may do everything; it then answers only requests
/// that name it by a name of this machine, so that no web page can reach it through a name of its
/// own (DNS rebinding). With or without, a browser's request from another origin is refused unless
/// that origin is allowed, so that no page can make a visitor's browser write here.
class AccessControl {
 public:
  struct Options {
    std::optional<std::filesystem::path> keys;
    std::vector<std::string> allowed_origins;  ///< "*": any
    std::vector<std::string> allowed_hosts;    ///< names of the server beside those of loopback
    bool any_host = false;                     ///< without keys, on an address that is not loopback
    double search_requests_per_second = 20;    ///< of a search key that says nothing itself
    double admin_requests_per_second = 0;      ///< 0: no limit
  };

  /// Errors: those of KeyFile::load.
  static Result<std::unique_ptr<AccessControl>> create(const Options& options);

  /// The refusal, or who asks.
  struct Decision {
    Caller caller;
    std::optional<http::Response> refusal;
  };
  Decision decide(const http::Request& request, Access wanted);
  /// Who sent a request that was let in.
  [[nodiscard]] Caller caller(const http::Request& request) const;

  /// The answer to a browser that asks beforehand (OPTIONS), where the origin is allowed.
  [[nodiscard]] http::Response preflight(const http::Request& request) const;
  [[nodiscard]] bool is_for_other_origins() const { return !options_.allowed_origins.empty(); }
  /// Lets the page of an allowed origin read the answer.
  void add_cors(const http::Request& request, http::Response& response) const;

  /// Reads the keys again; where that fails, those of before stay. Errors: those of KeyFile::load.
  Status reload();

 private:
  explicit AccessControl(const Options& options) : options_(options) {}
  [[nodiscard]] bool host_is_ours(const http::Request& request) const;
  /// Nothing where the request names none, or its own.
  [[nodiscard]] std::optional<std::string> foreign_origin(const http::Request& request) const;
  [[nodiscard]] bool origin_is_allowed(const std::string& origin) const;
  [[nodiscard]] std::shared_ptr<const KeyFile> keys() const;

  const Options options_;
  mutable std::mutex mutex_;
  std::shared_ptr<const KeyFile> keys_;  // null: none are needed
  http::RateLimiter rates_;
};

}  // namespace semblance::server
