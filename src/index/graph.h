#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace semblance {

/// A hierarchical navigable small world graph (Malkov and Yashunin, "Efficient and robust
/// approximate nearest neighbor search using hierarchical navigable small world graphs", 2018):
/// level 0 holds all rows, each further level one in `degree` of the one below. Links only: the
/// vectors are elsewhere. In memory that somebody else owns; any content is safe to search, a
/// damaged one just finds less.
struct GraphView {
  static constexpr std::uint32_t kNoLink = 0xFFFFFFFFU;
  static constexpr std::uint64_t kMaxRows = std::uint64_t{1} << 31;

  std::int64_t rows = 0;  ///< row numbers are below this
  int degree = 0;         ///< most links of a node on level 1 and above; twice that on level 0
  /// rows x 2 degree row numbers; kNoLink behind a node's last.
  std::span<const std::uint32_t> ground;
  /// The row of each upper node. Upper nodes are numbered by falling height, so the nodes of a
  /// level are the first so many; the first one is where searches begin.
  std::span<const std::uint32_t> upper_rows;
  /// For level 1, 2, ...: nodes x degree upper numbers; kNoLink behind a node's last.
  std::vector<std::span<const std::uint32_t>> levels;
  /// Rows that no links lead to: to be compared with every query.
  std::span<const std::uint32_t> stray;

  [[nodiscard]] std::size_t ground_degree() const { return 2 * static_cast<std::size_t>(degree); }
  [[nodiscard]] std::span<const std::uint32_t> ground_links(std::size_t row) const {
    return ground.subspan(row * ground_degree(), ground_degree());
  }
};

/// A graph with its memory.
struct Graph {
  std::int64_t rows = 0;
  int degree = 0;
  std::vector<std::uint32_t> ground;
  std::vector<std::uint32_t> upper_rows;
  std::vector<std::vector<std::uint32_t>> levels;
  std::vector<std::uint32_t> stray;

  [[nodiscard]] GraphView view() const;
};

/// How many rows can be found: those that links lead to from where searches begin, and the stray
/// ones. Equal to the number of rows that the graph was built from, or something is wrong.
std::int64_t reachable_rows(const GraphView& graph);

}  // namespace semblance
