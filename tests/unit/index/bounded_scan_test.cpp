#include "index/bounded_scan.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "index/top_k.h"

namespace semblance {
namespace {

TEST(VisitByBounds, FindsTheSameAsScoringEverything) {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> uniform(0, 1);
  for (int round = 0; round < 100; ++round) {
    const std::size_t count = random() % 200;
    std::vector<std::int64_t> rows(count);
    std::iota(rows.begin(), rows.end(), 0);
    // Every other round with few different scores, and bounds that are often exact.
    std::vector<double> scores(count);
    for (double& score : scores) {
      score = round % 2 == 0 ? uniform(random) : static_cast<double>(random() % 5) / 5;
    }
    std::vector<double> loose = scores;
    std::vector<double> close = scores;
    for (std::size_t i = 0; i < count; ++i) {
      if (random() % 4 != 0) close[i] += .1 * uniform(random);
      loose[i] = close[i] + (random() % 4 == 0 ? 0 : .3 * uniform(random));
    }
    const auto before = [](std::int64_t a, std::int64_t b) { return a > b; };
    const std::size_t k = random() % 12;
    TopK all(k, before);
    for (const std::int64_t row : rows) all.offer(row, scores[static_cast<std::size_t>(row)]);
    TopK best(k, before);
    const std::int64_t visited = visit_by_bounds(
        rows, 2,
        [&](std::int64_t row, int effort) {
          return (effort == 0 ? loose : close)[static_cast<std::size_t>(row)];
        },
        [&] { return best.threshold(); },
        [&](std::int64_t row) { best.offer(row, scores[static_cast<std::size_t>(row)]); });
    EXPECT_LE(visited, static_cast<std::int64_t>(count));
    const std::vector<Candidate> expected = all.take();
    const std::vector<Candidate> found = best.take();
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i].row, expected[i].row);
  }
}

TEST(VisitByBounds, VisitsOnlyWhatHasAChance) {
  std::vector<std::int64_t> rows(1000);
  std::iota(rows.begin(), rows.end(), 0);
  TopK best(10, [](std::int64_t a, std::int64_t b) { return a < b; });
  int second_bounds = 0;
  const auto score = [](std::int64_t row) { return 1 - static_cast<double>(row) / 1000; };
  const std::int64_t visited = visit_by_bounds(
      rows, 2,
      [&](std::int64_t row, int effort) {
        second_bounds += effort;
        return score(row) + (effort == 0 ? .05 : .002);
      },
      [&] { return best.threshold(); }, [&](std::int64_t row) { best.offer(row, score(row)); });
  EXPECT_LE(visited, 13);
  EXPECT_LE(second_bounds, 62);
  EXPECT_EQ(best.take().back().row, 9);
}

TEST(VisitByBounds, WithNoRowsVisitsNone) {
  EXPECT_EQ(visit_by_bounds(
                {}, 1, [](std::int64_t, int) { return 1.0; }, [] { return 0.0; },
                [](std::int64_t) { FAIL(); }),
            0);
}

}  // namespace
}  // namespace semblance
