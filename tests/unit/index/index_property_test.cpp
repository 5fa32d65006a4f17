// Random inserts, deletes, filters, restarts and rebuilds against a plain reference.

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <random>
#include <vector>

#include "index/exact_index.h"
#include "index/graph_builder.h"
#include "index/graph_file.h"
#include "index/graph_index.h"
#include "index_oracle.h"
#include "support/temporary_folder.h"
#include "vector/code_file.h"

namespace semblance {
namespace {

using test::compare_all;
using test::rows_of;

constexpr int kDimension = 24;

/// A collection as its files and its catalogue would be: rows that only grow, some of them free.
class Collection {
 public:
  explicit Collection(unsigned seed)
      : random_(seed), pool_(test::clustered_rows(6000, kDimension, 25, seed)) {}

  [[nodiscard]] MatrixView rows() const { return {pool_.data(), count_, kDimension}; }
  [[nodiscard]] const Bitmap& live() const { return live_; }
  std::mt19937& random() { return random_; }

  void insert(std::int64_t count) {
    count_ = std::min<std::int64_t>(count_ + count, 6000);
    Bitmap live(static_cast<std::size_t>(count_));
    live_.for_each([&](std::int64_t row) { live.add(row); });
    for (auto row = static_cast<std::int64_t>(live_.size()); row < count_; ++row) live.add(row);
    live_ = live;
  }
  void remove(unsigned one_in) {
    Bitmap removed(live_.size());
    for (std::size_t row = 0; row < live_.size(); ++row) {
      if (random_() % one_in == 0) removed.add(static_cast<std::int64_t>(row));
    }
    live_ -= removed;
  }
  void update_codes() {
    const auto updated = update_code_file(folder_.path() / "codes", rows(), source_);
    ASSERT_TRUE(updated) << updated.error().message;
  }
  void build_graph_of_all() {
    const auto codes = CodeFile::open(folder_.path() / "codes", rows(), source_);
    ASSERT_TRUE(codes) << codes.error().message;
    GraphOptions options;
    options.degree = 8;
    options.effort = 60;
    options.threads = 2;
    options.included = &live_;
    const Graph graph = build_graph(codes->view(), options);
    MatrixView of_graph = rows();
    of_graph.rows = graph.rows;
    std::int64_t included = 0;
    live_.for_each([&](std::int64_t row) { included += row < graph.rows ? 1 : 0; });
    const Status written =
        write_graph_file(folder_.path() / "graph", graph.view(), included, of_graph, source_);
    ASSERT_TRUE(written) << written.error().message;
  }

  /// As a process that opens the collection now would.
  void compare_with_truth() {
    const auto codes = CodeFile::open(folder_.path() / "codes", rows(), source_);
    ASSERT_TRUE(codes) << codes.error().message;
    const ExactIndex exact(codes->view(), rows());
    const auto file = GraphFile::open(folder_.path() / "graph", rows(), source_);
    std::unique_ptr<GraphIndex> graph;
    if (file) graph = std::make_unique<GraphIndex>(file->view(), codes->view(), rows());
    Bitmap filtered = live_;
    Bitmap dropped(live_.size());
    const auto one_in = static_cast<unsigned>(1 + random_() % 4);
    for (std::size_t row = 0; row < live_.size(); ++row) {
      if (random_() % (1U << (2 * one_in)) != 0) dropped.add(static_cast<std::int64_t>(row));
    }
    filtered -= dropped;
    for (int i = 0; i < 5 && count_ > 0; ++i) {
      const Bitmap& allowed = i % 2 == 0 ? live_ : filtered;
      const std::int64_t like =
          static_cast<std::int64_t>(random_() % static_cast<unsigned>(count_));
      IndexQuery query{rows().row(like), 1 + random_() % 15, &allowed};
      auto truth = compare_all(rows(), query);
      if (truth.size() > query.k) truth.resize(query.k);
      const auto answer = exact.search(query);
      ASSERT_TRUE(answer);
      EXPECT_EQ(rows_of(answer->best), rows_of(truth));
      if (!graph) continue;
      const auto near = graph->search(query);
      ASSERT_TRUE(near);
      ASSERT_EQ(near->best.size(), truth.size());
      for (const Candidate& one : near->best) {
        EXPECT_TRUE(allowed.contains(one.row));
        found_ += one.score >= truth.back().score - 1e-9 ? 1 : 0;
      }
      wanted_ += static_cast<double>(truth.size());
    }
  }
  [[nodiscard]] double graph_recall() const { return wanted_ > 0 ? found_ / wanted_ : 1; }

 private:
  std::mt19937 random_;
  std::vector<float> pool_;
  std::int64_t count_ = 0;
  Bitmap live_;
  test::TemporaryFolder folder_;
  Sha256 source_ = sha256(std::as_bytes(std::span("set")));
  double found_ = 0, wanted_ = 0;
};

TEST(IndexProperty, WhateverHappensExactAnswersAreTrueAndGraphsNearlySo) {
  for (unsigned seed = 0; seed < 6; ++seed) {
    Collection collection(seed);
    collection.insert(300);
    collection.update_codes();
    for (int step = 0; step < 40; ++step) {
      const auto what = static_cast<unsigned>(collection.random()() % 10);
      if (what < 4) collection.insert(static_cast<std::int64_t>(collection.random()() % 300));
      if (what == 4) collection.remove(20);
      if (what == 5) collection.remove(3);
      if (what >= 6 && what < 9) collection.update_codes();
      if (what == 9) collection.build_graph_of_all();
      collection.compare_with_truth();
      if (HasFatalFailure()) return;
    }
    EXPECT_GE(collection.graph_recall(), .97) << "seed " << seed;
  }
}

}  // namespace
}  // namespace semblance
