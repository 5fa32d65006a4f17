#include "index/exact_index.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <limits>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "index/gathered_search.h"
#include "index_oracle.h"

namespace semblance {
namespace {

using test::compare_all;
using test::rows_of;

std::vector<const kernels::KernelTable*> all_kernels() {
  std::vector<const kernels::KernelTable*> tables;
  using kernels::InstructionSet;
  for (const auto set : {InstructionSet::kScalar, InstructionSet::kAvx2, InstructionSet::kAvx512}) {
    if (const auto* table = kernels::table_of(set)) tables.push_back(table);
  }
  return tables;
}

/// The answer is the oracle's, row for row.
void expect_truth(const Result<IndexAnswer>& answer, const MatrixView& rows,
                  const IndexQuery& query) {
  ASSERT_TRUE(answer) << answer.error().message;
  std::vector<Candidate> expected = compare_all(rows, query);
  if (query.margin == 0 && expected.size() > query.k) expected.resize(query.k);
  if (query.margin > 0 && expected.size() > query.k) {
    const double least = query.k == 0 ? 10 : expected[query.k - 1].score - query.margin;
    std::erase_if(expected, [&](const Candidate& one) { return one.score < least; });
  }
  EXPECT_EQ(rows_of(answer->best), rows_of(expected));
  for (std::size_t i = 0; i < std::min(answer->best.size(), expected.size()); ++i) {
    EXPECT_NEAR(answer->best[i].score, expected[i].score, 1e-9);
  }
}

struct World {
  World(std::int64_t count, int dimension, unsigned seed)
      : numbers(test::clustered_rows(count, dimension, 5, seed)),
        rows{numbers.data(), count, dimension},
        queries(test::clustered_rows(20, dimension, 5, seed)) {}

  [[nodiscard]] std::span<const float> query(std::size_t i) const {
    const auto dimension = static_cast<std::size_t>(rows.dimension);
    return std::span(queries).subspan(i * dimension, dimension);
  }

  std::vector<float> numbers;
  MatrixView rows;
  std::vector<float> queries;
};

TEST(ExactIndex, EqualsComparingEverythingWhateverTheRows) {
  std::mt19937 random(1);
  for (unsigned round = 0; round < 60; ++round) {
    const auto count = static_cast<std::int64_t>(random() % 1500);
    const int dimension = 1 + static_cast<int>(random() % 90);
    World world(count, dimension, round);
    if (round % 3 == 0) {  // rows that the codes describe badly, or not at all
      for (int i = 0; i < 40 && count > 0; ++i) {
        float& x = world.numbers[random() % world.numbers.size()];
        const float odd[] = {3, -50, 1e30F, std::numeric_limits<float>::quiet_NaN(),
                             std::numeric_limits<float>::infinity()};
        x = odd[random() % 5];
      }
    }
    // Some rows came after the codes.
    MatrixView coded = world.rows;
    coded.rows -= coded.rows / 10;
    const Codes codes = Codes::of(coded);
    Bitmap allowed(static_cast<std::size_t>(count));
    const unsigned one_in = 1U << random() % 12;
    for (std::int64_t r = 0; r < count; ++r) {
      if (random() % one_in == 0) allowed.add(r);
    }
    for (const auto* kernels : all_kernels()) {
      const ExactIndex index(codes.view(), world.rows, *kernels);
      for (std::size_t q = 0; q < 4; ++q) {
        IndexQuery query{world.query(q), random() % 30};
        expect_truth(index.search(query), world.rows, query);
        query.allowed = &allowed;
        expect_truth(index.search(query), world.rows, query);
      }
    }
  }
}

TEST(ExactIndex, QueriesTogetherGetWhatTheyGetAlone) {
  const World world(3000, 48, 7);
  const Codes codes = Codes::of(world.rows);
  Bitmap half(3000);
  Bitmap few(3000);
  for (std::int64_t r = 0; r < 3000; r += 2) half.add(r);
  for (std::int64_t r = 0; r < 3000; r += 100) few.add(r);
  for (const auto* kernels : all_kernels()) {
    const ExactIndex index(codes.view(), world.rows, *kernels);
    for (std::size_t count = 0; count <= 19; ++count) {
      std::vector<IndexQuery> queries;
      for (std::size_t i = 0; i < count; ++i) {
        queries.push_back({world.query(i), 1 + i,
                           i % 3 == 1   ? &half
                           : i % 3 == 2 ? &few
                                        : nullptr});
      }
      const auto answers = index.search_together(queries);
      ASSERT_EQ(answers.size(), count);
      for (std::size_t i = 0; i < count; ++i) expect_truth(answers[i], world.rows, queries[i]);
    }
  }
}

TEST(ExactIndex, ABadQueryDoesNotSpoilTheOthers) {
  const World world(500, 16, 3);
  const Codes codes = Codes::of(world.rows);
  const ExactIndex index(codes.view(), world.rows);
  const std::vector<float> nan(16, std::numeric_limits<float>::quiet_NaN());
  const IndexQuery queries[] = {
      {world.query(0), 5}, {nan, 5}, {world.query(1).first(15), 5}, {world.query(2), 5}};
  const auto answers = index.search_together(queries);
  expect_truth(answers[0], world.rows, queries[0]);
  ASSERT_FALSE(answers[1]);
  EXPECT_EQ(answers[1].error().code, ErrorCode::kInvalidArgument);
  ASSERT_FALSE(answers[2]);
  EXPECT_EQ(answers[2].error().code, ErrorCode::kInvalidArgument);
  expect_truth(answers[3], world.rows, queries[3]);
}

TEST(ExactIndex, TiesAreOrderedByTheCallerAndCompleteWithAMargin) {
  std::vector<float> numbers;
  for (int r = 0; r < 2000; ++r) {
    numbers.push_back(r % 2 == 0 ? .6F : .5F);
    numbers.push_back(r % 2 == 0 ? .8F : .1F);
  }
  const MatrixView rows{numbers.data(), 2000, 2};
  const Codes codes = Codes::of(rows);
  const ExactIndex index(codes.view(), rows);
  const std::vector<float> vector = {1, 1};
  IndexQuery query{vector, 3};
  EXPECT_EQ(rows_of(index.search(query)->best), (std::vector<std::int64_t>{0, 2, 4}));
  query.before = [](std::int64_t a, std::int64_t b) { return a > b; };
  EXPECT_EQ(rows_of(index.search(query)->best), (std::vector<std::int64_t>{1998, 1996, 1994}));
  query.margin = 1e-9;
  EXPECT_EQ(index.search(query)->best.size(), 1000U);
  query.margin = 2;
  EXPECT_EQ(index.search(query)->best.size(), 2000U);
}

TEST(ExactIndex, LeavesOutWhatScoresLessThanAsked) {
  const World world(900, 40, 5);
  const Codes codes = Codes::of(world.rows);
  const ExactIndex index(codes.view(), world.rows);
  for (std::size_t q = 0; q < 20; ++q) {
    IndexQuery query{world.query(q), 15};
    const auto all = compare_all(world.rows, query);
    for (const std::size_t place : {0U, 3U, 14U, 200U}) {
      query.least = all[place].score - 1e-9;
      std::vector<Candidate> expected(all.begin(), all.begin() + 15);
      std::erase_if(expected, [&](const Candidate& one) { return one.score < query.least; });
      const auto answer = index.search(query);
      ASSERT_TRUE(answer);
      EXPECT_EQ(rows_of(answer->best), rows_of(expected)) << place;
    }
    query.least = 1e9;
    EXPECT_TRUE(index.search(query)->best.empty());
  }
}

TEST(ExactIndex, OfNothingForNothingAndOfAZeroVector) {
  const World world(100, 8, 5);
  const Codes codes = Codes::of(world.rows);
  const ExactIndex index(codes.view(), world.rows);
  EXPECT_TRUE(index.search({world.query(0), 0})->best.empty());
  const Bitmap none(100);
  EXPECT_TRUE(index.search({world.query(0), 5, &none})->best.empty());
  EXPECT_EQ(index.search({world.query(0), 1000})->best.size(), 100U);
  const std::vector<float> zero(8, 0.0F);
  EXPECT_EQ(rows_of(index.search({zero, 3})->best), (std::vector<std::int64_t>{0, 1, 2}));
  const MatrixView no_rows{nullptr, 0, 8};
  const Codes no_codes = Codes::of(no_rows);
  const ExactIndex empty(no_codes.view(), no_rows);
  EXPECT_TRUE(empty.search({world.query(0), 5})->best.empty());
}

TEST(ExactIndex, ComparesFewRowsInFloat32) {
  const World world(20'000, 64, 8);
  const Codes codes = Codes::of(world.rows);
  const ExactIndex index(codes.view(), world.rows);
  const auto answer = index.search({world.query(1), 10});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->statistics.scanned, 20'000);
  EXPECT_LT(answer->statistics.ranked, 4000);
  EXPECT_TRUE(answer->statistics.exact);
}

TEST(ExactIndex, OneColourWeightIsOneVector) {
  // Rows [s, c] of unit vectors: the query [(1-w) s, w c] gives (1-w) cos(s) + w cos(c).
  const World shapes(400, 24, 11);
  const World colours(400, 8, 12);
  std::vector<float> numbers;
  for (std::int64_t r = 0; r < 400; ++r) {
    numbers.insert(numbers.end(), shapes.rows.row(r).begin(), shapes.rows.row(r).end());
    numbers.insert(numbers.end(), colours.rows.row(r).begin(), colours.rows.row(r).end());
  }
  const MatrixView rows{numbers.data(), 400, 32};
  const Codes codes = Codes::of(rows);
  const ExactIndex index(codes.view(), rows);
  for (const float w : {0.0F, .3F, 1.0F}) {
    std::vector<float> vector;
    for (const float x : shapes.rows.row(9)) vector.push_back((1 - w) * x);
    for (const float x : colours.rows.row(9)) vector.push_back(w * x);
    IndexQuery query{vector, 20};
    expect_truth(index.search(query), rows, query);
    EXPECT_NEAR(index.search(query)->best[0].score, 1, 1e-6);
  }
}

TEST(GatheredSearch, ManyThreadsGetTheirOwnAnswers) {
  const World world(4000, 32, 21);
  const Codes codes = Codes::of(world.rows);
  const ExactIndex index(codes.view(), world.rows);
  std::vector<std::vector<std::int64_t>> expected;
  for (std::size_t q = 0; q < 20; ++q) {
    expected.push_back(rows_of(index.search({world.query(q), 5 + q})->best));
  }
  for (const std::size_t passes : {0U, 1U, 3U}) {
    const GatheredSearch gathered(index, passes);
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < 20; ++t) {
      threads.emplace_back([&, t] {
        for (std::size_t round = 0; round < 30; ++round) {
          const std::size_t q = (t + round) % 20;
          const auto answer = gathered.search({world.query(q), 5 + q});
          if (!answer || rows_of(answer->best) != expected[q]) ++wrong;
        }
        if (gathered.search({world.query(0).first(3), 5})) ++wrong;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
  }
}

}  // namespace
}  // namespace semblance
