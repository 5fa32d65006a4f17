#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <vector>

#include "index/vector_index.h"
#include "vector/vector_file.h"

namespace semblance::bench {

struct SearchBenchOptions {
  std::int64_t rows = 100'000;
  int dimension = 256;
  std::int64_t queries = 100;
  int rounds = 5;
  std::uint64_t seed = 1;
  int threads = 2;      ///< of the builds; searches use one
  std::string folder;   ///< for files; empty: a temporary one
  std::string vectors;  ///< .npy of float32 rows to search instead of made ones
};

/// Rows in memory, and queries: made ones that are not among the rows, or, of a file, rows evenly
/// chosen.
struct SearchData {
  explicit SearchData(const SearchBenchOptions& options);
  [[nodiscard]] MatrixView rows() const;
  [[nodiscard]] std::span<const float> query(std::int64_t index) const;

  std::vector<float> numbers, queries;
  std::int64_t count;
  int dimension;
  double make_seconds = 0;
};

/// The best ten rows of each query by float64 sums of a plain loop.
std::vector<std::vector<Candidate>> true_neighbours(const SearchData& data, std::int64_t queries);
/// The share of the true ten that were found; a row as close as the tenth counts.
double recall_at_10(const std::vector<Candidate>& found, const std::vector<Candidate>& truth);

double seconds_of(const std::function<void()>& work);
/// Of the calling thread: what it had to wait for other programs does not count.
double cpu_seconds_of(const std::function<void()>& work);
/// The smallest of `rounds`: the one that other work disturbed least.
double best_cpu_seconds_of(int rounds, const std::function<void()>& work);
/// Of all threads until now.
double process_cpu_seconds();
double load_average();

nlohmann::ordered_json exact_bench(const SearchBenchOptions& options);
nlohmann::ordered_json graph_bench(const SearchBenchOptions& options);
nlohmann::ordered_json filter_bench(const SearchBenchOptions& options);

}  // namespace semblance::bench
