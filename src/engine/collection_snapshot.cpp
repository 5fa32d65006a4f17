#include "engine/collection_snapshot.h"

#include <algorithm>
#include <utility>

#include "catalogue/filter_sql.h"
#include "engine/photo_describer.h"
#include "engine/set_dimensions.h"

namespace semblance {

namespace {

/// item_keys_by_row, with the ids.
Status read_rows_and_ids(const Catalogue& catalogue, CollectionSnapshot& snapshot) {
  Result<Statement> statement = catalogue.database().prepare(
      "SELECT vector.row, vector.item, item.id FROM vector JOIN item ON item.key = vector.item "
      "WHERE vector_set = ?");
  if (!statement) return statement.error();
  statement->bind(1, snapshot.set.key);
  snapshot.keys_by_row.assign(static_cast<std::size_t>(snapshot.set.rows), 0);
  while (true) {
    const Result<bool> more = statement->step();
    if (!more) return more.error();
    if (!*more) break;
    const std::int64_t row = statement->integer(0);
    const std::int64_t key = statement->integer(1);
    if (key < 1 || key > kMaxItemKey) return item_key_out_of_range(key);
    if (row < 0 || row >= snapshot.set.rows) continue;
    snapshot.keys_by_row[static_cast<std::size_t>(row)] = key;
    snapshot.ids.set(row, statement->text_view(2));
  }
  snapshot.ids.sort();
  return {};
}

Status read_catalogue(const Catalogue& catalogue, bool with_ids, CollectionSnapshot& snapshot) {
  // One consistent state of sets, rows and items, whatever a sync does meanwhile.
  Result<Transaction> transaction = Transaction::begin_read(catalogue.database());
  if (!transaction) return transaction.error();
  Result<std::optional<VectorSet>> set = catalogue.live_set();
  if (!set) return set.error();
  if (!*set) return transaction->commit();
  snapshot.set = **std::move(set);
  Result<ModelCard> card = parse_model_card(snapshot.set.card_json, "the collection's card");
  if (!card) return card.error();
  snapshot.card = *std::move(card);
  snapshot.network = network_number(snapshot.set.card_json);
  snapshot.confidence = confidence_for(catalogue, snapshot.set);
  if (with_ids) {
    SEMBLANCE_RETURN_IF_ERROR(read_rows_and_ids(catalogue, snapshot));
    return transaction->commit();
  }
  Result<std::vector<std::int64_t>> keys = catalogue.item_keys_by_row(snapshot.set);
  if (!keys) return keys.error();
  snapshot.keys_by_row = *std::move(keys);
  return transaction->commit();
}

void count_rows(CollectionSnapshot& snapshot) {
  const auto& keys = snapshot.keys_by_row;
  const auto largest = std::max_element(keys.begin(), keys.end());
  snapshot.items = Bitmap(largest == keys.end() ? 0 : static_cast<std::size_t>(*largest) + 1);
  snapshot.used = Bitmap(keys.size());
  for (std::size_t row = 0; row < keys.size(); ++row) {
    if (keys[row] == 0) continue;
    snapshot.items.add(keys[row]);
    snapshot.used.add(static_cast<std::int64_t>(row));
    ++snapshot.used_rows;
  }
}

Status map_vectors(const CollectionFiles& files, std::size_t passes, CollectionSnapshot& snapshot) {
  if (snapshot.set.rows == 0) return {};
  const VectorSet& set = snapshot.set;
  Result<VectorStore> vectors =
      VectorStore::open(files.vectors(set.key), dimensions_of(set), set.rows);
  if (!vectors) return vectors.error();
  snapshot.vectors = *std::move(vectors);
  const MatrixView embeddings = snapshot.vectors.embedding();
  snapshot.index = std::make_unique<SearchIndex>(files, set, embeddings);
  if (passes > 0 && snapshot.index->exact() != nullptr) {
    snapshot.gathered = std::make_unique<GatheredSearch>(*snapshot.index->exact(), passes);
  }
  Result<NeighbourTable> table = NeighbourTable::open(files, set, snapshot.keys_by_row, embeddings);
  if (table) snapshot.table = *std::move(table);
  return {};
}

Result<std::shared_ptr<const CollectionSnapshot>> open_once(
    const CollectionFiles& files, std::string_view name, const Catalogue& catalogue,
    const CollectionSnapshot::Options& options) {
  auto snapshot = std::make_shared<CollectionSnapshot>();
  snapshot->name = name;
  SEMBLANCE_RETURN_IF_ERROR(read_catalogue(catalogue, options.with_ids, *snapshot));
  count_rows(*snapshot);
  SEMBLANCE_RETURN_IF_ERROR(map_vectors(files, options.passes, *snapshot));
  return std::shared_ptr<const CollectionSnapshot>(std::move(snapshot));
}

}  // namespace

void RowIds::set(std::int64_t row, std::string_view id) {
  const auto index = static_cast<std::size_t>(row);
  if (index >= places_.size()) places_.resize(std::max(index + 1, places_.size() * 2));
  places_[index] = {text_.size(), id.size()};
  text_ += id;
}

void RowIds::sort() {
  for (std::size_t row = 0; row < places_.size(); ++row) {
    if (places_[row].length > 0) by_id_.push_back(static_cast<std::uint32_t>(row));
  }
  std::sort(by_id_.begin(), by_id_.end(),
            [this](std::uint32_t a, std::uint32_t b) { return of(a) < of(b); });
}

std::optional<std::int64_t> RowIds::row_of(std::string_view id) const {
  const auto found =
      std::lower_bound(by_id_.begin(), by_id_.end(), id,
                       [this](std::uint32_t row, std::string_view one) { return of(row) < one; });
  if (found == by_id_.end() || of(*found) != id) return std::nullopt;
  return *found;
}

Result<std::shared_ptr<const CollectionSnapshot>> CollectionSnapshot::open(
    const CollectionFiles& files, std::string_view name, const Catalogue& catalogue,
    const Options& options) {
  // A sync may switch to another set of vectors and remove the files of the one before between our
  // reading the catalogue and mapping them: the catalogue then names the new ones.
  constexpr int kAttempts = 5;
  for (int attempt = 1;; ++attempt) {
    auto snapshot = open_once(files, name, catalogue, options);
    const bool files_gone = !snapshot && snapshot.error().code == ErrorCode::kMissingFile;
    if (!files_gone || attempt == kAttempts) return snapshot;
  }
}

}  // namespace semblance
