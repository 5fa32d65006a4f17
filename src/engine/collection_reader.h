#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalogue/catalogue.h"
#include "engine/photo_describer.h"
#include "engine/query.h"
#include "engine/search.h"
#include "image/box.h"

namespace semblance {

/// What can be asked of a collection, wherever its vectors are searched.
class CollectionReader {
 public:
  virtual ~CollectionReader() = default;

  /// The items closest to what is searched for (combine_examples). Items that the query names are
  /// no hits; collapsed, nor are their products. Photos that were described may find themselves.
  /// Errors: kNotFound for an id; kInvalidArgument for a query with nothing to look like, for
  /// options out of range, a wrong filter or a metric that does not fit; kConflict for a photo that
  /// another network described; kCancelled; kIo; kUnavailable.
  virtual Result<SearchAnswer> search(const SearchQuery& query,
                                      const SearchOptions& options) const = 0;
  /// The items closest to one of the collection.
  Result<SearchAnswer> similar(std::string_view id, const SearchOptions& options) const {
    return search(SearchQuery{{}, {std::string(id)}}, options);
  }

  /// Descriptors of a photo, or of a part of it, by the collection's own network, which is opened
  /// when it is first needed. Errors: those of find_model_of, open_onnx_embedder and
  /// PhotoDescriber::describe.
  virtual Result<std::shared_ptr<const PhotoDescriptors>> describe(std::span<const std::byte> photo,
                                                                   const Box& box) const = 0;
  /// Whether the network has a colour output.
  [[nodiscard]] virtual bool has_colour() const = 0;

  /// Nothing where there is no item of that id.
  virtual Result<std::optional<Item>> item(std::string_view id) const = 0;
  /// As Catalogue::facets.
  virtual Result<Facets> facets(std::string_view attribute, std::string_view filter,
                                std::size_t limit) const = 0;
  virtual Result<std::vector<std::string>> attribute_names() const = 0;
  virtual Result<std::vector<Problem>> problems() const = 0;
  virtual Result<CatalogueCounts> counts() const = 0;

 protected:
  CollectionReader() = default;
  CollectionReader(const CollectionReader&) = default;
  CollectionReader(CollectionReader&&) = default;
  CollectionReader& operator=(const CollectionReader&) = default;
  CollectionReader& operator=(CollectionReader&&) = default;
};

}  // namespace semblance
