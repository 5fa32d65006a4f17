#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "index/vector_index.h"
#include "kernels/kernels.h"
#include "vector/codes.h"
#include "vector/vector_file.h"

namespace semblance {

/// Compares a query with every row that is allowed, and proves its answer.
///
/// One pass over the int8 codes gives every row's inner product but for an error whose bound is
/// known (vector/codes.h). Only rows that could, within that bound, be among the best k are
/// compared in float32, most promising first, until no other row can reach the k-th best. So the
/// answer is the one of comparing all rows in float32, whatever the rows are. Rows behind the coded
/// ones are compared in float32.
class ExactIndex final : public VectorIndex {
 public:
  /// `rows` are all rows, `codes` those of the first `codes.rows` of them; both stay where they are
  /// while this lives.
  ExactIndex(const CodeView& codes, const MatrixView& rows,
             const kernels::KernelTable& kernels = kernels::active());

  Result<IndexAnswer> search(const IndexQuery& query) const override;

  /// Any number of queries in one pass over the codes: several times as quick as one by one,
  /// because a scan waits for memory. Eight go well together; with dozens, memory hardly matters.
  /// Each answer is the same as that of `search`.
  [[nodiscard]] std::vector<Result<IndexAnswer>> search_together(
      std::span<const IndexQuery> queries) const;

 private:
  class Search;

  void scan_codes(std::span<Search* const> searches) const;
  void scan_allowed(Search& search) const;

  CodeView codes_;
  MatrixView rows_;
  const kernels::KernelTable& kernels_;
};

}  // namespace semblance
