#include "live/write_batch.h"

#include <algorithm>
#include <utility>

#include "base/sha256.h"
#include "engine/descriptors_fit.h"
#include "engine/set_dimensions.h"
#include "image/format.h"
#include "live/item_change_rules.h"
#include "live/uploads.h"

namespace semblance {

namespace {

using Outcome = WriteBatch::Outcome;

Error invalid(std::string message) {
  return Error{ErrorCode::kInvalidArgument, std::move(message)};
}

std::optional<Sha256> hash_in(const Statement& statement, int column) {
  const std::span<const std::uint8_t> blob = statement.blob(column);
  Sha256 hash{};
  if (blob.size() != hash.size()) return std::nullopt;
  std::copy(blob.begin(), blob.end(), hash.begin());
  return hash;
}

Outcome outcome(ChangeOutcome::Kind kind) {
  return ChangeOutcome{kind};
}

}  // namespace

Result<WriteBatch> WriteBatch::create(const CollectionFiles& files, const Catalogue& catalogue,
                                      const VectorSet& set, VectorStoreWriter& store) {
  Result<ItemWriter> items = ItemWriter::create(catalogue.database(), set.key);
  if (!items) return items.error();
  WriteBatch batch(files, catalogue, set, store, *std::move(items));
  Result<Statement> find = catalogue.database().prepare(
      "SELECT item.key, status = 'indexed', product, path, coalesce(url, ''), coalesce(link, ''), "
      "size_bytes, mtime_ns, item.content_hash, attributes_hash, width, height, format, "
      "vector.row, vector.checksum FROM item LEFT JOIN vector ON vector.item = item.key "
      "AND vector_set = ?2 AND vector.content_hash = item.content_hash WHERE id = ?1");
  if (!find) return find.error();
  batch.find_item_ = *std::move(find);
  batch.rows_before_ = store.rows();
  return batch;
}

Result<std::optional<WriteBatch::Known>> WriteBatch::find(std::string_view id) {
  const Result<bool> row = find_item_.bind(1, id).bind(2, set_->key).step();
  if (!row) return row.error();
  std::optional<Known> known;
  if (*row) {
    known.emplace();
    known->key = find_item_.integer(0);
    known->indexed = find_item_.integer(1) != 0;
    known->product = find_item_.text(2);
    known->seen.id = id;
    known->seen.path = find_item_.text(3);
    known->seen.url = find_item_.text(4);
    known->seen.link = find_item_.text(5);
    known->seen.size_bytes = static_cast<std::uint64_t>(find_item_.integer(6));
    known->seen.mtime_ns = find_item_.integer(7);
    known->attributes_hash = hash_in(find_item_, 9);
    known->facts = {hash_in(find_item_, 8).value_or(Sha256{}),
                    static_cast<int>(find_item_.integer(10)),
                    static_cast<int>(find_item_.integer(11)), find_item_.text(12)};
    if (!find_item_.is_null(13)) {
      known->vector = StoredVector{
          find_item_.integer(13), static_cast<std::uint32_t>(find_item_.integer(14)), known->facts};
    }
  }
  find_item_.reset();
  return known;
}

Result<Outcome> WriteBatch::apply(const ItemChange& change) {
  if (auto trouble = trouble_with_texts(change)) return Outcome(*std::move(trouble));
  const Result<std::optional<Known>> known = find(change.id);
  if (!known) return known.error();
  switch (change.kind) {
    case ItemChange::Kind::kPut:
      return put(change, *known);
    case ItemChange::Kind::kPatch:
      if (!*known || !(*known)->indexed) return Outcome(no_item(change.id));
      return patch(change, **known);
    case ItemChange::Kind::kDelete:
      if (!*known) return Outcome(no_item(change.id));
      SEMBLANCE_RETURN_IF_ERROR(items_.remove((*known)->key));
      return outcome(ChangeOutcome::Kind::kDeleted);
  }
  return Outcome(invalid("no such kind of change"));
}

Result<Outcome> WriteBatch::put(const ItemChange& change, const std::optional<Known>& known) {
  if (change.photo && !change.photo->empty()) return put_photo(change, known);
  if (!known || !known->indexed) {
    return Outcome(Error{ErrorCode::kNotFound,
                         "no item '" + change.id + "' yet: it has to be put with its photo"});
  }
  return put_labels(change, *known);
}

/// Everything but the photo, which stays whose it is.
Result<Outcome> WriteBatch::put_labels(const ItemChange& change, const Known& known) {
  SyncTask task;
  task.origin.reset();
  task.seen = known.seen;
  task.seen.product = change.product;
  task.seen.attributes = change.attributes;
  if (!change.link.empty()) task.seen.link = change.link;
  const bool same = (!change.product || *change.product == known.product) &&
                    task.seen.link == known.seen.link &&
                    (!change.attributes || known.attributes_hash == hash_of(*change.attributes));
  if (same) return outcome(ChangeOutcome::Kind::kUnchanged);
  SEMBLANCE_RETURN_IF_ERROR(items_.rename(known.key, task));
  return outcome(ChangeOutcome::Kind::kReplaced);
}

std::optional<Error> WriteBatch::trouble_with(const PhotoDescriptors& descriptors) const {
  if (fits(descriptors, network_number(set_->card_json), dimensions_of(*set_))) {
    return std::nullopt;
  }
  return Error{ErrorCode::kConflict,
               "the photo was described by another network than the collection's; put it again"};
}

Result<StoredVector> WriteBatch::vector_of(const ItemChange& change, const Sha256& hash,
                                           const std::optional<Known>& known) {
  if (known && known->vector && known->facts.content_hash == hash) return *known->vector;
  const PhotoDescriptors& descriptors = *change.descriptors;
  const DescriptorSpans spans{descriptors.embedding, descriptors.histogram,
                              descriptors.histogram_foreground};
  StoredVector vector;
  vector.row = store_->append(spans);
  vector.checksum = checksum(spans);
  vector.facts = {hash, descriptors.width, descriptors.height,
                  std::string(format_name(descriptors.format))};
  return vector;
}

Result<Outcome> WriteBatch::put_photo(const ItemChange& change, const std::optional<Known>& known) {
  if (!change.descriptors) return Outcome(invalid("a photo is put with its descriptors"));
  if (auto trouble = trouble_with(*change.descriptors)) return Outcome(*std::move(trouble));
  const Sha256 hash = sha256(*change.photo);
  const bool same_photo =
      known && known->indexed && known->vector && known->facts.content_hash == hash;
  const bool same_labels =
      known && (!change.product || *change.product == known->product) &&
      change.url == known->seen.url && change.link == known->seen.link &&
      (!change.attributes || known->attributes_hash == hash_of(*change.attributes));
  if (same_photo && same_labels) return outcome(ChangeOutcome::Kind::kUnchanged);
  const Result<StoredUpload> upload = store_upload(*files_, hash, *change.photo);
  if (!upload) return upload.error();
  SyncTask task;
  task.origin = ItemOrigin::kApi;
  task.seen.id = change.id;
  task.seen.product = change.product;
  task.seen.path = upload->path;
  task.seen.url = change.url;
  task.seen.link = change.link;
  task.seen.size_bytes = upload->size_bytes;
  task.seen.mtime_ns = upload->mtime_ns;
  task.seen.attributes = change.attributes;
  const Result<StoredVector> vector = vector_of(change, hash, known);
  if (!vector) return vector.error();
  const Result<std::int64_t> key = items_.put_indexed(task, *vector);
  if (!key) return key.error();
  return outcome(known && known->indexed ? ChangeOutcome::Kind::kReplaced
                                         : ChangeOutcome::Kind::kCreated);
}

Result<Outcome> WriteBatch::patch(const ItemChange& change, const Known& known) {
  Result<Attributes> before = catalogue_->attributes(known.key);
  if (!before) return before.error();
  const Attributes after = patched(*before, change);
  SyncTask task;
  task.origin.reset();
  task.seen = known.seen;
  task.seen.product = change.product;
  if (!change.link.empty()) task.seen.link = change.link;
  const bool same_attributes = hash_of(after) == hash_of(*before);
  if (!same_attributes) task.seen.attributes = after;
  if (same_attributes && (!change.product || *change.product == known.product) &&
      task.seen.link == known.seen.link) {
    return outcome(ChangeOutcome::Kind::kUnchanged);
  }
  SEMBLANCE_RETURN_IF_ERROR(items_.rename(known.key, task));
  return outcome(ChangeOutcome::Kind::kPatched);
}

Status WriteBatch::finish() {
  if (store_->rows() == rows_before_) return {};
  SEMBLANCE_RETURN_IF_ERROR(store_->flush());
  return items_.set_rows(store_->rows());
}

}  // namespace semblance
