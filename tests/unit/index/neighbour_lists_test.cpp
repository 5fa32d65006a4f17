#include "index/neighbour_lists.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "index/graph_builder.h"
#include "index/graph_index.h"
#include "index_oracle.h"
#include "vector/codes.h"

namespace semblance {
namespace {

constexpr int kDimension = 24;
constexpr int kShape = 16;

/// Unit vectors of shape and of colour, side by side; scores are summed in another order than the
/// index does, so that they round differently.
class MixedCosine final : public NeighbourMeasure {
 public:
  MixedCosine(MatrixView rows, double weight, std::vector<int> order)
      : rows_(rows), weight_(weight), order_(std::move(order)) {}

  void query_of(std::int64_t row, std::span<float> query) const override {
    for (std::size_t i = 0; i < query.size(); ++i) {
      const double factor = i < kShape ? 1 - weight_ : weight_;
      query[i] = static_cast<float>(factor * static_cast<double>(rows_.row(row)[i]));
    }
  }
  double score(std::int64_t row, std::int64_t other) const override {
    const auto cosine = [&](int from, int to) {
      double sum = 0;
      for (int i = from; i < to; ++i) {
        const auto at = static_cast<std::size_t>(i);
        sum += static_cast<double>(rows_.row(row)[at]) * static_cast<double>(rows_.row(other)[at]);
      }
      return std::clamp(sum, -1.0, 1.0);
    };
    return (1 + (1 - weight_) * cosine(0, kShape) + weight_ * cosine(kShape, kDimension)) / 2;
  }
  bool before(std::int64_t a, std::int64_t b) const override {
    return order_[static_cast<std::size_t>(a)] < order_[static_cast<std::size_t>(b)];
  }

 private:
  MatrixView rows_;
  double weight_;
  std::vector<int> order_;
};

std::vector<float> unit_rows(std::int64_t count, unsigned seed) {
  const std::vector<float> shapes = test::clustered_rows(count, kShape, 5, seed);
  const std::vector<float> colours = test::clustered_rows(count, kDimension - kShape, 3, seed + 1);
  std::vector<float> rows;
  for (std::int64_t r = 0; r < count; ++r) {
    rows.insert(rows.end(), shapes.begin() + r * kShape, shapes.begin() + (r + 1) * kShape);
    rows.insert(rows.end(), colours.begin() + r * (kDimension - kShape),
                colours.begin() + (r + 1) * (kDimension - kShape));
  }
  return rows;
}

/// Rows of which some have an item, with all that a task borrows.
class World {
 public:
  World(std::int64_t rows, unsigned seed, double weight)
      : numbers_(unit_rows(rows, seed)), weight_(weight), random_(seed) {
    tags.resize(static_cast<std::size_t>(rows));
    order.resize(tags.size());
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), random_);
    for (auto& tag : tags) tag = random_() % 10 == 0 ? 0 : 1 + random_() % 1'000'000;
  }

  [[nodiscard]] MatrixView view() const {
    return {numbers_.data(), static_cast<std::int64_t>(tags.size()), kDimension};
  }
  void append(std::int64_t count) {
    // From the same clusters: new photos of the same kinds, and some equal ones.
    for (std::int64_t i = 0; i < count; ++i) {
      const std::size_t like = random_() % tags.size() * kDimension;
      const bool equal = random_() % 3 == 0;
      std::vector<double> row;
      for (std::size_t j = 0; j < kDimension; ++j) {
        row.push_back(static_cast<double>(numbers_[like + j]) +
                      (equal ? 0 : .05 * (static_cast<double>(random_() % 100) / 50 - 1)));
      }
      for (const auto& [from, to] : {std::pair(0, kShape), std::pair(kShape, kDimension)}) {
        double norm = 0;
        for (int j = from; j < to; ++j)
          norm += row[static_cast<std::size_t>(j)] * row[static_cast<std::size_t>(j)];
        for (int j = from; j < to; ++j) {
          const double number = row[static_cast<std::size_t>(j)];
          numbers_.push_back(static_cast<float>(equal ? number : number / std::sqrt(norm)));
        }
      }
      tags.push_back(1 + random_() % 1'000'000);
      order.push_back(static_cast<int>(random_() % 1000) - 1000 * static_cast<int>(tags.size()));
    }
  }

  /// Calls function(task) with a task for the state as it is now.
  template <typename Function>
  auto with_task(int k, Function&& function) const {
    const Codes codes = Codes::of(view());
    const ExactIndex exact(codes.view(), view());
    const MixedCosine measure(view(), weight_, order);
    NeighbourTask task{view(), tags, exact, measure};
    task.k = k;
    task.threads = 2;
    return function(task);
  }
  [[nodiscard]] NeighbourLists build(int k) const {
    return with_task(k, [](const NeighbourTask& task) { return *build_neighbour_lists(task); });
  }

  std::vector<std::uint64_t> tags;
  std::vector<int> order;

 private:
  std::vector<float> numbers_;
  double weight_;
  std::mt19937 random_;
};

/// Every pair measured.
NeighbourLists all_pairs(const NeighbourTask& task) {
  NeighbourLists lists{task.k, {task.tags.begin(), task.tags.end()}, {}};
  for (std::int64_t row = 0; row < task.rows.rows; ++row) {
    std::vector<std::pair<double, std::int64_t>> others;
    for (std::int64_t other = 0; other < task.rows.rows; ++other) {
      if (other == row || task.tags[static_cast<std::size_t>(row)] == 0 ||
          task.tags[static_cast<std::size_t>(other)] == 0) {
        continue;
      }
      others.emplace_back(task.measure.score(row, other), other);
    }
    std::sort(others.begin(), others.end(), [&](const auto& a, const auto& b) {
      return a.first != b.first ? a.first > b.first : task.measure.before(a.second, b.second);
    });
    others.resize(std::min(others.size(), static_cast<std::size_t>(task.k)));
    for (const auto& [score, other] : others) {
      lists.places.push_back({static_cast<std::int32_t>(other), static_cast<float>(score)});
    }
    lists.places.resize(static_cast<std::size_t>(row + 1) * static_cast<std::size_t>(task.k));
  }
  return lists;
}

void expect_equal(const NeighbourLists& a, const NeighbourLists& b) {
  EXPECT_EQ(a.k, b.k);
  EXPECT_EQ(a.tags, b.tags);
  ASSERT_EQ(a.places.size(), b.places.size());
  for (std::size_t i = 0; i < a.places.size(); ++i) {
    ASSERT_EQ(a.places[i], b.places[i]) << "row " << i / static_cast<std::size_t>(a.k);
  }
}

class NeighbourListsOfWeight : public ::testing::TestWithParam<double> {};

TEST_P(NeighbourListsOfWeight, AreThoseOfMeasuringEveryPair) {
  const World world(700, 3, GetParam());
  world.with_task(7, [](const NeighbourTask& task) {
    expect_equal(*build_neighbour_lists(task), all_pairs(task));
  });
}

TEST_P(NeighbourListsOfWeight, AreTheSameUpdatedAndFreshlyBuilt) {
  std::mt19937 random(17);
  World world(400, 9, GetParam());
  NeighbourLists lists = world.build(6);
  std::int64_t joined = 0;
  bool partly = false;
  for (int round = 0; round < 25; ++round) {
    for (std::uint64_t i = random() % 6; i > 0; --i) world.tags[random() % world.tags.size()] = 0;
    for (std::uint64_t i = random() % 3; i > 0; --i) {  // renamed, or back again
      const std::size_t row = random() % world.tags.size();
      world.tags[row] = 1 + random() % 1'000'000;
      world.order[row] = static_cast<int>(random() % 1000) + 1000 * (round + 1);
    }
    world.append(static_cast<std::int64_t>(random() % 12));
    const auto updated = world.with_task(
        6, [&](const NeighbourTask& task) { return *update_neighbour_lists(task, lists.view()); });
    expect_equal(updated.lists, world.build(6));
    partly = partly || updated.searched < static_cast<std::int64_t>(world.tags.size()) / 3;
    joined += updated.joined;
    lists = updated.lists;
  }
  EXPECT_TRUE(partly);
  EXPECT_GT(joined, 0);
}

INSTANTIATE_TEST_SUITE_P(Weights, NeighbourListsOfWeight, ::testing::Values(0.0, .3, 1.0));

TEST(NeighbourLists, OfManyEqualRowsAreOrderedByWhatComesBefore) {
  World world(300, 5, 0);
  std::vector<float> numbers;
  const auto one = world.view().row(0);
  for (int i = 0; i < 300; ++i) numbers.insert(numbers.end(), one.begin(), one.end());
  const MatrixView rows{numbers.data(), 300, kDimension};
  std::fill(world.tags.begin(), world.tags.end(), 1);
  const Codes codes = Codes::of(rows);
  const ExactIndex exact(codes.view(), rows);
  const MixedCosine measure(rows, 0, world.order);
  NeighbourTask task{rows, world.tags, exact, measure};
  task.k = 5;
  expect_equal(*build_neighbour_lists(task), all_pairs(task));
}

TEST(NeighbourLists, OfFewRowsAreShort) {
  World world(4, 1, .2);
  world.tags = {5, 0, 6, 7};
  const NeighbourLists lists = world.build(10);
  EXPECT_EQ(lists.view().of(0).size(), 2U);
  EXPECT_EQ(lists.view().of(1).size(), 0U);
  world.tags = {5, 0, 0, 0};
  EXPECT_EQ(world.build(10).view().of(0).size(), 0U);
  const auto empty = world.with_task(10, [](NeighbourTask task) {
    task.rows.rows = 0;
    task.tags = {};
    return build_neighbour_lists(task);
  });
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->places.empty());
}

TEST(NeighbourLists, ShortOnesGrowWithTheRows) {
  World world(5, 2, 0);
  std::fill(world.tags.begin(), world.tags.end(), 3);
  const NeighbourLists before = world.build(8);
  world.append(2);
  const auto updated = world.with_task(
      8, [&](const NeighbourTask& task) { return *update_neighbour_lists(task, before.view()); });
  expect_equal(updated.lists, world.build(8));
}

TEST(NeighbourLists, OfAnotherLengthAreBuiltAnew) {
  const World world(60, 2, 0);
  const NeighbourLists before = world.build(3);
  const auto updated = world.with_task(
      4, [&](const NeighbourTask& task) { return *update_neighbour_lists(task, before.view()); });
  expect_equal(updated.lists, world.build(4));
}

TEST(NeighbourLists, LeaveOutARowThatIsNotFinite) {
  const World world(50, 8, 0);
  std::vector<float> numbers(world.view().data, world.view().data + 50 * kDimension);
  numbers[3 * kDimension] = std::numeric_limits<float>::quiet_NaN();
  const MatrixView rows{numbers.data(), 50, kDimension};
  const std::vector<std::uint64_t> tags(50, 1);
  const Codes codes = Codes::of(rows);
  const ExactIndex exact(codes.view(), rows);
  const MixedCosine measure(rows, 0, world.order);
  const auto lists = build_neighbour_lists({rows, tags, exact, measure});
  ASSERT_TRUE(lists);
  EXPECT_TRUE(lists->view().of(3).empty());
  EXPECT_EQ(lists->view().of(4).size(), 20U);
  for (const Neighbour& one : lists->places) EXPECT_NE(one.row, 3);
}

TEST(NeighbourLists, EndWhereTheCallerSaysSo) {
  const World world(600, 8, 0);
  int calls = 0;
  const auto lists = world.with_task(5, [&](NeighbourTask task) {
    task.threads = 1;
    task.progress = [&](std::int64_t done, std::int64_t total) {
      EXPECT_LE(done, total);
      return ++calls < 2;
    };
    return build_neighbour_lists(task);
  });
  ASSERT_FALSE(lists);
  EXPECT_EQ(lists.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(calls, 2);
}

TEST(NeighbourLists, MayComeFromAGraph) {
  const World world(900, 12, 0);
  const NeighbourLists truth = world.build(5);
  const NeighbourLists found = world.with_task(5, [&](NeighbourTask task) {
    const Codes codes = Codes::of(task.rows);
    const Graph graph = build_graph(codes.view(), {});
    const GraphIndex index(graph.view(), codes.view(), task.rows);
    task.approximate = &index;
    return *build_neighbour_lists(task);
  });
  std::size_t same = 0;
  for (std::size_t i = 0; i < truth.places.size(); ++i) same += found.places[i] == truth.places[i];
  EXPECT_GT(same, truth.places.size() * 95 / 100);
}

}  // namespace
}  // namespace semblance
