#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.h"
#include "engine/sync.h"

namespace semblance::server {

/// A sync that was asked for over REST.
struct Job {
  enum class State { kQueued, kRunning, kDone, kFailed, kCancelled };
  std::string id;
  std::string collection;
  SyncOptions options;
  State state = State::kQueued;
  SyncProgress progress;
  std::vector<std::string> notices;  ///< the last ones
  std::optional<SyncReport> report;
  std::optional<Error> error;
  std::string created;  ///< UTC; also the others, empty where it has not come to that
  std::string started;
  std::string finished;
};

std::string_view job_state_name(Job::State state);
nlohmann::ordered_json json_of(const Job& job);

/// Runs syncs in the background, one after another, and remembers how the last ones ended, also
/// from one run of the server to the next.
class Jobs {
 public:
  /// `data_folder` holds the collections, and the history (server-jobs.json).
  Jobs(std::filesystem::path data_folder, SyncHooks hooks);
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;
  /// Stops the job that runs as Ctrl-C would; what it did is kept.
  ~Jobs();

  /// Errors: kUnavailable where many wait already, or the server is stopping.
  Result<Job> start(std::string collection, SyncOptions options);
  /// As JSON objects, since those of earlier runs are nothing else; the newest first.
  [[nodiscard]] nlohmann::ordered_json list() const;
  /// Null where there is no such job.
  [[nodiscard]] nlohmann::ordered_json find(std::string_view id) const;
  /// False where there is no such job that waits or runs.
  bool cancel(std::string_view id);
  /// How many wait or run.
  [[nodiscard]] std::size_t active() const;
  void stop();

 private:
  struct Entry {
    Job job;
    std::atomic<bool> stop{false};
  };
  void work();
  void run(const std::shared_ptr<Entry>& entry);
  void remember(const Job& job);

  const std::filesystem::path data_folder_;
  const SyncHooks hooks_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Entry>> active_;  // the first one runs, or is about to
  std::unique_ptr<nlohmann::ordered_json> history_;
  bool stopping_ = false;
  std::thread worker_;
};

}  // namespace semblance::server
