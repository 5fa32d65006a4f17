#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace semblance::http {

using Clock = std::chrono::steady_clock;

struct Field {
  std::string name;
  std::string value;
};

/// The first value of a field, whatever the case of its name; nothing where it is not there.
std::optional<std::string_view> field(const std::vector<Field>& fields, std::string_view name);

/// A request as it was read, its target already taken apart.
struct Request {
  std::string id;      ///< X-Request-Id as the client sent it where that is sane, else our own
  std::string method;  ///< "GET", ... HEAD arrives as GET: the answer's body is then not sent
  std::string target;  ///< as it came, for the access log
  std::string path;    ///< of the target, still percent-encoded
  /// The path's parts, split at '/' and then decoded, so that an id with an encoded '/' stays one
  /// part: "/v1/a%2Fb" is {"v1", "a/b"}. Valid UTF-8 without NUL.
  std::vector<std::string> segments;
  std::vector<std::pair<std::string, std::string>> query;  ///< decoded, in their order
  std::vector<Field> fields;
  std::string body;
  std::string remote_address;  ///< without the port
  Clock::time_point received;  ///< when its first byte came
  Clock::time_point deadline;  ///< the answer is of no use later
  /// Set when the client is gone, the deadline has passed, or the server is told to stop now.
  std::shared_ptr<const std::atomic<bool>> cancelled;

  [[nodiscard]] std::optional<std::string_view> field(std::string_view name) const {
    return http::field(fields, name);
  }
  /// The first value of a query parameter.
  [[nodiscard]] std::optional<std::string_view> parameter(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<Field> fields{};
  std::string body{};
  /// Instead of `body`, bytes that outlive everything (a page in the program itself) or are shared.
  std::shared_ptr<const std::string> shared_body{};
  std::string log_note{};  ///< for the access log: an error's code, say
};

/// Sends the answer to one request, from any thread, once; later calls do nothing. Where it is
/// dropped without being called, the client gets a 500.
using Reply = std::function<void(Response)>;

/// Called on the event loop's thread: answers at once or hands the work over.
using Handler = std::function<void(std::shared_ptr<const Request>, Reply)>;

/// Called on the event loop's thread when the head of a request was read, before its body: an
/// answer refuses the request, and the body is not read. `body` is still empty.
using Admission = std::function<std::optional<Response>(const Request& head)>;

}  // namespace semblance::http
