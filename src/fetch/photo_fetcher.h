#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "base/file.h"
#include "base/result.h"
#include "fetch/downloader.h"
#include "fetch/photo_cache.h"

namespace semblance {

struct PhotoRequest {
  std::uint64_t tag = 0;  ///< comes back
  std::string url;
};

/// How the request for a photo ended.
struct FetchedPhoto {
  std::uint64_t tag = 0;
  /// In the cache. With an error: the version of an earlier run, or empty where there is none.
  std::filesystem::path file;
  Bytes bytes;                 ///< where it was downloaded now: what the file holds
  Sha256 content_hash{};       ///< of what the file holds
  bool not_modified = false;   ///< the file of an earlier run is still right: read it if need be
  std::optional<Error> error;  ///< as in FetchOutcome
};

/// A downloader with a cache: what did not change is not downloaded again, what broke off is gone
/// on with, an address that several requests name at the same time is asked for once.
class PhotoFetcher {
 public:
  using Next = std::function<std::optional<PhotoRequest>()>;
  /// An error breaks everything off and is returned by run().
  using Done = std::function<Status(FetchedPhoto)>;

  /// Both are borrowed.
  PhotoFetcher(const Downloader& downloader, const PhotoCache& cache)
      : downloader_(downloader), cache_(cache) {}

  /// As Downloader::run: both callbacks come from the caller's thread, each request gets one
  /// answer, in no particular order, and a stop is heeded within a tenth of a second. A photo is in
  /// the cache before `done` hears of it. Errors: those of `done`; kIo (the cache cannot be
  /// written); kInternal.
  Status run(const Next& next, const Done& done, const std::atomic<bool>* stop) const;

 private:
  const Downloader& downloader_;
  const PhotoCache& cache_;
};

}  // namespace semblance
