#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "catalogue/catalogue.h"
#include "catalogue/item_writer.h"
#include "engine/collection_files.h"
#include "live/live_collection.h"
#include "vector/vector_store.h"

namespace semblance {

/// Carries out changes of items, one after the other, inside one transaction of the caller. The
/// caller holds the collection's lock.
class WriteBatch {
 public:
  /// `store` writes the vectors of `set`, the live one. All outlive this.
  static Result<WriteBatch> create(const CollectionFiles& files, const Catalogue& catalogue,
                                   const VectorSet& set, VectorStoreWriter& store);

  /// An error that concerns only this change, or what became of it.
  using Outcome = Result<ChangeOutcome>;
  /// Errors end the transaction: kIo, kCorrupt, kConflict.
  Result<Outcome> apply(const ItemChange& change);
  /// Makes the vectors durable and has the catalogue refer to them; the commit is the caller's.
  Status finish();

 private:
  /// What the catalogue knows of an item.
  struct Known {
    std::int64_t key = 0;
    bool indexed = false;
    std::string product;
    SeenItem seen;
    PhotoFacts facts;
    std::optional<StoredVector> vector;  ///< of this content, in the live set
    std::optional<Sha256> attributes_hash;
  };

  WriteBatch(const CollectionFiles& files, const Catalogue& catalogue, const VectorSet& set,
             VectorStoreWriter& store, ItemWriter items)
      : files_(&files),
        catalogue_(&catalogue),
        set_(&set),
        store_(&store),
        items_(std::move(items)) {}
  Result<std::optional<Known>> find(std::string_view id);
  Result<Outcome> put(const ItemChange& change, const std::optional<Known>& known);
  Result<Outcome> put_photo(const ItemChange& change, const std::optional<Known>& known);
  Result<Outcome> put_labels(const ItemChange& change, const Known& known);
  Result<Outcome> patch(const ItemChange& change, const Known& known);
  Result<StoredVector> vector_of(const ItemChange& change, const Sha256& hash,
                                 const std::optional<Known>& known);
  [[nodiscard]] std::optional<Error> trouble_with(const PhotoDescriptors& descriptors) const;

  const CollectionFiles* files_;
  const Catalogue* catalogue_;
  const VectorSet* set_;
  VectorStoreWriter* store_;
  ItemWriter items_;
  Statement find_item_;
  std::int64_t rows_before_ = 0;
};

}  // namespace semblance
