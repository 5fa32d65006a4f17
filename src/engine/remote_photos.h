#pragma once

#include <atomic>

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

 private:
  const PhotoCache& cache_;
  FetchOptions options_;
};

}  // namespace semblance
