#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.h"
#include "engine/duplicates.h"
#include "live/live_collection.h"

namespace semblance::server {

/// Duplicates of collections, found by a thread of its own, one collection at a time, and kept: a
/// report is right until items change. Decisions need no new one; they are laid over it. Safe to
/// use from several threads.
class DuplicateReports {
 public:
  using Clock = std::chrono::steady_clock;
  /// `threads` compute at once.
  explicit DuplicateReports(int threads);
  DuplicateReports(const DuplicateReports&) = delete;
  DuplicateReports& operator=(const DuplicateReports&) = delete;
  ~DuplicateReports();

  struct Progress {
    std::string what;  ///< empty: it has not begun
    std::int64_t done = 0;
    std::int64_t total = 0;
  };
  struct Answer {
    std::shared_ptr<const DuplicateReport> report;  ///< null: there is none yet
    std::string found;                              ///< when, in UTC
    bool current = false;  ///< false: items have changed since, and another one is being made
    Progress progress;     ///< of that
  };
  /// The report of the collection as it is now, if that can be had until `until`; otherwise the
  /// last one, or none. What was begun goes on. `options.lane` and `options.threads` do not matter.
  /// Errors: those of CollectionDuplicates::find, kUnavailable (too many wait, or the server
  /// stops), kCancelled. `collection` has duplicates().
  Result<Answer> get(const std::shared_ptr<LiveCollection>& collection,
                     const DuplicateOptions& options, Clock::time_point until,
                     const std::atomic<bool>* cancelled);

  /// The group of that name in any report that is kept.
  [[nodiscard]] std::optional<DuplicateGroup> group(const LiveCollection& collection,
                                                    std::string_view name) const;
  /// Stops what is being found, too.
  void stop();

 private:
  struct Entry {
    std::string collection;
    DuplicateOptions options;
    std::shared_ptr<const DuplicateReport> report;
    Clock::time_point begun;  ///< the search that made it
    std::string found;
    bool waits = false;                      ///< in line, or being worked on
    std::shared_ptr<LiveCollection> source;  ///< while it waits
    Progress progress;
    std::optional<Error> error;  ///< of the last search
    std::uint64_t searches = 0;  ///< that have ended
  };

  Result<std::shared_ptr<Entry>> entry_for(const std::string& collection,
                                           const DuplicateOptions& options);
  Status put_in_line(const std::shared_ptr<Entry>& entry,
                     const std::shared_ptr<LiveCollection>& collection);
  void work();
  void run(Entry& entry);

  const int threads_;
  mutable std::mutex mutex_;
  std::condition_variable asked_;
  std::condition_variable found_;
  std::deque<std::shared_ptr<Entry>> kept_;  // used last first
  std::deque<std::shared_ptr<Entry>> line_;  // the first one is being worked on
  std::atomic<bool> stop_{false};
  std::thread worker_;
};

}  // namespace semblance::server
