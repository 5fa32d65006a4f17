#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <vector>

#include "base/bitmap.h"
#include "index/graph.h"
#include "kernels/kernels.h"
#include "vector/codes.h"

namespace semblance {

/// A row and the inner product of its codes with those of the query.
struct CodedHit {
  std::int32_t sum = 0;
  std::uint32_t row = 0;

  /// Larger sums first; equal ones by row.
  friend bool closer(const CodedHit& a, const CodedHit& b) {
    return a.sum != b.sum ? a.sum > b.sum : a.row < b.row;
  }
};

/// Which rows a walk has seen: cleared in the time that marking took.
class VisitedRows {
 public:
  explicit VisitedRows(std::size_t rows) : words_((rows + 63) / 64) {}
  /// False where the row was marked before.
  bool mark(std::uint32_t row) {
    std::uint64_t& word = words_[row / 64];
    const std::uint64_t bit = std::uint64_t{1} << (row % 64);
    if ((word & bit) != 0) return false;
    if (word == 0) touched_.push_back(row / 64);
    word |= bit;
    return true;
  }
  void clear() {
    for (const std::uint32_t word : touched_) words_[word] = 0;
    touched_.clear();
  }

 private:
  std::vector<std::uint64_t> words_;
  std::vector<std::uint32_t> touched_;
};

/// Walks over a graph with what they need of memory; used again from one walk to the next. One
/// thread at a time.
class GraphWalker {
 public:
  GraphWalker(const CodeView& codes, const kernels::KernelTable& kernels, std::size_t rows)
      : codes_(codes), kernels_(kernels), visited_(rows) {}

  /// Walks down from the top, over levels above `level` only: the upper nodes that a walk on
  /// `level` begins with, closest first. The walk on level 1 keeps the `width` closest, on each
  /// level above a quarter of that: a single one would end in the wrong part of a large graph too
  /// often. The graph has at least one upper node.
  const std::vector<std::uint32_t>& descend(const GraphView& graph, const std::int8_t* query,
                                            std::size_t level, std::size_t width);

  /// The `width` closest allowed rows that a walk on level 0 finds from where the last walk on the
  /// upper levels came to, closest first. Stops early, with what it has, after `max_visits` rows.
  const std::vector<CodedHit>& walk_ground(const GraphView& graph, const std::int8_t* query,
                                           std::size_t width, const Bitmap* allowed,
                                           std::size_t max_visits);
  /// The same on an upper level; hits hold upper numbers for rows.
  const std::vector<CodedHit>& walk_upper(const GraphView& graph, const std::int8_t* query,
                                          std::size_t level, std::size_t width);

  [[nodiscard]] std::int64_t compared() const { return compared_; }
  void reset_counts() { compared_ = 0; }

 private:
  template <typename LinksOf, typename RowOf>
  void walk(const std::int8_t* query, std::size_t width, const Bitmap& allowed,
            std::size_t max_visits, const LinksOf& links_of, const RowOf& row_of);
  template <typename LinksOf, typename RowOf>
  void walk_freely(const std::int8_t* query, std::size_t width, const LinksOf& links_of,
                   const RowOf& row_of);
  template <typename RowOf>
  void see_starts(const RowOf& row_of);
  template <typename LinksOf, typename RowOf>
  void see_neighbours(std::uint32_t node, const LinksOf& links_of, const RowOf& row_of);
  void forget_seen();
  void compare(const std::int8_t* query);

  const CodeView& codes_;
  const kernels::KernelTable& kernels_;
  VisitedRows visited_;
  std::vector<std::uint32_t> starts_;
  std::vector<CodedHit> open_;
  std::vector<CodedHit> hits_;
  std::vector<std::uint64_t> near_;
  std::vector<std::uint32_t> nodes_;
  std::vector<std::uint32_t> rows_;
  std::vector<std::int32_t> sums_;
  std::int64_t compared_ = 0;
};

}  // namespace semblance
