#include "live/live_lookup.h"

#include <utility>

namespace semblance {

Result<const Catalogue*> LiveLookup::catalogue() {
  if (!lease_) {
    Result<CataloguePool::Lease> lease = pool_.lease();
    if (!lease) return lease.error();
    lease_.emplace(*std::move(lease));
  }
  return &**lease_;
}

Result<std::shared_ptr<const ItemWithAttributes>> LiveLookup::item_of(std::int64_t row) {
  if (auto known = snapshot_.items.get(row)) return *std::move(known);
  const Result<const Catalogue*> catalogue = this->catalogue();
  if (!catalogue) return catalogue.error();
  CatalogueLookup lookup(*snapshot_.data, **catalogue);
  Result<std::shared_ptr<const ItemWithAttributes>> item = lookup.item_of(row);
  if (!item || !*item) return item;
  // The key of an item that was removed may have been given to another one since.
  if ((*item)->item.id != id_of(row)) return std::shared_ptr<const ItemWithAttributes>();
  snapshot_.items.put(row, *item);
  return item;
}

Result<std::shared_ptr<const Bitmap>> LiveLookup::filter(std::string_view expression) {
  const std::string key(expression);
  if (auto known = snapshot_.filters.get(key)) return *std::move(known);
  const Result<const Catalogue*> catalogue = this->catalogue();
  if (!catalogue) return catalogue.error();
  CatalogueLookup lookup(*snapshot_.data, **catalogue);
  Result<std::shared_ptr<const Bitmap>> items = lookup.filter(expression);
  if (items) snapshot_.filters.put(key, *items);
  return items;
}

Result<std::shared_ptr<const std::vector<std::int32_t>>> LiveLookup::products() {
  const std::scoped_lock lock(snapshot_.products_mutex);
  if (snapshot_.products) return snapshot_.products;
  const Result<const Catalogue*> catalogue = this->catalogue();
  if (!catalogue) return catalogue.error();
  CatalogueLookup lookup(*snapshot_.data, **catalogue);
  auto products = lookup.products();
  if (products) snapshot_.products = *products;
  return products;
}

}  // namespace semblance
