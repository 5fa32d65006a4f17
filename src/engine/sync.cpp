#include "engine/sync.h"

#include <chrono>
#include <functional>
#include <unordered_set>
#include <utility>

#include "base/file.h"
#include "engine/attribute_join.h"
#include "engine/change_of_network.h"
#include "engine/collection_files.h"
#include "engine/compaction.h"
#include "engine/ingest_pipeline.h"
#include "engine/neighbours.h"
#include "engine/photo_roots.h"
#include "engine/projected_set.h"
#include "engine/search_index.h"
#include "engine/set_dimensions.h"
#include "engine/staging.h"
#include "engine/target_set.h"
#include "fetch/photo_cache.h"
#include "fetch/photo_fetcher.h"
#include "source/open_source.h"

namespace semblance {

namespace {

using Clock = std::chrono::steady_clock;

constexpr double kRemovalToConfirm = 0.2;  // share of the items
constexpr int kBatchItems = 1000;          // of changes that need no look at pixels

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Absolute, because items say where in it their photos are, to programs that start elsewhere.
std::filesystem::path folder_for_photos(const std::filesystem::path& data_folder,
                                        std::string_view collection) {
  const std::filesystem::path folder = CollectionFiles(data_folder, collection).photos();
  std::error_code code;
  const std::filesystem::path absolute = std::filesystem::absolute(folder, code);
  return code ? folder : absolute.lexically_normal();
}

/// One run of sync: the phases in the order in which run() calls them.
class SyncRun {
 public:
  SyncRun(const std::filesystem::path& data_folder, std::string_view collection,
          const SyncOptions& options, const SyncHooks& hooks, const SyncStandIn* stand_in)
      : data_folder_(data_folder),
        files_(stand_in ? stand_in->files : CollectionFiles(data_folder, collection)),
        options_(options),
        hooks_(hooks),
        stand_in_(stand_in),
        photo_cache_(folder_for_photos(data_folder, collection)) {}

  Result<SyncReport> run();

 private:
  // In the order of their use.
  Status open_catalogue();
  Status plan();
  Status scan();
  Status read_source();
  Status add_entry(const SourceEntry& entry);
  Status allow_roots();
  Status forget_roots();
  Status compare();
  Status confirm_removal(const SyncPlan::Counts& counts) const;
  void report_plan(const SyncPlan::Counts& counts);
  Status change();
  Status begin_problems();
  Status store_item_problems();
  Status apply_moves();
  Status index_photos();
  Result<IngestCounts> ingest(std::int64_t total);
  Status relabel();
  Status remove_gone();
  Status store_attribute_problems();
  Status sweep_photos();
  Status switch_set();
  Status shorten_vectors();
  Status tidy();

  /// Calls `change` for batches of what `next` gives (keys or tasks behind an ordinal), each batch
  /// in one transaction.
  template <typename Next, typename Change>
  Status in_batches(Next next, Change change);
  Status commit(Transaction& transaction) const;

  [[nodiscard]] bool stopped() const { return hooks_.stop != nullptr && hooks_.stop->load(); }
  void notice(std::string_view line) const {
    if (hooks_.notice) hooks_.notice(line);
  }
  void progress(SyncProgress::Phase phase, std::int64_t done, std::int64_t total,
                std::int64_t failed) const {
    if (hooks_.progress) hooks_.progress({phase, done, total, failed});
  }

  const std::filesystem::path& data_folder_;
  const CollectionFiles files_;
  const SyncOptions& options_;
  const SyncHooks& hooks_;
  const SyncStandIn* const stand_in_;  // null: the collection itself
  const PhotoCache photo_cache_;

  std::optional<Catalogue> catalogue_;        // the plan's connection: reads and temporary tables
  std::optional<Catalogue> write_catalogue_;  // the connection that changes items
  TargetSet target_;
  int components_ = 0;  // of shape vectors; 0: all of the network's
  std::optional<SyncPlan> plan_;
  std::optional<ItemWriter> items_;
  std::optional<AttributeJoin> attributes_;
  std::unique_ptr<Source> source_;
  PhotoRoots roots_;  // of this source
  std::int64_t input_problems_ = 0;
  SyncReport report_;
};

/// An input that is no item: it has no id of its own, or is a folder that cannot be listed.
bool is_no_item(const SourceEntry& entry) {
  return entry.id.empty() ||
         (entry.problem && entry.problem->code == ErrorCode::kUnreadable && entry.url.empty());
}

Status SyncRun::add_entry(const SourceEntry& entry) {
  if (is_no_item(entry)) {
    const Error problem = entry.problem.value_or(Error{ErrorCode::kBadRow, "the input has no id"});
    return plan_->add_problem(entry.id.empty() ? entry.place : entry.id, entry.place, problem);
  }
  if (stand_in_ && stand_in_->takes && !stand_in_->takes(entry.id)) return {};
  SeenItem item;
  item.id = entry.id;
  item.path = entry.url.empty() ? entry.path : photo_cache_.file(entry.url);
  if (entry.url.empty() && !entry.problem) roots_.add_folder_of(entry.path);
  item.url = entry.url;
  item.link = entry.link;
  item.place = entry.place;
  item.size_bytes = entry.size_bytes;
  item.mtime_ns = entry.mtime_ns;
  item.attributes = entry.attributes;
  item.problem = entry.problem;
  // A source with attributes knows products, too: none named means that the item is its own.
  if (!entry.product.empty() || entry.attributes) {
    item.product = entry.product.empty() ? entry.id : entry.product;
  }
  if (attributes_) {
    const std::filesystem::path name =
        entry.path.empty() ? std::filesystem::path(entry.id) : entry.path;
    Result<std::optional<AttributeTable::Row>> row = attributes_->take(name);
    if (!row) return row.error();
    // A photo that the file does not name has no attributes any more.
    item.attributes = *row ? std::move((*row)->attributes) : Attributes{};
    item.product = *row && (*row)->product ? (*row)->product : entry.id;
  }
  const Result<bool> added = plan_->add(item);
  if (!added) return added.error();
  if (*added) return {};
  return plan_->add_problem(entry.id, entry.place,
                            {ErrorCode::kDuplicateId, "an earlier input has this id"});
}

/// Before anything is changed: from now on photos may be read from there, too.
Status SyncRun::allow_roots() {
  const Result<std::optional<PhotoRoots>> before = stored_roots(*write_catalogue_);
  if (!before) return before.error();
  PhotoRoots both = before->value_or(PhotoRoots());
  both.add_all(roots_);
  return store_roots(*write_catalogue_, both);
}

/// No item has a photo in other folders any more.
Status SyncRun::forget_roots() {
  if (options_.keep_missing) return {};
  return store_roots(*write_catalogue_, roots_);
}

Status SyncRun::read_source() {
  // Whole folders, though a photo may lie in one of theirs.
  for (const std::string& source : options_.sources) {
    if (std::error_code ignored; std::filesystem::is_directory(source, ignored)) roots_.add(source);
  }
  if (options_.source.images) roots_.add(*options_.source.images);
  while (true) {
    const Result<std::optional<SourceEntry>> entry = source_->next();
    if (!entry) return entry.error();
    if (!*entry) return {};
    SEMBLANCE_RETURN_IF_ERROR(add_entry(**entry));
    progress(SyncProgress::Phase::kScanning, ++report_.seen, 0, 0);
    if (stopped()) return Error{ErrorCode::kCancelled, "stopped before anything was changed"};
  }
}

Status SyncRun::scan() {
  Result<SyncPlan> plan = SyncPlan::create(catalogue_->database());
  if (!plan) return plan.error();
  plan_ = *std::move(plan);
  if (options_.attributes) {
    Result<AttributeJoin> join =
        AttributeJoin::load(catalogue_->database(), *options_.attributes, options_.attributes_key,
                            options_.product_column);
    if (!join) return join.error();
    attributes_ = *std::move(join);
  }
  Result<Transaction> transaction = Transaction::begin_read(catalogue_->database());
  if (!transaction) return transaction.error();
  SEMBLANCE_RETURN_IF_ERROR(read_source());
  SEMBLANCE_RETURN_IF_ERROR(plan_->classify(target_.set.key, options_.retry));
  SEMBLANCE_RETURN_IF_ERROR(plan_->keep_what_could_not_be_read());
  return transaction->commit();
}

/// Looks at the content of what might be only touched or renamed.
Status SyncRun::compare() {
  std::int64_t ordinal = 0;
  std::int64_t done = 0;
  while (true) {
    const Result<std::vector<SyncTask>> tasks = plan_->undecided_after(ordinal, kBatchItems);
    if (!tasks) return tasks.error();
    if (tasks->empty()) return {};
    ordinal = tasks->back().ordinal;
    for (const SyncTask& task : *tasks) {
      // A file that cannot be read is reported when it is indexed.
      if (const Result<Sha256> hash = sha256_of_file(task.seen.path)) {
        SEMBLANCE_RETURN_IF_ERROR(plan_->decide(task, *hash));
      }
      progress(SyncProgress::Phase::kComparing, ++done, 0, 0);
      if (stopped()) return Error{ErrorCode::kCancelled, "stopped before anything was changed"};
    }
  }
}

Status SyncRun::confirm_removal(const SyncPlan::Counts& counts) const {
  if (options_.keep_missing || options_.yes || counts.gone_indexed == 0) return {};
  const auto share =
      static_cast<double>(counts.gone_indexed) / static_cast<double>(counts.existing_indexed);
  if (share <= kRemovalToConfirm) return {};
  if (hooks_.confirm_removal &&
      hooks_.confirm_removal(counts.gone_indexed, counts.existing_indexed))
    return {};
  return Error{ErrorCode::kConflict,
               "the source no longer names " + std::to_string(counts.gone_indexed) + " of " +
                   std::to_string(counts.existing_indexed) +
                   " items; nothing was changed. If that is right, run again with --yes; to keep "
                   "them, with --keep-missing"};
}

/// What is known without looking at the photos; final for a dry run.
void SyncRun::report_plan(const SyncPlan::Counts& counts) {
  report_.seen = counts.seen + input_problems_;
  report_.added = counts.fresh;
  report_.changed = counts.touched;
  report_.renamed = counts.rename;
  report_.unchanged = counts.same_indexed + counts.refresh + counts.embed + counts.check;
  report_.failed = counts.same_failed + counts.problem + input_problems_;
  report_.skipped = counts.same_skipped;
  report_.removed = options_.keep_missing ? 0 : counts.gone;
}

Status SyncRun::commit(Transaction& transaction) const {
  SEMBLANCE_RETURN_IF_ERROR(transaction.commit());
  return stand_in_ ? stand_in_->committed() : Status();
}

template <typename Next, typename Change>
Status SyncRun::in_batches(Next next, Change change) {
  std::int64_t behind = 0;
  while (true) {
    const auto batch = next(behind);
    if (!batch) return batch.error();
    if (batch->empty()) return {};
    Result<Transaction> transaction = Transaction::begin(write_catalogue_->database());
    if (!transaction) return transaction.error();
    for (const auto& each : *batch) {
      const Result<std::int64_t> position = change(each);
      if (!position) return position.error();
      behind = *position;
    }
    SEMBLANCE_RETURN_IF_ERROR(commit(*transaction));
  }
}

Status SyncRun::apply_moves() {
  Status applied =
      in_batches([&](std::int64_t behind) { return plan_->moves_after(behind, kBatchItems); },
                 [&](const SyncTask& task) -> Result<std::int64_t> {
                   SEMBLANCE_RETURN_IF_ERROR(items_->rename(task.item_key, task));
                   return task.ordinal;
                 });
  if (!applied) return applied;
  return plan_->finish_moves(target_.set.key);
}

Result<IngestCounts> SyncRun::ingest(std::int64_t total) {
  const Clock::time_point opening = Clock::now();
  auto embedder =
      hooks_.open_embedder ? hooks_.open_embedder(target_.card) : open_onnx_embedder(target_.card);
  if (!embedder) return embedder.error();
  auto projected = with_projection(*std::move(embedder), *write_catalogue_, target_.card);
  if (!projected) return projected.error();
  const PhotoDescriber describer(*std::move(projected), options_.limits);
  Result<VectorStoreWriter> store = VectorStoreWriter::open(
      files_.vectors(target_.set.key), dimensions_of(target_.set), target_.set.rows);
  if (!store) return store.error();
  const RemotePhotos remote(photo_cache_, options_.fetch);
  const std::function<Status()> committed = stand_in_ ? stand_in_->committed : nullptr;
  IngestPipeline pipeline(
      {*plan_, *write_catalogue_, *items_, *store, target_.set.key, describer, remote, committed},
      options_.workers, options_.batch_items);
  report_.open_seconds = seconds_since(opening);
  const Clock::time_point start = Clock::now();
  auto counts = pipeline.run(hooks_.stop, [&](const IngestCounts& so_far) {
    progress(SyncProgress::Phase::kIndexing, so_far.done(), total, so_far.failed);
  });
  report_.indexing_seconds = seconds_since(start);
  report_.stages = describer.stage_seconds();
  return counts;
}

Status SyncRun::index_photos() {
  const Result<SyncPlan::Counts> planned = plan_->counts();
  if (!planned) return planned.error();
  const std::int64_t total =
      planned->fresh + planned->touched + planned->embed + planned->kept + planned->check;
  IngestCounts done;
  if (total > 0) {
    const Result<IngestCounts> counts = ingest(total);
    if (!counts) return counts.error();
    done = *counts;
  }
  report_.interrupted = done.done() < total;
  if (done.kept_failed > 0) {
    notice(std::to_string(done.kept_failed) +
           " kept items have no photo any more that the new network could see, and are no longer "
           "found; 'semblance problems' lists them");
  }
  report_.added = done.added;
  report_.changed = done.changed;
  report_.renamed = planned->same_renamed + done.renamed;
  report_.unchanged = planned->same_indexed + done.unchanged;
  report_.failed = planned->same_failed + planned->problem + input_problems_ + done.failed;
  report_.skipped = planned->same_skipped + done.skipped;
  report_.seen = report_.added + report_.changed + report_.renamed + report_.unchanged +
                 report_.failed + report_.skipped;
  report_.embedded = done.embedded;
  report_.read_seconds = done.read_seconds;
  report_.write_seconds = done.write_seconds;
  return {};
}

Status SyncRun::relabel() {
  return in_batches(
      [&](std::int64_t behind) { return plan_->relabelled_after(behind, kBatchItems); },
      [&](const SyncTask& task) -> Result<std::int64_t> {
        SEMBLANCE_RETURN_IF_ERROR(items_->refresh(task));
        return task.ordinal;
      });
}

Status SyncRun::remove_gone() {
  if (options_.keep_missing) return {};
  return in_batches([&](std::int64_t behind) { return plan_->gone_after(behind, kBatchItems); },
                    [&](std::int64_t key) -> Result<std::int64_t> {
                      SEMBLANCE_RETURN_IF_ERROR(items_->remove(key));
                      ++report_.removed;
                      return key;
                    });
}

/// Items that the source names without a photo to look at.
Status SyncRun::store_item_problems() {
  return in_batches(
      [&](std::int64_t behind) { return plan_->problems_after(behind, kBatchItems); },
      [&](const SyncTask& task) -> Result<std::int64_t> {
        // There is no photo whose path would tell the place.
        const Error problem{task.seen.problem->code,
                            task.seen.place + ": " + task.seen.problem->message};
        SEMBLANCE_RETURN_IF_ERROR(items_->put_problem(task, ItemStatus::kFailed, problem));
        return task.ordinal;
      });
}

/// The list of problems begins anew; what concerns no item is known already.
Status SyncRun::begin_problems() {
  Result<Transaction> transaction = Transaction::begin(catalogue_->database());
  if (!transaction) return transaction.error();
  SEMBLANCE_RETURN_IF_ERROR(catalogue_->database().execute("DELETE FROM main.problem"));
  SEMBLANCE_RETURN_IF_ERROR(plan_->store_problems());
  return transaction->commit();
}

Status SyncRun::store_attribute_problems() {
  if (!attributes_) return {};
  Result<Transaction> transaction = Transaction::begin(write_catalogue_->database());
  if (!transaction) return transaction.error();
  const Result<std::int64_t> count = attributes_->report_problems(*items_);
  if (!count) return count.error();
  report_.attribute_problems = *count;
  return transaction->commit();
}

/// Downloads that no item needs any more.
Status SyncRun::sweep_photos() {
  std::error_code ignored;
  if (!std::filesystem::exists(photo_cache_.folder(), ignored)) return {};
  Result<Statement> urls =
      catalogue_->database().prepare("SELECT url FROM main.item WHERE url <> ''");
  if (!urls) return urls.error();
  // Hashes of the keys, to keep memory small; to keep a photo too many for a collision is no harm.
  std::unordered_set<std::size_t> wanted;
  while (true) {
    const Result<bool> row = urls->step();
    if (!row) return row.error();
    if (!*row) break;
    wanted.insert(std::hash<std::string>()(PhotoCache::key(urls->text_view(0))));
  }
  const Result<std::int64_t> swept = photo_cache_.sweep(
      [&](const std::string& key) { return wanted.contains(std::hash<std::string>()(key)); });
  return swept ? Status() : swept.error();
}

Status SyncRun::switch_set() {
  if (target_.set.live) return {};
  if (stand_in_ && stand_in_->takes) {
    notice("this part is embedded with network '" + target_.card.name +
           "'; when all parts are, a sync without --part makes it live");
    return {};
  }
  return write_catalogue_->switch_to(target_.set);
}

/// Whole vectors that shall be short ones.
Status SyncRun::shorten_vectors() {
  if (components_ == 0 || target_.card.projection) return {};
  if (components_ >= target_.card.output.dimension) {
    notice("the network's shape vectors have no more than " +
           std::to_string(target_.card.output.dimension) + " numbers; they stay as they are");
    return {};
  }
  notice("fitting " + std::to_string(components_) + " principal components");
  const Result<Projection> projection = project_live_set(files_, *write_catalogue_, components_);
  if (!projection && projection.error().code == ErrorCode::kInvalidArgument) {
    notice(projection.error().message + "; the vectors stay as they are until the next sync");
    return {};
  }
  if (!projection) return projection.error();
  const auto thousandths = static_cast<int>(projection->explained_variance() * 1000);
  notice("shape vectors: " + std::to_string(projection->from()) + " -> " +
         std::to_string(projection->to()) + " numbers, with " + std::to_string(thousandths / 10) +
         "." + std::to_string(thousandths % 10) + " % of their variance");
  return {};
}

/// Drops what nothing refers to any more. The collection is right without it.
Status SyncRun::tidy() {
  SEMBLANCE_RETURN_IF_ERROR(write_catalogue_->drop_unused_attribute_names());
  SEMBLANCE_RETURN_IF_ERROR(remove_unused_vectors(files_, *write_catalogue_));
  const Status compacted =
      compact_if_it_pays(files_, *write_catalogue_, options_.compact_from_rows);
  if (!compacted) {
    notice("the vector files still hold rows of removed photos: " + compacted.error().message);
  }
  SearchIndexOptions index_options;
  index_options.threads = options_.workers;
  index_options.graph_from_rows = options_.graph_from_rows;
  index_options.stop = hooks_.stop;
  index_options.progress = [this](std::int64_t done, std::int64_t total) {
    progress(SyncProgress::Phase::kBuildingGraph, done, total, 0);
  };
  if (const Status updated = update_search_index(files_, *write_catalogue_, index_options);
      !updated) {
    notice("searches are slower than they could be: " + updated.error().message);
  }
  NeighbourHooks neighbour_hooks;
  neighbour_hooks.stop = hooks_.stop;
  neighbour_hooks.notice = hooks_.notice;
  neighbour_hooks.progress = [this](std::int64_t done, std::int64_t total) {
    progress(SyncProgress::Phase::kNeighbours, done, total, 0);
  };
  const auto neighbours = update_neighbours(files_, *write_catalogue_, options_.workers,
                                            neighbour_hooks, options_.all_pairs_up_to);
  if (!neighbours) {
    notice("the neighbour table is not up to date and not used: " + neighbours.error().message);
  }
  return {};
}

Status SyncRun::open_catalogue() {
  std::error_code ignored;
  std::filesystem::path path = files_.catalogue();
  // A dry run leaves no trace, so a collection that is not there yet is compared with an empty one.
  if (options_.dry_run && !std::filesystem::exists(path, ignored)) path = ":memory:";
  for (std::optional<Catalogue>* each : {&catalogue_, &write_catalogue_}) {
    Result<Catalogue> opened = Catalogue::open(path, Database::Mode::kWrite);
    if (!opened) return opened.error();
    *each = *std::move(opened);
  }
  return {};
}

Status SyncRun::plan() {
  SEMBLANCE_RETURN_IF_ERROR(open_catalogue());
  const Result<int> components = wanted_components(*catalogue_);
  if (!components) return components.error();
  components_ = options_.components.value_or(*components);
  Result<TargetSet> target = choose_target(*catalogue_, options_.model, components_, hooks_.notice);
  if (!target) return target.error();
  target_ = *std::move(target);
  SEMBLANCE_RETURN_IF_ERROR(scan());
  SEMBLANCE_RETURN_IF_ERROR(compare());
  SEMBLANCE_RETURN_IF_ERROR(plan_->embed_kept(target_.set.key, options_.keep_missing));
  const Result<SyncPlan::Counts> counts = plan_->counts();
  if (!counts) return counts.error();
  const Result<std::int64_t> problems = plan_->count_problems();
  if (!problems) return problems.error();
  input_problems_ = *problems;
  report_plan(*counts);
  if (options_.dry_run) {
    if (!attributes_) return {};
    const Result<std::int64_t> unused = attributes_->count_problems();
    if (!unused) return unused.error();
    report_.attribute_problems = *unused;
    return {};
  }
  return confirm_removal(*counts);
}

Status SyncRun::change() {
  SEMBLANCE_RETURN_IF_ERROR(want_components(*write_catalogue_, components_));
  SEMBLANCE_RETURN_IF_ERROR(begin_target(files_, *write_catalogue_, hooks_.notice, target_));
  Result<ItemWriter> items = ItemWriter::create(write_catalogue_->database(), target_.set.key);
  if (!items) return items.error();
  items_ = *std::move(items);
  report_.removed = 0;
  SEMBLANCE_RETURN_IF_ERROR(allow_roots());
  SEMBLANCE_RETURN_IF_ERROR(begin_problems());
  SEMBLANCE_RETURN_IF_ERROR(store_item_problems());
  SEMBLANCE_RETURN_IF_ERROR(apply_moves());
  SEMBLANCE_RETURN_IF_ERROR(index_photos());
  if (report_.interrupted) return {};
  SEMBLANCE_RETURN_IF_ERROR(relabel());
  SEMBLANCE_RETURN_IF_ERROR(remove_gone());
  SEMBLANCE_RETURN_IF_ERROR(forget_roots());
  SEMBLANCE_RETURN_IF_ERROR(store_attribute_problems());
  // Others may have downloaded what this part of the source does not name.
  if (!stand_in_ || !stand_in_->takes) SEMBLANCE_RETURN_IF_ERROR(sweep_photos());
  SEMBLANCE_RETURN_IF_ERROR(switch_set());
  if (stand_in_) return stand_in_->committed();
  SEMBLANCE_RETURN_IF_ERROR(shorten_vectors());
  return tidy();
}

Result<SyncReport> SyncRun::run() {
  const Clock::time_point start = Clock::now();
  SourceOptions source_options = options_.source;
  // Our own files may lie among the photos ("semblance sync ." with the data folder beside them).
  source_options.left_out = {data_folder_, data_folder_ / "collections"};
  Result<std::unique_ptr<Source>> source = open_sources(options_.sources, source_options);
  if (!source) return source.error();
  source_ = *std::move(source);
  std::optional<CollectionLock> lock;
  if (!options_.dry_run && !stand_in_) {
    remove_leftovers(files_);
    Result<CollectionLock> acquired = CollectionLock::wait(files_, hooks_.stop, hooks_.notice);
    if (!acquired) return acquired.error();
    lock = *std::move(acquired);
  }
  SEMBLANCE_RETURN_IF_ERROR(plan());
  if (!options_.dry_run) SEMBLANCE_RETURN_IF_ERROR(change());
  report_.model = target_.card.name;
  report_.seconds = seconds_since(start);
  return report_;
}

}  // namespace

Result<SyncReport> sync_collection(const std::filesystem::path& data_folder,
                                   std::string_view collection, const SyncOptions& options,
                                   const SyncHooks& hooks) {
  SEMBLANCE_RETURN_IF_ERROR(check_collection_name(collection));
  SEMBLANCE_RETURN_IF_ERROR(check_is_local(CollectionFiles(data_folder, collection)));
  return SyncRun(data_folder, collection, options, hooks, nullptr).run();
}

Result<SyncReport> sync_stand_in(const std::filesystem::path& data_folder,
                                 std::string_view collection, const SyncOptions& options,
                                 const SyncHooks& hooks, const SyncStandIn& stand_in) {
  if (options.components.value_or(0) != 0) {
    return Error{ErrorCode::kInvalidArgument,
                 "--pca works for collections of this machine only; leave it out"};
  }
  return SyncRun(data_folder, collection, options, hooks, &stand_in).run();
}

}  // namespace semblance
