#include "remote/photos_on_demand.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

namespace semblance::remote {

namespace {

constexpr std::size_t kMostFailures = 4'096;
constexpr std::size_t kMostHosts = 1'024;
/// A host that let so many photos in a row run out of time is left alone for a while.
constexpr int kGiveUpAfter = 3;

std::string host_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::size_t begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  std::string host(url.substr(begin, url.find_first_of("/?#", begin) - begin));
  std::transform(host.begin(), host.end(), host.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return host;
}

Error no_time_left() {
  return {ErrorCode::kUnavailable,
          "there was no time left to get the photo from its address; try again"};
}

/// Whether what failed may work at once, or would be different for another request.
bool is_passing(ErrorCode code) {
  return code == ErrorCode::kUnavailable || code == ErrorCode::kCancelled ||
         code == ErrorCode::kInternal;
}

}  // namespace

PhotosOnDemand::PhotosOnDemand(std::filesystem::path folder, Options options)
    : options_(std::move(options)),
      kept_(std::move(folder), options_.most_kept_bytes),
      failures_(kMostFailures),
      slow_hosts_(kMostHosts) {}

Result<Bytes> PhotosOnDemand::get(const std::string& url, const Sha256& content_hash,
                                  Clock::time_point deadline) {
  if (std::optional<Bytes> kept = kept_.read(content_hash)) return *std::move(kept);
  const std::string key = to_hex(content_hash) + " " + url;
  const Clock::time_point full = Clock::now() + options_.patience;
  const Clock::time_point until = std::min(deadline, full);
  std::unique_lock lock(mutex_);
  while (true) {
    if (std::optional<Error> failure = known_failure(url, key)) return *std::move(failure);
    const auto under_way = flights_.find(key);
    if (under_way == flights_.end()) break;
    const std::shared_ptr<Flight> flight = under_way->second;
    SEMBLANCE_RETURN_IF_ERROR(wait(lock, until, [&] { return flight->landed; }));
    if (flight->bytes) return *flight->bytes;
    if (flight->error) return *flight->error;
  }
  const auto flight = std::make_shared<Flight>();
  flights_.emplace(key, flight);
  lock.unlock();
  Result<Bytes> bytes = lead(url, content_hash, key, until, until == full);
  lock.lock();
  flights_.erase(key);
  flight->landed = true;
  if (bytes) {
    flight->bytes = std::make_shared<const Bytes>(*bytes);
  } else if (!is_passing(bytes.error().code)) {
    flight->error = bytes.error();
  }
  changed_.notify_all();
  return bytes;
}

Status PhotosOnDemand::wait(std::unique_lock<std::mutex>& lock, Clock::time_point until,
                            const std::function<bool()>& done) {
  if (done()) return {};
  if (waiting_ == options_.most_waiting) {
    return Error{ErrorCode::kUnavailable,
                 "too many photos are being fetched from their addresses just now; try again"};
  }
  ++waiting_;
  const bool in_time = changed_.wait_until(lock, until, done);
  --waiting_;
  return in_time ? Status() : Status(no_time_left());
}

Result<Bytes> PhotosOnDemand::lead(const std::string& url, const Sha256& content_hash,
                                   const std::string& key, Clock::time_point until,
                                   bool has_full_patience) {
  std::unique_lock lock(mutex_);
  SEMBLANCE_RETURN_IF_ERROR(wait(lock, until, [&] { return downloading_ < options_.downloads; }));
  ++downloading_;
  lock.unlock();
  Result<Bytes> bytes = download(url, content_hash, until);
  // In the folder before the next request looks there.
  if (bytes) kept_.store(content_hash, *bytes);
  lock.lock();
  --downloading_;
  changed_.notify_all();
  if (bytes) {
    slow_hosts_.put(host_of(url), {});
  } else if (bytes.error().code == ErrorCode::kTimeout && !has_full_patience) {
    return no_time_left();
  } else if (!is_passing(bytes.error().code)) {
    remember(url, key, bytes.error());
  }
  return bytes;
}

Result<Bytes> PhotosOnDemand::download(const std::string& url, const Sha256& content_hash,
                                       Clock::time_point until) const {
  FetchOptions options = options_.fetch;
  options.retries = 0;  // whoever wants to see it asks again
  options.deadline = until;
  const Result<Downloader> downloader = Downloader::create(options);
  if (!downloader) return downloader.error();
  FetchRequest request;
  request.url = url;
  FetchOutcome outcome = downloader->fetch(std::move(request));
  if (outcome.error) return *std::move(outcome.error);
  if (sha256(outcome.bytes) == content_hash) return std::move(outcome.bytes);
  return Error{ErrorCode::kMissingFile,
               "another photo is at its address by now; 'semblance sync' brings the collection up "
               "to date"};
}

void PhotosOnDemand::remember(const std::string& url, const std::string& key, const Error& error) {
  const Clock::time_point until = Clock::now() + options_.no_retry_for;
  failures_.put(key, {error, until});
  SlowHost host = slow_hosts_.get(host_of(url)).value_or(SlowHost());
  host.timeouts = error.code == ErrorCode::kTimeout ? host.timeouts + 1 : 0;
  if (host.timeouts >= kGiveUpAfter) host.until = until;
  slow_hosts_.put(host_of(url), host);
}

std::optional<Error> PhotosOnDemand::known_failure(const std::string& url, const std::string& key) {
  const Clock::time_point now = Clock::now();
  const std::optional<Failure> failure = failures_.get(key);
  if (failure && now < failure->until) return failure->error;
  const std::optional<SlowHost> host = slow_hosts_.get(host_of(url));
  if (!host || now >= host->until) return std::nullopt;
  return Error{ErrorCode::kTimeout,
               host_of(url) + " has been too slow lately, and is left alone for a while"};
}

}  // namespace semblance::remote
