#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/file.h"
#include "base/lru_cache.h"
#include "base/result.h"
#include "base/sha256.h"
#include "fetch/downloader.h"
#include "remote/kept_photos.h"

namespace semblance::remote {

/// Photos of addresses for servers that did not sync them: fetched from their address when somebody
/// wants to see one, by the rules of a sync, and only the bytes that were indexed, so that nothing
/// else is ever shown in their name. What was fetched is kept; a photo that several requests want
/// at the same time is fetched once; one that could not be had is not asked for again for a while,
/// and neither is a host that is too slow. Safe to use from any number of threads.
class PhotosOnDemand {
 public:
  using Clock = std::chrono::steady_clock;
  struct Options {
    FetchOptions fetch;
    std::uint64_t most_kept_bytes = std::uint64_t{1} << 30;
    int downloads = 6;                           ///< at once
    int most_waiting = 32;                       ///< for these; further ones are refused at once
    std::chrono::milliseconds patience{10'000};  ///< with one photo, all of it
    std::chrono::milliseconds no_retry_for{60'000};
  };

  /// `folder` is made when there is something to keep.
  PhotosOnDemand(std::filesystem::path folder, Options options);

  /// The photo at `url` whose bytes have that hash. Returns before `deadline`, whatever the other
  /// side does. Errors: kMissingFile (another photo is there by now), kUnavailable (no time was
  /// left: it may work when asked again), and of Downloader::fetch those that concern the photo.
  Result<Bytes> get(const std::string& url, const Sha256& content_hash, Clock::time_point deadline);

 private:
  struct Flight {
    bool landed = false;
    std::shared_ptr<const Bytes> bytes;  ///< null: it failed
    std::optional<Error> error;          ///< of everybody who waits; nothing: only its leader's
  };
  struct Failure {
    Error error;
    Clock::time_point until;
  };
  struct SlowHost {
    int timeouts = 0;  ///< in a row
    Clock::time_point until;
  };

  /// Until `done`, at most `until`. Errors: kUnavailable.
  Status wait(std::unique_lock<std::mutex>& lock, Clock::time_point until,
              const std::function<bool()>& done);
  Result<Bytes> lead(const std::string& url, const Sha256& content_hash, const std::string& key,
                     Clock::time_point until, bool has_full_patience);
  Result<Bytes> download(const std::string& url, const Sha256& content_hash,
                         Clock::time_point until) const;
  void remember(const std::string& url, const std::string& key, const Error& error);
  std::optional<Error> known_failure(const std::string& url, const std::string& key);

  const Options options_;
  KeptPhotos kept_;
  std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  int downloading_ = 0;
  int waiting_ = 0;
  std::map<std::string, std::shared_ptr<Flight>> flights_;
  LruCache<std::string, Failure> failures_;
  LruCache<std::string, SlowHost> slow_hosts_;
};

}  // namespace semblance::remote
