#include "engine/item_lookup.h"

#include <algorithm>
#include <utility>

namespace semblance {

Result<std::optional<std::int64_t>> CatalogueLookup::row_of(std::string_view id) {
  const Result<std::optional<Item>> item = catalogue_.item_by_id(id);
  if (!item) return item.error();
  const auto& keys = snapshot_.keys_by_row;
  const auto row = *item ? std::find(keys.begin(), keys.end(), (*item)->key) : keys.end();
  if (row == keys.end()) return std::optional<std::int64_t>();
  return std::optional<std::int64_t>(row - keys.begin());
}

std::string_view CatalogueLookup::id_of(std::int64_t row) {
  const auto [entry, fresh] = ids_.try_emplace(row);
  if (fresh) {
    const auto item = catalogue_.item(snapshot_.key_of(row));
    if (item && *item) entry->second = (*item)->id;
  }
  return entry->second;
}

Result<std::shared_ptr<const ItemWithAttributes>> CatalogueLookup::item_of(std::int64_t row) {
  Result<std::optional<Item>> item = catalogue_.item(snapshot_.key_of(row));
  if (!item) return item.error();
  if (!*item) return std::shared_ptr<const ItemWithAttributes>();
  Result<Attributes> attributes = catalogue_.attributes((*item)->key);
  if (!attributes) return attributes.error();
  return std::shared_ptr<const ItemWithAttributes>(std::make_shared<ItemWithAttributes>(
      ItemWithAttributes{**std::move(item), *std::move(attributes)}));
}

Result<std::shared_ptr<const Bitmap>> CatalogueLookup::filter(std::string_view expression) {
  Result<Bitmap> items = catalogue_.filter(expression, snapshot_.items);
  if (!items) return items.error();
  return std::shared_ptr<const Bitmap>(std::make_shared<Bitmap>(*std::move(items)));
}

Result<std::shared_ptr<const std::vector<std::int32_t>>> CatalogueLookup::products() {
  Result<std::vector<std::int32_t>> products = catalogue_.product_numbers();
  if (!products) return products.error();
  return std::shared_ptr<const std::vector<std::int32_t>>(
      std::make_shared<std::vector<std::int32_t>>(*std::move(products)));
}

}  // namespace semblance
