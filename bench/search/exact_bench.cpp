// One query and eight together against a plain read of the same bytes.

#include <algorithm>
#include <numeric>
#include <optional>

#include "index/exact_index.h"
#include "search/search_bench.h"
#include "vector/codes.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define SEMBLANCE_BEST_READ __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define SEMBLANCE_BEST_READ
#endif

namespace semblance::bench {

namespace {

/// Reads everything once, as quickly as the machine can with loads in order.
SEMBLANCE_BEST_READ std::uint64_t read_all(const std::uint64_t* words, std::size_t count) {
  std::uint64_t sums[64] = {};
  for (std::size_t i = 0; i + 64 <= count; i += 64) {
    for (std::size_t j = 0; j < 64; ++j) sums[j] ^= words[i + j];
  }
  return std::accumulate(std::begin(sums), std::end(sums), std::uint64_t{0});
}

volatile std::uint64_t sink;

struct Averages {
  double ranked = 0, candidates = 0, rank_us = 0, recall = 0;
};

nlohmann::ordered_json filter_table(const ExactIndex& index, const SearchData& data,
                                    const SearchBenchOptions& options) {
  nlohmann::ordered_json table = nlohmann::ordered_json::array();
  for (const double share : {.5, .2, .1, .05, .01, .001, 0.0}) {
    Bitmap allowed(static_cast<std::size_t>(data.count));
    std::uint64_t state = 7;
    for (std::int64_t r = 0; r < data.count; ++r) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      if (static_cast<double>(state >> 11) * 0x1p-53 < share) allowed.add(r);
    }
    const std::int64_t queries = std::min<std::int64_t>(options.queries, 20);
    std::size_t hits = 0;
    const double seconds = best_cpu_seconds_of(options.rounds, [&] {
      hits = 0;
      for (std::int64_t q = 0; q < queries; ++q) {
        hits += index.search({data.query(q), 10, &allowed})->best.size();
      }
    });
    table.push_back({{"share", share},
                     {"allowed", allowed.count()},
                     {"ms_a_query", seconds * 1e3 / static_cast<double>(queries)},
                     {"hits_a_query", static_cast<double>(hits) / static_cast<double>(queries)}});
  }
  return table;
}

}  // namespace

nlohmann::ordered_json exact_bench(const SearchBenchOptions& options) {
  const double load = load_average();
  const SearchData data(options);
  std::optional<Codes> codes;
  const double code_seconds = seconds_of([&] { codes = Codes::of(data.rows()); });
  const CodeView view = codes->view();
  const ExactIndex index(view, data.rows());
  const auto bytes = static_cast<std::size_t>(view.rows * view.stride);
  const std::int64_t timed = std::min<std::int64_t>(options.queries, 24);

  double read = 1e9;
  double single = 1e9;
  double eight = 1e9;
  const auto count = static_cast<double>(timed);
  for (int round = 0; round < options.rounds; ++round) {  // in turns: other work meets all alike
    read = std::min(read, cpu_seconds_of([&] {
                            for (std::int64_t q = 0; q < timed; ++q) {
                              sink = read_all(reinterpret_cast<const std::uint64_t*>(view.data),
                                              bytes / 8);
                            }
                          }) / count);
    single = std::min(single, cpu_seconds_of([&] {
                                for (std::int64_t q = 0; q < timed; ++q) {
                                  sink = index.search({data.query(q), 10})->best.size();
                                }
                              }) / count);
    eight = std::min(eight, cpu_seconds_of([&] {
                              for (std::int64_t q = 0; q < timed; q += 8) {
                                std::vector<IndexQuery> together;
                                for (std::int64_t i = q; i < std::min(q + 8, timed); ++i) {
                                  together.push_back({data.query(i), 10});
                                }
                                sink = index.search_together(together).size();
                              }
                            }) / count);
  }

  const auto truth = true_neighbours(data, options.queries);
  Averages sum;
  double worst = 1;
  for (std::int64_t q = 0; q < options.queries; ++q) {
    const auto answer = index.search({data.query(q), 10});
    const double recall = recall_at_10(answer->best, truth[static_cast<std::size_t>(q)]);
    sum.recall += recall;
    worst = std::min(worst, recall);
    sum.ranked += static_cast<double>(answer->statistics.ranked);
    sum.candidates += static_cast<double>(answer->statistics.candidates);
    sum.rank_us += answer->statistics.rank_us;
  }
  const auto n = static_cast<double>(options.queries);
  return {{"what", "exact"},
          {"rows", data.count},
          {"dimension", data.dimension},
          {"kernels", kernels::active().name},
          {"load_average_before", load},
          {"make_seconds", data.make_seconds},
          {"code_seconds", code_seconds},
          {"code_bytes", bytes},
          {"step", view.step},
          {"error", view.error},
          {"rough_rows", view.rough.size()},
          {"read_ms", read * 1e3},
          {"read_gb_s", static_cast<double>(bytes) / read / 1e9},
          {"one_ms", single * 1e3},
          {"one_over_read", single / read},
          {"eight_ms_a_query", eight * 1e3},
          {"eight_speedup", single / eight},
          {"recall_at_10", sum.recall / n},
          {"worst_recall", worst},
          {"candidates", sum.candidates / n},
          {"ranked", sum.ranked / n},
          {"rank_us", sum.rank_us / n},
          {"filters", filter_table(index, data, options)}};
}

}  // namespace semblance::bench
