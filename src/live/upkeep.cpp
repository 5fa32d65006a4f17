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
      due = std::max(due, last_work_ + options_.quiet);
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
    last_work_ = Clock::now();
    keeper_.wake();
    // Searches are slower without; the next change is a reason to try again, and so is a lock that
    // somebody else had.
    if (!done && done.error().code == ErrorCode::kConflict) handled_ = 0;
  }
}

/// Steps that need the lock are short; a writer waits at most as long as one of them takes.
Status Upkeep::with_lock(const std::function<Status()>& step) const {
  const Result<CollectionLock> lock = CollectionLock::acquire_again(files_);
  return lock ? step() : lock.error();
}

Status Upkeep::work() const {
  const Result<Catalogue> catalogue = Catalogue::open(files_.catalogue(), Database::Mode::kWrite);
  if (!catalogue) return catalogue.error();
  SearchIndexOptions index_options;
  index_options.threads = options_.threads;
  index_options.graph_from_rows = options_.graph_from_rows;
  index_options.stop = &stop_;
  const std::function<Status()> steps[] = {
      [&] { return catalogue->drop_unused_attribute_names(); },
      [&] { return remove_unused_vectors(files_, *catalogue); },
      [&] { return sweep_uploads(files_, *catalogue); },
      [&] { return compact_if_it_pays(files_, *catalogue, kCompactFromRows); },
      [&] { return update_codes(files_, *catalogue, index_options); }};
  for (const auto& step : steps) SEMBLANCE_RETURN_IF_ERROR(with_lock(step));
  keeper_.wake();
  const Result<std::optional<GraphBuild>> graph =
      GraphBuild::build(files_, *catalogue, index_options);
  if (!graph) return graph.error();
  if (*graph) {
    SEMBLANCE_RETURN_IF_ERROR(with_lock([&] { return (*graph)->publish(files_, *catalogue); }));
    keeper_.wake();
  }
  NeighbourHooks neighbour_hooks;
  neighbour_hooks.stop = &stop_;
  const Result<std::optional<NeighbourUpdate>> neighbours =
      NeighbourUpdate::compute(files_, *catalogue, options_.threads, neighbour_hooks);
  if (!neighbours) return neighbours.error();
  if (!*neighbours) return {};
  return with_lock([&]() -> Status {
    const Result<NeighbourReport> report = (*neighbours)->publish(files_, *catalogue);
    return report ? Status() : report.error();
  });
}

}  // namespace semblance
