#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "fetch/photo_cache.h"
#include "fetch/photo_fetcher.h"

namespace semblance {

/// Photos with an address, as a sync reads them: through the collection's cache. libcurl is loaded
/// when the first one is asked for.
class RemotePhotos {
 public:
  /// `cache` is borrowed.
  RemotePhotos(const PhotoCache& cache, FetchOptions options)
      : cache_(cache), options_(std::move(options)) {}

  /// As PhotoFetcher::run. Errors: also kUnavailable without libcurl.
  Status fetch(const PhotoFetcher::Next& next, const PhotoFetcher::Done& done,
               const std::atomic<bool>* stop) const {
    const Result<Downloader> downloader = Downloader::create(options_);
    if (!downloader) return downloader.error();
    return PhotoFetcher(*downloader, cache_).run(next, done, stop);
  }

  /// The photo that an earlier run downloaded. Where it is damaged it is forgotten, so that the
  /// next sync downloads it again. Errors: kMissingFile, those of PhotoCache::read.
  [[nodiscard]] Result<Bytes> read_cached(const std::string& url) const {
    const std::optional<CachedPhoto> photo = cache_.find(url);
    if (!photo) return Error{ErrorCode::kMissingFile, "the downloaded photo is gone"};
    Result<Bytes> bytes = PhotoCache::read(*photo);
    if (!bytes) SEMBLANCE_RETURN_IF_ERROR(cache_.remove(url));
    return bytes;
  }

 private:
  const PhotoCache& cache_;
  FetchOptions options_;
};

}  // namespace semblance
