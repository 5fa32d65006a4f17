#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "index/vector_index.h"
#include "vector/vector_file.h"

namespace semblance::test {

/// What comparing every row gives: the oracle of all indices. Inner products are summed in double
/// precision, in an order of its own, so scores agree to rounding only.
inline std::vector<Candidate> compare_all(const MatrixView& rows, const IndexQuery& query) {
  std::vector<Candidate> all;
  for (std::int64_t r = 0; r < rows.rows; ++r) {
    if (query.allowed != nullptr && !query.allowed->contains(r)) continue;
    double score = 0;
    for (int i = 0; i < rows.dimension; ++i) {
      score += static_cast<double>(rows.row(r)[static_cast<std::size_t>(i)]) *
               static_cast<double>(query.vector[static_cast<std::size_t>(i)]);
    }
    if (std::isfinite(score)) all.push_back({r, score});
  }
  std::stable_sort(all.begin(), all.end(), [&](const Candidate& a, const Candidate& b) {
    if (std::fabs(a.score - b.score) > 1e-12) return a.score > b.score;
    return query.before ? query.before(a.row, b.row) : a.row < b.row;
  });
  return all;
}

/// Rows around `centres` points, of unit length: near neighbours, far ones, and equal ones.
inline std::vector<float> clustered_rows(std::int64_t count, int dimension, int centres,
                                         unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> centre(static_cast<std::size_t>(centres * dimension));
  for (float& x : centre) x = normal(random);
  std::vector<float> rows;
  for (std::int64_t r = 0; r < count; ++r) {
    const std::size_t start = rows.size();
    if (r > 0 && random() % 20 == 0) {  // an equal photo
      const std::size_t same =
          random() % static_cast<std::size_t>(r) * static_cast<std::size_t>(dimension);
      for (int i = 0; i < dimension; ++i) rows.push_back(rows[same + static_cast<std::size_t>(i)]);
      continue;
    }
    const auto c = static_cast<std::size_t>(random() % static_cast<unsigned>(centres)) *
                   static_cast<std::size_t>(dimension);
    double norm = 0;
    for (int i = 0; i < dimension; ++i) {
      rows.push_back(centre[c + static_cast<std::size_t>(i)] + .4F * normal(random));
      norm += static_cast<double>(rows.back()) * static_cast<double>(rows.back());
    }
    for (std::size_t i = start; i < rows.size(); ++i) {
      rows[i] = static_cast<float>(static_cast<double>(rows[i]) / std::sqrt(norm));
    }
  }
  return rows;
}

inline std::vector<std::int64_t> rows_of(const std::vector<Candidate>& candidates) {
  std::vector<std::int64_t> rows;
  for (const Candidate& candidate : candidates) rows.push_back(candidate.row);
  return rows;
}

}  // namespace semblance::test
