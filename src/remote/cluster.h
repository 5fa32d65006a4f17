#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_document.h"
#include "base/result.h"

namespace semblance::remote {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

/// How Semblance says who it is: an API key, or a user and a password, or nothing.
struct Credentials {
  std::string user;
  std::string password;
  std::string api_key;  ///< as the cluster gave it, base64

  [[nodiscard]] bool empty() const { return user.empty() && api_key.empty(); }
};

/// SEMBLANCE_ENGINE_API_KEY, or SEMBLANCE_ENGINE_USER with SEMBLANCE_ENGINE_PASSWORD, or the file
/// that SEMBLANCE_ENGINE_CREDENTIALS names. Errors: kInvalidArgument (a user without a password, or
/// both kinds), those of read_credentials.
Result<Credentials> credentials_from_environment();

/// A file of lines "user = ...", "password = ..." or "api_key = ...", "#" before remarks. Errors:
/// kMissingFile, kUnreadable, kInvalidArgument (also where others than its owner can read it).
Result<Credentials> read_credentials(const std::filesystem::path& path);

/// Where a cluster is and how to speak to it.
struct ClusterAddress {
  std::vector<std::string> urls;  ///< of nodes: "https://host:9200", perhaps with a path
  Credentials credentials;
  std::filesystem::path ca_file;  ///< PEM; empty: the system's
  std::chrono::milliseconds connect_timeout{3'000};
  std::chrono::milliseconds request_timeout{30'000};  ///< of one attempt
  /// A request that failed and may be sent again is sent again no longer than this after its
  /// beginning, where it has no deadline.
  std::chrono::milliseconds patience{10'000};
};

/// Addresses of nodes, with commas between them. Errors: kInvalidArgument (none, not http or https,
/// a user or password inside).
Result<std::vector<std::string>> parse_urls(std::string_view text);

enum class Distribution { kOpenSearch, kElasticsearch };

std::string_view distribution_name(Distribution distribution);  ///< "OpenSearch", ...

/// What a cluster says of itself.
struct ClusterFacts {
  Distribution distribution = Distribution::kOpenSearch;
  std::string version;  ///< "3.5.0"
  int major = 0;
  int minor = 0;
  std::string cluster_name;
};

struct SendOptions {
  /// Nothing: `patience` of the address.
  std::optional<Clock::time_point> deadline{};
  const std::atomic<bool>* cancelled = nullptr;  ///< may be null
  /// Sent twice, it does what it does when it is sent once. Others are sent again only where the
  /// first certainly did not arrive.
  bool idempotent = true;
  /// Not by a connection that was used before, where libcurl itself may send a request twice
  /// (HttpCall::fresh_connection); implied by !idempotent.
  bool fresh_connection = false;
  /// Statuses from 400 on that are replies and not errors for the caller.
  std::vector<int> accept{};
  std::uint64_t max_reply_bytes = std::uint64_t{64} << 20;
};

struct Reply {
  int status = 0;
  int attempts = 1;  ///< how often it was sent, or tried to be
  Json body;         ///< null where there is none
};

/// A cluster, by the addresses of some of its nodes. Connections stay open between requests. Safe
/// to use from any number of threads.
class Cluster {
 public:
  /// Speaks to nobody yet. Errors: those of HttpClient::create; kInvalidArgument.
  static Result<std::shared_ptr<const Cluster>> create(ClusterAddress address);
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;
  virtual ~Cluster();

  /// Sends a request to one of the nodes, to another where that one is away; `path` begins with
  /// "/". 429, 502, 503, 504 and broken connections are tried again, with pauses that double and
  /// are random (exponential backoff, full jitter), until the deadline. Errors, with the reason
  /// that the cluster gave and never with credentials: kUnavailable (away, busy, timed out, refuses
  /// the credentials, an answer that is none of its), kInvalidArgument (400), kNotFound (404),
  /// kConflict (409), kTooLarge (413, or the reply is larger than max_reply_bytes), kCancelled.
  Result<Reply> send(std::string_view method, std::string_view path, const Json& body,
                     const SendOptions& options = {}) const;
  /// Without a body.
  Result<Reply> send(std::string_view method, std::string_view path,
                     const SendOptions& options = {}) const;
  /// As send(), for answers that are long or come with every search. `json` is the body.
  Result<JsonDocument> read(std::string_view method, std::string_view path, std::string_view json,
                            const SendOptions& options = {}) const;
  /// Lines of JSON, each ended, as _bulk takes them.
  Result<Reply> send_lines(std::string_view method, std::string_view path, std::string_view lines,
                           const SendOptions& options = {}) const;

  /// Asks what the cluster is. Errors: those of send; kInvalidArgument for what Semblance cannot
  /// use, with what to do: OpenSearch before 2.16 or without the k-NN plugin, Elasticsearch before
  /// 8.11, or something else altogether.
  Result<ClusterFacts> examine(const SendOptions& options = {}) const;

  [[nodiscard]] const ClusterAddress& address() const;
  /// "http://a:9200 (and 2 more)", for messages.
  [[nodiscard]] std::string name() const;

 private:
  struct State;
  explicit Cluster(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

/// The error that an answer with that status (400 or more) is, with the cluster's own reason.
Error error_of_reply(int status, const Json& body, std::string_view cluster_name);

/// "type: reason" of an error object of the cluster, with the reasons of its causes; bounded.
std::string reason_in(const Json& error);

/// Whether an error object says that a node went away while it was asked: another attempt meets the
/// others.
bool names_lost_node(const Json& error);

/// JSON as the body of a request. Bytes that are not UTF-8 are replaced: JSON cannot say them.
std::string to_text(const Json& body);

/// A name as a part of a path: all but letters, digits and "-_.~" as %HH.
std::string path_part(std::string_view text);

}  // namespace semblance::remote
