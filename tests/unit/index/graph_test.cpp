#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>
#include <vector>

#include "index/exact_index.h"
#include "index/graph_builder.h"
#include "index/graph_file.h"
#include "index/graph_index.h"
#include "index_oracle.h"
#include "support/temporary_folder.h"
#include "vector/codes.h"

namespace semblance {
namespace {

namespace fs = std::filesystem;
using test::compare_all;
using test::rows_of;

struct World {
  World(std::int64_t count, int dimension, int centres, unsigned seed)
      : numbers(test::clustered_rows(count, dimension, centres, seed)),
        rows{numbers.data(), count, dimension},
        codes(Codes::of(rows)),
        queries(test::clustered_rows(100, dimension, centres, seed)) {}

  [[nodiscard]] std::span<const float> query(std::size_t i) const {
    const auto dimension = static_cast<std::size_t>(rows.dimension);
    return std::span(queries).subspan(i * dimension, dimension);
  }
  [[nodiscard]] MatrixView first(std::int64_t count) const {
    return {rows.data, count, rows.dimension};
  }
  [[nodiscard]] CodeView first_codes(std::int64_t count) const {
    CodeView view = codes.view();
    view.rows = count;
    while (!view.rough.empty() && view.rough.back().row >= count) {
      view.rough = view.rough.first(view.rough.size() - 1);
    }
    return view;
  }

  std::vector<float> numbers;
  MatrixView rows;
  Codes codes;
  std::vector<float> queries;
};

GraphOptions options_with(int threads, const Bitmap* included = nullptr) {
  GraphOptions options;
  options.degree = 8;
  options.effort = 60;
  options.threads = threads;
  options.included = included;
  return options;
}

double recall(const GraphIndex& index, const World& world, const Bitmap* allowed,
              std::size_t effort) {
  double found = 0;
  double wanted = 0;
  for (std::size_t q = 0; q < 50; ++q) {
    IndexQuery query{world.query(q), 10, allowed};
    query.effort = effort;
    auto truth = compare_all(world.rows, query);
    if (truth.size() > 10) truth.resize(10);
    const auto answer = index.search(query);
    EXPECT_TRUE(answer);
    EXPECT_EQ(answer->best.size(), truth.size()) << "k hits where k exist";
    for (const Candidate& one : answer->best) {
      EXPECT_TRUE(allowed == nullptr || allowed->contains(one.row));
      found += one.score >= truth.back().score - 1e-9 ? 1 : 0;
    }
    wanted += static_cast<double>(truth.size());
  }
  return wanted > 0 ? found / wanted : 1;
}

TEST(Graph, FindsNearlyAllTrueNeighbours) {
  const World world(6000, 32, 40, 1);
  const Graph graph = build_graph(world.codes.view(), options_with(2));
  EXPECT_EQ(reachable_rows(graph.view()), 6000);
  const GraphIndex index(graph.view(), world.codes.view(), world.rows);
  EXPECT_GE(recall(index, world, nullptr, 100), .98);
  const auto answer = index.search({world.query(0), 10});
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->statistics.exact);
  EXPECT_LT(answer->statistics.scanned, 3000);
}

TEST(Graph, IsTheSameWhateverTheNumberOfThreadsAndTheInstructionSet) {
  const World world(3000, 24, 20, 2);
  const Graph one = build_graph(world.codes.view(), options_with(1));
  for (const int threads : {2, 5}) {
    const Graph other = build_graph(world.codes.view(), options_with(threads));
    EXPECT_EQ(one.ground, other.ground);
    EXPECT_EQ(one.upper_rows, other.upper_rows);
    EXPECT_EQ(one.levels, other.levels);
    EXPECT_EQ(one.stray, other.stray);
  }
  const auto& scalar = *kernels::table_of(kernels::InstructionSet::kScalar);
  EXPECT_EQ(build_graph(world.codes.view(), options_with(2), scalar).ground, one.ground);
}

TEST(Graph, EveryRowCanBeFoundAlsoAmongManyEqualOnes) {
  for (const std::int64_t equal : {100, 2000}) {
    World world(3000, 16, 10, 3);
    for (std::int64_t r = 0; r < equal; ++r) {
      std::copy_n(world.numbers.begin(), 16, world.numbers.begin() + r * 16);
    }
    world.codes = Codes::of(world.rows);
    const Graph graph = build_graph(world.codes.view(), options_with(2));
    EXPECT_EQ(reachable_rows(graph.view()), 3000);
    const GraphIndex index(graph.view(), world.codes.view(), world.rows);
    EXPECT_GE(recall(index, world, nullptr, 150), .8) << "two thirds equal is hard for any graph";
  }
}

TEST(Graph, OfHardlyAnyRows) {
  for (std::int64_t count = 0; count < 40; ++count) {
    const World world(count, 8, 3, 4);
    const Graph graph = build_graph(world.codes.view(), options_with(2));
    EXPECT_EQ(reachable_rows(graph.view()), count);
    const GraphIndex index(graph.view(), world.codes.view(), world.rows);
    EXPECT_EQ(recall(index, world, nullptr, 10), 1);
  }
}

TEST(Graph, RowsThatAreNotIncludedAreNeverMet) {
  const World world(4000, 16, 20, 5);
  Bitmap included(4000);
  for (std::int64_t r = 0; r < 4000; ++r) {
    if (r % 3 != 0) included.add(r);
  }
  const Graph graph = build_graph(world.codes.view(), options_with(2, &included));
  EXPECT_EQ(reachable_rows(graph.view()), static_cast<std::int64_t>(included.count()));
  for (std::size_t i = 0; i < graph.ground.size(); ++i) {
    EXPECT_TRUE(graph.ground[i] == GraphView::kNoLink || included.contains(graph.ground[i]));
  }
}

TEST(Graph, WithAFilterThereAreAlwaysAsManyHitsAsExist) {
  const World world(8000, 24, 30, 6);
  const Graph graph = build_graph(world.codes.view(), options_with(2));
  const GraphIndex index(graph.view(), world.codes.view(), world.rows);
  std::mt19937 random(6);
  for (const unsigned one_in : {1U, 2U, 10U, 100U, 1000U, 4000U}) {
    Bitmap allowed(8000);
    for (std::int64_t r = 0; r < 8000; ++r) {
      if (random() % one_in == 0) allowed.add(r);
    }
    EXPECT_GE(recall(index, world, &allowed, 100), .97) << "one in " << one_in;
  }
  const Bitmap none(8000);
  EXPECT_EQ(recall(index, world, &none, 100), 1);
}

TEST(Graph, RowsBehindItAreFoundExactly) {
  const World world(5000, 24, 20, 7);
  const CodeView codes = world.first_codes(4500);  // the last 500 are not even coded
  const Graph graph = build_graph(world.first_codes(4000), options_with(2));
  const GraphIndex index(graph.view(), codes, world.rows);
  for (const std::int64_t row : {4000, 4250, 4499, 4500, 4999}) {
    IndexQuery query{world.rows.row(row), 1};
    query.before = [&](std::int64_t a, std::int64_t b) { return a == row && b != row; };
    const auto answer = index.search(query);
    ASSERT_TRUE(answer);
    EXPECT_NEAR(answer->best.at(0).score, 1, 1e-5);
  }
  EXPECT_GE(recall(index, world, nullptr, 100), .98);
}

TEST(Graph, ABuildCanBeEnded) {
  const World world(3000, 8, 5, 8);
  GraphOptions options = options_with(2);
  std::int64_t last = 0;
  options.progress = [&](std::int64_t done, std::int64_t total) {
    EXPECT_GT(done, last);
    EXPECT_EQ(total, 3000);
    last = done;
    return done < 1000;
  };
  EXPECT_TRUE(build_graph(world.codes.view(), options).ground.empty());
  EXPECT_LT(last, 1500);
}

TEST(Graph, BadQueriesAreErrors) {
  const World world(2000, 8, 5, 9);
  const Graph graph = build_graph(world.codes.view(), options_with(1));
  const GraphIndex index(graph.view(), world.codes.view(), world.rows);
  const std::vector<float> nan(8, std::numeric_limits<float>::quiet_NaN());
  EXPECT_EQ(index.search({nan, 5}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(index.search({std::span(nan).first(3), 5}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(index.search({world.query(0), 0})->best.empty());
  EXPECT_EQ(index.search({world.query(0), 5000})->best.size(), 2000U);
}

TEST(Graph, ManyThreadsSearchAtOnce) {
  const World world(5000, 16, 20, 10);
  const Graph graph = build_graph(world.codes.view(), options_with(2));
  const GraphIndex index(graph.view(), world.codes.view(), world.rows);
  std::vector<std::vector<std::int64_t>> expected;
  for (std::size_t q = 0; q < 40; ++q) {
    expected.push_back(rows_of(index.search({world.query(q), 10})->best));
  }
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < 100; ++i) {
        const std::size_t q = (t * 7 + i) % 40;
        if (rows_of(index.search({world.query(q), 10})->best) != expected[q]) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

class GraphFileTest : public testing::Test {
 protected:
  GraphFileTest() : world_(3000, 16, 20, 11) {
    graph_ = build_graph(world_.first_codes(2500), options_with(2));
    write();
  }
  void write() {
    const Status written =
        write_graph_file(path(), graph_.view(), 2500, world_.first(2500), source_);
    ASSERT_TRUE(written) << written.error().message;
  }
  [[nodiscard]] fs::path path() const { return folder_.path() / "embedding.graph"; }
  [[nodiscard]] ErrorCode refusal(const MatrixView& rows) const {
    const auto file = GraphFile::open(path(), rows, source_);
    EXPECT_FALSE(file);
    return file ? ErrorCode::kInternal : file.error().code;
  }
  void change_byte(std::streamoff offset) const {
    std::fstream stream(path(), std::ios::binary | std::ios::in | std::ios::out);
    stream.seekg(offset);
    const auto byte = static_cast<char>(stream.get() ^ 0x41);
    stream.seekp(offset);
    stream.put(byte);
  }

  World world_;
  Graph graph_;
  test::TemporaryFolder folder_;
  Sha256 source_ = sha256(std::as_bytes(std::span("set 1")));
};

TEST_F(GraphFileTest, IsWhatWasWritten) {
  for (const std::int64_t rows : {2500, 3000}) {
    const auto file = GraphFile::open(path(), world_.first(rows), source_);
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_TRUE(file->verify());
    EXPECT_EQ(file->included(), 2500);
    const GraphView view = file->view();
    EXPECT_TRUE(std::equal(view.ground.begin(), view.ground.end(), graph_.ground.begin(),
                           graph_.ground.end()));
    const GraphIndex index(view, world_.codes.view(), world_.rows);
    EXPECT_GE(recall(index, world_, nullptr, 100), .98);
  }
}

TEST_F(GraphFileTest, OfOtherRowsIsRefused) {
  EXPECT_EQ(refusal(world_.first(2499)), ErrorCode::kConflict);
  source_ = sha256(std::as_bytes(std::span("set 2")));
  EXPECT_EQ(refusal(world_.first(2500)), ErrorCode::kConflict);
  source_ = sha256(std::as_bytes(std::span("set 1")));
  world_.numbers[2499 * 16] += 1;
  EXPECT_EQ(refusal(world_.first(2500)), ErrorCode::kConflict);
  fs::remove(path());
  EXPECT_EQ(refusal(world_.first(2500)), ErrorCode::kMissingFile);
}

TEST_F(GraphFileTest, DamageIsSeenAndNeverHarms) {
  for (std::streamoff offset = 0; offset < 224; ++offset) {
    change_byte(offset);
    EXPECT_EQ(refusal(world_.rows), ErrorCode::kCorrupt) << offset;
    change_byte(offset);
  }
  std::mt19937 random(1);
  const auto bytes = static_cast<std::streamoff>(fs::file_size(path()));
  for (int i = 0; i < 2000; ++i)
    change_byte(4096 + static_cast<std::streamoff>(random()) % (bytes - 4096));
  const auto file = GraphFile::open(path(), world_.rows, source_);
  ASSERT_TRUE(file) << "opening reads nothing big";
  EXPECT_EQ(file->verify().error().code, ErrorCode::kCorrupt);
  const GraphIndex index(file->view(), world_.codes.view(), world_.rows);
  recall(index, world_, nullptr, 50);
}

TEST_F(GraphFileTest, CutShortOrLongerIsRefused) {
  const auto bytes = fs::file_size(path());
  for (const std::uintmax_t size : {std::uintmax_t{0}, std::uintmax_t{100}, std::uintmax_t{4096},
                                    bytes - 4, bytes - 1, bytes + 4}) {
    write();
    fs::resize_file(path(), size);
    EXPECT_EQ(refusal(world_.rows), ErrorCode::kCorrupt) << size;
  }
}

TEST_F(GraphFileTest, AGraphThatLostARowIsNotWritten) {
  // Take away every link to one row.
  for (std::uint32_t& link : graph_.ground) {
    if (link == 77) link = 78;
  }
  const Status written = write_graph_file(path(), graph_.view(), 2500, world_.first(2500), source_);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kInternal);
  EXPECT_TRUE(GraphFile::open(path(), world_.rows, source_)) << "the old one stays";
}

TEST(Graph, GarbageIsSafeToSearch) {
  const World world(2000, 8, 5, 12);
  std::mt19937 random(12);
  const Graph sound = build_graph(world.codes.view(), options_with(1));
  for (int round = 0; round < 50; ++round) {
    Graph graph = sound;
    const auto spoil = [&](std::vector<std::uint32_t>& words) {
      for (std::uint32_t& word : words) {
        if (random() % 8 == 0)
          word = random() % 2 == 0 ? static_cast<std::uint32_t>(random())
                                   : static_cast<std::uint32_t>(random() % 3000);
      }
    };
    spoil(graph.ground);
    spoil(graph.upper_rows);
    for (auto& level : graph.levels) spoil(level);
    graph.stray = {5, 5, 1999, 2000, 0xFFFFFFFF};
    reachable_rows(graph.view());
    const GraphIndex index(graph.view(), world.codes.view(), world.rows);
    for (std::size_t q = 0; q < 10; ++q) EXPECT_TRUE(index.search({world.query(q), 10}));
  }
}

}  // namespace
}  // namespace semblance
