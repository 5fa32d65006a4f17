#include "fetch/file_download.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>

#include "base/file.h"
#include "fetch/curl_library.h"
#include "fetch/response.h"

namespace semblance {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFileScheme = "file://";
constexpr long kMaxRedirects = 8;
constexpr long kStallBytesPerSecond = 100;
constexpr std::chrono::milliseconds kStopIsNoticed{50};

std::string megabytes(std::uint64_t bytes) {
  const std::uint64_t tenths = (bytes + 50'000) / 100'000;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " MB";
}

Error cancelled() {
  return {ErrorCode::kCancelled, "the download was stopped; what has come is kept"};
}

/// The file that grows while it is downloaded. Its length is how much has come.
class PartialFile {
 public:
  static Result<PartialFile> open(const fs::path& path, std::uint64_t wanted_bytes) {
    PartialFile file(path, wanted_bytes);
    SEMBLANCE_RETURN_IF_ERROR(file.open_and_lock());
    SEMBLANCE_RETURN_IF_ERROR(file.check_space());
    return file;
  }

  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t wanted_bytes() const { return wanted_bytes_; }
  [[nodiscard]] bool is_complete() const { return bytes_ == wanted_bytes_; }

  Status append(std::span<const std::byte> part) {
    // The offset of the descriptor is where the file ends.
    while (!part.empty()) {
      const ssize_t written = ::write(file_.get(), part.data(), part.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return write_failed(errno);
      bytes_ += static_cast<std::uint64_t>(written);
      part = part.subspan(static_cast<std::size_t>(written));
    }
    return {};
  }

  Status clear() {
    if (::ftruncate(file_.get(), 0) != 0 || ::lseek(file_.get(), 0, SEEK_SET) != 0) {
      return write_failed(errno);
    }
    bytes_ = 0;
    return {};
  }

  Status sync() {
    if (::fsync(file_.get()) != 0) return write_failed(errno);
    return {};
  }

 private:
  PartialFile(fs::path path, std::uint64_t wanted_bytes)
      : path_(std::move(path)), wanted_bytes_(wanted_bytes) {}

  Status open_and_lock() {
    file_ = FileDescriptor(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!file_.is_open()) {
      return Error{ErrorCode::kIo, system_message("cannot create", path_, errno)};
    }
    if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
      return Error{ErrorCode::kConflict, "another process is downloading '" + path_.string() + "'"};
    }
    const off_t end = ::lseek(file_.get(), 0, SEEK_END);
    if (end < 0) return Error{ErrorCode::kIo, system_message("cannot read", path_, errno)};
    bytes_ = static_cast<std::uint64_t>(end);
    return bytes_ > wanted_bytes_ ? clear() : Status();
  }

  /// Better said before half an hour of downloading than after.
  Status check_space() {
    struct statvfs info {};
    if (::fstatvfs(file_.get(), &info) != 0) return {};
    const std::uint64_t free_bytes = std::uint64_t{info.f_bavail} * info.f_frsize;
    if (free_bytes >= wanted_bytes_ - bytes_) return {};
    return Error{ErrorCode::kIo, "'" + path_.parent_path().string() + "' has only " +
                                     megabytes(free_bytes) + " free, and " +
                                     megabytes(wanted_bytes_ - bytes_) + " are to come"};
  }

  [[nodiscard]] Error write_failed(int error_number) const {
    return {ErrorCode::kIo, system_message("cannot write", path_, error_number) + " (after " +
                                megabytes(bytes_) + " of " + megabytes(wanted_bytes_) +
                                "; what has come is kept)"};
  }

  fs::path path_;
  std::uint64_t wanted_bytes_;
  std::uint64_t bytes_ = 0;
  FileDescriptor file_;
};

Error other_length(const std::string& address, std::uint64_t has, std::uint64_t wanted) {
  return {ErrorCode::kCorrupt, "'" + address + "' has " + std::to_string(has) + " bytes and not " +
                                   std::to_string(wanted) + ", so it is another file"};
}

/// A file:// address, in pieces.
Status copy_file(const std::string& address, PartialFile& partial, const FileProgress& progress,
                 const std::atomic<bool>* stop) {
  const fs::path path(address.substr(kFileScheme.size()));
  const FileDescriptor source(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info {};
  if (!source.is_open() || ::fstat(source.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return Error{ErrorCode::kMissingFile, source.is_open()
                                              ? "'" + address + "' is no file"
                                              : system_message("cannot open", path, errno)};
  }
  if (static_cast<std::uint64_t>(info.st_size) != partial.wanted_bytes()) {
    return other_length(address, static_cast<std::uint64_t>(info.st_size), partial.wanted_bytes());
  }
  Bytes buffer(std::size_t{1} << 20);
  while (!partial.is_complete()) {
    if (stop != nullptr && stop->load()) return cancelled();
    const ssize_t count =
        ::pread(source.get(), buffer.data(), buffer.size(), static_cast<off_t>(partial.bytes()));
    if (count <= 0) {
      return Error{ErrorCode::kTruncated, system_message("cannot read", path, errno)};
    }
    SEMBLANCE_RETURN_IF_ERROR(
        partial.append(std::span(buffer).first(static_cast<std::size_t>(count))));
    if (progress) progress(partial.bytes(), partial.wanted_bytes());
  }
  return partial.sync();
}

/// How one exchange ended.
struct Attempt {
  std::optional<Error> error;
  bool may_retry = false;
  bool at_once = false;
  std::chrono::seconds retry_after{0};
};

/// One HTTP exchange that appends to the file.
class Exchange {
 public:
  Exchange(const CurlLibrary& curl, const std::string& address, const FileDownloadOptions& options,
           PartialFile& file, const FileProgress& progress, const std::atomic<bool>* stop)
      : curl_(curl),
        address_(address),
        file_(file),
        progress_(progress),
        stop_(stop),
        asked_from_(file.bytes()),
        handle_(curl.curl_easy_init(), curl.curl_easy_cleanup) {
    if (handle_) set_up(options);
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange() = default;

  Attempt run() {
    if (!handle_) return {Error{ErrorCode::kInternal, "libcurl gives no handle"}, false, false, {}};
    const CURLcode code = curl_.curl_easy_perform(handle_.get());
    if (is_stopped()) return {cancelled(), false, false, {}};
    if (stopped_) return *stopped_;
    if (head_.status >= 300) return status_failed();
    if (code != CURLE_OK) return connection_failed(code);
    if (file_.is_complete()) return {};
    return {Error{ErrorCode::kTruncated, "'" + address_ + "' ended after " +
                                             std::to_string(file_.bytes()) + " of " +
                                             std::to_string(file_.wanted_bytes()) + " bytes"},
            true,
            false,
            {}};
  }

 private:
  template <typename T>
  void set(CURLoption option, T value) {
    // The function is variadic: an int where it reads a long would be half garbage.
    static_assert(std::is_pointer_v<T> || std::is_same_v<T, long>);
    curl_.curl_easy_setopt(handle_.get(), option, value);
  }

  void set_up(const FileDownloadOptions& options) {
    set(CURLOPT_URL, address_.c_str());
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_FOLLOWLOCATION, 1L);
    set(CURLOPT_MAXREDIRS, kMaxRedirects);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    // Their successors came with 7.85; the program may meet an older library.
    set(CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
    set(CURLOPT_REDIR_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#pragma GCC diagnostic pop
    set(CURLOPT_USERAGENT, options.user_agent.c_str());
    set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(options.connect_timeout.count()));
    set(CURLOPT_LOW_SPEED_LIMIT, kStallBytesPerSecond);
    set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.stall_timeout.count()));
    set(CURLOPT_ERRORBUFFER, error_text_.data());
    set(CURLOPT_HEADERFUNCTION, &Exchange::on_header);
    set(CURLOPT_HEADERDATA, static_cast<void*>(this));
    set(CURLOPT_WRITEFUNCTION, &Exchange::on_body);
    set(CURLOPT_WRITEDATA, static_cast<void*>(this));
    set(CURLOPT_XFERINFOFUNCTION, &Exchange::on_progress);
    set(CURLOPT_XFERINFODATA, static_cast<void*>(this));
    set(CURLOPT_NOPROGRESS, 0L);
    if (asked_from_ > 0) {
      range_ = std::to_string(asked_from_) + "-";
      set(CURLOPT_RANGE, range_.c_str());
    }
  }

  [[nodiscard]] bool is_stopped() const {
    return stop_ != nullptr && stop_->load();
  }

  bool stop_with(Error error, bool may_retry, bool at_once = false) {
    stopped_ = Attempt{std::move(error), may_retry, at_once, {}};
    return false;
  }

  /// The first bytes of the file's body: does it belong behind what is there?
  bool begin_body() {
    began_ = true;
    if (head_.status == 206 && head_.range_first == asked_from_) {
      const std::uint64_t total = head_.range_total.value_or(file_.wanted_bytes());
      return total == file_.wanted_bytes() ||
             stop_with(other_length(address_, total, file_.wanted_bytes()), false);
    }
    if (const Status cleared = file_.clear(); !cleared) return stop_with(cleared.error(), false);
    if (head_.status == 206) {
      return stop_with({ErrorCode::kHttpError, "'" + address_ + "' sent a part nobody asked for"},
                       true, asked_from_ > 0);
    }
    const std::uint64_t length = head_.content_length.value_or(file_.wanted_bytes());
    return length == file_.wanted_bytes() ||
           stop_with(other_length(address_, length, file_.wanted_bytes()), false);
  }

  bool take_body(std::span<const std::byte> part) {
    if (head_.status != 200 && head_.status != 206) return true;  // an error page
    if (!began_ && !begin_body()) return false;
    if (file_.bytes() + part.size() > file_.wanted_bytes()) {
      const Status cleared = file_.clear();
      return stop_with({ErrorCode::kCorrupt, "'" + address_ + "' has more than " +
                                                 std::to_string(file_.wanted_bytes()) +
                                                 " bytes, so it is another file"},
                       false) &&
             cleared.ok();
    }
    if (const Status written = file_.append(part); !written) {
      return stop_with(written.error(), false);
    }
    if (progress_) progress_(file_.bytes(), file_.wanted_bytes());
    return true;
  }

  Attempt status_failed() {
    const int status = head_.status;
    Attempt attempt;
    attempt.error =
        Error{ErrorCode::kHttpError, "'" + address_ + "' answered " + status_text(status)};
    if (status == 416 && asked_from_ > 0) {
      const Status cleared = file_.clear();
      attempt.may_retry = attempt.at_once = cleared.ok();
      return attempt;
    }
    attempt.may_retry = status == 408 || status == 429 || (status >= 500 && status != 501);
    curl_off_t seconds = 0;
    curl_.curl_easy_getinfo(handle_.get(), CURLINFO_RETRY_AFTER, &seconds);
    attempt.retry_after = std::chrono::seconds(std::clamp<curl_off_t>(seconds, 0, 120));
    return attempt;
  }

  Attempt connection_failed(CURLcode code) {
    const char* text = error_text_[0] != '\0' ? error_text_.data() : curl_.curl_easy_strerror(code);
    const bool began = began_ || file_.bytes() > asked_from_;
    const ErrorCode kind = code == CURLE_OPERATION_TIMEDOUT ? ErrorCode::kTimeout
                           : began                          ? ErrorCode::kTruncated
                                                            : ErrorCode::kHttpError;
    const bool hopeless = code == CURLE_TOO_MANY_REDIRECTS || code == CURLE_URL_MALFORMAT ||
                          code == CURLE_UNSUPPORTED_PROTOCOL ||
                          code == CURLE_PEER_FAILED_VERIFICATION;
    return {Error{kind, "'" + address_ + "' cannot be downloaded: " + text}, !hopeless, false, {}};
  }

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self) {
    static_cast<Exchange*>(self)->head_.add_line({data, size * count});
    return size * count;
  }

  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self) {
    const std::size_t length = size * count;
    const std::span<const char> part(data, length);
    return static_cast<Exchange*>(self)->take_body(std::as_bytes(part)) ? length : 0;
  }

  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Exchange*>(self)->is_stopped() ? 1 : 0;
  }

  const CurlLibrary& curl_;
  const std::string& address_;
  PartialFile& file_;
  const FileProgress& progress_;
  const std::atomic<bool>* stop_;
  const std::uint64_t asked_from_;
  std::string range_;
  std::array<char, CURL_ERROR_SIZE> error_text_{};
  ResponseHead head_;
  bool began_ = false;
  std::optional<Attempt> stopped_;
  // The last member: libcurl must be done with the others when they go.
  std::unique_ptr<CURL, void (*)(CURL*)> handle_;
};

/// False when it was stopped.
bool wait(std::chrono::milliseconds time, const std::atomic<bool>* stop) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
    if (stop != nullptr && stop->load()) return false;
    std::this_thread::sleep_for(std::min(kStopIsNoticed, time));
  }
  return true;
}

Status fetch_over_http(const CurlLibrary& curl, const std::string& address, PartialFile& partial,
                       const FileDownloadOptions& options, const FileProgress& progress,
                       const std::atomic<bool>* stop) {
  std::chrono::milliseconds pause = options.backoff;
  int failures = 0;
  while (true) {
    const std::uint64_t before = partial.bytes();
    const Attempt attempt = Exchange(curl, address, options, partial, progress, stop).run();
    if (!attempt.error) return partial.sync();
    // A connection that breaks again and again but brings something each time gets there.
    if (partial.bytes() > before) {
      failures = 0;
      pause = options.backoff;
    }
    if (!attempt.may_retry || failures >= options.retries) return *attempt.error;
    ++failures;
    if (attempt.at_once) continue;
    if (!wait(std::max<std::chrono::milliseconds>(pause, attempt.retry_after), stop)) {
      return cancelled();
    }
    pause = std::min(pause * 2, options.max_backoff);
  }
}

}  // namespace

Status download_file(const std::string& address, const fs::path& partial, std::uint64_t bytes,
                     const FileDownloadOptions& options, const FileProgress& progress,
                     const std::atomic<bool>* stop) {
  const bool is_file = address.starts_with(kFileScheme);
  if (!is_file && !address.starts_with("http://") && !address.starts_with("https://")) {
    return Error{ErrorCode::kInvalidArgument,
                 "'" + address + "' is no address (http://, https:// or file://)"};
  }
  auto file = PartialFile::open(partial, bytes);
  if (!file) return file.error();
  if (file->is_complete()) return {};
  if (is_file) return copy_file(address, *file, progress, stop);
  const auto curl = CurlLibrary::load();
  if (!curl) return curl.error();
  return fetch_over_http(**curl, address, *file, options, progress, stop);
}

}  // namespace semblance
