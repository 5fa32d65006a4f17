#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/lru_cache.h"
#include "engine/item_lookup.h"
#include "live/catalogue_pool.h"

namespace semblance {

/// A snapshot with what searches of it have read from the catalogue, so that the next ones need not
/// read it again. Safe to use from several threads.
struct LiveSnapshot {
  explicit LiveSnapshot(std::shared_ptr<const CollectionSnapshot> snapshot)
      : data(std::move(snapshot)) {}

  std::shared_ptr<const CollectionSnapshot> data;
  std::uint64_t version = 0;
  std::uint64_t index_bytes = 0;

  using Products = std::shared_ptr<const std::vector<std::int32_t>>;
  mutable LruCache<std::int64_t, std::shared_ptr<const ItemWithAttributes>> items{
      20'000};  // by row
  mutable LruCache<std::string, std::shared_ptr<const Bitmap>> filters{64};
  mutable std::mutex products_mutex;
  mutable Products products;
};

/// Answers from the snapshot and its caches, and asks a catalogue only for what is in neither.
class LiveLookup final : public ItemLookup {
 public:
  /// Both outlive this.
  LiveLookup(const LiveSnapshot& snapshot, CataloguePool& pool)
      : snapshot_(snapshot), pool_(pool) {}

  Result<std::optional<std::int64_t>> row_of(std::string_view id) override {
    return snapshot_.data->ids.row_of(id);
  }
  std::string_view id_of(std::int64_t row) override { return snapshot_.data->ids.of(row); }
  Result<std::shared_ptr<const ItemWithAttributes>> item_of(std::int64_t row) override;
  Result<std::shared_ptr<const Bitmap>> filter(std::string_view expression) override;
  Result<std::shared_ptr<const std::vector<std::int32_t>>> products() override;

 private:
  /// A connection, borrowed when one is first needed. Errors: those of CataloguePool::lease.
  Result<const Catalogue*> catalogue();

  const LiveSnapshot& snapshot_;
  CataloguePool& pool_;
  std::optional<CataloguePool::Lease> lease_;
};

}  // namespace semblance
