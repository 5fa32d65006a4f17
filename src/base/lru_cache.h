#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

namespace semblance {

/// The entries that were used last, up to a total weight (a count, or bytes). Any number of
/// threads; values are copied out, so let them be small (shared pointers, say).
template <typename Key, typename Value, typename Hash = std::hash<Key>>
class LruCache {
 public:
  explicit LruCache(std::size_t most_weight) : most_weight_(most_weight) {}

  std::optional<Value> get(const Key& key) {
    const std::scoped_lock lock(mutex_);
    const auto known = places_.find(key);
    if (known == places_.end()) return std::nullopt;
    entries_.splice(entries_.begin(), entries_, known->second);
    return known->second->value;
  }

  /// Takes the place of what had that key. What is heavier than the whole cache is not kept.
  void put(const Key& key, Value value, std::size_t weight = 1) {
    const std::scoped_lock lock(mutex_);
    if (const auto known = places_.find(key); known != places_.end()) remove(known->second);
    if (weight > most_weight_) return;
    entries_.push_front({key, std::move(value), weight});
    places_.emplace(key, entries_.begin());
    weight_ += weight;
    while (weight_ > most_weight_) remove(std::prev(entries_.end()));
  }

 private:
  struct Entry {
    Key key;
    Value value;
    std::size_t weight;
  };
  using Place = typename std::list<Entry>::iterator;

  void remove(Place place) {
    weight_ -= place->weight;
    places_.erase(place->key);
    entries_.erase(place);
  }

  const std::size_t most_weight_;
  std::mutex mutex_;
  std::list<Entry> entries_;  // used last first
  std::unordered_map<Key, Place, Hash> places_;
  std::size_t weight_ = 0;
};

}  // namespace semblance
