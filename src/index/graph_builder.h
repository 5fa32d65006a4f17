#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "base/bitmap.h"
#include "index/graph.h"
#include "kernels/kernels.h"
#include "vector/codes.h"

namespace semblance {

struct GraphOptions {
  int degree = 24;           ///< links of a node above level 0; level 0 has twice as many
  std::size_t effort = 200;  ///< how many near rows a new one's links are chosen from
  int threads = 1;
  /// Rows that take part; null: all. Not owned.
  const Bitmap* included = nullptr;
  /// Called now and then, by the caller's thread, with how many rows are done; false ends the
  /// build.
  std::function<bool(std::int64_t done, std::int64_t total)> progress{};
};

/// Builds a graph over the rows of `codes`. Rows go in by batches: each row of a batch looks for
/// its links in the graph as it was before the batch, then all are entered, each node by one
/// thread. So no thread ever sees a node that another is changing, and the graph is the same, bit
/// for bit, whatever the number of threads (the idea: Manohar and others, "ParlayANN", 2024).
/// Afterwards rows that no links lead to are linked, or listed as stray: every row that takes part
/// can be found. Empty when `progress` ended it.
Graph build_graph(const CodeView& codes, const GraphOptions& options,
                  const kernels::KernelTable& kernels = kernels::active());

}  // namespace semblance
