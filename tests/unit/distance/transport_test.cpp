#include "distance/transport.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "random_histograms.h"

namespace semblance {
namespace {

using Masses = std::vector<std::int64_t>;
using Costs = std::vector<double>;

TEST(TransportCost, AgreesWithFiguresByHand) {
  EXPECT_EQ(transport_cost({}, {}, {}), 0);
  EXPECT_EQ(transport_cost(Masses{5}, Masses{5}, Costs{3}), 15);
  // The nearest column of both rows is the first, which takes one of them only.
  EXPECT_EQ(transport_cost(Masses{1, 1}, Masses{1, 1}, Costs{1, 2, 1, 10}), 3);
  // Row 0 must give up column 0 to row 1, and column 1 to row 2.
  EXPECT_EQ(transport_cost(Masses{2, 2, 2}, Masses{2, 2, 2}, Costs{0, 1, 2, 0, 9, 9, 9, 0, 9}),
            2 * (2 + 0 + 0));
  EXPECT_EQ(transport_cost(Masses{0, 4}, Masses{1, 0, 3}, Costs{0, 0, 0, 1, 0, 2}), 7);
}

/// Every unit a row and a column of its own: all permutations are all there is.
double by_all_permutations(const Costs& costs, std::size_t n) {
  std::vector<std::size_t> to(n);
  std::iota(to.begin(), to.end(), std::size_t{0});
  double least = 1e300;
  do {
    double cost = 0;
    for (std::size_t row = 0; row < n; ++row) cost += costs[row * n + to[row]];
    least = std::min(least, cost);
  } while (std::next_permutation(to.begin(), to.end()));
  return least;
}

TEST(TransportCost, IsTheLeastOfAllAssignments) {
  test::Random random(17);
  for (int round = 0; round < 300; ++round) {
    const std::size_t n = 1 + random.below(6);
    // Few different costs: many ties.
    Costs costs(n * n);
    for (double& cost : costs) cost = static_cast<double>(random.below(round % 2 == 0 ? 4 : 1000));
    const Masses ones(n, 1);
    EXPECT_EQ(transport_cost(ones, ones, costs), by_all_permutations(costs, n));
  }
}

/// Splitting rows and columns into units must not change anything.
TEST(TransportCost, OfMassesIsThatOfTheirUnits) {
  test::Random random(23);
  for (int round = 0; round < 100; ++round) {
    const std::size_t rows = 1 + random.below(8);
    const std::size_t columns = 1 + random.below(8);
    Costs costs(rows * columns);
    for (double& cost : costs) cost = static_cast<double>(random.below(100));
    Masses supply(rows);
    Masses demand(columns);
    std::vector<std::size_t> unit_rows;
    std::vector<std::size_t> unit_columns;
    for (int unit = 0; unit < 40; ++unit) {
      unit_rows.push_back(random.below(rows));
      unit_columns.push_back(random.below(columns));
      ++supply[unit_rows.back()];
      ++demand[unit_columns.back()];
    }
    Costs unit_costs;
    for (const std::size_t row : unit_rows) {
      for (const std::size_t column : unit_columns) {
        unit_costs.push_back(costs[row * columns + column]);
      }
    }
    const Masses units(40, 1);
    EXPECT_EQ(transport_cost(supply, demand, costs), transport_cost(units, units, unit_costs));
  }
}

}  // namespace
}  // namespace semblance
