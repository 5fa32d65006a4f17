#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>

#include "index/exact_index.h"

namespace semblance {

/// Searches an exact index for many threads: queries that come while a pass is running wait for it
/// and then go together, up to eight a pass. A query that comes alone starts at once, so nobody
/// waits for company.
class GatheredSearch final : public VectorIndex {
 public:
  /// At most `passes` passes run at once, each in the thread of one of those who wait: as many as
  /// there are processors. `index` outlives this.
  GatheredSearch(const ExactIndex& index, std::size_t passes);

  Result<IndexAnswer> search(const IndexQuery& query) const override;

 private:
  struct Request {
    const IndexQuery* query;
    Result<IndexAnswer> answer = IndexAnswer();
    bool taken = false;
    bool done = false;
  };

  void run_pass(std::unique_lock<std::mutex>& lock) const;

  const ExactIndex& index_;
  const std::size_t passes_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable std::deque<Request*> waiting_;
  mutable std::size_t running_ = 0;
};

}  // namespace semblance
