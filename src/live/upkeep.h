#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "base/result.h"
#include "engine/collection_files.h"
#include "live/snapshot_keeper.h"

namespace semblance {

/// Brings what makes searches quick up to date in the background, and removes what nothing refers
/// to any more, once the collection has not been changed for a while. The collection's lock is held
/// only for short steps; graph and neighbour table are computed without it.
class Upkeep {
 public:
  struct Options {
    int threads = 1;
    std::chrono::milliseconds quiet{2'000};
    /// As SearchIndexOptions.
    std::optional<std::int64_t> graph_from_rows{};
  };
  /// `keeper` outlives this.
  Upkeep(CollectionFiles files, SnapshotKeeper& keeper, const Options& options);
  Upkeep(const Upkeep&) = delete;
  Upkeep& operator=(const Upkeep&) = delete;
  /// Stops soon, in the middle of a computation, too.
  ~Upkeep();

 private:
  void run();
  bool wait_until_due();
  Status work() const;
  Status with_lock(const std::function<Status()>& step) const;

  const CollectionFiles files_;
  SnapshotKeeper& keeper_;
  const Options options_;
  std::atomic<bool> stop_{false};
  std::uint64_t handled_ = 0;  // SnapshotKeeper::Changes::count
  std::chrono::steady_clock::time_point last_work_{};
  std::mutex mutex_;
  std::condition_variable stopped_;
  std::thread thread_;
};

}  // namespace semblance
