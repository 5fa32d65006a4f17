#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalogue/catalogue.h"
#include "describe/model_card.h"
#include "engine/collection_reader.h"
#include "engine/collection_snapshot.h"
#include "engine/photo_describer.h"
#include "engine/search.h"
#include "vector/vector_store.h"

namespace semblance {

/// A collection of this machine as it stood when it was opened: a snapshot, and a connection to the
/// catalogue. Belongs to one thread.
class Collection final : public CollectionReader {
 public:
  /// Errors: kNotFound when there is no such collection or it was created without a network and
  /// nothing was synced into it yet, kMissingFile (its vectors are gone), kCorrupt, kConflict
  /// (schema of another version).
  static Result<Collection> open(const std::filesystem::path& data_folder, std::string_view name);

  using CollectionReader::similar;
  Result<SearchAnswer> search(const SearchQuery& query,
                              const SearchOptions& options) const override;
  Result<SearchAnswer> search(std::span<const PhotoDescriptors> photos,
                              const SearchOptions& options) const {
    return search(SearchQuery{{photos.begin(), photos.end()}}, options);
  }
  Result<std::shared_ptr<const PhotoDescriptors>> describe(std::span<const std::byte> photo,
                                                           const Box& box) const override;
  /// The network that describe() uses, opened anew. Errors: those of find_model_of and
  /// open_onnx_embedder.
  [[nodiscard]] Result<std::unique_ptr<PhotoDescriber>> open_describer(
      const DecodeLimits& limits) const;
  Result<std::optional<Item>> item(std::string_view id) const override {
    return catalogue_.item_by_id(id);
  }
  Result<Facets> facets(std::string_view attribute, std::string_view filter,
                        std::size_t limit) const override {
    return catalogue_.facets(attribute, filter, limit);
  }
  Result<std::vector<std::string>> attribute_names() const override {
    return catalogue_.attribute_names();
  }
  Result<std::vector<Problem>> problems() const override { return catalogue_.problems(); }
  Result<CatalogueCounts> counts() const override { return catalogue_.counts(); }

  [[nodiscard]] bool has_colour() const override { return set().colour_dimension > 0; }
  [[nodiscard]] const std::string& name() const { return snapshot_->name; }
  [[nodiscard]] const ModelCard& card() const { return snapshot_->card; }
  [[nodiscard]] const VectorSet& set() const { return snapshot_->set; }
  [[nodiscard]] const Catalogue& catalogue() const { return catalogue_; }
  [[nodiscard]] const VectorStore& vectors() const { return snapshot_->vectors; }
  /// Item key of each row of vectors(); 0 for a row that belongs to no item.
  [[nodiscard]] const std::vector<std::int64_t>& keys_by_row() const {
    return snapshot_->keys_by_row;
  }

 private:
  Collection(Catalogue catalogue, std::shared_ptr<const CollectionSnapshot> snapshot)
      : catalogue_(std::move(catalogue)), snapshot_(std::move(snapshot)) {}

  Catalogue catalogue_;
  std::shared_ptr<const CollectionSnapshot> snapshot_;
  mutable std::unique_ptr<PhotoDescriber> describer_;  // null: no photo was described yet
};

}  // namespace semblance
