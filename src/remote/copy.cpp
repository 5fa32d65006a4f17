#include "remote/copy.h"

#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/base64.h"
#include "catalogue/item_writer.h"
#include "engine/photo_place.h"
#include "engine/search_index.h"
#include "engine/set_dimensions.h"
#include "engine/staging.h"
#include "live/uploads.h"
#include "remote/document.h"
#include "remote/index_mirror.h"
#include "remote/remote_collection.h"
#include "remote/remote_index.h"
#include "remote/stand_in.h"

namespace semblance::remote {

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kItemsATransaction = 5'000;
constexpr std::uint64_t kLargestPhoto = std::uint64_t{64} << 20;

/// Null for a collection of this machine.
Result<std::shared_ptr<const RemoteIndex>> open_index(const CollectionFiles& files,
                                                      std::string_view name) {
  if (!is_remote(files)) return std::shared_ptr<const RemoteIndex>();
  const Result<EngineSettings> settings = read_engine_settings(files);
  if (!settings) return settings.error();
  return RemoteIndex::create(*settings, std::string(name), kPatienceToWrite);
}

// ---- from this machine into a cluster

class CopyToCluster {
 public:
  /// `from`: whose lock the caller holds.
  CopyToCluster(const fs::path& data_folder, CollectionFiles from, const RemoteIndex& index,
                const CopyHooks& hooks)
      : data_folder_(data_folder), from_(std::move(from)), index_(index), hooks_(hooks) {
    send_.cancelled = hooks.stop;
  }

  /// Before anything is read.
  Status look_at_target();
  Result<CopyReport> run();

 private:
  Status check_empty(const IndexView& view) const;
  Status use_network_of(const VectorSet& set);
  Status stand_in(const StagingFolder& staging, const VectorSet& set) const;
  Status upload_photos(const Catalogue& catalogue);

  const fs::path& data_folder_;
  const CollectionFiles from_;
  const RemoteIndex& index_;
  const CopyHooks& hooks_;
  SendOptions send_;
  std::shared_ptr<const IndexView> view_;
  CopyReport report_;
};

Status CopyToCluster::check_empty(const IndexView& view) const {
  const Result<std::int64_t> items =
      index_.reader(view).count({{"term", {{std::string(kKind), "item"}}}}, send_);
  if (!items) return items.error();
  if (*items == 0) return {};
  return Error{ErrorCode::kConflict, "collection '" + index_.collection() + "' has " +
                                         std::to_string(*items) +
                                         " items already; copy into an empty one"};
}

/// An empty index with another network gives way to one with that of the collection.
Status CopyToCluster::use_network_of(const VectorSet& set) {
  if (view_->meta().card_json == set.card_json) return {};
  const IndexLayout layout = layout_of(view_->meta(), set, index_.settings());
  const IndexAdmin admin = index_.admin(*view_->dialect);
  const std::string before = view_->description.index;
  const Result<std::string> created =
      admin.create_generation(index_.settings().alias, layout, send_);
  if (!created) return created.error();
  SEMBLANCE_RETURN_IF_ERROR(admin.point_alias(index_.settings().alias, *created, before, send_));
  SEMBLANCE_RETURN_IF_ERROR(admin.remove(before, send_));
  auto view = std::make_shared<IndexView>(*view_);
  Result<IndexDescription> description = admin.describe(*created, send_);
  if (!description) return description.error();
  view->description = *std::move(description);
  view_ = std::move(view);
  return {};
}

/// A copy of the catalogue, of which the mirror may note what it has written, and the vectors.
Status CopyToCluster::stand_in(const StagingFolder& staging, const VectorSet& set) const {
  const Result<Catalogue> catalogue = Catalogue::open(from_.catalogue(), Database::Mode::kRead);
  if (!catalogue) return catalogue.error();
  SEMBLANCE_RETURN_IF_ERROR(catalogue->database().copy_to(staging.files().catalogue()));
  std::error_code code;
  fs::create_directories(staging.files().vectors(), code);
  if (!code) {
    fs::create_directory_symlink(fs::absolute(from_.vectors(set.key)),
                                 staging.files().vectors(set.key), code);
  }
  if (!code) return {};
  return Error{ErrorCode::kIo, "cannot link the vectors: " + code.message()};
}

/// Photos that only this machine has; their paths mean nothing to others.
Status CopyToCluster::upload_photos(const Catalogue& catalogue) {
  Result<CatalogueItems> items = CatalogueItems::open(
      catalogue, 0, "SELECT key AS item, id AS old_id FROM item WHERE origin = 'api'");
  if (!items) return items.error();
  std::int64_t key = 0;
  while (true) {
    const Result<std::optional<CatalogueItem>> item = items->next(key);
    if (!item) return item.error();
    if (!*item) break;
    key = (*item)->key;
    const Result<Bytes> photo =
        read_file(place_of_photo(from_, (*item)->item.item.path), kLargestPhoto);
    if (!photo) {
      if (hooks_.notice) hooks_.notice(photo.error().message);
      continue;
    }
    SEMBLANCE_RETURN_IF_ERROR(
        store_uploaded_photo(index_, *view_, (*item)->item.item.id, *photo, send_));
    ++report_.photos;
  }
  return catalogue.database().execute(
      "UPDATE item SET path = '', mtime_ns = 0 WHERE origin = 'api'");
}

Status CopyToCluster::look_at_target() {
  Result<std::shared_ptr<const IndexView>> view = index_.view(send_);
  if (!view) return view.error();
  view_ = *std::move(view);
  return check_empty(*view_);
}

Result<CopyReport> CopyToCluster::run() {
  SEMBLANCE_RETURN_IF_ERROR(look_at_target());
  const Result<Catalogue> original = Catalogue::open(from_.catalogue(), Database::Mode::kRead);
  if (!original) return original.error();
  const Result<std::optional<VectorSet>> set = original->live_set();
  if (!set) return set.error();
  if (!*set) return Error{ErrorCode::kNotFound, "there is nothing in the collection to copy"};
  const Result<ModelCard> card = parse_model_card((*set)->card_json, "the collection's card");
  if (!card) return card.error();
  if (card->projection) {
    return Error{ErrorCode::kInvalidArgument,
                 "its vectors were shortened (--pca), which clusters do not know; 'semblance sync "
                 "SOURCE --pca 0' makes whole ones"};
  }
  SEMBLANCE_RETURN_IF_ERROR(use_network_of(**set));
  const Result<StagingFolder> staging = StagingFolder::create(data_folder_);
  if (!staging) return staging.error();
  SEMBLANCE_RETURN_IF_ERROR(stand_in(*staging, **set));
  const Result<Catalogue> catalogue =
      Catalogue::open(staging->files().catalogue(), Database::Mode::kWrite);
  if (!catalogue) return catalogue.error();
  SEMBLANCE_RETURN_IF_ERROR(upload_photos(*catalogue));
  auto mirror = IndexMirror::attach(staging->files(), index_, view_, hooks_.stop);
  if (!mirror) return mirror.error();
  (*mirror)->set_place((*set)->key, view_->description.index);
  const Result<std::int64_t> total = (*mirror)->note_all_items();
  if (!total) return total.error();
  const auto progress = [&](std::int64_t done) {
    if (hooks_.progress) hooks_.progress(done, *total);
  };
  SEMBLANCE_RETURN_IF_ERROR((*mirror)->write((*set)->key, progress));
  SEMBLANCE_RETURN_IF_ERROR((*mirror)->write_state((*set)->key, true));
  SEMBLANCE_RETURN_IF_ERROR(index_.admin(*view_->dialect).refresh(view_->description.index, send_));
  report_.items = *total;
  report_.refused = static_cast<std::int64_t>((*mirror)->refused().size());
  return report_;
}

// ---- from a cluster to this machine

class CopyFromCluster {
 public:
  CopyFromCluster(const RemoteIndex& index, const CopyHooks& hooks) : index_(index), hooks_(hooks) {
    send_.cancelled = hooks.stop;
  }

  /// All of it but what searches of this machine need beside.
  Status read_into(const StagingFolder& staging);
  [[nodiscard]] const CopyReport& report() const { return report_; }

 private:
  Status read_items(const StagingFolder& staging, const Catalogue& catalogue, const VectorSet& set);
  Status put(RemoteItem item, const CollectionFiles& files, ItemWriter& items,
             VectorStoreWriter& store);
  Status read_state(const Catalogue& catalogue, ItemWriter& items);

  const RemoteIndex& index_;
  const CopyHooks& hooks_;
  SendOptions send_;
  std::shared_ptr<const IndexView> view_;
  CopyReport report_;
};

Status CopyFromCluster::put(RemoteItem item, const CollectionFiles& files, ItemWriter& items,
                            VectorStoreWriter& store) {
  ++report_.items;
  if (item.status != ItemStatus::kIndexed || !item.descriptors) {
    return put_problem_of(std::move(item), items);
  }
  if (item.origin == ItemOrigin::kApi && item.item.path.empty()) {
    const Result<std::optional<Bytes>> photo = uploaded_photo(index_, item.item.id);
    if (!photo) return photo.error();
    if (*photo) {
      const Result<StoredUpload> stored = store_upload(files, sha256(**photo), **photo);
      if (!stored) return stored.error();
      item.item.path = stored->path;
      item.size_bytes = stored->size_bytes;
      item.mtime_ns = stored->mtime_ns;
      ++report_.photos;
    }
  }
  const DescriptorSpans spans = item.descriptors->spans();
  StoredVector vector;
  vector.row = store.append(spans);
  vector.checksum = checksum(spans);
  return put_indexed_item(std::move(item), vector, items);
}

Status CopyFromCluster::read_items(const StagingFolder& staging, const Catalogue& catalogue,
                                   const VectorSet& set) {
  Result<ItemWriter> items = ItemWriter::create(catalogue.database(), set.key);
  if (!items) return items.error();
  Result<VectorStoreWriter> store =
      VectorStoreWriter::open(staging.files().vectors(set.key), dimensions_of(set), 0);
  if (!store) return store.error();
  const Result<std::int64_t> total =
      index_.reader(*view_).count({{"term", {{std::string(kKind), "item"}}}}, send_);
  if (!total) return total.error();
  std::optional<Transaction> transaction;
  const auto commit = [&]() -> Status {
    if (!transaction) return {};
    SEMBLANCE_RETURN_IF_ERROR(store->flush());
    SEMBLANCE_RETURN_IF_ERROR(items->set_rows(store->rows()));
    SEMBLANCE_RETURN_IF_ERROR(transaction->commit());
    transaction.reset();
    if (hooks_.progress) hooks_.progress(report_.items, *total);
    return {};
  };
  const ExpectedDimensions expected{view_->meta().embedding_dimension(), kHistogramDimension};
  ScanOptions scan;
  scan.source = source_of_all();
  scan.cancelled = hooks_.stop;
  const auto each = [&](JsonView hit) -> Status {
    if (!transaction) {
      Result<Transaction> begun = Transaction::begin(catalogue.database());
      if (!begun) return begun.error();
      transaction.emplace(*std::move(begun));
    }
    Result<RemoteItem> item = parse_item(hit, expected);
    if (!item) return item.error();
    SEMBLANCE_RETURN_IF_ERROR(put(*std::move(item), staging.files(), *items, *store));
    return report_.items % kItemsATransaction == 0 ? commit() : Status();
  };
  SEMBLANCE_RETURN_IF_ERROR(
      index_.reader(*view_).scan({{"term", {{std::string(kKind), "item"}}}}, scan, each));
  SEMBLANCE_RETURN_IF_ERROR(commit());
  return read_state(catalogue, *items);
}

Status CopyFromCluster::read_state(const Catalogue& catalogue, ItemWriter& items) {
  ScanOptions scan;
  scan.source = source_of_problems();
  scan.cancelled = hooks_.stop;
  const auto each = [&](JsonView hit) -> Status {
    const Result<Problem> problem = parse_problem(hit);
    if (!problem) return problem.error();
    return items.add_problem(problem->kind, problem->subject, problem->place,
                             {error_code_of(problem->reason), problem->message});
  };
  SEMBLANCE_RETURN_IF_ERROR(
      index_.reader(*view_).scan({{"term", {{std::string(kKind), "problem"}}}}, scan, each));
  return read_settings_into(catalogue, index_, *view_, send_);
}

Status CopyFromCluster::read_into(const StagingFolder& staging) {
  Result<std::shared_ptr<const IndexView>> view = index_.view(send_);
  if (!view) return view.error();
  view_ = *std::move(view);
  const Result<Catalogue> catalogue =
      Catalogue::open(staging.files().catalogue(), Database::Mode::kWrite);
  if (!catalogue) return catalogue.error();
  SEMBLANCE_RETURN_IF_ERROR(prepare_uploads(staging.files()));
  const Result<VectorSet> set = create_set_of(*catalogue, view_->meta(), true);
  if (!set) return set.error();
  return read_items(staging, *catalogue, *set);
}

// ---- the ways

Result<CopyReport> copy_to_cluster(const fs::path& data_folder, std::string_view from,
                                   const RemoteIndex& to, const CopyHooks& hooks) {
  const CollectionFiles files(data_folder, from);
  const Result<CollectionLock> lock = CollectionLock::wait(files, hooks.stop, hooks.notice);
  if (!lock) return lock.error();
  return CopyToCluster(data_folder, files, to, hooks).run();
}

Status check_is_new(const CollectionFiles& to) {
  std::error_code ignored;
  if (!fs::exists(to.catalogue(), ignored) && !fs::exists(to.engine(), ignored)) return {};
  return Error{ErrorCode::kConflict, "there is a collection '" + to.folder().filename().string() +
                                         "' already; choose another name"};
}

Status prepare_searches(const StagingFolder& staging, const CopyHooks& hooks) {
  const Result<Catalogue> catalogue =
      Catalogue::open(staging.files().catalogue(), Database::Mode::kWrite);
  if (!catalogue) return catalogue.error();
  SearchIndexOptions options;
  options.stop = hooks.stop;
  const Status indexed = update_search_index(staging.files(), *catalogue, options);
  if (!indexed && hooks.notice) {
    hooks.notice("searches are slower than they could be: " + indexed.error().message);
  }
  return {};
}

Result<CopyReport> copy_from_cluster(const fs::path& data_folder, const RemoteIndex& from,
                                     const CollectionFiles& to, const CopyHooks& hooks) {
  remove_leftovers(to);
  SEMBLANCE_RETURN_IF_ERROR(check_is_new(to));
  Result<StagingFolder> staging = StagingFolder::create(data_folder);
  if (!staging) return staging.error();
  CopyFromCluster copy(from, hooks);
  SEMBLANCE_RETURN_IF_ERROR(copy.read_into(*staging));
  SEMBLANCE_RETURN_IF_ERROR(prepare_searches(*staging, hooks));
  const Result<CollectionLock> lock = CollectionLock::acquire(to);
  if (!lock) return lock.error();
  SEMBLANCE_RETURN_IF_ERROR(check_is_new(to));
  SEMBLANCE_RETURN_IF_ERROR(staging->exchange_with(to));
  return copy.report();
}

/// By way of this machine's disk, where a collection lies for as long as it takes.
Result<CopyReport> copy_between_clusters(const fs::path& data_folder, const RemoteIndex& from,
                                         const RemoteIndex& to, const CopyHooks& hooks) {
  Result<StagingFolder> staging = StagingFolder::create(data_folder);
  if (!staging) return staging.error();
  // Half of the work is reading, half writing.
  std::int64_t read = 0;
  CopyHooks reading = hooks;
  CopyHooks writing = hooks;
  if (hooks.progress) {
    reading.progress = [&](std::int64_t done, std::int64_t total) {
      hooks.progress(done, 2 * total);
    };
    writing.progress = [&](std::int64_t done, std::int64_t total) {
      hooks.progress(read + done, read + total);
    };
  }
  CopyToCluster copy_to(data_folder, staging->files(), to, writing);
  SEMBLANCE_RETURN_IF_ERROR(copy_to.look_at_target());
  CopyFromCluster copy_from(from, reading);
  SEMBLANCE_RETURN_IF_ERROR(copy_from.read_into(*staging));
  read = copy_from.report().items;
  return copy_to.run();
}

}  // namespace

Result<CopyReport> copy_collection(const fs::path& data_folder, std::string_view from,
                                   std::string_view to, const CopyHooks& hooks) {
  SEMBLANCE_RETURN_IF_ERROR(check_collection_name(from));
  SEMBLANCE_RETURN_IF_ERROR(check_collection_name(to));
  const CollectionFiles source(data_folder, from);
  const CollectionFiles target(data_folder, to);
  std::error_code ignored;
  if (!is_remote(source) && !fs::exists(source.catalogue(), ignored)) {
    return no_such_collection(data_folder, from);
  }
  if (!is_remote(source) && !is_remote(target)) {
    return Error{ErrorCode::kInvalidArgument,
                 "'" + std::string(to) + "' lies in no cluster: 'semblance collections create " +
                     std::string(to) +
                     " --engine opensearch --engine-url URL' makes one to copy into; 'semblance "
                     "export' and 'import' copy collections of this machine"};
  }
  const Result<std::shared_ptr<const RemoteIndex>> from_index = open_index(source, from);
  if (!from_index) return from_index.error();
  const Result<std::shared_ptr<const RemoteIndex>> to_index = open_index(target, to);
  if (!to_index) return to_index.error();
  if (!*from_index) return copy_to_cluster(data_folder, from, **to_index, hooks);
  if (!*to_index) return copy_from_cluster(data_folder, **from_index, target, hooks);
  return copy_between_clusters(data_folder, **from_index, **to_index, hooks);
}

}  // namespace semblance::remote
