#include "distance/transport.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <limits>
#include <numeric>
#include <vector>

namespace semblance {

namespace {

constexpr double kFar = std::numeric_limits<double>::infinity();
constexpr std::size_t kNone = static_cast<std::size_t>(-1);

/// Invariant: reduced costs c_ij - u_i - v_j are not negative, and 0 where something flows.
class TransportSolver {
 public:
  TransportSolver(std::span<const std::int64_t> supply, std::span<const std::int64_t> demand,
                  std::span<const double> costs)
      : rows_(supply.size()),
        columns_(demand.size()),
        costs_(costs),
        supply_(supply.begin(), supply.end()),
        demand_(demand.begin(), demand.end()),
        flow_(rows_ * columns_),
        row_potential_(rows_, kFar),
        column_potential_(columns_, kFar),
        distance_(columns_),
        came_from_row_(columns_),
        scanned_(columns_),
        row_distance_(rows_),
        came_from_column_(rows_) {}

  double solve() {
    start_potentials();
    for (std::size_t row = 0; row < rows_; ++row) {
      while (supply_[row] > 0) augment(row, shortest_path_from(row));
    }
    double cost = 0;
    for (std::size_t row = 0; row < rows_; ++row) {
      for (std::size_t column = 0; column < columns_; ++column) {
        cost += static_cast<double>(flow(row, column)) * this->cost(row, column);
      }
    }
    return cost;
  }

 private:
  [[nodiscard]] double cost(std::size_t row, std::size_t column) const {
    return costs_[row * columns_ + column];
  }
  /// Column by column: a search asks which rows bring something to a column.
  std::int64_t& flow(std::size_t row, std::size_t column) { return flow_[column * rows_ + row]; }

  void start_potentials() {
    for (std::size_t row = 0; row < rows_; ++row) {
      for (std::size_t column = 0; column < columns_; ++column) {
        column_potential_[column] = std::min(column_potential_[column], cost(row, column));
      }
    }
    for (std::size_t row = 0; row < rows_; ++row) {
      for (std::size_t column = 0; column < columns_; ++column) {
        row_potential_[row] =
            std::min(row_potential_[row], cost(row, column) - column_potential_[column]);
      }
    }
  }

  /// Shorter ways over `row`, which can be reached at `base`.
  void relax(std::size_t row, double base) {
    const double* costs = costs_.data() + row * columns_;
    const double offset = base - row_potential_[row];
    for (std::size_t column = 0; column < columns_; ++column) {
      const double through = offset + costs[column] - column_potential_[column];
      if (scanned_[column] == 0 && through < distance_[column]) {
        distance_[column] = through;
        came_from_row_[column] = row;
      }
    }
  }

  [[nodiscard]] std::size_t nearest_column() const {
    std::size_t nearest = kNone;
    double least = kFar;
    for (std::size_t column = 0; column < columns_; ++column) {
      if (scanned_[column] == 0 && distance_[column] < least) {
        least = distance_[column];
        nearest = column;
      }
    }
    return nearest;
  }

  /// Dijkstra until the first column with open demand, which it returns; then keeps the invariant.
  std::size_t shortest_path_from(std::size_t start) {
    std::fill(distance_.begin(), distance_.end(), kFar);
    std::fill(scanned_.begin(), scanned_.end(), 0);
    std::fill(row_distance_.begin(), row_distance_.end(), kFar);
    row_distance_[start] = 0;
    relax(start, 0);
    std::size_t column = nearest_column();
    for (; demand_[column] == 0; column = nearest_column()) {
      scanned_[column] = 1;
      const std::int64_t* sources = flow_.data() + column * rows_;
      for (std::size_t row = 0; row < rows_; ++row) {
        if (sources[row] == 0 || row_distance_[row] != kFar) continue;
        row_distance_[row] = distance_[column];
        came_from_column_[row] = column;
        relax(row, distance_[column]);
      }
    }
    const double end = distance_[column];
    for (std::size_t row = 0; row < rows_; ++row) {
      if (row_distance_[row] != kFar) row_potential_[row] += end - row_distance_[row];
    }
    for (std::size_t i = 0; i < columns_; ++i) {
      if (scanned_[i] != 0) column_potential_[i] -= end - distance_[i];
    }
    return column;
  }

  /// As much as fits along the path that the last search found.
  void augment(std::size_t start, std::size_t end) {
    std::int64_t amount = std::min(supply_[start], demand_[end]);
    for (std::size_t row = came_from_row_[end]; row != start;) {
      const std::size_t back = came_from_column_[row];
      amount = std::min(amount, flow(row, back));
      row = came_from_row_[back];
    }
    std::size_t column = end;
    while (true) {
      const std::size_t row = came_from_row_[column];
      flow(row, column) += amount;
      if (row == start) break;
      column = came_from_column_[row];
      flow(row, column) -= amount;
    }
    supply_[start] -= amount;
    demand_[end] -= amount;
  }

  std::size_t rows_;
  std::size_t columns_;
  std::span<const double> costs_;
  std::vector<std::int64_t> supply_;  // not yet sent
  std::vector<std::int64_t> demand_;  // not yet met
  std::vector<std::int64_t> flow_;
  std::vector<double> row_potential_;
  std::vector<double> column_potential_;
  // Of the search under way.
  std::vector<double> distance_;
  std::vector<std::size_t> came_from_row_;
  std::vector<char> scanned_;
  std::vector<double> row_distance_;
  std::vector<std::size_t> came_from_column_;
};

}  // namespace

double transport_cost(std::span<const std::int64_t> supply, std::span<const std::int64_t> demand,
                      std::span<const double> costs) {
  assert(costs.size() == supply.size() * demand.size());
  assert(std::accumulate(supply.begin(), supply.end(), std::int64_t{0}) ==
         std::accumulate(demand.begin(), demand.end(), std::int64_t{0}));
  if (supply.empty() || demand.empty()) return 0;
  return TransportSolver(supply, demand, costs).solve();
}

}  // namespace semblance
