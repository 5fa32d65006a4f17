#include "distance/transport.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

namespace semblance {

namespace {

/// Masses are multiplied by this, and every row then gets 1 more, the last column as many as there
/// are rows: no flow of a tree is ever 0, so every pivot makes the cost smaller and the search
/// ends (Charnes 1952). Rounding the flows at the end takes it away again.
constexpr std::int64_t kPerturbation = std::int64_t{1} << 11;
constexpr std::size_t kMostRows = kPerturbation / 2 - 1;

/// A step that promises less than this, in units of the largest cost, is rounding.
constexpr double kSmallestGain = 1e-14;

constexpr int kNone = -1;

/// Nodes are the rows (from 0) and then the columns. The solution is a tree over all of them; the
/// arc from a node to its parent is kept with the node. On a tree's arcs the cost is the sum of the
/// two nodes' potentials.
class TransportSimplex {
 public:
  TransportSimplex(std::vector<std::int64_t> supply, std::vector<std::int64_t> demand,
                   std::vector<double> costs)
      : rows_(static_cast<int>(supply.size())),
        columns_(static_cast<int>(demand.size())),
        costs_(std::move(costs)),
        nodes_(supply.size() + demand.size()),
        potentials_(supply.size() + demand.size()) {
    for (std::int64_t& mass : supply) mass = mass * kPerturbation + 1;
    for (std::int64_t& mass : demand) mass *= kPerturbation;
    demand.back() += rows_;
    start(supply, demand);
  }

  double solve() {
    const double largest = *std::max_element(costs_.begin(), costs_.end());
    const double threshold = -kSmallestGain * largest;
    // Row by row, around and around, until no row has an arc that makes it cheaper.
    for (int row = 0, idle = 0; idle < rows_; row = (row + 1) % rows_) {
      const int column = best_column(row, threshold);
      idle = column == kNone ? idle + 1 : 0;
      if (column != kNone) pivot(row, rows_ + column);
    }
    double cost = 0;
    for (int node = 0; node < rows_ + columns_; ++node) {
      if (at(node).parent == kNone) continue;
      const std::int64_t flow = (at(node).flow + kPerturbation / 2) / kPerturbation;
      cost += static_cast<double>(flow) * cost_between(node, at(node).parent);
    }
    return cost;
  }

 private:
  struct Node {
    int parent = kNone;
    int depth = 0;
    std::int64_t flow = 0;  ///< between the node and its parent
    int first_child = kNone;
    int next = kNone;  ///< of the parent's children
    int previous = kNone;
  };

  Node& at(int node) { return nodes_[static_cast<std::size_t>(node)]; }
  double& potential(int node) { return potentials_[static_cast<std::size_t>(node)]; }
  [[nodiscard]] bool is_row(int node) const { return node < rows_; }
  [[nodiscard]] const double* costs_of(int row) const {
    return costs_.data() + static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_);
  }
  [[nodiscard]] double cost_between(int a, int b) const {
    return is_row(a) ? costs_of(a)[b - rows_] : costs_of(b)[a - rows_];
  }

  /// A first tree: every row sends to the nearest column that is not yet full. Each arc ends a row
  /// or a column, and only the last one both, so they are a tree.
  void start(std::vector<std::int64_t>& supply, std::vector<std::int64_t>& demand) {
    struct Arc {
      int row;
      int column;
      std::int64_t flow;
    };
    std::vector<std::vector<Arc>> arcs(nodes_.size());
    for (int row = 0; row < rows_; ++row) {
      std::int64_t& left = supply[static_cast<std::size_t>(row)];
      while (left > 0) {
        int nearest = kNone;
        for (int column = 0; column < columns_; ++column) {
          if (demand[static_cast<std::size_t>(column)] == 0) continue;
          if (nearest == kNone || costs_of(row)[column] < costs_of(row)[nearest]) nearest = column;
        }
        std::int64_t& open = demand[static_cast<std::size_t>(nearest)];
        const Arc arc{row, rows_ + nearest, std::min(left, open)};
        left -= arc.flow;
        open -= arc.flow;
        arcs[static_cast<std::size_t>(arc.row)].push_back(arc);
        arcs[static_cast<std::size_t>(arc.column)].push_back(arc);
      }
    }
    std::vector<int> reached{0};
    for (std::size_t i = 0; i < reached.size(); ++i) {
      const int node = reached[i];
      for (const Arc& arc : arcs[static_cast<std::size_t>(node)]) {
        const int other = arc.row == node ? arc.column : arc.row;
        if (other == at(node).parent) continue;
        attach(other, node, arc.flow);
        reached.push_back(other);
      }
    }
    assert(reached.size() == nodes_.size());
    refresh_below(0);
  }

  void attach(int node, int parent, std::int64_t flow) {
    Node& entry = at(node);
    entry.parent = parent;
    entry.flow = flow;
    entry.previous = kNone;
    entry.next = at(parent).first_child;
    if (entry.next != kNone) at(entry.next).previous = node;
    at(parent).first_child = node;
  }

  void detach(int node) {
    const Node& entry = at(node);
    if (entry.next != kNone) at(entry.next).previous = entry.previous;
    if (entry.previous != kNone) {
      at(entry.previous).next = entry.next;
    } else {
      at(entry.parent).first_child = entry.next;
    }
  }

  /// Depths and potentials of a node's descendants, and of itself unless it is the root.
  void refresh_below(int top) {
    stack_.assign(1, top);
    while (!stack_.empty()) {
      const int node = stack_.back();
      stack_.pop_back();
      Node& entry = at(node);
      if (entry.parent != kNone) {
        entry.depth = at(entry.parent).depth + 1;
        potential(node) = cost_between(node, entry.parent) - potential(entry.parent);
      }
      for (int child = entry.first_child; child != kNone; child = at(child).next) {
        stack_.push_back(child);
      }
    }
  }

  /// The column to which the row could send most cheaply, beside what it pays now; none where that
  /// is no gain.
  [[nodiscard]] int best_column(int row, double threshold) {
    const double* costs = costs_of(row);
    const double* column_potentials = potentials_.data() + rows_;
    const double limit = threshold + potential(row);
    // Four at a time, because each comparison waits for the one before it.
    std::array<double, 4> lanes;
    lanes.fill(std::numeric_limits<double>::infinity());
    int column = 0;
    for (; column + 4 <= columns_; column += 4) {
      for (int lane = 0; lane < 4; ++lane) {
        const double cost = costs[column + lane] - column_potentials[column + lane];
        double& least = lanes[static_cast<std::size_t>(lane)];
        least = cost < least ? cost : least;
      }
    }
    for (; column < columns_; ++column) {
      lanes[0] = std::min(lanes[0], costs[column] - column_potentials[column]);
    }
    const double least = std::min(std::min(lanes[0], lanes[1]), std::min(lanes[2], lanes[3]));
    if (!(least < limit)) return kNone;
    column = 0;
    while (costs[column] - column_potentials[column] != least) ++column;
    return column;
  }

  /// The arc from `row` to `column` enters the tree; it closes a cycle, around which as much flows
  /// as the first arc to run empty lets; that one leaves.
  void pivot(int row, int column) {
    // Going up from both ends, an arc loses where its lower end is like the end gone up from.
    std::int64_t amount = std::numeric_limits<std::int64_t>::max();
    int leaving = kNone;
    bool from_row = true;
    const auto consider = [&](int node, bool row_side) {
      if (is_row(node) != row_side || at(node).flow >= amount) return;
      amount = at(node).flow;
      leaving = node;
      from_row = row_side;
    };
    int a = row;
    int b = column;
    while (a != b) {
      if (at(a).depth >= at(b).depth) {
        consider(a, true);
        a = at(a).parent;
      } else {
        consider(b, false);
        b = at(b).parent;
      }
    }
    const auto shift = [&](int node, bool row_side) {
      for (; node != a; node = at(node).parent) {
        at(node).flow += is_row(node) == row_side ? -amount : amount;
      }
    };
    shift(row, true);
    shift(column, false);
    // The part below the leaving arc hangs from the entering one now.
    int node = from_row ? row : column;
    int parent = from_row ? column : row;
    const int top = node;
    std::int64_t flow = amount;
    while (true) {
      const int next = at(node).parent;
      const std::int64_t next_flow = at(node).flow;
      detach(node);
      attach(node, parent, flow);
      if (node == leaving) break;
      parent = node;
      node = next;
      flow = next_flow;
    }
    refresh_below(top);
  }

  int rows_;
  int columns_;
  std::vector<double> costs_;
  std::vector<Node> nodes_;
  std::vector<double> potentials_;
  std::vector<int> stack_;
};

/// Places of the masses that are not 0.
std::vector<std::size_t> used(std::span<const std::int64_t> masses) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < masses.size(); ++i) {
    if (masses[i] > 0) places.push_back(i);
  }
  return places;
}

}  // namespace

double transport_cost(std::span<const std::int64_t> supply, std::span<const std::int64_t> demand,
                      std::span<const double> costs) {
  assert(costs.size() == supply.size() * demand.size());
  assert(supply.size() <= kMostRows);
  assert(std::accumulate(supply.begin(), supply.end(), std::int64_t{0}) ==
         std::accumulate(demand.begin(), demand.end(), std::int64_t{0}));
  const std::vector<std::size_t> rows = used(supply);
  const std::vector<std::size_t> columns = used(demand);
  if (rows.empty()) return 0;
  std::vector<std::int64_t> supplies;
  std::vector<std::int64_t> demands;
  std::vector<double> between;
  supplies.reserve(rows.size());
  demands.reserve(columns.size());
  between.reserve(rows.size() * columns.size());
  for (const std::size_t column : columns) demands.push_back(demand[column]);
  for (const std::size_t row : rows) {
    supplies.push_back(supply[row]);
    for (const std::size_t column : columns) {
      between.push_back(costs[row * demand.size() + column]);
    }
  }
  return TransportSimplex(std::move(supplies), std::move(demands), std::move(between)).solve();
}

}  // namespace semblance
