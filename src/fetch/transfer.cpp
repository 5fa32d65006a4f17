#include "fetch/transfer.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <type_traits>

namespace semblance {

namespace {

constexpr std::size_t kMaxHeadBytes = 128 << 10;
/// Of an error page: read so that the connection can be used again, but not for long.
constexpr std::uint64_t kMaxIgnoredBytes = 64 << 10;

Verdict failed(ErrorCode code, std::string message) {
  Verdict verdict;
  verdict.error = {code, std::move(message)};
  return verdict;
}

Verdict retry(ErrorCode code, std::string message) {
  Verdict verdict = failed(code, std::move(message));
  verdict.kind = Verdict::Kind::kRetry;
  return verdict;
}

bool environment_names_proxy() {
  static constexpr std::array<const char*, 5> kNames = {"http_proxy", "https_proxy", "HTTPS_PROXY",
                                                        "all_proxy", "ALL_PROXY"};
  return std::any_of(kNames.begin(), kNames.end(), [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
  });
}

std::chrono::milliseconds time_for_exchange(const FetchOptions& options) {
  if (!options.deadline) return options.total_timeout;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(*options.deadline - FetchClock::now());
  return std::clamp(left, std::chrono::milliseconds(1), options.total_timeout);
}

std::string seconds_text(std::chrono::milliseconds time) {
  std::string text = std::to_string(time.count() / 1000);
  if (time.count() % 1000 != 0) text += "." + std::to_string(time.count() % 1000 + 1000).substr(1);
  return text + " s";
}

}  // namespace

Transfer::Transfer(const CurlLibrary& curl, const FetchOptions& options,
                   std::unique_ptr<FetchJob> job)
    : curl_(curl),
      options_(options),
      job_(std::move(job)),
      handle_(curl.curl_easy_init(), curl.curl_easy_cleanup),
      headers_(nullptr, curl.curl_slist_free_all),
      window_start_(FetchClock::now()) {
  if (handle_) set_up();
}

Transfer::~Transfer() = default;

template <typename T>
void Transfer::set(CURLoption option, T value) {
  // The function is variadic: an int where it reads a long would be half garbage.
  static_assert(std::is_pointer_v<T> || std::is_same_v<T, long>);
  curl_.curl_easy_setopt(handle_.get(), option, value);
}

void Transfer::set_up() {
  set(CURLOPT_URL, job_->current.url.c_str());
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_FOLLOWLOCATION, 0L);  // each hop is scheduled, and checked, as its host's
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  // Its successor came with 7.85; the program may meet an older library.
  set(CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#pragma GCC diagnostic pop
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_USERAGENT, options_.user_agent.c_str());
  set(CURLOPT_ACCEPT_ENCODING, "identity");  // and undoes what a server compresses all the same
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout.count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(time_for_exchange(options_).count()));
  set(CURLOPT_ERRORBUFFER, static_cast<char*>(error_text_));
  set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::on_open_socket);
  set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  set(CURLOPT_PRIVATE, static_cast<void*>(this));
  // A proxy connects where we cannot see it.
  if (!options_.allow_private) set(CURLOPT_PROXY, "");
#if LIBCURL_VERSION_NUM >= 0x075700
  // Without it, stopping waits for a name server that does not answer.
  set(CURLOPT_QUICK_EXIT, 1L);
#endif
  set_headers();
}

void Transfer::add_header(const std::string& line) {
  curl_slist* longer = curl_.curl_slist_append(headers_.get(), line.c_str());
  if (longer == nullptr) return;
  (void)headers_.release();
  headers_.reset(longer);
}

void Transfer::set_headers() {
  add_header("Accept: image/jpeg, image/png, image/webp;q=0.9, image/*;q=0.8, */*;q=0.5");
  const PartialBody& partial = job_->received;
  const Validators& known = job_->request.known;
  if (!partial.bytes.empty() && partial.validators.url == job_->current.url) {
    asked_from_ = partial.bytes.size();
    add_header("Range: bytes=" + std::to_string(asked_from_) + "-");
    add_header("If-Range: " + (partial.validators.etag.empty() ? partial.validators.last_modified
                                                               : partial.validators.etag));
  } else if (!known.empty() && known.url == job_->current.url) {
    conditional_ = true;
    if (!known.etag.empty()) add_header("If-None-Match: " + known.etag);
    if (!known.last_modified.empty()) add_header("If-Modified-Since: " + known.last_modified);
  }
  set(CURLOPT_HTTPHEADER, headers_.get());
}

curl_socket_t Transfer::on_open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(self);
  const FetchOptions& options = transfer.options_;
  const std::optional<IpAddress> peer = IpAddress::from(address->addr);
  if (!peer) return CURL_SOCKET_BAD;
  const bool allowed =
      options.may_connect ? options.may_connect(*peer) : options.allow_private || peer->is_public();
  if (!allowed) {
    transfer.refused_ = peer;
    return CURL_SOCKET_BAD;
  }
  transfer.opened_socket_ = true;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

bool Transfer::stop_with(Verdict verdict) {
  stopped_ = std::move(verdict);
  return false;
}

std::size_t Transfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  const std::size_t length = size * count;
  return static_cast<Transfer*>(self)->take_header({data, length}) ? length : 0;
}

bool Transfer::take_header(std::string_view line) {
  head_bytes_ += line.size();
  window_bytes_ += line.size();
  if (head_bytes_ > kMaxHeadBytes) {
    return stop_with(failed(ErrorCode::kHttpError, "the server's answer has endless headers"));
  }
  head_.add_line(line);
  head_complete_ = line == "\r\n" || line == "\n";
  return true;
}

std::size_t Transfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  const std::size_t length = size * count;
  const std::span<const char> part(data, length);
  return static_cast<Transfer*>(self)->take_body(std::as_bytes(part)) ? length : 0;
}

bool Transfer::begin_body() {
  body_began_ = true;
  PartialBody& received = job_->received;
  if (head_.status == 206) {
    const bool other_version = !head_.etag.empty() && head_.etag != received.validators.etag;
    if (asked_from_ == 0 || head_.range_first != asked_from_ || head_.encoded || other_version) {
      received = {};
      Verdict verdict = retry(ErrorCode::kHttpError, "the server sent a part nobody asked for");
      verdict.at_once = asked_from_ > 0;
      return stop_with(verdict);
    }
  } else {
    received = {};
    received.validators = {job_->current.url, head_.etag, head_.last_modified};
  }
  const std::uint64_t length = head_.chunked ? 0 : head_.content_length.value_or(0);
  if (received.bytes.size() + length > options_.max_bytes) {
    return stop_with(
        failed(ErrorCode::kTooLarge,
               "the server announces " + std::to_string(received.bytes.size() + length) +
                   " bytes, more than the limit of " + std::to_string(options_.max_bytes)));
  }
  return true;
}

bool Transfer::take_body(std::span<const std::byte> part) {
  body_bytes_ += part.size();
  window_bytes_ += part.size();
  if (!is_photo_status()) return body_bytes_ <= kMaxIgnoredBytes;
  if (!body_began_ && !begin_body()) return false;
  Bytes& bytes = job_->received.bytes;
  if (bytes.size() + part.size() > options_.max_bytes) {
    return stop_with(failed(ErrorCode::kTooLarge, "the server sends more than the limit of " +
                                                      std::to_string(options_.max_bytes) +
                                                      " bytes"));
  }
  const bool was_told = bytes.size() >= kBytesToTellPicture;
  bytes.insert(bytes.end(), part.begin(), part.end());
  if (was_told) return true;
  const Status picture = check_is_picture(bytes, head_.content_type, false);
  if (picture) return true;
  return stop_with(failed(picture.error().code, picture.error().message));
}

bool Transfer::has_stalled(FetchClock::time_point now) {
  curl_off_t connected_us = 0;
  curl_.curl_easy_getinfo(handle_.get(), CURLINFO_PRETRANSFER_TIME_T, &connected_us);
  if (connected_us == 0) {  // libcurl watches over connecting
    window_start_ = now;
    return false;
  }
  if (now - window_start_ < options_.stall_timeout) return false;
  if (window_bytes_ < options_.stall_bytes) return true;
  window_start_ = now;
  window_bytes_ = 0;
  return false;
}

bool Transfer::can_resume() const {
  if (!is_photo_status() || head_.encoded || job_->received.bytes.empty()) return false;
  const Validators& validators = job_->received.validators;
  if (!validators.etag.empty()) return !validators.etag.starts_with("W/");
  if (validators.last_modified.empty()) return false;
  // A date tells versions apart only when nothing else can have been stored in the same second
  // (RFC 9110, 8.8.2.2).
  const time_t modified = curl_.curl_getdate(validators.last_modified.c_str(), nullptr);
  const time_t sent = curl_.curl_getdate(head_.date.c_str(), nullptr);
  return modified > 0 && sent > modified;
}

void Transfer::keep_beginning() {
  // Before the body began, `received` is still what an earlier attempt left.
  if (body_began_ && !can_resume()) job_->received = {};
}

Verdict Transfer::finish(std::optional<CURLcode> code) {
  Verdict verdict;
  if (stopped_) {
    verdict = *stopped_;
  } else if (!code) {
    verdict = retry(ErrorCode::kTimeout, job_->current.host + " sent fewer than " +
                                             std::to_string(options_.stall_bytes) + " bytes in " +
                                             seconds_text(options_.stall_timeout));
  } else {
    verdict = verdict_of(*code);
  }
  verdict.answered = head_.status != 0;
  if (verdict.kind == Verdict::Kind::kRetry) {
    keep_beginning();
  } else if (verdict.kind == Verdict::Kind::kFailed ||
             verdict.kind == Verdict::Kind::kNotModified) {
    job_->received = {};
  }
  return verdict;
}

Verdict Transfer::verdict_of(CURLcode code) {
  // An error page that never ends, or breaks off, says what it says all the same.
  const bool says_error = head_complete_ && head_.status >= 300;
  return code == CURLE_OK || says_error ? verdict_of_status() : failure(code);
}

Verdict Transfer::verdict_of_status() {
  const int status = head_.status;
  if (is_photo_status()) return verdict_of_photo();
  Verdict verdict;
  if (status == 304 && conditional_) {
    verdict.kind = Verdict::Kind::kNotModified;
    return verdict;
  }
  if (status == 416 && asked_from_ > 0) {
    job_->received = {};
    verdict = retry(ErrorCode::kHttpError, "the rest of the photo is not to be had");
    verdict.at_once = true;
    return verdict;
  }
  char* location = nullptr;
  curl_.curl_easy_getinfo(handle_.get(), CURLINFO_REDIRECT_URL, &location);
  const bool redirects =
      status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  if (redirects && location != nullptr) {
    verdict.kind = Verdict::Kind::kRedirect;
    verdict.location = location;
    return verdict;
  }
  const std::string message = job_->current.host + " answered " + status_text(status);
  const bool busy = status == 429 || status == 503;
  const bool transient = busy || (status >= 500 && status < 600 && status != 501 && status != 505);
  if (!transient) return failed(ErrorCode::kHttpError, message);
  verdict = retry(ErrorCode::kHttpError, message);
  verdict.slow_down = busy;
  curl_off_t seconds = 0;
  curl_.curl_easy_getinfo(handle_.get(), CURLINFO_RETRY_AFTER, &seconds);
  if (seconds > 0) verdict.retry_after = std::chrono::seconds(seconds);
  return verdict;
}

Verdict Transfer::verdict_of_photo() {
  if (!body_began_ && !begin_body()) return *stopped_;
  const Bytes& bytes = job_->received.bytes;
  if (head_.status == 206 && head_.range_total && *head_.range_total != bytes.size()) {
    return retry(ErrorCode::kTruncated, "the server promised " +
                                            std::to_string(*head_.range_total) +
                                            " bytes and sent " + std::to_string(bytes.size()));
  }
  const Status picture = check_is_picture(bytes, head_.content_type, true);
  if (!picture) return failed(picture.error().code, picture.error().message);
  Verdict verdict;
  verdict.kind = Verdict::Kind::kPhoto;
  return verdict;
}

Verdict Transfer::failure(CURLcode code) const {
  std::string detail = error_text_[0] != '\0' ? static_cast<const char*>(error_text_)
                                              : curl_.curl_easy_strerror(code);
  const std::string& host = job_->current.host;
  switch (code) {
    case CURLE_COULDNT_CONNECT:
      if (refused_ && !opened_socket_) {
        return failed(ErrorCode::kUnreadable,
                      host + " leads to " + refused_->text() +
                          ", which is not a public address: --allow-private allows such");
      }
      [[fallthrough]];
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_SSL_CONNECT_ERROR:
      if (!options_.allow_private && environment_names_proxy()) {
        detail += " (the environment's proxy is used with --allow-private only)";
      }
      return retry(ErrorCode::kHttpError, host + " cannot be reached: " + detail);
    case CURLE_OPERATION_TIMEDOUT:
      return retry(ErrorCode::kTimeout, host + " is too slow: " + detail);
    case CURLE_PARTIAL_FILE:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
      if (!body_began_)
        return retry(ErrorCode::kHttpError, host + " broke the connection: " + detail);
      return retry(ErrorCode::kTruncated, "the connection to " + host + " broke off after " +
                                              std::to_string(job_->received.bytes.size()) +
                                              " bytes: " + detail);
    default:
      return failed(ErrorCode::kHttpError, "the download from " + host + " failed: " + detail);
  }
}

}  // namespace semblance
