#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/lru_cache.h"

namespace semblance::server {

/// Photos that were searched with, kept for a while so that a client can page, crop and filter
/// without sending them again. Their ids are made of their content: the same photo has the same id
/// in every process, and nobody can guess the id of a photo that they do not have.
class QueryStore {
 public:
  /// The photos that were used last stay, up to `most_bytes` together.
  explicit QueryStore(std::size_t most_bytes) : photos_(most_bytes) {}

  std::string put(const std::shared_ptr<const Bytes>& photo);
  /// Null where there is none (any more).
  std::shared_ptr<const Bytes> get(std::string_view query_id);

 private:
  LruCache<std::string, std::shared_ptr<const Bytes>> photos_;
};

}  // namespace semblance::server
