#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/lru_cache.h"
#include "live/catalogue_pool.h"
#include "live/embedding_cache.h"
#include "live/live_collection.h"
#include "live/networks.h"
#include "live/snapshot_keeper.h"
#include "live/upkeep.h"
#include "live/writer.h"

namespace semblance {

/// A collection of this machine's disk.
class LocalCollection final : public LiveCollection, private CollectionDuplicates {
 public:
  static Result<std::unique_ptr<LiveCollection>> open(const std::filesystem::path& data_folder,
                                                      std::string_view name,
                                                      const LiveOptions& options);
  Result<SearchAnswer> search(const SearchQuery& query,
                              const SearchOptions& options) const override;
  Result<std::shared_ptr<const PhotoDescriptors>> describe(std::span<const std::byte> photo,
                                                           const Box& box) const override;
  std::optional<double> confidence(const PhotoDescriptors& a,
                                   const PhotoDescriptors& b) const override;
  [[nodiscard]] StageSeconds describe_seconds() const override;
  Result<std::optional<Item>> item(std::string_view id) const override;
  Result<std::optional<ItemWithAttributes>> item_with_attributes(
      std::string_view id) const override;
  Result<Facets> facets(std::string_view attribute, std::string_view filter,
                        std::size_t limit) const override;
  Result<std::vector<std::string>> attribute_names() const override;
  Result<std::vector<Problem>> problems() const override;
  Result<CatalogueCounts> counts() const override;
  Result<std::vector<ItemWithAttributes>> sample(std::size_t count,
                                                 std::uint64_t seed) const override;
  using LiveCollection::photo;
  Result<Bytes> photo(const Item& item,
                      std::chrono::steady_clock::time_point deadline) const override;
  std::vector<Result<ChangeOutcome>> change(
      std::vector<ItemChange> changes, std::chrono::steady_clock::time_point deadline) override;
  CollectionDuplicates* duplicates() override { return this; }
  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] std::optional<ModelCard> card() const override;
  [[nodiscard]] Dimensions dimensions() const override;
  [[nodiscard]] std::uint64_t index_bytes() const override;
  [[nodiscard]] std::uint64_t version() const override;

 private:
  Result<DuplicateReport> find(const DuplicateOptions& options,
                               const DuplicateHooks& hooks) const override;
  Result<Sha256> items_digest() const override;
  Result<std::vector<DuplicateDecision>> decisions() const override;
  Result<FoundGroup> found_last(std::string_view group) const override;
  Status decide(const FoundGroup& group, const DuplicateRuling& ruling,
                std::chrono::steady_clock::time_point deadline) override;
  Status undecide(std::string_view group, std::chrono::steady_clock::time_point deadline) override;
  Result<std::vector<std::filesystem::path>> to_delete() const override;

  LocalCollection(CollectionFiles files, std::string name, const LiveOptions& options);

  const CollectionFiles files_;
  const std::string name_;
  const DecodeLimits limits_;
  mutable CataloguePool pool_;
  mutable Networks networks_;
  mutable EmbeddingCache embeddings_;
  mutable LruCache<std::uint64_t, Sha256> digests_{1};  // of items, by the snapshot's version
  // Threads that use what stands above; the last one ends first, by the order of members.
  std::unique_ptr<SnapshotKeeper> keeper_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<Upkeep> upkeep_;
};

}  // namespace semblance
