#include "engine/sync.h"

#include <chrono>
#include <thread>
#include <utility>

#include "base/file.h"
#include "describe/histogram.h"
#include "engine/attribute_join.h"
#include "engine/collection_files.h"
#include "engine/collection_model.h"
#include "engine/ingest_pipeline.h"
#include "source/folder_source.h"

namespace semblance {

namespace {

using Clock = std::chrono::steady_clock;

constexpr double kRemovalToConfirm = 0.2;  // share of the items
constexpr int kBatchItems = 1000;          // of changes that need no look at pixels
constexpr std::chrono::milliseconds kLockPoll{200};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// One run of sync: the phases in the order in which run() calls them.
class SyncRun {
 public:
  SyncRun(const std::filesystem::path& data_folder, std::string_view collection,
          const SyncOptions& options, const SyncHooks& hooks)
      : data_folder_(data_folder),
        files_(data_folder, collection),
        options_(options),
        hooks_(hooks) {}

  Result<SyncReport> run();

 private:
  // In the order of their use.
  Result<CollectionLock> wait_for_lock() const;
  Status open_catalogue();
  Status plan();
  Status choose_network();
  Status choose_set();
  Status scan();
  Status scan_folder(const std::filesystem::path& folder);
  Status add_entry(const SourceEntry& entry);
  Status compare();
  Status confirm_removal(const SyncPlan::Counts& counts) const;
  void report_plan(const SyncPlan::Counts& counts);
  Status change();
  Status begin_set();
  Status apply_moves();
  Status index_photos();
  Result<IngestCounts> ingest(std::int64_t total);
  Status relabel();
  Status remove_gone();
  Status write_problems();
  Status switch_set();

  /// Calls `change` for batches of what `next` gives (keys or tasks behind an ordinal), each batch
  /// in one transaction.
  template <typename Next, typename Change>
  Status in_batches(Next next, Change change);

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

  std::optional<Catalogue> catalogue_;        // the plan's connection: reads and temporary tables
  std::optional<Catalogue> write_catalogue_;  // the connection that changes items
  ModelCard card_;
  VectorSet set_;  // key 0: not begun yet
  std::optional<SyncPlan> plan_;
  std::optional<ItemWriter> items_;
  std::optional<AttributeJoin> attributes_;
  struct InputProblem {
    std::string subject;
    std::string place;
    Error error;
  };
  std::vector<InputProblem> input_problems_;
  SyncReport report_;
};

Result<CollectionLock> SyncRun::wait_for_lock() const {
  bool told = false;
  while (true) {
    Result<CollectionLock> lock = CollectionLock::acquire(files_);
    if (lock || lock.error().code != ErrorCode::kConflict) return lock;
    if (stopped()) return Error{ErrorCode::kCancelled, "stopped while waiting for another sync"};
    if (!told) notice("another sync of this collection is running; waiting for it to finish");
    told = true;
    std::this_thread::sleep_for(kLockPoll);
  }
}

Status SyncRun::choose_network() {
  Result<std::optional<VectorSet>> live = catalogue_->live_set();
  if (!live) return live.error();
  if (options_.model.empty() && *live) {
    Result<ModelCard> card = find_model_of(**live);
    if (!card) return card.error();
    card_ = *std::move(card);
    return {};
  }
  Result<ModelChoice> choice = choose_model(options_.model);
  if (!choice) return choice.error();
  if (!choice->notice.empty()) notice(choice->notice);
  card_ = std::move(choice->card);
  return {};
}

/// The live set if it has this network, else a set beside it that becomes live at the end.
Status SyncRun::choose_set() {
  set_.card_json = to_json(card_);
  Result<std::optional<VectorSet>> live = catalogue_->live_set();
  if (!live) return live.error();
  Result<std::optional<VectorSet>> building = catalogue_->building_set();
  if (!building) return building.error();
  for (std::optional<VectorSet>* existing : {&*live, &*building}) {
    if (!*existing || (*existing)->card_json != set_.card_json) continue;
    set_ = **existing;
    if (!set_.live) notice("going on with the change to network '" + card_.name + "'");
    return {};
  }
  set_.live = !*live;
  set_.card_folder = std::filesystem::absolute(card_.folder);
  set_.shape_dimension = card_.output.dimension;
  set_.colour_dimension = card_.colour ? card_.colour->dimension : 0;
  return {};
}

/// Makes the chosen set exist.
Status SyncRun::begin_set() {
  if (set_.key != 0) return {};
  if (!set_.live) {
    Result<std::optional<VectorSet>> other = write_catalogue_->building_set();
    if (!other) return other.error();
    if (*other) SEMBLANCE_RETURN_IF_ERROR(write_catalogue_->drop_set(**other));
    notice("embedding all photos again with network '" + card_.name +
           "'; searches use the old vectors until that is done");
  }
  Result<VectorSet> created = write_catalogue_->create_set(set_);
  if (!created) return created.error();
  set_ = *std::move(created);
  return {};
}

Status SyncRun::add_entry(const SourceEntry& entry) {
  if (entry.problem) {
    input_problems_.push_back({entry.id, entry.place, *entry.problem});
    return {};
  }
  SeenItem item;
  item.id = entry.id;
  item.path = entry.path;
  item.size_bytes = entry.size_bytes;
  item.mtime_ns = entry.mtime_ns;
  if (!entry.product.empty()) item.product = entry.product;
  if (attributes_) {
    Result<std::optional<AttributeTable::Row>> row = attributes_->take(entry.path);
    if (!row) return row.error();
    // A photo that the file does not name has no attributes any more.
    item.attributes = *row ? std::move((*row)->attributes) : Attributes{};
    item.product = *row && (*row)->product ? (*row)->product : entry.id;
  }
  const Result<bool> added = plan_->add(item);
  if (!added) return added.error();
  if (!*added) {
    input_problems_.push_back(
        {entry.id, entry.place, {ErrorCode::kDuplicateId, "an earlier input has this id"}});
  }
  return {};
}

Status SyncRun::scan_folder(const std::filesystem::path& folder) {
  // With several folders, ids begin with the folder's name so that equal names in them differ.
  std::string prefix;
  if (options_.folders.size() > 1) {
    std::error_code ignored;
    prefix = to_utf8(std::filesystem::canonical(folder, ignored).filename().native()) + "/";
  }
  // Our own files may lie among the photos ("semblance sync ." with the data folder beside them).
  Result<std::unique_ptr<Source>> source =
      open_folder_source(folder, std::move(prefix), {data_folder_, data_folder_ / "collections"});
  if (!source) return source.error();
  while (true) {
    const Result<std::optional<SourceEntry>> entry = (*source)->next();
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
  for (const std::filesystem::path& folder : options_.folders) {
    SEMBLANCE_RETURN_IF_ERROR(scan_folder(folder));
  }
  SEMBLANCE_RETURN_IF_ERROR(plan_->classify(set_.key, options_.retry));
  for (const InputProblem& problem : input_problems_) {
    if (problem.error.code != ErrorCode::kUnreadable) continue;
    SEMBLANCE_RETURN_IF_ERROR(plan_->keep_unseen(problem.subject));
  }
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
  if (options_.keep_missing || options_.yes || counts.gone == 0) return {};
  const auto share = static_cast<double>(counts.gone) / static_cast<double>(counts.existing);
  if (share <= kRemovalToConfirm) return {};
  if (hooks_.confirm_removal && hooks_.confirm_removal(counts.gone, counts.existing)) return {};
  return Error{ErrorCode::kConflict,
               "the source no longer names " + std::to_string(counts.gone) + " of " +
                   std::to_string(counts.existing) +
                   " items; nothing was changed. If that is right, run again with --yes; to keep "
                   "them, with --keep-missing"};
}

/// What is known without looking at the photos; final for a dry run.
void SyncRun::report_plan(const SyncPlan::Counts& counts) {
  const auto problems = static_cast<std::int64_t>(input_problems_.size());
  report_.seen = counts.seen + problems;
  report_.added = counts.fresh;
  report_.changed = counts.touched;
  report_.renamed = counts.rename;
  report_.unchanged = counts.same_indexed + counts.refresh + counts.embed;
  report_.failed = counts.same_failed + problems;
  report_.skipped = counts.same_skipped;
  report_.removed = options_.keep_missing ? 0 : counts.gone;
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
    SEMBLANCE_RETURN_IF_ERROR(transaction->commit());
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
  return plan_->finish_moves(set_.key);
}

Result<IngestCounts> SyncRun::ingest(std::int64_t total) {
  const Clock::time_point opening = Clock::now();
  auto embedder = hooks_.open_embedder ? hooks_.open_embedder(card_) : open_onnx_embedder(card_);
  if (!embedder) return embedder.error();
  const PhotoDescriber describer(*std::move(embedder), options_.limits);
  Result<VectorStoreWriter> store = VectorStoreWriter::open(
      files_.vectors(set_.key), {set_.shape_dimension + set_.colour_dimension, kHistogramDimension},
      set_.rows);
  if (!store) return store.error();
  IngestPipeline pipeline({*plan_, *write_catalogue_, *items_, *store, set_.key, describer},
                          options_.workers);
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
  const std::int64_t total = planned->fresh + planned->touched + planned->embed;
  IngestCounts done;
  if (total > 0) {
    const Result<IngestCounts> counts = ingest(total);
    if (!counts) return counts.error();
    done = *counts;
  }
  const auto problems = static_cast<std::int64_t>(input_problems_.size());
  report_.interrupted = done.done() < total;
  report_.added = done.added;
  report_.changed = done.changed;
  report_.renamed = planned->same_renamed + done.renamed;
  report_.unchanged = planned->same_indexed + done.unchanged;
  report_.failed = planned->same_failed + problems + done.failed;
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

Status SyncRun::write_problems() {
  Result<Transaction> transaction = Transaction::begin(write_catalogue_->database());
  if (!transaction) return transaction.error();
  SEMBLANCE_RETURN_IF_ERROR(items_->clear_problems());
  for (const InputProblem& problem : input_problems_) {
    SEMBLANCE_RETURN_IF_ERROR(
        items_->add_problem("input", problem.subject, problem.place, problem.error));
  }
  if (attributes_) {
    const Result<std::int64_t> count = attributes_->report_problems(*items_);
    if (!count) return count.error();
    report_.attribute_problems = *count;
  }
  return transaction->commit();
}

Status SyncRun::switch_set() {
  if (set_.live) return {};
  SEMBLANCE_RETURN_IF_ERROR(write_catalogue_->switch_to(set_));
  // What no set needs any more. Readers that have it mapped keep it until they let go.
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(files_.vectors(), ignored)) {
    if (entry.path() != files_.vectors(set_.key)) {
      std::filesystem::remove_all(entry.path(), ignored);
    }
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
  SEMBLANCE_RETURN_IF_ERROR(choose_network());
  SEMBLANCE_RETURN_IF_ERROR(choose_set());
  SEMBLANCE_RETURN_IF_ERROR(scan());
  SEMBLANCE_RETURN_IF_ERROR(compare());
  const Result<SyncPlan::Counts> counts = plan_->counts();
  if (!counts) return counts.error();
  report_plan(*counts);
  if (options_.dry_run) {
    if (!attributes_) return {};
    const Result<std::int64_t> problems = attributes_->count_problems();
    if (!problems) return problems.error();
    report_.attribute_problems = *problems;
    return {};
  }
  return confirm_removal(*counts);
}

Status SyncRun::change() {
  SEMBLANCE_RETURN_IF_ERROR(begin_set());
  Result<ItemWriter> items = ItemWriter::create(write_catalogue_->database(), set_.key);
  if (!items) return items.error();
  items_ = *std::move(items);
  report_.removed = 0;
  SEMBLANCE_RETURN_IF_ERROR(apply_moves());
  SEMBLANCE_RETURN_IF_ERROR(index_photos());
  if (report_.interrupted) return {};
  SEMBLANCE_RETURN_IF_ERROR(relabel());
  SEMBLANCE_RETURN_IF_ERROR(remove_gone());
  SEMBLANCE_RETURN_IF_ERROR(write_problems());
  return switch_set();
}

Result<SyncReport> SyncRun::run() {
  const Clock::time_point start = Clock::now();
  for (const std::filesystem::path& folder : options_.folders) {
    std::error_code code;
    if (!std::filesystem::is_directory(folder, code)) {
      return Error{ErrorCode::kNotFound, "'" + folder.string() + "' is not a folder"};
    }
  }
  std::optional<CollectionLock> lock;
  if (!options_.dry_run) {
    Result<CollectionLock> acquired = wait_for_lock();
    if (!acquired) return acquired.error();
    lock = *std::move(acquired);
  }
  SEMBLANCE_RETURN_IF_ERROR(plan());
  if (!options_.dry_run) SEMBLANCE_RETURN_IF_ERROR(change());
  report_.model = card_.name;
  report_.seconds = seconds_since(start);
  return report_;
}

}  // namespace

Result<SyncReport> sync_collection(const std::filesystem::path& data_folder,
                                   std::string_view collection, const SyncOptions& options,
                                   const SyncHooks& hooks) {
  SEMBLANCE_RETURN_IF_ERROR(check_collection_name(collection));
  return SyncRun(data_folder, collection, options, hooks).run();
}

}  // namespace semblance
