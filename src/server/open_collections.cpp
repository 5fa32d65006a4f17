#include "server/open_collections.h"

#include "remote/any_engine.h"

namespace semblance::server {

Result<std::shared_ptr<LiveCollection>> OpenCollections::get(std::string_view name) {
  const std::scoped_lock lock(mutex_);
  if (const auto known = open_.find(name); known != open_.end()) return known->second;
  Result<std::unique_ptr<LiveCollection>> opened = remote::open_live(data_folder_, name, options_);
  if (!opened) return opened.error();
  std::shared_ptr<LiveCollection> collection = *std::move(opened);
  open_.emplace(name, collection);
  return collection;
}

std::vector<std::shared_ptr<LiveCollection>> OpenCollections::open_ones() const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::shared_ptr<LiveCollection>> collections;
  for (const auto& [name, collection] : open_) collections.push_back(collection);
  return collections;
}

void OpenCollections::forget(std::string_view name) {
  std::shared_ptr<LiveCollection> closed_outside_the_lock;
  const std::scoped_lock lock(mutex_);
  if (const auto known = open_.find(name); known != open_.end()) {
    closed_outside_the_lock = std::move(known->second);
    open_.erase(known);
  }
}

void OpenCollections::close_all() {
  const std::scoped_lock lock(mutex_);
  open_.clear();
}

}  // namespace semblance::server
