#include "live/upkeep.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "catalogue/catalogue.h"
#include "engine/change_of_network.h"
#include "engine/compaction.h"
#include "engine/neighbours.h"
#include "engine/search_index.h"
#include "live/uploads.h"

namespace semblance {

namespace {

using Clock = std::chrono::steady_clock;

/// Rows of no item that make it worth writing the vector files anew, as in a sync.
constexpr std::int64_t kCompactFromRows = 100;
/// Where changes do not end, upkeep comes after so many quiet times nevertheless.
constexpr int kMostPatience = 30;

}  // namespace

Upkeep::Upkeep(CollectionFiles files, SnapshotKeeper& keeper, const Options& options)
    : files_(std::move(files)), keeper_(keeper), options_(options), thread_([this] { run(); }) {}

Upkeep::~Upkeep() {
  {
    const std::scoped_lock lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
  thread_.join();
}

/// False when it is time to end.
bool Upkeep::wait_until_due() {
  std::unique_lock lock(mutex_);
  Clock::time_point first{};
  while (true) {
    const SnapshotKeeper::Changes changes = keeper_.changes();
    const Clock::time_point now = Clock::now();
    Clock::time_point due = now + options_.quiet;
    if (changes.count != handled_) {
      if (first == Clock::time_point()) first = now;
      due = std::min(changes.last + options_.quiet, first + kMostPatience * options_.quiet);
      if (now >= due) {
        handled_ = changes.count;
        return true;
      }
    }
    if (stopped_.wait_until(lock, due, [this] { return stop_.load(); })) return false;
  }
}

void Upkeep::run() {
  while (wait_until_due()) {
    const Status done = work();
    keeper_.wake();
    // Searches are slower without; the next change is a reason to try again, and so is a lock that
    // somebody else had.
    if (!done && done.error().code == ErrorCode::kConflict) handled_ = 0;
  }
}

Status Upkeep::work() const {
  std::optional<Catalogue> catalogue;
  {
    const Result<CollectionLock> lock = CollectionLock::acquire_again(files_);
    if (!lock) return lock.error();
    Result<Catalogue> opened = Catalogue::open(files_.catalogue(), Database::Mode::kWrite);
    if (!opened) return opened.error();
    catalogue = *std::move(opened);
    SEMBLANCE_RETURN_IF_ERROR(catalogue->drop_unused_attribute_names());
    SEMBLANCE_RETURN_IF_ERROR(remove_unused_vectors(files_, *catalogue));
    SEMBLANCE_RETURN_IF_ERROR(sweep_uploads(files_, *catalogue));
    SEMBLANCE_RETURN_IF_ERROR(compact_if_it_pays(files_, *catalogue, kCompactFromRows));
  }
  SearchIndexOptions index_options;
  index_options.threads = options_.threads;
  index_options.stop = &stop_;
  NeighbourHooks neighbour_hooks;
  neighbour_hooks.stop = &stop_;
  const Result<CollectionLock> lock = CollectionLock::acquire_again(files_);
  if (!lock) return lock.error();
  SEMBLANCE_RETURN_IF_ERROR(update_search_index(files_, *catalogue, index_options));
  const auto updated = update_neighbours(files_, *catalogue, options_.threads, neighbour_hooks);
  return updated ? Status() : updated.error();
}

}  // namespace semblance
