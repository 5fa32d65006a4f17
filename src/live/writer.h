#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/result.h"
#include "catalogue/catalogue.h"
#include "engine/collection_files.h"
#include "live/live_collection.h"
#include "live/write_batch.h"
#include "vector/vector_store.h"

namespace semblance {

/// Carries out the changes that other threads ask for, in a thread of its own: those that wait
/// share a transaction. The collection's lock is held only while there is something to write, so
/// that other processes have their turns.
class Writer {
 public:
  using Clock = std::chrono::steady_clock;
  /// `changed` is called after each transaction, from the writer's thread.
  Writer(CollectionFiles files, std::function<void()> changed);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  /// Changes that are still waiting get kUnavailable; ends when their callers have that.
  ~Writer();

  /// As LiveCollection::change.
  std::vector<Result<ChangeOutcome>> change(std::vector<ItemChange> changes,
                                            Clock::time_point deadline);
  /// Something else that changes the catalogue, and is durable when it returns: called once, from
  /// the writer's thread, which has the lock then.
  using Step = std::function<Status(const Catalogue&)>;
  /// Errors: those of `step`; kUnavailable as for change(), kIo.
  Status run_step(const Step& step, Clock::time_point deadline);

 private:
  using Outcomes = std::vector<Result<ChangeOutcome>>;
  struct Request {
    std::vector<ItemChange> changes;
    const Step* step = nullptr;  ///< instead of changes
    Clock::time_point deadline;
    std::optional<Outcomes> outcomes;  ///< set when it is done
  };

  static std::size_t answers_to(const Request& request);
  Outcomes wait_for_outcomes(Request& request);
  void run();
  std::optional<CollectionLock> wait_for_lock();
  std::vector<Request*> take_waiting();
  std::vector<Request*> take_all();
  void refuse(const std::vector<Request*>& requests, const Error& error);
  void finish(const std::vector<Request*>& requests, std::vector<Outcomes> outcomes);
  void write(const std::vector<Request*>& requests);
  Result<std::vector<Outcomes>> try_step(const Step& step);
  Result<std::vector<Outcomes>> try_to_write(const std::vector<Request*>& requests);
  Status open_catalogue();
  Status open_set();

  const CollectionFiles files_;
  const std::function<void()> changed_;

  // Of the writing thread.
  std::optional<Catalogue> catalogue_;
  std::uint64_t catalogue_inode_ = 0;
  VectorSet set_;
  std::optional<VectorStoreWriter> store_;
  Clock::time_point last_pause_{};

  std::mutex mutex_;
  std::condition_variable asked_;
  std::condition_variable answered_;
  std::deque<Request*> waiting_;
  int callers_ = 0;  // who wait for an answer
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace semblance
