#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "base/bitmap.h"
#include "base/result.h"
#include "index/top_k.h"

namespace semblance {

/// What is searched for: the rows with the largest inner products with `vector`. Where rows are
/// unit vectors of shape and colour side by side, [s, c], the vector [(1-w) s, w c] asks for the
/// mixed cosine of colour weight w; the mean of several such vectors asks for the mean of their
/// scores.
struct IndexQuery {
  std::span<const float> vector;    ///< as long as a row; finite
  std::size_t k = 10;               ///< how many rows
  const Bitmap* allowed = nullptr;  ///< by row number; null: every row. Not owned
  /// Rows whose inner product is less than this below that of the k-th come, too, so that the
  /// caller can rank near ties by a score that rounds in another way.
  double margin = 0;
  /// How far a graph looks: the more, the better its recall and the slower it is. At least k is
  /// used. Exact indices have no need of it.
  std::size_t effort = 64;
  /// Order of rows with equal inner products; null: by row number.
  std::function<bool(std::int64_t, std::int64_t)> before{};
  /// Rows with a smaller inner product are not asked for.
  double least = -std::numeric_limits<double>::infinity();
  /// Ends the search with kCancelled once it is set; may be null.
  const std::atomic<bool>* stop = nullptr;

  [[nodiscard]] bool stopped() const {
    return stop != nullptr && stop->load(std::memory_order_relaxed);
  }
};

/// What a search cost.
struct IndexStatistics {
  std::int64_t scanned = 0;     ///< rows whose codes or numbers were compared
  std::int64_t candidates = 0;  ///< rows that codes could not rule out
  std::int64_t ranked = 0;      ///< of these, rows that were compared in float32
  double scan_us = 0;           ///< finding the candidates; of a pass, shared by its queries
  double rank_us = 0;
  bool exact = true;  ///< the answer is proven to be that of a full comparison
};

struct IndexAnswer {
  /// Best first; `score` is the inner product of the float32 numbers, summed in double precision.
  /// Fewer than k only where fewer are allowed (a graph may find fewer: see GraphIndex). A row with
  /// a number that is not finite is never among them.
  std::vector<Candidate> best;
  IndexStatistics statistics;
};

/// Finds rows. Any number of threads may search at once.
class VectorIndex {
 public:
  VectorIndex() = default;
  VectorIndex(const VectorIndex&) = delete;
  VectorIndex& operator=(const VectorIndex&) = delete;
  virtual ~VectorIndex() = default;

  /// Errors: kInvalidArgument for a vector of another length or with numbers that are not finite,
  /// kCancelled.
  virtual Result<IndexAnswer> search(const IndexQuery& query) const = 0;
};

}  // namespace semblance
