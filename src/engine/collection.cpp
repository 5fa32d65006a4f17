#include "engine/collection.h"

#include <algorithm>
#include <utility>

#include "engine/collection_files.h"
#include "engine/collection_model.h"
#include "engine/projected_set.h"
#include "engine/set_dimensions.h"

namespace semblance {

namespace {

Error nothing_there(const std::filesystem::path& data_folder, std::string_view name) {
  std::string message =
      no_such_collection(data_folder, name).message + "; fill it with 'semblance sync SOURCE'";
  const std::vector<std::string> names = list_collections(data_folder);
  for (std::size_t i = 0; i < names.size(); ++i) {
    message += (i == 0 ? " (there are: " : ", ") + names[i];
  }
  if (!names.empty()) message += ")";
  return Error{ErrorCode::kNotFound, std::move(message)};
}

Error nothing_in_it(std::string_view name) {
  return Error{ErrorCode::kNotFound, "collection '" + std::string(name) +
                                         "' is empty; fill it with 'semblance sync SOURCE'"};
}

}  // namespace

Result<Collection> Collection::open(const std::filesystem::path& data_folder,
                                    std::string_view name) {
  SEMBLANCE_RETURN_IF_ERROR(check_collection_name(name));
  // A sync may switch to another set of vectors and remove the files of the one before between our
  // reading the catalogue and mapping them: the catalogue then names the new ones.
  constexpr int kAttempts = 5;
  for (int attempt = 1;; ++attempt) {
    Result<Collection> collection = open_once(data_folder, name);
    const bool files_gone = !collection && collection.error().code == ErrorCode::kMissingFile;
    if (!files_gone || attempt == kAttempts) return collection;
  }
}

Result<Collection> Collection::open_once(const std::filesystem::path& data_folder,
                                         std::string_view name) {
  const CollectionFiles files(data_folder, name);
  Result<Catalogue> catalogue = Catalogue::open(files.catalogue(), Database::Mode::kRead);
  if (!catalogue) {
    if (catalogue.error().code == ErrorCode::kMissingFile) return nothing_there(data_folder, name);
    return catalogue.error();
  }
  Collection collection(std::string(name), *std::move(catalogue));
  // One consistent state of sets, rows and items, whatever a sync does meanwhile.
  Result<Transaction> transaction = Transaction::begin_read(collection.catalogue_.database());
  if (!transaction) return transaction.error();
  Result<std::optional<VectorSet>> set = collection.catalogue_.live_set();
  if (!set) return set.error();
  if (!*set) return nothing_in_it(name);
  collection.set_ = **std::move(set);
  Result<ModelCard> card = parse_model_card(collection.set_.card_json, "the collection's card");
  if (!card) return card.error();
  collection.card_ = *std::move(card);
  Result<std::vector<std::int64_t>> keys = collection.catalogue_.item_keys_by_row(collection.set_);
  if (!keys) return keys.error();
  collection.keys_by_row_ = *std::move(keys);
  SEMBLANCE_RETURN_IF_ERROR(transaction->commit());
  if (collection.set_.rows == 0) return collection;
  Result<VectorStore> vectors = VectorStore::open(
      files.vectors(collection.set_.key), dimensions_of(collection.set_), collection.set_.rows);
  if (!vectors) return vectors.error();
  collection.vectors_ = *std::move(vectors);
  const auto& by_row = collection.keys_by_row_;
  collection.used_rows_ =
      static_cast<std::int64_t>(by_row.size()) - std::count(by_row.begin(), by_row.end(), 0);
  collection.index_ =
      std::make_unique<SearchIndex>(files, collection.set_, collection.vectors_.embedding());
  Result<NeighbourTable> table =
      NeighbourTable::open(files, collection.set_, by_row, collection.vectors_.embedding());
  if (table) collection.table_ = *std::move(table);
  return collection;
}

Result<std::unique_ptr<PhotoDescriber>> Collection::open_describer(
    const DecodeLimits& limits) const {
  const Result<ModelCard> card = find_model_of(set_);
  if (!card) return card.error();
  Result<std::unique_ptr<Embedder>> embedder = open_onnx_embedder(*card);
  if (!embedder) return embedder.error();
  Result<std::unique_ptr<Embedder>> projected =
      with_projection(*std::move(embedder), catalogue_, *card);
  if (!projected) return projected.error();
  return std::make_unique<PhotoDescriber>(*std::move(projected), limits);
}

}  // namespace semblance
