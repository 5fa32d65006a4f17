#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "catalogue/catalogue.h"
#include "engine/collection_files.h"
#include "live/catalogue_pool.h"
#include "live/live_lookup.h"

namespace semblance {

/// Holds the newest snapshot, and makes another when the collection has changed, by whomever, in a
/// thread of its own.
class SnapshotKeeper {
 public:
  struct Options {
    std::size_t passes = 2;
    std::chrono::milliseconds interval{200};  ///< between looks at what other processes do
  };
  /// Makes the first snapshot. `pool` is told when another catalogue takes the place of this one;
  /// it outlives this. Errors: those of Catalogue::open and CollectionSnapshot::open.
  static Result<std::unique_ptr<SnapshotKeeper>> start(CollectionFiles files, std::string name,
                                                       CataloguePool& pool, const Options& options);
  SnapshotKeeper(const SnapshotKeeper&) = delete;
  SnapshotKeeper& operator=(const SnapshotKeeper&) = delete;
  ~SnapshotKeeper();

  [[nodiscard]] std::shared_ptr<const LiveSnapshot> now() const;
  /// This process has changed the collection: a look at it is due.
  void wake();
  /// How many changes of the catalogue were seen, and when the last one was.
  struct Changes {
    std::uint64_t count = 0;
    std::chrono::steady_clock::time_point last;
  };
  [[nodiscard]] Changes changes() const;

 private:
  /// What tells that something has changed.
  struct State {
    std::int64_t catalogue = 0;        ///< PRAGMA data_version
    std::vector<std::int64_t> caches;  ///< times, sizes and inodes of codes, graph, table
    bool operator==(const State&) const = default;
  };

  SnapshotKeeper(CollectionFiles files, std::string name, CataloguePool& pool,
                 const Options& options)
      : files_(std::move(files)), name_(std::move(name)), pool_(pool), options_(options) {}
  void watch();
  Status look();
  Status open_catalogue();
  Result<State> state();
  Status build();

  const CollectionFiles files_;
  const std::string name_;
  CataloguePool& pool_;
  const Options options_;

  // Of the watching thread (before it starts: of start()).
  std::optional<Catalogue> catalogue_;
  Statement data_version_;
  std::uint64_t catalogue_inode_ = 0;
  State seen_;
  std::uint64_t versions_ = 0;
  std::chrono::steady_clock::time_point next_build_;

  mutable std::mutex mutex_;
  std::condition_variable woken_;
  bool wake_ = false;
  bool stop_ = false;
  Changes changes_;
  std::shared_ptr<const LiveSnapshot> snapshot_;
  std::thread watcher_;
};

}  // namespace semblance
