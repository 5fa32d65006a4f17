#include "engine/collection.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <unordered_map>
#include <utility>

#include "describe/histogram.h"
#include "engine/collection_files.h"
#include "engine/collection_model.h"
#include "index/top_k.h"

namespace semblance {

namespace {

/// Ids of rows, looked up in the catalogue when a tie makes them matter.
class RowIds {
 public:
  RowIds(const Catalogue& catalogue, const std::vector<std::int64_t>& keys)
      : catalogue_(catalogue), keys_(keys) {}

  const std::string& operator()(std::int64_t row) {
    const auto [entry, fresh] = ids_.try_emplace(row);
    if (fresh) {
      const auto item = catalogue_.item(keys_[static_cast<std::size_t>(row)]);
      if (item && *item) entry->second = (*item)->id;
    }
    return entry->second;
  }

 private:
  const Catalogue& catalogue_;
  const std::vector<std::int64_t>& keys_;
  std::unordered_map<std::int64_t, std::string> ids_;
};

Closeness mean(const std::vector<Scorer>& scorers, const DescriptorSpans& stored) {
  Closeness sum;
  bool identical = true;
  for (const Scorer& scorer : scorers) {
    const Closeness one = scorer.compare(stored);
    identical = identical && one.score == 1;
    sum.score += one.score;
    sum.distance += one.distance;
    sum.shape_score += one.shape_score;
    sum.colour_score += one.colour_score;
  }
  const auto count = static_cast<double>(scorers.size());
  // Rounding must not make a mean 1 that has smaller numbers in it.
  const double score = identical ? 1.0 : std::min(sum.score / count, std::nextafter(1.0, 0.0));
  return {score, sum.distance / count, sum.shape_score / count, sum.colour_score / count};
}

Error nothing_there(const std::filesystem::path& data_folder, std::string_view name) {
  std::string message = "no collection '" + std::string(name) + "' in '" + data_folder.string() +
                        "'; fill it with 'semblance sync FOLDER'";
  const std::vector<std::string> names = list_collections(data_folder);
  for (std::size_t i = 0; i < names.size(); ++i) {
    message += (i == 0 ? " (there are: " : ", ") + names[i];
  }
  if (!names.empty()) message += ")";
  return Error{ErrorCode::kNotFound, std::move(message)};
}

Error nothing_in_it(std::string_view name) {
  return Error{ErrorCode::kNotFound, "collection '" + std::string(name) +
                                         "' is empty; fill it with 'semblance sync FOLDER'"};
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
      files.vectors(collection.set_.key),
      {collection.set_.shape_dimension + collection.set_.colour_dimension, kHistogramDimension},
      collection.set_.rows);
  if (!vectors) return vectors.error();
  collection.vectors_ = *std::move(vectors);
  return collection;
}

Result<std::unique_ptr<PhotoDescriber>> Collection::open_describer(
    const DecodeLimits& limits) const {
  const Result<ModelCard> card = find_model_of(set_);
  if (!card) return card.error();
  Result<std::unique_ptr<Embedder>> embedder = open_onnx_embedder(*card);
  if (!embedder) return embedder.error();
  return std::make_unique<PhotoDescriber>(*std::move(embedder), limits);
}

Result<SearchAnswer> Collection::search(std::span<const PhotoDescriptors> photos,
                                        const SearchOptions& options) const {
  std::vector<DescriptorSpans> queries;
  for (const PhotoDescriptors& photo : photos) {
    queries.push_back({photo.embedding, photo.histogram, photo.histogram_foreground});
  }
  return search_rows(queries, options, 0);
}

Result<SearchAnswer> Collection::similar(std::string_view id, const SearchOptions& options) const {
  const Result<std::optional<Item>> item = catalogue_.item_by_id(id);
  if (!item) return item.error();
  if (*item) {
    for (std::size_t row = 0; row < keys_by_row_.size(); ++row) {
      if (keys_by_row_[row] != (*item)->key) continue;
      const DescriptorSpans query = vectors_.row(static_cast<std::int64_t>(row));
      return search_rows({&query, 1}, options, (*item)->key);
    }
  }
  return Error{ErrorCode::kNotFound,
               "no item '" + std::string(id) + "' in collection '" + name_ + "'"};
}

Result<SearchAnswer> Collection::search_rows(std::span<const DescriptorSpans> queries,
                                             const SearchOptions& options,
                                             std::int64_t left_out_key) const {
  if (queries.empty()) return Error{ErrorCode::kInvalidArgument, "no photo to search for"};
  if (options.limit < 1) return Error{ErrorCode::kInvalidArgument, "the limit must be at least 1"};
  const auto start = std::chrono::steady_clock::now();
  std::vector<Scorer> scorers;
  for (const DescriptorSpans& query : queries) {
    scorers.emplace_back(options.measure, set_.shape_dimension, query);
  }
  RowIds ids(catalogue_, keys_by_row_);
  const auto by_id = [&ids](std::int64_t a, std::int64_t b) { return ids(a) < ids(b); };
  const auto k = std::min(static_cast<std::size_t>(options.limit), keys_by_row_.size());
  TopK top(k, by_id);
  for (std::size_t row = 0; row < keys_by_row_.size(); ++row) {
    if (keys_by_row_[row] == 0 || keys_by_row_[row] == left_out_key) continue;
    const auto index = static_cast<std::int64_t>(row);
    top.offer(index, mean(scorers, vectors_.row(index)).score);
  }
  SearchAnswer answer;
  for (const Candidate& candidate : top.take()) {
    const std::int64_t key = keys_by_row_[static_cast<std::size_t>(candidate.row)];
    Result<std::optional<Item>> item = catalogue_.item(key);
    if (!item) return item.error();
    if (!*item) continue;  // removed by a sync since the collection was opened
    Result<Attributes> attributes = catalogue_.attributes(key);
    if (!attributes) return attributes.error();
    answer.hits.push_back({static_cast<int>(answer.hits.size()) + 1, **std::move(item),
                           mean(scorers, vectors_.row(candidate.row)), *std::move(attributes)});
  }
  answer.took_ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  answer.collection = name_;
  answer.model = card_.name;
  answer.measure = options.measure;
  answer.limit = options.limit;
  return answer;
}

}  // namespace semblance
