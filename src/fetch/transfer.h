#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "fetch/curl_library.h"
#include "fetch/downloader.h"
#include "fetch/response.h"
#include "fetch/url_parts.h"

namespace semblance {

using FetchClock = std::chrono::steady_clock;

/// A request on its way through redirects and attempts.
struct FetchJob {
  FetchRequest request;
  WebAddress first;    ///< the request's
  WebAddress current;  ///< where redirects have led
  int redirects = 0;
  int failed_attempts = 0;
  FetchClock::time_point not_before;
  PartialBody received;  ///< empty, or the beginning that the next attempt goes on from
};

/// How an HTTP exchange ended.
struct Verdict {
  enum class Kind { kPhoto, kNotModified, kRedirect, kRetry, kFailed };
  Kind kind = Kind::kFailed;
  Error error;             ///< kRetry, kFailed
  std::string location;    ///< kRedirect
  bool answered = false;   ///< the server has sent a status line
  bool at_once = false;    ///< kRetry: nothing is to be waited for
  bool slow_down = false;  ///< kRetry: the server is busy, which holds for its other photos too
  std::optional<std::chrono::seconds> retry_after;
};

/// One HTTP exchange: a libcurl handle set up for a job's current address, what has come so far,
/// and what to make of it. Lives at one place: the handle points to it.
class Transfer {
 public:
  Transfer(const CurlLibrary& curl, const FetchOptions& options, std::unique_ptr<FetchJob> job);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer();

  [[nodiscard]] CURL* handle() const { return handle_.get(); }
  [[nodiscard]] const FetchJob& job() const { return *job_; }

  /// Too little has arrived for too long. Asked often.
  [[nodiscard]] bool has_stalled(FetchClock::time_point now);

  /// After libcurl is done with it (`code`) or the transfer was found to have stalled (empty). A
  /// photo's bytes and validators are then in the job's `received`, and so is the beginning of one
  /// that can be gone on with; otherwise that is empty.
  Verdict finish(std::optional<CURLcode> code);

  /// Ends the exchange early; as for finish(), `received` is what can be gone on with.
  void keep_beginning();

  std::unique_ptr<FetchJob> take_job() { return std::move(job_); }

 private:
  template <typename T>
  void set(CURLoption option, T value);
  void set_up();
  void set_headers();
  void add_header(const std::string& line);

  bool take_header(std::string_view line);
  bool take_body(std::span<const std::byte> part);
  bool begin_body();
  bool stop_with(Verdict verdict);

  Verdict verdict_of(CURLcode code);
  Verdict verdict_of_status();
  Verdict verdict_of_photo();
  Verdict failure(CURLcode code) const;
  [[nodiscard]] bool can_resume() const;
  [[nodiscard]] bool is_photo_status() const { return head_.status == 200 || head_.status == 206; }

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static curl_socket_t on_open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);

  const CurlLibrary& curl_;
  const FetchOptions& options_;
  std::unique_ptr<FetchJob> job_;
  std::unique_ptr<CURL, void (*)(CURL*)> handle_;
  std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers_;
  char error_text_[CURL_ERROR_SIZE] = "";

  bool conditional_ = false;      ///< the answer may be 304
  std::uint64_t asked_from_ = 0;  ///< above 0: the answer may be 206
  ResponseHead head_;
  std::size_t head_bytes_ = 0;
  bool head_complete_ = false;
  std::uint64_t body_bytes_ = 0;  ///< arrived in this exchange, of whatever status
  bool body_began_ = false;
  std::optional<Verdict> stopped_;    ///< why we ended the exchange ourselves
  std::optional<IpAddress> refused_;  ///< an address that was not connected to
  bool opened_socket_ = false;

  FetchClock::time_point window_start_;
  std::uint64_t window_bytes_ = 0;
};

}  // namespace semblance
