// What a lookup in a collection's neighbour table takes, and what the multiplications of all pairs
// would take if nothing else had to be done. Usage: bench_neighbours DATA [COLLECTION]; the
// collection has a current table.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <string_view>

#include "engine/collection.h"
#include "engine/neighbours.h"
#include "kernels/kernels.h"
#include "vector/codes.h"

namespace semblance::bench {

namespace {

constexpr std::int64_t kLookups = 20'000;
constexpr std::size_t kBlockRows = 512;

double cpu_now() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// CPU seconds of all inner products of codes, a block of rows staying in the cache.
double bare_scan_seconds(std::int64_t rows, int dimension) {
  const auto& kernels = kernels::active();
  const auto stride = static_cast<std::size_t>(code_stride(dimension));
  std::vector<std::int8_t> codes(kBlockRows * stride);
  std::mt19937 random(1);
  for (auto& code : codes) code = static_cast<std::int8_t>(random() % 255 - 127);
  std::vector<std::int32_t> sums(kernels::kQueriesPerPass * kBlockRows);
  double best = 1e9;
  for (int round = 0; round < 20; ++round) {
    constexpr int kPasses = 50;
    const double start = cpu_now();
    for (int i = 0; i < kPasses; ++i) {
      kernels.scan_eight(codes.data(), stride, codes.data(), kBlockRows, sums.data());
    }
    best = std::min(best, (cpu_now() - start) / kPasses);
  }
  const auto n = static_cast<double>(rows);
  return best * n * n / static_cast<double>(kernels::kQueriesPerPass * kBlockRows);
}

int run(const char* data, const char* name) {
  const Result<Collection> collection = Collection::open(data, name);
  if (!collection) {
    std::fprintf(stderr, "%s\n", collection.error().message.c_str());
    return 2;
  }
  const MatrixView rows = collection->vectors().embedding();
  const double open_start = cpu_now();
  const Result<NeighbourTable> table = NeighbourTable::open(
      CollectionFiles(data, name), collection->set(), collection->keys_by_row(), rows);
  const double open_seconds = cpu_now() - open_start;
  if (!table) {
    std::fprintf(stderr, "%s\n", table.error().message.c_str());
    return 2;
  }
  SearchOptions options;
  options.limit = std::min(10, table->settings().limit);
  options.measure = neighbour_measure(table->settings().colour_weight);
  std::vector<double> microseconds;
  std::mt19937_64 random(3);
  std::int64_t answered = 0;
  for (std::int64_t i = 0; i < kLookups; ++i) {
    const auto row = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(rows.rows));
    const auto start = std::chrono::steady_clock::now();
    const auto hits =
        table->neighbours_of(row, options, [](std::int64_t) { return std::string_view(); });
    microseconds.push_back(
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start)
            .count());
    answered += hits ? 1 : 0;
  }
  std::sort(microseconds.begin(), microseconds.end());
  const auto quantile = [&](double share) {
    return microseconds[static_cast<std::size_t>(share * (kLookups - 1))];
  };
  const nlohmann::ordered_json json = {
      {"rows", rows.rows},
      {"dimension", rows.dimension},
      {"kernels", kernels::active().name},
      {"bare_scan_cpu_seconds", bare_scan_seconds(rows.rows, rows.dimension)},
      {"open_ms", open_seconds * 1e3},
      {"lookup_limit", options.limit},
      {"lookup_us_median", quantile(.5)},
      {"lookup_us_p99", quantile(.99)},
      {"answered", static_cast<double>(answered) / static_cast<double>(kLookups)}};
  std::printf("%s\n", json.dump(1).c_str());
  return 0;
}

}  // namespace

}  // namespace semblance::bench

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: bench_neighbours DATA [COLLECTION]\n");
    return 2;
  }
  return semblance::bench::run(argv[1], argc > 2 ? argv[2] : "default");
}
