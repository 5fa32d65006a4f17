// Measures the indices of src/index on made vectors and prints JSON; docs/benchmarks.md has
// results.
//   bench_search exact|graph|filters [--rows N] [--dimension D] [--queries N] [--rounds N]
//   [--threads N]

#include "search/search_bench.h"

#include <time.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <limits>
#include <regex>
#include <string>
#include <string_view>
#include <thread>

#include "index/top_k.h"
#include "kernels/kernels.h"
#include "search/scale_data.h"

namespace semblance::bench {

namespace {

/// As `semblance export --descriptors` writes it: two dimensions of little-endian float32.
void read_npy(const std::string& path, SearchData& data) {
  std::ifstream file(path, std::ios::binary);
  char start[10] = {};
  file.read(start, sizeof start);
  const auto length = static_cast<std::size_t>(static_cast<unsigned char>(start[8])) |
                      static_cast<std::size_t>(static_cast<unsigned char>(start[9])) << 8;
  std::string header(length, ' ');
  file.read(header.data(), static_cast<std::streamsize>(length));
  std::smatch shape;
  if (!file || header.find("'<f4'") == std::string::npos ||
      !std::regex_search(header, shape, std::regex(R"(\((\d+), *(\d+)\))"))) {
    std::cerr << path << " is no .npy of float32 rows\n";
    std::exit(2);
  }
  data.count = std::stoll(shape[1]);
  data.dimension = std::stoi(shape[2]);
  data.numbers.resize(static_cast<std::size_t>(data.count * data.dimension));
  file.read(reinterpret_cast<char*>(data.numbers.data()),
            static_cast<std::streamsize>(data.numbers.size() * sizeof(float)));
}

}  // namespace

SearchData::SearchData(const SearchBenchOptions& options)
    : count(options.rows), dimension(options.dimension) {
  if (!options.vectors.empty()) {
    read_npy(options.vectors, *this);
    for (std::int64_t q = 0; q < options.queries; ++q) {
      const auto row = rows().row(q * count / options.queries);
      queries.insert(queries.end(), row.begin(), row.end());
    }
    return;
  }
  make_seconds = seconds_of([&] {
    numbers = scale_rows(0, options.rows, options.rows, options.dimension, options.seed);
    queries =
        scale_rows(options.rows, options.queries, options.rows, options.dimension, options.seed);
  });
}

MatrixView SearchData::rows() const {
  return {numbers.data(), count, dimension};
}

std::span<const float> SearchData::query(std::int64_t index) const {
  return MatrixView{queries.data(), index + 1, dimension}.row(index);
}

std::vector<std::vector<Candidate>> true_neighbours(const SearchData& data, std::int64_t queries) {
  const auto& plain = *kernels::table_of(kernels::InstructionSet::kScalar);
  std::vector<std::vector<Candidate>> truth(static_cast<std::size_t>(queries));
  const auto work = [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t q = from; q < to; ++q) {
      TopK top(10, std::less<>());
      for (std::int64_t r = 0; r < data.count; ++r) {
        const double score = plain.dot(data.query(q).data(), data.rows().row(r).data(),
                                       static_cast<std::size_t>(data.dimension));
        if (score > top.threshold()) top.offer(r, score);
      }
      truth[static_cast<std::size_t>(q)] = top.take();
    }
  };
  std::thread other(work, 0, queries / 2);
  work(queries / 2, queries);
  other.join();
  return truth;
}

double recall_at_10(const std::vector<Candidate>& found, const std::vector<Candidate>& truth) {
  std::size_t right = 0;
  for (const Candidate& one : found) right += one.score >= truth.back().score ? 1 : 0;
  return static_cast<double>(std::min(right, truth.size())) / static_cast<double>(truth.size());
}

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double cpu_seconds_of(const std::function<void()>& work) {
  const auto now = [] {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  };
  const double start = now();
  work();
  return now() - start;
}

double best_cpu_seconds_of(int rounds, const std::function<void()>& work) {
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < rounds; ++i) best = std::min(best, cpu_seconds_of(work));
  return best;
}

double process_cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double load_average() {
  double load = -1;
  return ::getloadavg(&load, 1) == 1 ? load : -1;
}

}  // namespace semblance::bench

int main(int argc, char** argv) {
  using namespace semblance::bench;
  SearchBenchOptions options;
  const std::string_view what = argc > 1 ? argv[1] : "";
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const long long value = std::atoll(argv[i + 1]);
    if (name == "--rows") options.rows = value;
    if (name == "--dimension") options.dimension = static_cast<int>(value);
    if (name == "--queries") options.queries = value;
    if (name == "--rounds") options.rounds = static_cast<int>(value);
    if (name == "--threads") options.threads = static_cast<int>(value);
    if (name == "--seed") options.seed = static_cast<std::uint64_t>(value);
    if (name == "--folder") options.folder = argv[i + 1];
    if (name == "--vectors") options.vectors = argv[i + 1];
  }
  nlohmann::ordered_json report;
  if (what == "exact") report = exact_bench(options);
  if (what == "graph") report = graph_bench(options);
  if (what == "filters") report = filter_bench(options);
  if (report.is_null()) {
    std::cerr
        << "bench_search exact|graph|filters [--rows N] [--dimension D] [--queries N] [--rounds N] "
           "[--threads N] [--seed N] [--folder DIR] [--vectors FILE.npy]\n";
    return 2;
  }
  std::cout << report.dump(1) << "\n";
  return 0;
}
