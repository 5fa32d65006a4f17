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
#include "engine/neighbours.h"
#include "engine/photo_describer.h"
#include "engine/search.h"
#include "engine/search_index.h"
#include "index/top_k.h"
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

  /// The items closest to what is searched for (combine_examples). Items that the query names are
  /// no hits; collapsed, nor are their products. Photos that were described may find themselves.
  /// Errors: kNotFound for an id; kInvalidArgument for a query with nothing to look like, for
  /// options out of range, a wrong filter or a metric that does not fit; kIo.
  Result<SearchAnswer> search(const SearchQuery& query, const SearchOptions& options) const;
  Result<SearchAnswer> search(std::span<const PhotoDescriptors> photos,
                              const SearchOptions& options) const {
    return search(SearchQuery{{photos.begin(), photos.end()}}, options);
  }
  /// The items closest to one of the collection.
  Result<SearchAnswer> similar(std::string_view id, const SearchOptions& options) const {
    return search(SearchQuery{{}, {std::string(id)}}, options);
  }

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
  struct Scope;
  struct Examples;
  struct Found;
  Result<Examples> find_examples(const SearchQuery& query) const;
  Result<Scope> scope_of(const SearchOptions& options, const Examples& examples) const;
  Status add_products(const SearchOptions& options, const Examples& examples, Scope& scope) const;
  Result<std::vector<Candidate>> candidates(const CombinedQuery& query, const Scorer& scorer,
                                            const Scope& scope, const SearchOptions& options,
                                            SearchAnswer& answer) const;
  Result<Found> find_rows(const Examples& examples, const CombinedQuery& combined,
                          const Scorer& scorer, const SearchOptions& options,
                          SearchAnswer& answer) const;
  Status add_hits(const Found& found, const Scorer& scorer, SearchAnswer& answer) const;
  std::optional<std::vector<Candidate>> read_table(const SearchQuery& query,
                                                   const Examples& examples,
                                                   const SearchOptions& options,
                                                   SearchAnswer& answer) const;
  std::vector<Candidate> compare_all(const Scorer& scorer, const Scope& scope,
                                     const SearchOptions& options, std::size_t count) const;
  Result<std::vector<Candidate>> ask_index(const SearchPlan& plan, std::span<const float> vector,
                                           const Scorer& scorer, const Scope& scope,
                                           const SearchOptions& options, std::size_t count,
                                           SearchAnswer& answer) const;
  std::vector<int> count_photos(const Scorer& scorer, const Scope& scope, double min_score,
                                const std::vector<Candidate>& hits) const;

  std::string name_;
  Catalogue catalogue_;
  VectorSet set_;
  ModelCard card_;
  VectorStore vectors_;
  std::vector<std::int64_t> keys_by_row_;
  std::int64_t used_rows_ = 0;           // rows that belong to an item
  std::unique_ptr<SearchIndex> index_;   // null: no rows
  std::optional<NeighbourTable> table_;  // nothing: there is none that is current
};

}  // namespace semblance
