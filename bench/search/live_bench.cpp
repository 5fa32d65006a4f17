// What searches of a collection that is held open take inside the process: `similar` items from the
// neighbour table and by the exact scan, from one thread and from several. Usage: bench_live DATA
// [COLLECTION [THREADS]]. A catalogue of an older schema is brought up to date: give it a copy.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "live/live_collection.h"

namespace semblance::bench {

namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

constexpr int kSearches = 20'000;

double microseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

/// `threads` threads that ask for what is similar to random ones of `ids`.
Json ask(const LiveCollection& live, const std::vector<std::string>& ids, int threads,
         const SearchOptions& options, int searches) {
  std::vector<std::vector<double>> times(static_cast<std::size_t>(threads));
  std::vector<std::string> methods(times.size());
  std::vector<std::thread> running;
  const auto start = Clock::now();
  for (std::size_t t = 0; t < times.size(); ++t) {
    running.emplace_back([&, t] {
      std::mt19937_64 random(t);
      for (int i = 0; i < searches; ++i) {
        const auto one = Clock::now();
        const auto answer = live.search({{}, {ids[random() % ids.size()]}}, options);
        times[t].push_back(microseconds_since(one));
        if (!answer || answer->hits.size() != 10) std::fprintf(stderr, "a search failed\n");
        if (answer) methods[t] = method_name(answer->explanation.method);
      }
    });
  }
  for (std::thread& thread : running) thread.join();
  const double seconds = microseconds_since(start) * 1e-6;
  std::vector<double> all;
  for (const auto& each : times) all.insert(all.end(), each.begin(), each.end());
  std::sort(all.begin(), all.end());
  const auto quantile = [&](double share) {
    return all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))];
  };
  return {{"method", methods.front()},
          {"threads", threads},
          {"searches_per_second", static_cast<double>(all.size()) / seconds},
          {"us_p50", quantile(.5)},
          {"us_p95", quantile(.95)},
          {"us_p99", quantile(.99)}};
}

int run(const std::string& data, const std::string& name, int threads) {
  const auto open_start = Clock::now();
  LiveOptions options;
  options.quiet_before_upkeep = std::chrono::hours(1);
  const auto live = LiveCollection::open(data, name, options);
  if (!live) {
    std::fprintf(stderr, "%s\n", live.error().message.c_str());
    return 2;
  }
  const double open_us = microseconds_since(open_start);
  const auto items = (*live)->sample(5'000, 1);
  if (!items) return 2;
  std::vector<std::string> ids;
  for (const ItemWithAttributes& each : *items) ids.push_back(each.item.id);
  SearchOptions of_table;
  SearchOptions of_scan;
  of_scan.recall_target = 1;
  of_scan.max_distance = 2;  // the table does not answer this
  Json json = {{"items", (*live)->counts()->items}, {"open_us", open_us}};
  json["runs"].push_back(ask(**live, ids, 1, of_table, kSearches));
  json["runs"].push_back(ask(**live, ids, 1, of_table, kSearches));
  json["runs"].push_back(ask(**live, ids, threads, of_table, kSearches));
  json["runs"].push_back(ask(**live, ids, 1, of_scan, kSearches / 20));
  json["runs"].push_back(ask(**live, ids, threads, of_scan, kSearches / 20));
  json["runs"].push_back(ask(**live, ids, 8 * threads, of_scan, kSearches / 80));
  std::printf("%s\n", json.dump(1).c_str());
  return 0;
}

}  // namespace

}  // namespace semblance::bench

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  return semblance::bench::run(argv[1], argc > 2 ? argv[2] : "default",
                               argc > 3 ? std::stoi(argv[3]) : 2);
}
