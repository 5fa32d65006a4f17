#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "index/vector_index.h"
#include "kernels/kernels.h"
#include "vector/vector_file.h"

namespace semblance {

/// A row and what its inner product with the query is at most.
struct Bounded {
  std::int64_t row = 0;
  double most = 0;
};

/// Errors: kInvalidArgument for a query of another length.
Status check_query(const IndexQuery& query, int dimension);

/// The last step of every index: compares rows in float32 and keeps the best k, and those within
/// the query's margin of the k-th.
class Ranking {
 public:
  Ranking(const IndexQuery& query, const MatrixView& rows, const kernels::KernelTable& kernels);

  /// Compares one row, whether allowed or not.
  void add(std::int64_t row);
  /// Compares all allowed rows from `first` on.
  void add_rows_from(std::int64_t first);
  /// Compares rows, most promising first, until no other can be among the best.
  void add_bounded(std::vector<Bounded> candidates);
  /// Compares these rows.
  void add_all(std::span<const std::uint32_t> rows);

  /// Best first; leaves this empty.
  std::vector<Candidate> take();
  [[nodiscard]] std::int64_t ranked() const { return ranked_; }

 private:
  /// What a row must reach to be among the answer.
  [[nodiscard]] double needed() const;
  void prefetch(std::int64_t row) const;

  const IndexQuery& query_;
  MatrixView rows_;
  const kernels::KernelTable& kernels_;
  std::vector<double> best_;  ///< the k largest inner products; smallest on top
  std::vector<Candidate> kept_;
  std::size_t next_clearing_;
  std::int64_t ranked_ = 0;
};

}  // namespace semblance
