#include "live/snapshot_keeper.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "engine/collections.h"

namespace semblance {

namespace {

using Clock = std::chrono::steady_clock;

/// A snapshot is made again at the earliest when so many times as long as making it took have
/// passed since the last one was begun.
constexpr int kPause = 4;

std::uint64_t inode_of(const std::filesystem::path& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? static_cast<std::uint64_t>(info.st_ino) : 0;
}

}  // namespace

Result<std::unique_ptr<SnapshotKeeper>> SnapshotKeeper::start(CollectionFiles files,
                                                              std::string name, CataloguePool& pool,
                                                              const Options& options) {
  std::unique_ptr<SnapshotKeeper> keeper(
      new SnapshotKeeper(std::move(files), std::move(name), pool, options));
  SEMBLANCE_RETURN_IF_ERROR(keeper->open_catalogue());
  SEMBLANCE_RETURN_IF_ERROR(keeper->look());
  keeper->watcher_ = std::thread([raw = keeper.get()] { raw->watch(); });
  return keeper;
}

SnapshotKeeper::~SnapshotKeeper() {
  {
    const std::scoped_lock lock(mutex_);
    stop_ = true;
  }
  woken_.notify_all();
  if (watcher_.joinable()) watcher_.join();
}

std::shared_ptr<const LiveSnapshot> SnapshotKeeper::now() const {
  const std::scoped_lock lock(mutex_);
  return snapshot_;
}

void SnapshotKeeper::wake() {
  {
    const std::scoped_lock lock(mutex_);
    wake_ = true;
  }
  woken_.notify_all();
}

SnapshotKeeper::Changes SnapshotKeeper::changes() const {
  const std::scoped_lock lock(mutex_);
  return changes_;
}

void SnapshotKeeper::watch() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    woken_.wait_for(lock, options_.interval, [this] { return wake_ || stop_; });
    // Changes in quick succession share a snapshot.
    woken_.wait_until(lock, next_build_, [this] { return stop_; });
    if (stop_) return;
    wake_ = false;
    lock.unlock();
    // Where looking fails, searches go on with the snapshot there is, and the next look may do.
    if (const Status looked = look(); !looked) seen_ = {};
    lock.lock();
  }
}

Status SnapshotKeeper::open_catalogue() {
  const std::uint64_t inode = inode_of(files_.catalogue());
  if (catalogue_ && inode == catalogue_inode_) return {};
  Result<Catalogue> opened = Catalogue::open(files_.catalogue(), Database::Mode::kRead);
  if (!opened) return opened.error();
  Result<Statement> data_version = opened->database().prepare("PRAGMA data_version");
  if (!data_version) return data_version.error();
  data_version_ = *std::move(data_version);
  catalogue_ = *std::move(opened);
  catalogue_inode_ = inode;
  seen_ = {};
  pool_.renew();
  return {};
}

Result<SnapshotKeeper::State> SnapshotKeeper::state() {
  State state;
  const Result<bool> row = data_version_.step();
  if (!row) return row.error();
  state.catalogue = data_version_.integer(0);
  data_version_.reset();
  if (!snapshot_ || snapshot_->data->set.key == 0) return state;
  const std::filesystem::path folder = files_.vectors(snapshot_->data->set.key);
  for (const char* name :
       {"embedding.codes", "embedding.graph", "embedding.graph-recall.json", "neighbours.table"}) {
    struct stat info {};
    if (::stat((folder / name).c_str(), &info) != 0) continue;
    state.caches.insert(state.caches.end(), {static_cast<std::int64_t>(info.st_ino), info.st_size,
                                             info.st_mtim.tv_sec, info.st_mtim.tv_nsec});
  }
  return state;
}

/// Makes a snapshot if anything has changed since the last one.
Status SnapshotKeeper::look() {
  SEMBLANCE_RETURN_IF_ERROR(open_catalogue());
  const Result<State> state = this->state();
  if (!state) return state.error();
  if (*state == seen_) return {};
  if (state->catalogue != seen_.catalogue) {
    const std::scoped_lock lock(mutex_);
    ++changes_.count;
    changes_.last = Clock::now();
  }
  const Clock::time_point start = Clock::now();
  SEMBLANCE_RETURN_IF_ERROR(build());
  next_build_ =
      start + std::max<Clock::duration>(kPause * (Clock::now() - start), options_.interval / 2);
  // Not the state of now: what has changed since is seen by the next look.
  seen_ = *state;
  return {};
}

Status SnapshotKeeper::build() {
  const CollectionSnapshot::Options options{true, options_.passes};
  auto data = CollectionSnapshot::open(files_, name_, *catalogue_, options);
  if (!data) return data.error();
  auto snapshot = std::make_shared<LiveSnapshot>(*std::move(data));
  snapshot->version = ++versions_;
  if (snapshot->data->set.key != 0) {
    snapshot->index_bytes = bytes_below(files_.vectors(snapshot->data->set.key));
  }
  const std::scoped_lock lock(mutex_);
  snapshot_ = std::move(snapshot);
  return {};
}

}  // namespace semblance
