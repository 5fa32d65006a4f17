#include "remote/index_mirror.h"

#include <algorithm>
#include <utility>

#include "engine/set_dimensions.h"

namespace semblance::remote {

namespace {

constexpr std::size_t kItemsABatch = 256;
constexpr int kGoneABatch = 1'000;

constexpr const char* kNotes = R"sql(
CREATE TABLE noted_item(item INTEGER PRIMARY KEY, old_id TEXT NOT NULL);
CREATE TABLE noted_gone(id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TRIGGER note_insert AFTER INSERT ON item BEGIN
  INSERT OR IGNORE INTO noted_item VALUES(new.key, new.id);
  DELETE FROM noted_gone WHERE id = new.id;
END;
CREATE TRIGGER note_update AFTER UPDATE ON item BEGIN
  INSERT OR IGNORE INTO noted_item VALUES(new.key, old.id);
  INSERT OR IGNORE INTO noted_gone SELECT old.id WHERE old.id <> new.id;
  DELETE FROM noted_gone WHERE id = new.id;
END;
CREATE TRIGGER note_delete AFTER DELETE ON item BEGIN
  DELETE FROM noted_item WHERE item = old.key;
  INSERT OR IGNORE INTO noted_gone VALUES(old.id);
END;
)sql";

}  // namespace

struct IndexMirror::Batch {
  std::vector<CatalogueItem> items;
  std::vector<std::int64_t> left_out;  ///< keys of items that wait for their vectors
  std::vector<std::string> gone;       ///< ids
  struct Failure {
    std::size_t item = 0;
    Error error;
  };
  std::vector<Failure> failures;

  [[nodiscard]] bool empty() const { return items.empty() && left_out.empty() && gone.empty(); }
};

Result<std::unique_ptr<IndexMirror>> IndexMirror::attach(const CollectionFiles& stand_in,
                                                         const RemoteIndex& index,
                                                         std::shared_ptr<const IndexView> view,
                                                         const std::atomic<bool>* stop) {
  Result<Catalogue> catalogue = Catalogue::open(stand_in.catalogue(), Database::Mode::kWrite);
  if (!catalogue) return catalogue.error();
  SEMBLANCE_RETURN_IF_ERROR(catalogue->database().execute(kNotes));
  const Result<std::int64_t> last =
      catalogue->database().integer("SELECT coalesce(max(key), 0) FROM item");
  if (!last) return last.error();
  std::unique_ptr<IndexMirror> mirror(
      new IndexMirror(stand_in, index, std::move(view), stop, *std::move(catalogue)));
  mirror->first_new_key_ = *last + 1;
  mirror->attributes_[mirror->view_->description.index] = mirror->view_->description.attributes;
  return mirror;
}

void IndexMirror::set_place(std::int64_t set_key, std::string index_name) {
  places_[set_key] = std::move(index_name);
}

std::optional<std::string> IndexMirror::place_of(std::int64_t set_key) const {
  const auto known = places_.find(set_key);
  if (known == places_.end()) return std::nullopt;
  return known->second;
}

Status IndexMirror::gather(std::int64_t set_key, Batch& batch) {
  Result<CatalogueItems> items =
      CatalogueItems::open(catalogue_, set_key, "SELECT item, old_id FROM noted_item");
  if (!items) return items.error();
  std::int64_t key = 0;
  while (batch.items.size() + batch.left_out.size() < kItemsABatch) {
    Result<std::optional<CatalogueItem>> item = items->next(key);
    if (!item) return item.error();
    if (!*item) break;
    key = (*item)->key;
    if ((*item)->item.status == ItemStatus::kIndexed && !(*item)->row) {
      batch.left_out.push_back(key);
    } else {
      batch.items.push_back(**std::move(item));
    }
  }
  Result<Statement> gone = catalogue_.database().prepare("SELECT id FROM noted_gone LIMIT ?");
  if (!gone) return gone.error();
  gone->bind(1, std::int64_t{kGoneABatch});
  while (true) {
    const Result<bool> row = gone->step();
    if (!row) return row.error();
    if (!*row) return {};
    batch.gone.push_back(gone->text(0));
  }
}

/// From the stand-in's own vectors, or from the documents that the items have in the index.
Status IndexMirror::add_descriptors(const IndexReader& reader, std::int64_t set_key, Batch& batch) {
  std::vector<CatalogueItem*> elsewhere;
  std::vector<std::string> ids;
  std::optional<VectorStore> store;
  for (CatalogueItem& each : batch.items) {
    if (!each.row) continue;
    if (*each.row < 0) {
      elsewhere.push_back(&each);
      ids.push_back(item_document_id(each.id_before));
      continue;
    }
    if (!store) {
      Result<Statement> set = catalogue_.database().prepare(
          "SELECT rows, shape_dimension, colour_dimension FROM "
          "vector_set WHERE key = ?");
      if (!set) return set.error();
      const Result<bool> row = set->bind(1, set_key).step();
      if (!row) return row.error();
      VectorSet files;
      files.shape_dimension = static_cast<int>(set->integer(1));
      files.colour_dimension = static_cast<int>(set->integer(2));
      Result<VectorStore> opened =
          VectorStore::open(files_.vectors(set_key), dimensions_of(files), set->integer(0));
      if (!opened) return opened.error();
      store = *std::move(opened);
    }
    const DescriptorSpans spans = store->row(*each.row);
    each.item.descriptors =
        StoredDescriptors{{spans.embedding.begin(), spans.embedding.end()},
                          {spans.histogram.begin(), spans.histogram.end()},
                          {spans.histogram_foreground.begin(), spans.histogram_foreground.end()}};
  }
  if (elsewhere.empty()) return {};
  const std::vector<std::string> source{std::string(kItemId), std::string(kDescriptors)};
  SendOptions send;
  send.cancelled = stop_;
  const auto documents = reader.documents(ids, source, send);
  if (!documents) return documents.error();
  for (std::size_t i = 0; i < elsewhere.size(); ++i) {
    if (!documents->found[i]) continue;
    Result<RemoteItem> item = parse_item(documents->found[i]);
    if (!item) return item.error();
    elsewhere[i]->item.descriptors = std::move(item->descriptors);
  }
  return {};
}

Status IndexMirror::map_attributes(const std::string& index_name, const Batch& batch) {
  std::set<std::string>& known = attributes_[index_name];
  std::vector<std::string> fresh;
  for (const CatalogueItem& each : batch.items) {
    for (const Attribute& attribute : each.item.attributes) {
      if (known.insert(attribute.name).second) fresh.push_back(attribute.name);
    }
  }
  if (fresh.empty()) return {};
  SendOptions send;
  send.cancelled = stop_;
  const Status added = index_.admin(*view_->dialect).add_attributes(index_name, fresh, send);
  if (!added) {
    for (const std::string& name : fresh) known.erase(name);
  }
  return added;
}

Status IndexMirror::send(const std::string& index_name, Batch& batch) {
  Status refused_deletion;
  BulkOptions options;
  options.cancelled = stop_;
  BulkWriter writer(
      index_.cluster(), write_alias(index_name), options, [&](const BulkOutcome& outcome) {
        if (outcome.ok()) return;
        if (outcome.kind == BulkOperation::Kind::kDelete) {
          if (outcome.status != 404) refused_deletion = outcome.error();
          return;
        }
        batch.failures.push_back({static_cast<std::size_t>(outcome.tag), outcome.error()});
      });
  for (std::size_t i = 0; i < batch.items.size(); ++i) {
    RemoteItem& item = batch.items[i].item;
    // Removed by somebody else since the sync began: there is nothing left to write down.
    if (item.status == ItemStatus::kIndexed && !item.descriptors) continue;
    BulkOperation operation;
    operation.document_id = item_document_id(item.item.id);
    operation.document = to_document(item);
    operation.tag = i;
    SEMBLANCE_RETURN_IF_ERROR(writer.add(std::move(operation)));
  }
  // After what took their place: a renamed item is never missing.
  for (const std::string& id : batch.gone) {
    BulkOperation operation;
    operation.kind = BulkOperation::Kind::kDelete;
    operation.document_id = item_document_id(id);
    SEMBLANCE_RETURN_IF_ERROR(writer.add(std::move(operation)));
  }
  SEMBLANCE_RETURN_IF_ERROR(writer.flush());
  return refused_deletion;
}

/// Items that the cluster would not take stand there as failed, with its reason.
Status IndexMirror::write_failure(const std::string& index_name, const Batch& batch) {
  Status failed;
  BulkOptions options;
  options.cancelled = stop_;
  BulkWriter writer(index_.cluster(), write_alias(index_name), options,
                    [&](const BulkOutcome& outcome) {
                      if (!outcome.ok()) failed = outcome.error();
                    });
  for (const Batch::Failure& failure : batch.failures) {
    if (failure.error.code == ErrorCode::kUnavailable) return failure.error;
    const CatalogueItem& refused = batch.items[failure.item];
    RemoteItem item = refused.item;
    item.status = ItemStatus::kFailed;
    item.reason = code_name(failure.error.code);
    item.message = failure.error.message;
    item.attributes.clear();
    item.descriptors.reset();
    BulkOperation operation;
    operation.document_id = item_document_id(item.item.id);
    operation.document = to_document(item);
    SEMBLANCE_RETURN_IF_ERROR(writer.add(std::move(operation)));
    refused_.push_back({item.item.id, refused.key < first_new_key_});
  }
  SEMBLANCE_RETURN_IF_ERROR(writer.flush());
  return failed;
}

Status IndexMirror::forget(const Batch& batch) {
  Result<Transaction> transaction = Transaction::begin(catalogue_.database());
  if (!transaction) return transaction.error();
  Result<Statement> item = catalogue_.database().prepare("DELETE FROM noted_item WHERE item = ?");
  if (!item) return item.error();
  for (const CatalogueItem& each : batch.items) {
    SEMBLANCE_RETURN_IF_ERROR(item->bind(1, each.key).run());
  }
  for (const std::int64_t key : batch.left_out) {
    SEMBLANCE_RETURN_IF_ERROR(item->bind(1, key).run());
  }
  Result<Statement> gone = catalogue_.database().prepare("DELETE FROM noted_gone WHERE id = ?");
  if (!gone) return gone.error();
  for (const std::string& id : batch.gone) SEMBLANCE_RETURN_IF_ERROR(gone->bind(1, id).run());
  return transaction->commit();
}

Result<std::optional<std::size_t>> IndexMirror::write_batch(std::int64_t set_key,
                                                            const std::string& index_name) {
  Batch batch;
  SEMBLANCE_RETURN_IF_ERROR(gather(set_key, batch));
  if (batch.empty()) return std::optional<std::size_t>();
  const IndexReader reader(index_.cluster(), *view_->dialect, index_name);
  SEMBLANCE_RETURN_IF_ERROR(add_descriptors(reader, set_key, batch));
  SEMBLANCE_RETURN_IF_ERROR(map_attributes(index_name, batch));
  SEMBLANCE_RETURN_IF_ERROR(send(index_name, batch));
  if (!batch.failures.empty()) SEMBLANCE_RETURN_IF_ERROR(write_failure(index_name, batch));
  SEMBLANCE_RETURN_IF_ERROR(forget(batch));
  return std::optional(batch.items.size());
}

Status IndexMirror::write(std::int64_t set_key,
                          const std::function<void(std::int64_t items)>& progress) {
  const std::optional<std::string> index_name = place_of(set_key);
  if (!index_name) return {};
  std::int64_t written = 0;
  while (true) {
    const Result<std::optional<std::size_t>> items = write_batch(set_key, *index_name);
    if (!items) return items.error();
    if (!*items) return {};
    written += static_cast<std::int64_t>(**items);
    if (progress) progress(written);
  }
}

Result<std::int64_t> IndexMirror::note_all_items() {
  SEMBLANCE_RETURN_IF_ERROR(
      catalogue_.database().execute("INSERT OR IGNORE INTO noted_item SELECT key, id FROM item"));
  return catalogue_.database().integer("SELECT count(*) FROM item");
}

Status IndexMirror::note_failed_items() {
  return catalogue_.database().execute(
      "INSERT OR IGNORE INTO noted_item SELECT key, id FROM item WHERE status <> 'indexed'");
}

Status IndexMirror::write_state(std::int64_t set_key, bool whole) {
  const std::optional<std::string> index_name = place_of(set_key);
  if (!index_name) return {};
  std::map<std::string, Json> documents;
  Result<Statement> settings = catalogue_.database().prepare("SELECT name, value FROM setting");
  if (!settings) return settings.error();
  Json values = Json::object();
  while (true) {
    const Result<bool> row = settings->step();
    if (!row) return row.error();
    if (!*row) break;
    values[settings->text(0)] = settings->text(1);
  }
  documents[state_document_id(kSettingsState)] = state_document(kSettingsState, values);
  Result<Statement> problems =
      catalogue_.database().prepare("SELECT subject, place, reason, message, kind FROM problem");
  if (!problems) return problems.error();
  while (true) {
    const Result<bool> row = problems->step();
    if (!row) return row.error();
    if (!*row) break;
    const Problem problem{problems->text(0), problems->text(1), problems->text(2),
                          problems->text(3), problems->text(4)};
    documents[problem_document_id(problem)] = to_document(problem);
  }
  Status failed;
  BulkOptions options;
  options.cancelled = stop_;
  BulkWriter writer(index_.cluster(), write_alias(*index_name), options,
                    [&](const BulkOutcome& outcome) {
                      if (!outcome.ok() && outcome.status != 404) failed = outcome.error();
                    });
  if (whole) {
    const IndexReader reader(index_.cluster(), *view_->dialect, *index_name);
    ScanOptions scan;
    scan.cancelled = stop_;
    const auto drop = [&](JsonView hit) -> Status {
      BulkOperation operation;
      operation.kind = BulkOperation::Kind::kDelete;
      operation.document_id = hit["_id"].text().value_or("");
      return documents.contains(operation.document_id) ? Status()
                                                       : writer.add(std::move(operation));
    };
    SEMBLANCE_RETURN_IF_ERROR(
        reader.scan({{"term", {{std::string(kKind), "problem"}}}}, scan, drop));
  }
  for (auto& [id, document] : documents) {
    BulkOperation operation;
    operation.document_id = id;
    operation.document = std::move(document);
    SEMBLANCE_RETURN_IF_ERROR(writer.add(std::move(operation)));
  }
  SEMBLANCE_RETURN_IF_ERROR(writer.flush());
  return failed;
}

}  // namespace semblance::remote
