#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalogue/catalogue.h"
#include "describe/model_card.h"
#include "engine/photo_describer.h"
#include "engine/search.h"
#include "vector/vector_store.h"

namespace semblance {

/// A collection as it stood when it was opened, for searching: the catalogue, and the live vectors
/// mapped. Belongs to one thread.
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

  /// The items closest to the photos: an item's score is the mean of its scores against each.
  /// Errors: kInvalidArgument without photos or with a limit below 1, kIo.
  Result<SearchAnswer> search(std::span<const PhotoDescriptors> photos,
                              const SearchOptions& options) const;

  /// The items closest to one of the collection, which is not among them. Errors: kNotFound.
  Result<SearchAnswer> similar(std::string_view id, const SearchOptions& options) const;

  [[nodiscard]] bool has_colour() const { return set_.colour_dimension > 0; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const ModelCard& card() const { return card_; }
  [[nodiscard]] const VectorSet& set() const { return set_; }
  [[nodiscard]] const Catalogue& catalogue() const { return catalogue_; }
  [[nodiscard]] const VectorStore& vectors() const { return vectors_; }
  /// Item key of each row of vectors(); 0 for a row that belongs to no item.
  [[nodiscard]] const std::vector<std::int64_t>& keys_by_row() const { return keys_by_row_; }

 private:
  Collection(std::string name, Catalogue catalogue)
      : name_(std::move(name)), catalogue_(std::move(catalogue)) {}
  static Result<Collection> open_once(const std::filesystem::path& data_folder,
                                      std::string_view name);
  Result<SearchAnswer> search_rows(std::span<const DescriptorSpans> queries,
                                   const SearchOptions& options, std::int64_t left_out_key) const;

  std::string name_;
  Catalogue catalogue_;
  VectorSet set_;
  ModelCard card_;
  VectorStore vectors_;
  std::vector<std::int64_t> keys_by_row_;
};

}  // namespace semblance
