#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "index/exact_index.h"
#include "index/graph.h"
#include "index/graph_search.h"
#include "index/vector_index.h"

namespace semblance {

/// Finds nearly always the closest rows, in a time that hardly grows with their number: a walk over
/// a graph by the int8 codes, then the best of it ranked in float32. The graph never changes. Rows
/// behind its own are compared one by one, and so are stray ones. Where a filter leaves the walk
/// with fewer than k rows, or makes it too long, the exact index answers: never fewer than k rows
/// when k are allowed.
class GraphIndex final : public VectorIndex {
 public:
  /// `graph` is of the first `graph.rows` rows of `codes`, these of the first of `rows`; all stay
  /// where they are while this lives.
  GraphIndex(const GraphView& graph, const CodeView& codes, const MatrixView& rows,
             const kernels::KernelTable& kernels = kernels::active());

  /// `query.effort` rows at least are ranked; `query.margin` adds near ties among those that were
  /// found.
  Result<IndexAnswer> search(const IndexQuery& query) const override;

 private:
  class Lease;

  void compare_tail(const IndexQuery& query, const std::int8_t* codes,
                    std::vector<CodedHit>& hits) const;

  GraphView graph_;
  CodeView codes_;
  MatrixView rows_;
  const kernels::KernelTable& kernels_;
  ExactIndex exact_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<GraphWalker>> idle_;
};

}  // namespace semblance
