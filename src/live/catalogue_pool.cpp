#include "live/catalogue_pool.h"

#include <utility>

namespace semblance {

Result<CataloguePool::Lease> CataloguePool::lease() {
  std::uint64_t generation = 0;
  {
    const std::scoped_lock lock(mutex_);
    generation = generation_;
    if (!idle_.empty()) {
      std::unique_ptr<Catalogue> catalogue = std::move(idle_.back());
      idle_.pop_back();
      return Lease(*this, std::move(catalogue), generation);
    }
  }
  Result<Catalogue> opened = Catalogue::open(path_, Database::Mode::kRead);
  if (!opened) return opened.error();
  return Lease(*this, std::make_unique<Catalogue>(*std::move(opened)), generation);
}

CataloguePool::Lease::~Lease() {
  if (!catalogue_) return;
  const std::scoped_lock lock(pool_->mutex_);
  if (generation_ == pool_->generation_) pool_->idle_.push_back(std::move(catalogue_));
}

void CataloguePool::renew() {
  std::vector<std::unique_ptr<Catalogue>> old;
  const std::scoped_lock lock(mutex_);
  ++generation_;
  old.swap(idle_);
}

}  // namespace semblance
