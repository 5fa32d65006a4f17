#include "index/gathered_search.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace semblance {

GatheredSearch::GatheredSearch(const ExactIndex& index, std::size_t passes)
    : index_(index), passes_(std::max<std::size_t>(passes, 1)) {}

Result<IndexAnswer> GatheredSearch::search(const IndexQuery& query) const {
  Request request{&query};
  std::unique_lock lock(mutex_);
  waiting_.push_back(&request);
  while (!request.done) {
    // A pass that another thread runs may have taken this request; then its end is waited for.
    if (!request.taken && running_ < passes_) {
      run_pass(lock);
    } else {
      changed_.wait(lock);
    }
  }
  return std::move(request.answer);
}

/// Takes those who have waited longest. The caller's own request may not be among them when many
/// wait: it then runs, or joins, another pass.
void GatheredSearch::run_pass(std::unique_lock<std::mutex>& lock) const {
  std::vector<Request*> requests;
  std::vector<IndexQuery> queries;
  while (!waiting_.empty() && requests.size() < kernels::kQueriesPerPass) {
    requests.push_back(waiting_.front());
    waiting_.pop_front();
    requests.back()->taken = true;
    queries.push_back(*requests.back()->query);
  }
  ++running_;
  lock.unlock();
  std::vector<Result<IndexAnswer>> answers = index_.search_together(queries);
  lock.lock();
  --running_;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    requests[i]->answer = std::move(answers[i]);
    requests[i]->done = true;
  }
  changed_.notify_all();
}

}  // namespace semblance
