#include "fetch/http_client.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <type_traits>
#include <utility>

#include "base/file.h"
#include "fetch/curl_library.h"
#include "fetch/downloader.h"
#include "fetch/response.h"

namespace semblance {

namespace {

constexpr std::uint64_t kMaxCaFileBytes = 4 << 20;
constexpr std::size_t kMaxHeadBytes = 64 << 10;

using Handle = std::unique_ptr<CURL, void (*)(CURL*)>;

/// One request and its answer, on a handle that others used before and will use after it.
class Exchange {
 public:
  Exchange(const CurlLibrary& curl, CURL* handle, const HttpClientOptions& options,
           const std::string& user_agent, const HttpCall& call)
      : curl_(curl), handle_(handle), call_(call), headers_(nullptr, curl.curl_slist_free_all) {
    curl_.curl_easy_reset(handle_);  // keeps the connections
    set_up(options, user_agent);
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  /// The handle forgets what it borrowed.
  ~Exchange() { curl_.curl_easy_reset(handle_); }

  Result<HttpAnswer> run() {
    const CURLcode code = curl_.curl_easy_perform(handle_);
    if (code != CURLE_OK) return failed(code);
    HttpAnswer answer;
    answer.status = head_.status;
    answer.content_type = head_.content_type;
    curl_off_t seconds = 0;
    curl_.curl_easy_getinfo(handle_, CURLINFO_RETRY_AFTER, &seconds);
    if (seconds > 0) answer.retry_after = std::chrono::seconds(seconds);
    answer.body = std::move(body_);
    return answer;
  }

 private:
  template <typename T>
  void set(CURLoption option, T value) {
    // The function is variadic: an int where it reads a long would be half garbage.
    static_assert(std::is_pointer_v<T> || std::is_same_v<T, long> || std::is_same_v<T, curl_off_t>);
    curl_.curl_easy_setopt(handle_, option, value);
  }

  void set_up(const HttpClientOptions& options, const std::string& user_agent) {
    set(CURLOPT_URL, call_.url.c_str());
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_FOLLOWLOCATION, 0L);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    // Its successor came with 7.85; the program may meet an older library.
    set(CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#pragma GCC diagnostic pop
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_USERAGENT, user_agent.c_str());
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    set(CURLOPT_PROXY, "");
    if (call_.fresh_connection) set(CURLOPT_FRESH_CONNECT, 1L);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
    set(CURLOPT_TIMEOUT_MS, std::max(1L, static_cast<long>(call_.timeout.count())));
    if (!options.ca_file.empty()) set(CURLOPT_CAINFO, options.ca_file.c_str());
    set(CURLOPT_ERRORBUFFER, error_text_.data());
    set(CURLOPT_HEADERFUNCTION, &Exchange::on_header);
    set(CURLOPT_HEADERDATA, static_cast<void*>(this));
    set(CURLOPT_WRITEFUNCTION, &Exchange::on_body);
    set(CURLOPT_WRITEDATA, static_cast<void*>(this));
    set(CURLOPT_XFERINFOFUNCTION, &Exchange::on_progress);
    set(CURLOPT_XFERINFODATA, static_cast<void*>(this));
    set(CURLOPT_NOPROGRESS, 0L);
    set_method();
    // libcurl would wait a second for the leave to send a long body.
    add_header("Expect:");
    for (const std::string& header : call_.headers) add_header(header);
    set(CURLOPT_HTTPHEADER, headers_.get());
  }

  void set_method() {
    if (call_.method == "HEAD") {
      set(CURLOPT_NOBODY, 1L);
      return;
    }
    if (!call_.body.empty() || call_.method == "POST" || call_.method == "PUT") {
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call_.body.size()));
      set(CURLOPT_POSTFIELDS, call_.body.empty() ? "" : call_.body.data());
    }
    set(CURLOPT_CUSTOMREQUEST, call_.method.c_str());
  }

  void add_header(const std::string& line) {
    curl_slist* longer = curl_.curl_slist_append(headers_.get(), line.c_str());
    if (longer == nullptr) return;
    (void)headers_.release();
    headers_.reset(longer);
  }

  [[nodiscard]] bool is_cancelled() const {
    return call_.cancelled != nullptr && call_.cancelled->load(std::memory_order_relaxed);
  }

  Error failed(CURLcode code) {
    if (is_cancelled()) return {ErrorCode::kCancelled, "the request was given up"};
    if (too_large_) {
      return {ErrorCode::kTooLarge,
              "the answer has more than " + std::to_string(call_.max_answer_bytes) + " bytes"};
    }
    const std::string text =
        error_text_[0] != '\0' ? error_text_.data() : curl_.curl_easy_strerror(code);
    switch (code) {
      case CURLE_UNSUPPORTED_PROTOCOL:
      case CURLE_URL_MALFORMAT:
        return {ErrorCode::kInvalidArgument, "not an http or https address"};
      case CURLE_PEER_FAILED_VERIFICATION:
      case CURLE_SSL_CACERT_BADFILE:
      case CURLE_SSL_ISSUER_ERROR:
        return {ErrorCode::kInvalidArgument, "the certificate is not trusted: " + text};
      case CURLE_COULDNT_RESOLVE_HOST:
      case CURLE_COULDNT_RESOLVE_PROXY:
      case CURLE_COULDNT_CONNECT:
      case CURLE_SSL_CONNECT_ERROR:
        return {ErrorCode::kUnavailable, "no connection: " + text};
      default:
        break;
    }
    if (!was_connected()) return {ErrorCode::kUnavailable, "no connection: " + text};
    if (code == CURLE_OPERATION_TIMEDOUT) return {ErrorCode::kTimeout, "no answer in time"};
    return {ErrorCode::kHttpError, "the connection broke: " + text};
  }

  /// Whether the request itself can have been sent.
  [[nodiscard]] bool was_connected() const {
    curl_off_t ready_us = 0;
    curl_.curl_easy_getinfo(handle_, CURLINFO_PRETRANSFER_TIME_T, &ready_us);
    return ready_us > 0;
  }

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self) {
    auto& exchange = *static_cast<Exchange*>(self);
    exchange.head_bytes_ += size * count;
    if (exchange.head_bytes_ > kMaxHeadBytes) return 0;
    exchange.head_.add_line({data, size * count});
    return size * count;
  }

  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self) {
    auto& exchange = *static_cast<Exchange*>(self);
    const std::size_t length = size * count;
    exchange.too_large_ = exchange.body_.size() + length > exchange.call_.max_answer_bytes;
    if (exchange.too_large_) return 0;
    exchange.body_.append(data, length);
    return length;
  }

  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Exchange*>(self)->is_cancelled() ? 1 : 0;
  }

  const CurlLibrary& curl_;
  CURL* handle_;
  const HttpCall& call_;
  std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers_;
  std::array<char, CURL_ERROR_SIZE> error_text_{};
  ResponseHead head_;
  std::size_t head_bytes_ = 0;
  std::string body_;
  bool too_large_ = false;
};

}  // namespace

/// Handles that nobody uses, each with the connections it has open.
class HttpClient::Pool {
 public:
  Pool(const CurlLibrary& curl, HttpClientOptions options)
      : curl_(curl), options_(std::move(options)) {}

  Result<HttpAnswer> send(const HttpCall& call) {
    Handle handle = take();
    if (!handle) return Error{ErrorCode::kInternal, "libcurl gives no handle"};
    Result<HttpAnswer> answer = Exchange(curl_, handle.get(), options_, user_agent_, call).run();
    give_back(std::move(handle));
    return answer;
  }

 private:
  Handle take() {
    {
      const std::scoped_lock lock(mutex_);
      if (!idle_.empty()) {
        Handle handle = std::move(idle_.back());
        idle_.pop_back();
        return handle;
      }
    }
    return {curl_.curl_easy_init(), curl_.curl_easy_cleanup};
  }

  void give_back(Handle handle) {
    const std::scoped_lock lock(mutex_);
    if (idle_.size() < options_.most_idle) idle_.push_back(std::move(handle));
  }

  const CurlLibrary& curl_;
  const HttpClientOptions options_;
  const std::string user_agent_ = make_user_agent();
  std::mutex mutex_;
  std::vector<Handle> idle_;  // used last at the end: its connection is the freshest
};

HttpClient::HttpClient(std::unique_ptr<Pool> pool) : pool_(std::move(pool)) {}

HttpClient::~HttpClient() = default;

Result<std::unique_ptr<HttpClient>> HttpClient::create(HttpClientOptions options) {
  if (!options.ca_file.empty()) {
    const Result<Bytes> certificates = read_file(options.ca_file, kMaxCaFileBytes);
    if (!certificates) return certificates.error();
  }
  const Result<const CurlLibrary*> curl = CurlLibrary::load();
  if (!curl) return curl.error();
  return std::unique_ptr<HttpClient>(
      new HttpClient(std::make_unique<Pool>(**curl, std::move(options))));
}

Result<HttpAnswer> HttpClient::send(const HttpCall& call) const {
  return pool_->send(call);
}

}  // namespace semblance
