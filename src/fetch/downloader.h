#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"
#include "fetch/ip_address.h"

namespace semblance {

class CurlLibrary;

/// "Semblance/VERSION", followed by " (+CONTACT)" where there is one: an address at which the
/// owner of a server that is visited can reach the visitor.
std::string make_user_agent(std::string_view contact = {});

struct FetchOptions {
  int parallel = 8;  ///< downloads at once
  int per_host = 2;  ///< of these from one host name, redirects included
  int retries = 4;   ///< after connection errors, timeouts, 429 and 5xx; never after other 4xx
  std::chrono::milliseconds backoff{1000};  ///< before the first retry; doubles, less a random half
  std::chrono::milliseconds max_backoff{30'000};
  std::chrono::milliseconds max_retry_after{120'000};  ///< a server that asks for more gets none
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds stall_timeout{20'000};   ///< in each such time ...
  std::uint64_t stall_bytes = 1024;                  ///< ... at least so much must arrive
  std::chrono::milliseconds total_timeout{300'000};  ///< of one exchange
  /// What is not there by then is kTimeout, whatever redirects and attempts it took.
  std::optional<std::chrono::steady_clock::time_point> deadline{};
  std::uint64_t max_bytes = 64ULL << 20;  ///< of one photo
  int max_redirects = 5;
  /// Hosts that fail so many photos in a row without ever answering are left alone for a while:
  /// their photos fail at once.
  int give_up_after = 5;
  std::chrono::milliseconds give_up_for{60'000};
  /// Also addresses that are not public, and the proxies that the environment names
  /// (docs/decisions/0004-libcurl.md).
  bool allow_private = false;
  /// Who may be connected to, instead of the rule above. Called on the download thread.
  std::function<bool(const IpAddress&)> may_connect;
  std::string user_agent = make_user_agent();
};

/// What a server said to recognise a version of a photo by.
struct Validators {
  std::string url;  ///< the address that said it, after redirects: they hold for this one only
  std::string etag;
  std::string last_modified;

  [[nodiscard]] bool empty() const { return etag.empty() && last_modified.empty(); }
};

/// The beginning of a photo whose download broke off, with what the rest is asked for by.
struct PartialBody {
  Validators validators;
  Bytes bytes;
};

struct FetchRequest {
  std::uint64_t tag = 0;  ///< comes back in the outcome
  std::string url;
  /// Of the version that the caller has: the answer is then `not_modified` where nothing changed.
  Validators known;
  /// Called (on the download thread) when the download starts: the beginning that an earlier run
  /// left. May be empty.
  std::function<std::optional<PartialBody>()> partial;
};

/// How a request ended: `bytes`, `not_modified` or `error`.
struct FetchOutcome {
  std::uint64_t tag = 0;
  Bytes bytes;  ///< a picture by its first bytes, of whatever format
  bool not_modified = false;
  Validators validators;  ///< of `bytes`; of the request's known version where not modified
  /// kBadRow (no http or https address), kHttpError (the server cannot be reached or answers an
  /// error), kTimeout, kTooLarge, kEmpty, kTruncated (the connection broke, in every attempt),
  /// kWrongContentType (a page or other text came), kNotAnImage, kUnreadable (the address is not
  /// public), kCancelled.
  std::optional<Error> error;
  /// With an error: the beginning that a later run may go on with. Empty: none.
  PartialBody partial;
};

/// Downloads photos, several at a time, with the manners that one expects of a robot.
///
/// Memory: at most 2 x parallel + 1 photos of at most max_bytes, and a few hundred requests.
/// Whatever a redirect or a name leads to, the address that is really connected to must be public
/// (or allowed). What comes must look like a picture by its first bytes.
class Downloader {
 public:
  /// Gives the next request, or nothing when there are no more; then it is not called again.
  using Next = std::function<std::optional<FetchRequest>()>;
  /// Takes an outcome; an error breaks everything off and is returned by run().
  using Done = std::function<Status(FetchOutcome)>;

  /// Loads libcurl. Errors: kUnavailable.
  static Result<Downloader> create(FetchOptions options);

  /// Downloads until there are no more requests. Both callbacks are called from the caller's
  /// thread and may take their time; downloads go on meanwhile in a thread of their own and are
  /// held back when many outcomes wait. Every request that was given gets one outcome, in no
  /// particular order. Once `*stop` is set (it may be null) nothing more is asked for and the
  /// requests that are left end as kCancelled within a tenth of a second.
  /// Errors: those of `done`; kInternal (libcurl cannot work at all).
  Status run(const Next& next, const Done& done, const std::atomic<bool>* stop) const;

  /// One download.
  [[nodiscard]] FetchOutcome fetch(FetchRequest request,
                                   const std::atomic<bool>* stop = nullptr) const;

  [[nodiscard]] const FetchOptions& options() const { return options_; }

 private:
  Downloader(const CurlLibrary& curl, FetchOptions options)
      : curl_(&curl), options_(std::move(options)) {}

  const CurlLibrary* curl_;
  FetchOptions options_;
};

}  // namespace semblance
