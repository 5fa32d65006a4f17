#include "engine/rewrite_set.h"

#include <string>
#include <utility>

#include "engine/change_of_network.h"
#include "engine/set_dimensions.h"

namespace semblance {

namespace {

constexpr std::int64_t kRowsAtOnce = 1000;  // in memory until they are written

/// Copies the rows of items, in their order, and the catalogue's entries of them. Returns how many.
Result<std::int64_t> copy_rows(const CollectionFiles& files, const Catalogue& catalogue,
                               const VectorSet& from, const VectorSet& to,
                               const RowTransform& transform) {
  const auto old_rows = VectorStore::open(files.vectors(from.key), dimensions_of(from), from.rows);
  if (!old_rows) return old_rows.error();
  auto new_rows = VectorStoreWriter::open(files.vectors(to.key), dimensions_of(to), 0);
  if (!new_rows) return new_rows.error();
  Result<Statement> entries = catalogue.database().prepare(
      "SELECT item, row, content_hash, checksum FROM vector WHERE vector_set = ? ORDER BY row");
  if (!entries) return entries.error();
  Result<Statement> insert = catalogue.database().prepare(
      "INSERT INTO vector(vector_set, item, row, content_hash, checksum) VALUES(?, ?, ?, ?, ?)");
  if (!insert) return insert.error();
  entries->bind(1, from.key);
  while (true) {
    const Result<bool> entry = entries->step();
    if (!entry) return entry.error();
    if (!*entry) break;
    const std::int64_t row = entries->integer(1);
    if (row < 0 || row >= from.rows) {
      return Error{ErrorCode::kCorrupt, "the catalogue names a row that its vectors do not have"};
    }
    const DescriptorSpans old_numbers = old_rows->row(row);
    const DescriptorSpans numbers = transform ? transform(old_numbers) : old_numbers;
    const std::int64_t sum =
        transform ? static_cast<std::int64_t>(checksum(numbers)) : entries->integer(3);
    const std::int64_t new_row = new_rows->append(numbers);
    SEMBLANCE_RETURN_IF_ERROR(insert->bind(1, to.key)
                                  .bind(2, entries->integer(0))
                                  .bind(3, new_row)
                                  .bind(4, entries->blob(2))
                                  .bind(5, sum)
                                  .run());
    if (new_row % kRowsAtOnce == kRowsAtOnce - 1) SEMBLANCE_RETURN_IF_ERROR(new_rows->flush());
  }
  SEMBLANCE_RETURN_IF_ERROR(new_rows->flush());
  return new_rows->rows();
}

}  // namespace

Status rewrite_set(const CollectionFiles& files, const Catalogue& catalogue, const VectorSet& live,
                   VectorSet target, const RowTransform& transform,
                   const std::function<Status()>& also) {
  {
    Result<Transaction> transaction = Transaction::begin(catalogue.database());
    if (!transaction) return transaction.error();
    target.live = false;
    Result<VectorSet> created = catalogue.create_set(target);
    if (!created) return created.error();
    const Result<std::int64_t> rows = copy_rows(files, catalogue, live, *created, transform);
    if (!rows) return rows.error();
    if (also) SEMBLANCE_RETURN_IF_ERROR(also());
    const std::string key = std::to_string(created->key);
    SEMBLANCE_RETURN_IF_ERROR(catalogue.database().execute(
        "UPDATE vector_set SET rows = " + std::to_string(*rows) + " WHERE key = " + key +
        "; DELETE FROM vector_set WHERE state = 'live';"
        "UPDATE vector_set SET state = 'live' WHERE key = " +
        key));
    SEMBLANCE_RETURN_IF_ERROR(transaction->commit());
  }
  return remove_unused_vectors(files, catalogue);
}

}  // namespace semblance
