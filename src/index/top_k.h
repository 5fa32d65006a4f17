#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace semblance {

struct Candidate {
  std::int64_t row = 0;
  double score = 0;
};

/// Keeps the k best of what it is offered: larger scores first; `before(row, row)` decides ties and
/// must be a strict order of rows (ids, for users). A heap of k, so memory does not grow.
template <typename Before>
class TopK {
 public:
  TopK(std::size_t k, Before before) : k_(k), before_(std::move(before)) { heap_.reserve(k); }

  /// What a candidate must reach to have a chance.
  [[nodiscard]] double threshold() const {
    if (k_ == 0) return std::numeric_limits<double>::infinity();
    return heap_.size() < k_ ? -1.0 : heap_.front().score;
  }

  void offer(std::int64_t row, double score) {
    if (k_ == 0) return;
    const Candidate candidate{row, score};
    if (heap_.size() < k_) {
      heap_.push_back(candidate);
      std::push_heap(heap_.begin(), heap_.end(), order());
    } else if (better(candidate, heap_.front())) {
      std::pop_heap(heap_.begin(), heap_.end(), order());
      heap_.back() = candidate;
      std::push_heap(heap_.begin(), heap_.end(), order());
    }
  }

  /// Best first; leaves this empty.
  std::vector<Candidate> take() {
    std::sort_heap(heap_.begin(), heap_.end(), order());
    return std::move(heap_);
  }

 private:
  [[nodiscard]] bool better(const Candidate& a, const Candidate& b) const {
    if (a.score != b.score) return a.score > b.score;
    return before_(a.row, b.row);
  }
  [[nodiscard]] auto order() const {
    return [this](const Candidate& a, const Candidate& b) { return better(a, b); };
  }

  std::size_t k_;
  Before before_;
  std::vector<Candidate> heap_;  // worst on top
};

}  // namespace semblance
