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
#include "engine/collection_snapshot.h"
#include "engine/photo_describer.h"
#include "engine/search.h"
#include "vector/vector_store.h"

namespace semblance {

/// A collection as it stood when it was opened, for searching: a snapshot, and a connection to the
/// catalogue. Belongs to one thread.
class Collection {
 public:
  /// Errors: kNotFound when there is no such collection or it was created without a network and
  /// nothing was synced into it yet, kMissingFile (its vectors are gone), kCorrupt, kConflict
  /// (schema of another version).
  static Result<Collection> open(const std::filesystem::path& data_folder, std::string_view name);

  /// Opens the collection's own network, to describe query photos. Errors: those of find_model_of
  /// and open_onnx_embedder.
  [[nodiscard]] Result<std::unique_ptr<PhotoDescriber>> open_describer(
      const DecodeLimits& limits) const;

  /// The items closest to what is searched for (combine_examples). Items that the query names are
  /// no hits; collapsed, nor are their products. Photos that were described may find themselves.
  /// Errors: kNotFound for an id; kInvalidArgument for a query with nothing to look like, for
  /// options out of range, a wrong filter or a metric that does not fit; kConflict for a photo that
  /// another network described; kCancelled; kIo.
  Result<SearchAnswer> search(const SearchQuery& query, const SearchOptions& options) const;
  Result<SearchAnswer> search(std::span<const PhotoDescriptors> photos,
                              const SearchOptions& options) const {
    return search(SearchQuery{{photos.begin(), photos.end()}}, options);
  }
  /// The items closest to one of the collection.
  Result<SearchAnswer> similar(std::string_view id, const SearchOptions& options) const {
    return search(SearchQuery{{}, {std::string(id)}}, options);
  }

  [[nodiscard]] bool has_colour() const { return set().colour_dimension > 0; }
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
};

}  // namespace semblance
