#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "index/top_k.h"

namespace semblance {

/// Like TopK, but of each group (a product) only its best row counts: keeps the k best groups.
/// `group_of(row)` gives the number of a row's group.
template <typename Before, typename GroupOf>
class TopGroups {
 public:
  TopGroups(std::size_t k, Before before, GroupOf group_of)
      : k_(k), group_of_(std::move(group_of)), best_(Better{std::move(before)}) {}

  /// What a row must reach to have a chance.
  [[nodiscard]] double threshold() const {
    if (k_ == 0) return std::numeric_limits<double>::infinity();
    return best_.size() < k_ ? -1.0 : std::prev(best_.end())->score;
  }

  void offer(std::int64_t row, double score) {
    if (score < threshold()) return;
    const std::int32_t group = group_of_(row);
    const Entry entry{row, score, group};
    const auto [known, fresh] = by_group_.try_emplace(group);
    if (!fresh) {
      if (!best_.key_comp()(entry, *known->second)) return;
      best_.erase(known->second);
    }
    known->second = best_.insert(entry).first;
    if (best_.size() <= k_) return;
    const auto last = std::prev(best_.end());
    by_group_.erase(last->group);
    best_.erase(last);
  }

  /// The best row of each group, best first.
  [[nodiscard]] std::vector<Candidate> take() const {
    std::vector<Candidate> candidates;
    for (const Entry& entry : best_) candidates.push_back({entry.row, entry.score});
    return candidates;
  }

 private:
  struct Entry {
    std::int64_t row = 0;
    double score = 0;
    std::int32_t group = 0;
  };
  struct Better {
    Before before;
    bool operator()(const Entry& a, const Entry& b) const {
      if (a.score != b.score) return a.score > b.score;
      return a.row != b.row && before(a.row, b.row);
    }
  };
  using Entries = std::set<Entry, Better>;

  std::size_t k_;
  GroupOf group_of_;
  Entries best_;
  std::unordered_map<std::int32_t, typename Entries::iterator> by_group_;
};

}  // namespace semblance
