#include "live/writer.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "engine/projected_set.h"
#include "engine/set_dimensions.h"
#include "engine/target_set.h"
#include "live/uploads.h"

namespace semblance {

namespace {

constexpr std::size_t kMostChanges = 1000;  // of a transaction, unless one request has more
constexpr std::chrono::milliseconds kLockPoll{2};
/// After so long without a break the lock is left alone for a moment: who waits for it looks only
/// now and then (CollectionLock::wait).
constexpr std::chrono::milliseconds kLongestTurn{500};
constexpr std::chrono::milliseconds kBreak{25};

std::uint64_t inode_of(const std::filesystem::path& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? static_cast<std::uint64_t>(info.st_ino) : 0;
}

Error stopping() {
  return Error{ErrorCode::kUnavailable, "the collection is being closed"};
}

Error busy() {
  return Error{ErrorCode::kUnavailable,
               "another process is changing this collection; try again later"};
}

}  // namespace

Writer::Writer(CollectionFiles files, std::function<void()> changed)
    : files_(std::move(files)), changed_(std::move(changed)), thread_([this] { run(); }) {}

Writer::~Writer() {
  {
    const std::scoped_lock lock(mutex_);
    stop_ = true;
  }
  asked_.notify_all();
  thread_.join();
  std::unique_lock lock(mutex_);
  answered_.wait(lock, [this] { return callers_ == 0; });
}

std::vector<Result<ChangeOutcome>> Writer::change(std::vector<ItemChange> changes,
                                                  Clock::time_point deadline) {
  if (changes.empty()) return {};
  Request request{std::move(changes), nullptr, deadline, std::nullopt};
  return wait_for_outcomes(request);
}

Status Writer::run_step(const Step& step, Clock::time_point deadline) {
  Request request{{}, &step, deadline, std::nullopt};
  const Outcomes outcomes = wait_for_outcomes(request);
  return outcomes.front() ? Status() : outcomes.front().error();
}

std::size_t Writer::answers_to(const Request& request) {
  return request.step != nullptr ? 1 : request.changes.size();
}

Writer::Outcomes Writer::wait_for_outcomes(Request& request) {
  std::unique_lock lock(mutex_);
  if (stop_) return Outcomes(answers_to(request), stopping());
  waiting_.push_back(&request);
  asked_.notify_one();
  ++callers_;
  answered_.wait(lock, [&] { return request.outcomes.has_value(); });
  if (--callers_ == 0 && stop_) answered_.notify_all();
  return *std::move(request.outcomes);
}

void Writer::run() {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      asked_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
      if (stop_) break;
    }
    const std::optional<CollectionLock> lock = wait_for_lock();
    if (lock) write(take_waiting());
  }
  refuse(take_all(), stopping());
}

/// Nothing where nobody waits for a change any more, or it cannot be had.
std::optional<CollectionLock> Writer::wait_for_lock() {
  if (Clock::now() - last_pause_ > kLongestTurn) {
    if (last_pause_ != Clock::time_point()) std::this_thread::sleep_for(kBreak);
    last_pause_ = Clock::now();
  }
  while (true) {
    Result<CollectionLock> lock = CollectionLock::acquire_again(files_);
    if (lock) return *std::move(lock);
    if (lock.error().code != ErrorCode::kConflict) {
      refuse(take_all(), lock.error());
      return std::nullopt;
    }
    last_pause_ = Clock::now();  // the other one has its turn
    std::vector<Request*> late;
    {
      std::unique_lock guard(mutex_);
      asked_.wait_for(guard, kLockPoll, [this] { return stop_; });
      if (stop_) return std::nullopt;
      const Clock::time_point now = Clock::now();
      const auto end = std::stable_partition(waiting_.begin(), waiting_.end(),
                                             [&](Request* one) { return one->deadline > now; });
      late.assign(end, waiting_.end());
      waiting_.erase(end, waiting_.end());
      if (late.empty()) continue;
    }
    refuse(late, busy());
    const std::scoped_lock guard(mutex_);
    if (waiting_.empty()) return std::nullopt;
  }
}

/// What shares a transaction.
std::vector<Writer::Request*> Writer::take_waiting() {
  const std::scoped_lock lock(mutex_);
  std::vector<Request*> taken;
  std::size_t changes = 0;
  while (!waiting_.empty()) {
    Request* const next = waiting_.front();
    // A step has a transaction of its own.
    const bool fits = taken.empty() || (next->step == nullptr && taken.front()->step == nullptr &&
                                        changes + next->changes.size() <= kMostChanges);
    if (!fits) break;
    changes += next->changes.size();
    taken.push_back(next);
    waiting_.pop_front();
  }
  return taken;
}

std::vector<Writer::Request*> Writer::take_all() {
  const std::scoped_lock lock(mutex_);
  std::vector<Request*> taken(waiting_.begin(), waiting_.end());
  waiting_.clear();
  return taken;
}

void Writer::refuse(const std::vector<Request*>& requests, const Error& error) {
  std::vector<Outcomes> outcomes;
  for (const Request* request : requests) outcomes.emplace_back(answers_to(*request), error);
  finish(requests, std::move(outcomes));
}

void Writer::finish(const std::vector<Request*>& requests, std::vector<Outcomes> outcomes) {
  {
    const std::scoped_lock lock(mutex_);
    for (std::size_t i = 0; i < requests.size(); ++i) {
      requests[i]->outcomes = std::move(outcomes[i]);
    }
  }
  answered_.notify_all();
}

void Writer::write(const std::vector<Request*>& requests) {
  if (requests.empty()) return;
  const Step* const step = requests.front()->step;
  Result<std::vector<Outcomes>> outcomes =
      step != nullptr ? try_step(*step) : try_to_write(requests);
  if (outcomes) {
    changed_();
    finish(requests, *std::move(outcomes));
    return;
  }
  // Whatever state the files are in, the next batch begins with what the catalogue says.
  store_.reset();
  const bool held_up = outcomes.error().code == ErrorCode::kConflict;
  if (!held_up) catalogue_.reset();
  refuse(requests, held_up ? busy() : outcomes.error());
}

/// Errors are those after which the files cannot be trusted; others are the step's outcome.
Result<std::vector<Writer::Outcomes>> Writer::try_step(const Step& step) {
  SEMBLANCE_RETURN_IF_ERROR(open_catalogue());
  const Status done = step(*catalogue_);
  if (done) return std::vector<Outcomes>{Outcomes(1, ChangeOutcome())};
  const ErrorCode code = done.error().code;
  if (code == ErrorCode::kIo || code == ErrorCode::kCorrupt || code == ErrorCode::kConflict) {
    return done.error();
  }
  return std::vector<Outcomes>{Outcomes(1, done.error())};
}

/// The transaction: vectors are durable before the commit that refers to them.
Result<std::vector<Writer::Outcomes>> Writer::try_to_write(const std::vector<Request*>& requests) {
  SEMBLANCE_RETURN_IF_ERROR(open_catalogue());
  SEMBLANCE_RETURN_IF_ERROR(open_set());
  Result<Transaction> transaction = Transaction::begin(catalogue_->database());
  if (!transaction) return transaction.error();
  Result<WriteBatch> batch = WriteBatch::create(files_, *catalogue_, set_, *store_);
  if (!batch) return batch.error();
  std::vector<Outcomes> outcomes;
  for (const Request* request : requests) {
    Outcomes& of_request = outcomes.emplace_back();
    for (const ItemChange& change : request->changes) {
      Result<WriteBatch::Outcome> outcome = batch->apply(change);
      if (!outcome) return outcome.error();
      of_request.push_back(*std::move(outcome));
    }
  }
  SEMBLANCE_RETURN_IF_ERROR(batch->finish());
  SEMBLANCE_RETURN_IF_ERROR(transaction->commit());
  set_.rows = store_->rows();
  return outcomes;
}

/// The catalogue that is there now: an import may have put another one in its place.
Status Writer::open_catalogue() {
  const std::uint64_t inode = inode_of(files_.catalogue());
  if (catalogue_ && inode == catalogue_inode_) return {};
  store_.reset();
  catalogue_.reset();
  Result<Catalogue> opened = Catalogue::open(files_.catalogue(), Database::Mode::kWrite);
  if (!opened) return opened.error();
  const std::filesystem::path collections = files_.folder().parent_path();
  for (const auto& folder : {collections.parent_path(), collections, files_.folder()}) {
    SEMBLANCE_RETURN_IF_ERROR(create_folders_durably(folder));
  }
  SEMBLANCE_RETURN_IF_ERROR(prepare_uploads(files_));
  catalogue_ = *std::move(opened);
  catalogue_inode_ = inode_of(files_.catalogue());
  return {};
}

/// The live set as it is now: others may have written since the lock was last ours. An empty
/// collection gets the set that a sync would begin.
Status Writer::open_set() {
  const Result<int> components = wanted_components(*catalogue_);
  if (!components) return components.error();
  Result<std::optional<VectorSet>> live = catalogue_->live_set();
  if (!live) return live.error();
  if (!*live) {
    Result<TargetSet> target = choose_target(*catalogue_, "", *components, {});
    if (!target) return target.error();
    SEMBLANCE_RETURN_IF_ERROR(begin_target(files_, *catalogue_, {}, *target));
    *live = target->set;
  }
  if (store_ && set_.key == (*live)->key && set_.rows == (*live)->rows) return {};
  store_.reset();
  set_ = **std::move(live);
  Result<VectorStoreWriter> store =
      VectorStoreWriter::open(files_.vectors(set_.key), dimensions_of(set_), set_.rows);
  if (!store) return store.error();
  store_ = *std::move(store);
  return {};
}

}  // namespace semblance
