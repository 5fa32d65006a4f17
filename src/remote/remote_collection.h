#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/collection_files.h"
#include "live/embedding_cache.h"
#include "live/live_collection.h"
#include "live/networks.h"
#include "remote/document.h"
#include "remote/photos_on_demand.h"
#include "remote/remote_index.h"

namespace semblance::remote {

/// A collection whose items are documents of a cluster's index. Opens while the cluster is away;
/// what is asked of it then is kUnavailable.
class RemoteCollection final : public LiveCollection {
 public:
  /// Errors: those of read_engine_settings and RemoteIndex::create.
  static Result<std::unique_ptr<LiveCollection>> open(const std::filesystem::path& data_folder,
                                                      std::string_view name,
                                                      const LiveOptions& options);
  ~RemoteCollection() override;

  Result<SearchAnswer> search(const SearchQuery& query,
                              const SearchOptions& options) const override;
  Result<std::shared_ptr<const PhotoDescriptors>> describe(std::span<const std::byte> photo,
                                                           const Box& box) const override;
  [[nodiscard]] StageSeconds describe_seconds() const override;
  Result<std::optional<Item>> item(std::string_view id) const override;
  Result<std::optional<ItemWithAttributes>> item_with_attributes(
      std::string_view id) const override;
  Result<Facets> facets(std::string_view attribute, std::string_view filter,
                        std::size_t limit) const override;
  Result<std::vector<std::string>> attribute_names() const override;
  Result<std::vector<Problem>> problems() const override;
  /// Counted anew every few seconds only.
  Result<CatalogueCounts> counts() const override;
  Result<std::vector<ItemWithAttributes>> sample(std::size_t count,
                                                 std::uint64_t seed) const override;
  using LiveCollection::photo;
  /// A photo that was uploaded to any server of the collection: these are kept in the cluster. A
  /// file that this machine has below the collection's roots. Else, where it has an address, what
  /// is there, if that is what was indexed.
  Result<Bytes> photo(const Item& item,
                      std::chrono::steady_clock::time_point deadline) const override;
  std::vector<Result<ChangeOutcome>> change(
      std::vector<ItemChange> changes, std::chrono::steady_clock::time_point deadline) override;
  [[nodiscard]] std::string name() const override { return index_->collection(); }
  [[nodiscard]] std::optional<ModelCard> card() const override;
  [[nodiscard]] Dimensions dimensions() const override;
  [[nodiscard]] std::uint64_t index_bytes() const override;
  [[nodiscard]] std::uint64_t version() const override;
  Status ready() const override;

 private:
  RemoteCollection(CollectionFiles files, std::shared_ptr<const RemoteIndex> index,
                   const LiveOptions& options);
  Result<std::shared_ptr<const OpenNetwork>> network(const IndexView& view) const;
  /// Nothing where there is no document of that item.
  Result<std::optional<RemoteItem>> read_item(std::string_view id) const;

  const CollectionFiles files_;
  const std::shared_ptr<const RemoteIndex> index_;
  const LiveOptions options_;
  mutable EmbeddingCache embeddings_;
  mutable PhotosOnDemand on_demand_;
  mutable std::mutex opening_;  // of the network

  struct Remembered {
    CatalogueCounts counts;
    std::uint64_t bytes = 0;
    Clock::time_point when;
  };
  Result<Remembered> remembered() const;

  mutable std::mutex mutex_;  // of what follows
  mutable std::shared_ptr<const OpenNetwork> network_;
  mutable std::optional<Remembered> remembered_;
};

/// The network of an index, opened. `open` may be empty: open_onnx_embedder. Errors: those of
/// find_model_of and of opening it.
Result<std::shared_ptr<const OpenNetwork>> open_network_of(const IndexView& view,
                                                           const Networks::Open& open,
                                                           const DecodeLimits& limits);

/// Carries out changes of items, as LiveCollection::change. Each is durable in the cluster, and
/// safe against changes by others at the same time, when it is answered.
std::vector<Result<ChangeOutcome>> change_items(const RemoteIndex& index,
                                                std::vector<ItemChange> changes,
                                                Clock::time_point deadline);

/// Keeps a photo that was uploaded in the cluster. Errors: those of Cluster::send.
Status store_uploaded_photo(const RemoteIndex& index, const IndexView& view, std::string_view id,
                            std::span<const std::byte> photo, const SendOptions& send);

/// A photo that was uploaded; nothing where there is none. Errors: those of Cluster::send.
Result<std::optional<Bytes>> uploaded_photo(const RemoteIndex& index, std::string_view id);

}  // namespace semblance::remote
