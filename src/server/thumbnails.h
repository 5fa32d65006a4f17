#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/lru_cache.h"
#include "base/result.h"
#include "catalogue/catalogue.h"
#include "http/message.h"
#include "live/live_collection.h"
#include "server/gate.h"

namespace semblance::server {

/// Small pictures of items, made once and kept in memory; those used last stay.
class Thumbnails {
 public:
  Thumbnails(std::size_t most_bytes, std::size_t workers)
      : pictures_(most_bytes),
        making_({workers, 512, std::chrono::seconds(10), std::chrono::seconds(5)}) {}

  struct Picture {
    std::shared_ptr<const std::string> jpeg;
    std::string etag;  ///< with its quotes
  };
  /// At most `side` pixels wide and high, never larger than the photo. Errors: those of
  /// LiveCollection::photo and decode_image, kUnavailable.
  Result<Picture> get(const LiveCollection& collection, const Item& item, int side,
                      http::Clock::time_point deadline);

 private:
  LruCache<std::string, std::shared_ptr<const std::string>> pictures_;
  Gate making_;
};

/// Names the version of an item's photo that stands on disk now, with quotes, as ETag wants it.
std::string photo_etag(const Item& item);

}  // namespace semblance::server
