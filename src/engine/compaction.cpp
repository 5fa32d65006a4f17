#include "engine/compaction.h"

#include <string>
#include <utility>
#include <vector>

#include "describe/histogram.h"
#include "engine/change_of_network.h"
#include "vector/vector_store.h"

namespace semblance {

namespace {

constexpr std::int64_t kRowsAtOnce = 1000;  // in memory until they are written

/// Copies the rows that have an item, in their order. Returns how many.
Result<std::int64_t> copy_used_rows(const CollectionFiles& files, const Catalogue& catalogue,
                                    const VectorSet& from, const VectorSet& to) {
  const DescriptorDimensions dimensions{from.shape_dimension + from.colour_dimension,
                                        kHistogramDimension};
  const Result<std::vector<std::int64_t>> keys = catalogue.item_keys_by_row(from);
  if (!keys) return keys.error();
  const auto old_rows = VectorStore::open(files.vectors(from.key), dimensions, from.rows);
  if (!old_rows) return old_rows.error();
  auto new_rows = VectorStoreWriter::open(files.vectors(to.key), dimensions, 0);
  if (!new_rows) return new_rows.error();
  for (std::int64_t row = 0; row < from.rows; ++row) {
    if ((*keys)[static_cast<std::size_t>(row)] == 0) continue;
    const std::int64_t copied = new_rows->append(old_rows->row(row));
    if (copied % kRowsAtOnce == kRowsAtOnce - 1) SEMBLANCE_RETURN_IF_ERROR(new_rows->flush());
  }
  SEMBLANCE_RETURN_IF_ERROR(new_rows->flush());
  return new_rows->rows();
}

/// Whether copying the rows that belong to an item is worth it.
Result<bool> pays(const Catalogue& catalogue, const VectorSet& live, std::int64_t least) {
  const Result<std::int64_t> used = catalogue.database().integer(
      "SELECT count(*) FROM vector WHERE vector_set = " + std::to_string(live.key));
  if (!used) return used.error();
  const std::int64_t unused = live.rows - *used;
  return unused >= least && unused * 4 >= live.rows;
}

/// In one transaction: a crash before its end leaves the old set as it was.
Status compact(const CollectionFiles& files, const Catalogue& catalogue, const VectorSet& live) {
  {
    Result<Transaction> transaction = Transaction::begin(catalogue.database());
    if (!transaction) return transaction.error();
    VectorSet compact = live;
    compact.live = false;
    Result<VectorSet> created = catalogue.create_set(compact);
    if (!created) return created.error();
    const Result<std::int64_t> rows = copy_used_rows(files, catalogue, live, *created);
    if (!rows) return rows.error();
    const std::string from = std::to_string(live.key);
    const std::string to = std::to_string(created->key);
    SEMBLANCE_RETURN_IF_ERROR(catalogue.database().execute(
        "INSERT INTO vector(vector_set, item, row, content_hash, checksum) SELECT " + to +
        ", item, row_number() OVER (ORDER BY row) - 1, content_hash, checksum FROM vector "
        "WHERE vector_set = " +
        from +
        ";"
        "UPDATE vector_set SET rows = " +
        std::to_string(*rows) + " WHERE key = " + to +
        ";"
        "DELETE FROM vector_set WHERE key = " +
        from +
        ";"
        "UPDATE vector_set SET state = 'live' WHERE key = " +
        to));
    SEMBLANCE_RETURN_IF_ERROR(transaction->commit());
  }
  return remove_unused_vectors(files, catalogue);
}

}  // namespace

Status compact_if_it_pays(const CollectionFiles& files, const Catalogue& catalogue,
                          std::int64_t least) {
  const Result<std::optional<VectorSet>> live = catalogue.live_set();
  if (!live) return live.error();
  const Result<std::optional<VectorSet>> building = catalogue.building_set();
  if (!building) return building.error();
  if (!*live || *building) return {};
  const Result<bool> worth_it = pays(catalogue, **live, least);
  if (!worth_it) return worth_it.error();
  return *worth_it ? compact(files, catalogue, **live) : Status();
}

}  // namespace semblance
