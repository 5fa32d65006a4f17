// Recall and speed of the graph index beside hnswlib's, single queries, one thread.

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include "index/exact_index.h"
#include "index/graph_builder.h"
#include "index/graph_index.h"
#include "search/hnswlib_baseline.h"
#include "search/search_bench.h"
#include "vector/codes.h"

namespace semblance::bench {

namespace {

constexpr std::size_t kEfforts[] = {10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024};
// hnswlib's own default, and what is usually recommended.
constexpr int kHnswlibDegree = 16;
constexpr int kHnswlibBuildEffort = 200;

struct Point {
  std::size_t effort;
  double recall, queries_a_second;
};

template <typename Search>
Point measure(const SearchData& data, const std::vector<std::vector<Candidate>>& truth,
              std::size_t effort, int rounds, const Search& search) {
  std::vector<std::vector<Candidate>> found(truth.size());
  const double seconds = best_cpu_seconds_of(rounds, [&] {
    for (std::size_t q = 0; q < truth.size(); ++q) {
      found[q] = search(data.query(static_cast<std::int64_t>(q)), effort);
    }
  });
  double recall = 0;
  for (std::size_t q = 0; q < truth.size(); ++q) {
    // By row: hnswlib's scores are rounded to float32.
    std::size_t right = 0;
    for (const Candidate& one : found[q]) {
      right += std::any_of(truth[q].begin(), truth[q].end(),
                           [&](const Candidate& other) { return other.row == one.row; });
    }
    recall += static_cast<double>(right) / static_cast<double>(truth[q].size());
  }
  const auto n = static_cast<double>(truth.size());
  return {effort, recall / n, n / seconds};
}

/// Between the two points around `recall`; 0 where the curve does not reach it.
double speed_at(const std::vector<Point>& curve, double recall) {
  for (std::size_t i = 0; i < curve.size(); ++i) {
    if (curve[i].recall < recall) continue;
    if (i == 0 || curve[i].recall == curve[i - 1].recall) return curve[i].queries_a_second;
    const double share = (recall - curve[i - 1].recall) / (curve[i].recall - curve[i - 1].recall);
    return std::exp((1 - share) * std::log(curve[i - 1].queries_a_second) +
                    share * std::log(curve[i].queries_a_second));
  }
  return 0;
}

nlohmann::ordered_json to_json(const std::vector<Point>& curve) {
  nlohmann::ordered_json points = nlohmann::ordered_json::array();
  for (const Point& point : curve) {
    points.push_back({{"ef", point.effort},
                      {"recall_at_10", point.recall},
                      {"queries_a_second", point.queries_a_second}});
  }
  return points;
}

}  // namespace

nlohmann::ordered_json graph_bench(const SearchBenchOptions& options) {
  nlohmann::ordered_json report = {{"what", "graph"},
                                   {"kernels", kernels::active().name},
                                   {"load_average_before", load_average()},
                                   {"hnswlib_degree", kHnswlibDegree},
                                   {"hnswlib_build_effort", kHnswlibBuildEffort},
                                   {"build_threads", options.threads}};
  const SearchData data(options);
  report["rows"] = data.count;
  report["dimension"] = data.dimension;
  const Codes codes = Codes::of(data.rows());
  const ExactIndex exact(codes.view(), data.rows());
  std::vector<std::vector<Candidate>> truth;
  for (std::int64_t q = 0; q < options.queries; ++q) {
    truth.push_back(exact.search({data.query(q), 10})->best);
  }
  Graph graph;
  GraphOptions build;
  build.threads = options.threads;
  report["degree"] = build.degree;
  report["build_effort"] = build.effort;
  double cpu = process_cpu_seconds();
  report["build_seconds"] = seconds_of([&] { graph = build_graph(codes.view(), build); });
  report["build_cpu_seconds"] = process_cpu_seconds() - cpu;
  const GraphIndex index(graph.view(), codes.view(), data.rows());
  std::size_t link_bytes = (graph.ground.size() + graph.upper_rows.size()) * 4;
  for (const auto& level : graph.levels) link_bytes += level.size() * 4;
  report["code_bytes"] = codes.view().rows * codes.view().stride;
  report["link_bytes"] = link_bytes;
  report["reachable_rows"] = reachable_rows(graph.view());
  report["stray_rows"] = graph.stray.size();

  std::optional<HnswlibBaseline> hnswlib;
  if (HnswlibBaseline::available()) {
    cpu = process_cpu_seconds();
    report["hnswlib_build_seconds"] = seconds_of([&] {
      hnswlib.emplace(data.rows(), kHnswlibDegree, kHnswlibBuildEffort, options.threads);
    });
    report["hnswlib_build_cpu_seconds"] = process_cpu_seconds() - cpu;
    report["hnswlib_bytes"] = hnswlib->bytes();
    report["bytes_over_hnswlib"] =
        (report["code_bytes"].get<double>() + static_cast<double>(link_bytes)) /
        static_cast<double>(hnswlib->bytes());
  }
  std::vector<Point> ours;
  std::vector<Point> theirs;
  for (const std::size_t effort : kEfforts) {
    ours.push_back(measure(data, truth, effort, options.rounds, [&](auto query, std::size_t ef) {
      IndexQuery asked{query, 10};
      asked.effort = ef;
      return index.search(asked)->best;
    }));
    if (!hnswlib) continue;
    theirs.push_back(measure(data, truth, effort, options.rounds, [&](auto query, std::size_t ef) {
      return hnswlib->search(query, 10, ef);
    }));
  }
  report["curve"] = to_json(ours);
  report["hnswlib_curve"] = to_json(theirs);
  for (const auto& [name, recall] :
       {std::pair("at_.95", .95), {"at_.99", .99}, {"at_.995", .995}}) {
    const double own = speed_at(ours, recall);
    const double other = speed_at(theirs, recall);
    report[name] = {
        {"queries_a_second", own}, {"hnswlib", other}, {"ratio", other > 0 ? own / other : 0}};
  }
  return report;
}

}  // namespace semblance::bench
