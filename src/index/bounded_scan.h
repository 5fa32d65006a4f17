#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace semblance {

/// Finds the best of rows whose score is dear but has cheaper upper bounds, without scoring most of
/// them. `bound(row, effort)` is at least the row's score, for efforts 0 (cheapest) to efforts - 1;
/// `visit(row)` scores a row and offers it to whoever collects the best; `threshold()` is what a
/// row must reach to have a chance by then. Rows are taken by falling bounds, each bound sharpened
/// before a score is paid for, until none reaches the threshold: whatever was not visited scores
/// less than it. Returns how many were visited.
/// Source: optimal multi-step nearest neighbours, Seidl & Kriegel 1998.
template <typename Bound, typename Threshold, typename Visit>
std::int64_t visit_by_bounds(std::span<const std::int64_t> rows, int efforts, Bound bound,
                             Threshold threshold, Visit visit) {
  struct Entry {
    double bound;
    std::int64_t row;
    int effort;
  };
  const auto worse = [](const Entry& a, const Entry& b) {
    return std::pair(a.bound, b.row) < std::pair(b.bound, a.row);
  };
  std::vector<Entry> heap;
  heap.reserve(rows.size());
  for (const std::int64_t row : rows) heap.push_back({bound(row, 0), row, 0});
  std::make_heap(heap.begin(), heap.end(), worse);
  std::int64_t visited = 0;
  while (!heap.empty() && heap.front().bound >= threshold()) {
    std::pop_heap(heap.begin(), heap.end(), worse);
    Entry& entry = heap.back();
    if (entry.effort + 1 < efforts) {
      ++entry.effort;
      entry.bound = std::min(entry.bound, bound(entry.row, entry.effort));
      std::push_heap(heap.begin(), heap.end(), worse);
      continue;
    }
    visit(entry.row);
    ++visited;
    heap.pop_back();
  }
  return visited;
}

}  // namespace semblance
