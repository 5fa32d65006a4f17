#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/measure.h"
#include "index/bounded_scan.h"
#include "vector/vector_store.h"

namespace semblance {

/// Offers (offer(row, score)) to `best` (TopK, or something with a threshold() like it) every row
/// that can be among the best, scores at least `min_score` and is wanted: `wanted(row, closeness)`.
/// `for_each_row(f)` calls f(row) for the rows that count. Where scores are dear (Scorer::efforts),
/// most rows are left out by their bounds; what is best is the same. Once `stopped()` is true, no
/// more rows are compared.
template <typename ForEachRow, typename Wanted, typename Stopped, typename Best>
void rank_rows(const Scorer& scorer, const VectorStore& vectors, ForEachRow for_each_row,
               double min_score, Wanted wanted, Stopped stopped, Best& best) {
  const auto visit = [&](std::int64_t row) {
    if (stopped()) return;
    const Closeness closeness = scorer.compare(vectors.row(row));
    if (closeness.score >= min_score && wanted(row, closeness)) best.offer(row, closeness.score);
  };
  if (scorer.efforts() == 0) {
    for_each_row(visit);
    return;
  }
  std::vector<std::int64_t> rows;
  for_each_row([&](std::int64_t row) { rows.push_back(row); });
  visit_by_bounds(
      rows, scorer.efforts(),
      [&](std::int64_t row, int effort) {
        return stopped() ? 0.0 : scorer.bound(vectors.row(row), effort);
      },
      [&] { return std::max(min_score, best.threshold()); }, visit);
}

/// The same where every row is wanted.
template <typename ForEachRow, typename Best>
void rank_rows(const Scorer& scorer, const VectorStore& vectors, ForEachRow for_each_row,
               double min_score, Best& best) {
  rank_rows(
      scorer, vectors, for_each_row, min_score, [](std::int64_t, const Closeness&) { return true; },
      [] { return false; }, best);
}

}  // namespace semblance
