// One query against many rows: what an exact scan spends on distances.

#include <benchmark/benchmark.h>

#include <cstddef>
#include <random>
#include <span>
#include <vector>

#include "distance/metric.h"

namespace semblance {
namespace {

void scan(benchmark::State& state, Metric metric) {
  const auto dimension = static_cast<std::size_t>(state.range(0));
  constexpr std::size_t kRows = 3000;
  std::mt19937 generator(1);
  std::uniform_real_distribution<float> uniform(0, 1);
  std::vector<float> rows(kRows * dimension);
  for (float& number : rows) number = uniform(generator);
  const std::vector<float> query(rows.begin() + static_cast<std::ptrdiff_t>(dimension),
                                 rows.begin() + static_cast<std::ptrdiff_t>(2 * dimension));
  for (auto _ : state) {
    double sum = 0;
    for (std::size_t row = 0; row < kRows; ++row) {
      sum += distance(metric, query, std::span(rows).subspan(row * dimension, dimension));
    }
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kRows));
}

BENCHMARK_CAPTURE(scan, cosine, Metric::kCosine)
    ->Arg(256)
    ->Arg(1280)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(scan, euclidean, Metric::kEuclidean)
    ->Arg(256)
    ->Arg(1280)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(scan, chi_square, Metric::kChiSquare)->Arg(288)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace semblance
