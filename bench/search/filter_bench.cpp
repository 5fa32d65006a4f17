// What the planner does with filters in a collection that has a graph: recall, time, hits.

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <optional>

#include "catalogue/item_writer.h"
#include "engine/planner.h"
#include "engine/search_index.h"
#include "search/search_bench.h"
#include "vector/vector_store.h"

namespace semblance::bench {

namespace {

constexpr std::size_t kHits = 10;
constexpr double kRecallTarget = .99;  // the program's default

template <typename T>
T value_of(Result<T> result) {
  if (!result) {
    std::cerr << result.error().message << "\n";
    std::exit(1);
  }
  return *std::move(result);
}
void check(const Status& status) {
  if (status) return;
  std::cerr << status.error().message << "\n";
  std::exit(1);
}

/// A collection of these vectors, without photos.
VectorSet write_collection(const CollectionFiles& files, const Catalogue& catalogue,
                           const MatrixView& rows) {
  VectorSet wanted;
  wanted.live = true;
  wanted.card_json = "{}";
  wanted.shape_dimension = rows.dimension;
  const VectorSet set = value_of(catalogue.create_set(wanted));
  std::filesystem::create_directories(files.vectors(set.key));
  const auto place = vector_files(files.vectors(set.key), {rows.dimension, 0}).front();
  auto writer = value_of(VectorFileWriter::open(place.path, rows.dimension, 0));
  auto transaction = value_of(Transaction::begin(catalogue.database()));
  auto items = value_of(ItemWriter::create(catalogue.database(), set.key));
  for (std::int64_t row = 0; row < rows.rows; ++row) {
    writer.append(rows.row(row));
    SyncTask task;
    task.seen.id = std::to_string(row);
    task.seen.path = "/photos/" + task.seen.id;
    value_of(items.put_indexed(task, {row, 0, {}}));
  }
  check(writer.flush());
  check(items.set_rows(rows.rows));
  check(transaction.commit());
  return *value_of(catalogue.live_set());
}

Bitmap random_rows(std::int64_t rows, double share) {
  Bitmap allowed(static_cast<std::size_t>(rows));
  std::uint64_t state = 7;
  for (std::int64_t r = 0; r < rows; ++r) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    if (static_cast<double>(state >> 11) * 0x1p-53 < share) allowed.add(r);
  }
  return allowed;
}

/// The rows most like one of them: what a filter by the kind of thing leaves.
Bitmap rows_around(const MatrixView& rows, std::int64_t centre, double share) {
  std::vector<std::pair<double, std::int64_t>> by_score;
  for (std::int64_t r = 0; r < rows.rows; ++r) {
    by_score.emplace_back(-kernels::active().dot(rows.row(centre).data(), rows.row(r).data(),
                                                 static_cast<std::size_t>(rows.dimension)),
                          r);
  }
  const auto count = static_cast<std::ptrdiff_t>(share * static_cast<double>(rows.rows));
  std::nth_element(by_score.begin(), by_score.begin() + count, by_score.end());
  Bitmap allowed(static_cast<std::size_t>(rows.rows));
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    allowed.add(by_score[static_cast<std::size_t>(i)].second);
  }
  return allowed;
}

/// Made queries, or rows that the filter allows.
std::vector<std::span<const float>> queries_of(const SearchData& data, const Bitmap* inside,
                                               std::int64_t count) {
  std::vector<std::span<const float>> queries;
  if (inside == nullptr) {
    for (std::int64_t q = 0; q < count; ++q) queries.push_back(data.query(q));
    return queries;
  }
  const auto step = std::max<std::size_t>(1, inside->count() / static_cast<std::size_t>(count));
  std::size_t number = 0;
  inside->for_each([&](std::int64_t row) {
    if (number++ % step == 0) queries.push_back(data.rows().row(row));
  });
  return queries;
}

nlohmann::ordered_json measure(const SearchIndex& index, const SearchData& data,
                               const Bitmap& allowed,
                               const std::vector<std::span<const float>>& queries, int rounds) {
  const auto count = static_cast<std::int64_t>(allowed.count());
  const SearchPlan plan = choose_plan(index, data.count, count, false, kRecallTarget, 0);
  double seconds = 1e9;
  double exact_seconds = 1e9;
  std::vector<IndexAnswer> found(queries.size());
  std::vector<IndexAnswer> truth(queries.size());
  const auto ask = [&](const VectorIndex& asked, std::vector<IndexAnswer>& answers) {
    return cpu_seconds_of([&] {
      for (std::size_t q = 0; q < queries.size(); ++q) {
        IndexQuery query{queries[q], kHits, &allowed};
        query.effort = plan.effort;
        answers[q] = value_of(asked.search(query));
      }
    });
  };
  for (int round = 0; round < rounds; ++round) {  // in turns: other work meets both alike
    seconds = std::min(seconds, ask(*plan.index, found));
    exact_seconds = std::min(exact_seconds, ask(*index.exact(), truth));
  }
  double recall = 0;
  std::size_t fewest = kHits;
  std::size_t by_scan = 0;
  const std::size_t wanted = std::min<std::size_t>(kHits, static_cast<std::size_t>(count));
  for (std::size_t q = 0; q < queries.size(); ++q) {
    recall += wanted == 0 ? 1 : recall_at_10(found[q].best, truth[q].best);
    fewest = std::min(fewest, found[q].best.size());
    by_scan += found[q].statistics.exact ? 1 : 0;
  }
  const auto n = static_cast<double>(queries.size());
  return {{"allowed", count},
          {"plan", method_name(plan.method)},
          {"effort", plan.effort},
          {"ms_a_query", n > 0 ? seconds * 1e3 / n : 0},
          {"exact_ms_a_query", n > 0 ? exact_seconds * 1e3 / n : 0},
          {"answered_by_a_scan", n > 0 ? static_cast<double>(by_scan) / n : 0},
          {"recall_at_10", n > 0 ? recall / n : 1},
          {"fewest_hits", fewest},
          {"hits_that_exist", wanted}};
}

}  // namespace

nlohmann::ordered_json filter_bench(const SearchBenchOptions& options) {
  const double load = load_average();
  const std::filesystem::path folder =
      options.folder.empty()
          ? std::filesystem::temp_directory_path() / ("bench-filters-" + std::to_string(::getpid()))
          : std::filesystem::path(options.folder);
  const SearchData data(options);
  const CollectionFiles files(folder, "default");
  std::filesystem::create_directories(files.folder());
  nlohmann::ordered_json table = nlohmann::ordered_json::array();
  {
    const Catalogue catalogue =
        value_of(Catalogue::open(files.catalogue(), Database::Mode::kWrite));
    const VectorSet set = write_collection(files, catalogue, data.rows());
    SearchIndexOptions build;
    build.threads = options.threads;
    build.graph_from_rows = 1;
    check(update_search_index(files, catalogue, build));
    const SearchIndex index(files, set, data.rows());
    if (index.graph() == nullptr) check(Error{ErrorCode::kInternal, "there is no graph"});
    const auto add = [&](const char* kind, double share, const Bitmap& allowed,
                         const Bitmap* inside) {
      nlohmann::ordered_json line = {{"filter", kind}, {"share", share}};
      line.update(
          measure(index, data, allowed, queries_of(data, inside, options.queries), options.rounds));
      table.push_back(std::move(line));
    };
    for (const double share : {1.0, .5, .2, .1, .05, .01, .001, 0.0}) {
      add("random", share, random_rows(data.count, share), nullptr);
    }
    for (const double share : {.5, .2, .1, .05, .01, .001}) {
      const Bitmap around = rows_around(data.rows(), data.count / 3, share);
      add("one cluster, queries from anywhere", share, around, nullptr);
      add("one cluster, queries from it", share, around, &around);
    }
  }
  if (options.folder.empty()) std::filesystem::remove_all(folder);
  return {{"what", "filters"},           {"rows", data.count},
          {"dimension", data.dimension}, {"kernels", kernels::active().name},
          {"load_average_before", load}, {"recall_target", kRecallTarget},
          {"filters", std::move(table)}};
}

}  // namespace semblance::bench
