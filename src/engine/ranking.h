#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/measure.h"
#include "index/bounded_scan.h"
#include "vector/vector_store.h"

namespace semblance {

/// Offers (offer(row, score)) to `best` (TopK, or something with a threshold() like it) every row
/// that can be among the best and scores at least `min_score`. `for_each_row(f)` calls f(row) for
/// the rows that count. Where scores are dear (Scorer::efforts), most rows are left out by their
/// bounds; what is best is the same.
template <typename ForEachRow, typename Best>
void rank_rows(const Scorer& scorer, const VectorStore& vectors, ForEachRow for_each_row,
               double min_score, Best& best) {
  const auto visit = [&](std::int64_t row) {
    const double score = scorer.compare(vectors.row(row)).score;
    if (score >= min_score) best.offer(row, score);
  };
  if (scorer.efforts() == 0) {
    for_each_row(visit);
    return;
  }
  std::vector<std::int64_t> rows;
  for_each_row([&](std::int64_t row) { rows.push_back(row); });
  visit_by_bounds(
      rows, scorer.efforts(),
      [&](std::int64_t row, int effort) { return scorer.bound(vectors.row(row), effort); },
      [&] { return std::max(min_score, best.threshold()); }, visit);
}

}  // namespace semblance
