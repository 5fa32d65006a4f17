#include "live/embedding_cache.h"

#include <cstring>

namespace semblance {

namespace {

std::string key_of(std::uint64_t network, const Sha256& content, const Box& box) {
  std::string key(reinterpret_cast<const char*>(content.data()), content.size());
  const auto add = [&key](const auto& number) {
    char bytes[sizeof number];
    std::memcpy(bytes, &number, sizeof number);
    key.append(bytes, sizeof number);
  };
  add(network);
  for (const double number : {box.x, box.y, box.width, box.height}) add(number);
  return key;
}

}  // namespace

Result<EmbeddingCache::Value> EmbeddingCache::get(std::uint64_t network, const Sha256& content,
                                                  const Box& box,
                                                  const std::function<Result<Value>()>& compute) {
  const std::string key = key_of(network, content, box);
  std::shared_ptr<UnderWay> under_way;
  {
    std::unique_lock lock(mutex_);
    if (auto known = known_.get(key)) return *std::move(known);
    const auto [entry, fresh] = under_way_.try_emplace(key);
    if (!fresh) {
      under_way = entry->second;
      done_.wait(lock, [&] { return under_way->result.has_value(); });
      return *under_way->result;
    }
    under_way = entry->second = std::make_shared<UnderWay>();
  }
  Result<Value> result = compute();
  {
    const std::scoped_lock lock(mutex_);
    if (result) known_.put(key, *result);
    under_way->result = result;
    under_way_.erase(key);
  }
  done_.notify_all();
  return result;
}

}  // namespace semblance
