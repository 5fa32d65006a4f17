#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/lru_cache.h"
#include "base/result.h"
#include "base/sha256.h"
#include "engine/photo_describer.h"
#include "image/box.h"

namespace semblance {

/// Descriptors of the photos that were described last, by content and box. Who asks for what is
/// being computed for somebody else waits for that. Safe to use from several threads.
class EmbeddingCache {
 public:
  using Value = std::shared_ptr<const PhotoDescriptors>;
  explicit EmbeddingCache(std::size_t entries) : known_(entries) {}

  /// What is known, or what `compute` gives. Errors are those of `compute`; they are not kept.
  Result<Value> get(std::uint64_t network, const Sha256& content, const Box& box,
                    const std::function<Result<Value>()>& compute);

 private:
  struct UnderWay {
    std::optional<Result<Value>> result;
  };

  LruCache<std::string, Value> known_;
  std::mutex mutex_;
  std::condition_variable done_;
  std::unordered_map<std::string, std::shared_ptr<UnderWay>> under_way_;
};

}  // namespace semblance
