#include "engine/search_index.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <unordered_set>
#include <utility>

#include "base/atomic_file.h"
#include "base/sha256.h"
#include "engine/set_embeddings.h"
#include "index/graph_builder.h"
#include "vector/vector_store.h"

namespace semblance {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::int64_t kLeastTail = 10'000;  // fewer new rows are not worth a new graph
constexpr std::int64_t kTailShare = 10;
constexpr std::size_t kCalibrationQueries = 200;
constexpr std::size_t kCalibrationHits = 10;
constexpr std::array<std::size_t, 13> kEfforts = {16,  24,  32,  48,  64,  96,  128,
                                                  192, 256, 384, 512, 768, 1024};
/// Rows of a graph's own are found a little better than what comes from outside: of what may be
/// missed, so much is kept in hand.
constexpr double kOwnRowsMargin = .2;
constexpr std::array<double, 5> kCalibrationWeights = {0, .25, .5, .75, 1};
constexpr std::uint64_t kLargestCalibration = 1 << 16;

fs::path code_path(const CollectionFiles& files, const VectorSet& set) {
  return files.vectors(set.key) / "embedding.codes";
}
fs::path graph_path(const CollectionFiles& files, const VectorSet& set) {
  return files.vectors(set.key) / "embedding.graph";
}
fs::path calibration_path(const CollectionFiles& files, const VectorSet& set) {
  return files.vectors(set.key) / "embedding.graph-recall.json";
}

/// The rows that items have; nothing where all rows do.
Result<std::optional<Bitmap>> used_rows(const Catalogue& catalogue, const VectorSet& set) {
  const Result<std::vector<std::int64_t>> keys = catalogue.item_keys_by_row(set);
  if (!keys) return keys.error();
  if (std::find(keys->begin(), keys->end(), 0) == keys->end()) return std::optional<Bitmap>();
  Bitmap rows(keys->size());
  for (std::size_t row = 0; row < keys->size(); ++row) {
    if ((*keys)[row] != 0) rows.add(static_cast<std::int64_t>(row));
  }
  return std::optional(std::move(rows));
}

/// A row as a query of a colour weight.
std::vector<float> weighted(std::span<const float> row, int shape_dimension, double weight) {
  std::vector<float> query(row.begin(), row.end());
  for (std::size_t i = 0; i < query.size(); ++i) {
    const bool shape = i < static_cast<std::size_t>(shape_dimension);
    query[i] *= static_cast<float>(shape ? 1 - weight : weight);
  }
  return query;
}

/// How much of the truth the graph finds at each effort, asked for rows of its own.
void calibrate(const GraphIndex& graph, const ExactIndex& exact, const MatrixView& rows,
               const VectorSet& set, double weight, const Bitmap* included, json& list) {
  std::vector<std::size_t> found(kEfforts.size(), 0);
  std::size_t wanted = 0;
  for (std::size_t i = 0; i < kCalibrationQueries; ++i) {
    const auto row =
        static_cast<std::int64_t>(i * static_cast<std::size_t>(rows.rows) / kCalibrationQueries);
    const std::vector<float> vector = weighted(rows.row(row), set.shape_dimension, weight);
    IndexQuery query{vector, kCalibrationHits + 1, included};  // one is the row itself
    const Result<IndexAnswer> truth = exact.search(query);
    if (!truth || truth->best.empty()) continue;
    std::unordered_set<std::int64_t> right;
    for (const Candidate& each : truth->best) right.insert(each.row);
    right.erase(row);
    wanted += right.size();
    for (std::size_t e = 0; e < kEfforts.size(); ++e) {
      query.effort = kEfforts[e];
      const Result<IndexAnswer> answer = graph.search(query);
      if (!answer) continue;
      for (const Candidate& each : answer->best) found[e] += right.count(each.row);
    }
  }
  for (std::size_t e = 0; e < kEfforts.size() && wanted > 0; ++e) {
    list.push_back({{"colour_weight", weight},
                    {"effort", kEfforts[e]},
                    {"recall", static_cast<double>(found[e]) / static_cast<double>(wanted)}});
  }
}

/// Empty where there is none, or one of other vectors.
std::vector<GraphCalibration> read_calibration(const CollectionFiles& files, const VectorSet& set) {
  std::vector<GraphCalibration> result;
  const Result<Bytes> text = read_file(calibration_path(files, set), kLargestCalibration);
  if (!text) return result;
  const auto* chars = reinterpret_cast<const char*>(text->data());
  const json calibration = json::parse(chars, chars + text->size(), nullptr, false);
  if (!calibration.is_object() || !calibration.contains("efforts") ||
      calibration.value("source", json()) != to_hex(name_of_set(set))) {
    return result;
  }
  for (const json& each : calibration["efforts"]) {
    const auto has = [&](const char* name) {
      return each.is_object() && each.contains(name) && each[name].is_number();
    };
    if (!has("colour_weight") || !has("effort") || !has("recall")) continue;
    result.push_back({each["colour_weight"].get<double>(), each["effort"].get<std::size_t>(),
                      each["recall"].get<double>()});
  }
  return result;
}

/// Whether the graph there is serves the rows of now.
bool graph_is_current(const CollectionFiles& files, const VectorSet& set,
                      const MatrixView& embeddings, const std::optional<Bitmap>& used) {
  const Result<GraphFile> graph =
      GraphFile::open(graph_path(files, set), embeddings, name_of_set(set));
  if (!graph) return false;
  // Without its calibration a graph is not used. A crash may have come between the two files.
  if (read_calibration(files, set).empty()) return false;
  const std::int64_t limit = std::max(kLeastTail, graph->view().rows / kTailShare);
  const std::int64_t tail = embeddings.rows - graph->view().rows;
  const std::int64_t now = used ? static_cast<std::int64_t>(used->count()) : embeddings.rows;
  const std::int64_t gone = graph->included() + tail - now;
  return tail <= limit && gone <= limit;
}

/// Whether there are so many rows that a graph is to be made.
bool wants_graph(const MatrixView& embeddings, const SearchIndexOptions& options) {
  const std::int64_t from = options.graph_from_rows.value_or(
      kGraphFromCodeBytes / std::max<std::int64_t>(1, embeddings.dimension));
  return embeddings.rows >= from;
}

}  // namespace

SearchIndex::SearchIndex(const CollectionFiles& files, const VectorSet& set,
                         const MatrixView& embeddings) {
  Result<CodeFile> codes = CodeFile::open(code_path(files, set), embeddings, name_of_set(set));
  if (!codes) return;
  code_file_ = *std::move(codes);
  exact_.emplace(code_file_->view(), embeddings);
  Result<GraphFile> graph = GraphFile::open(graph_path(files, set), embeddings, name_of_set(set));
  if (!graph || graph->view().rows > code_file_->view().rows) return;
  graph_file_ = *std::move(graph);
  graph_.emplace(graph_file_->view(), code_file_->view(), embeddings);
  calibration_ = read_calibration(files, set);
}

std::optional<std::size_t> SearchIndex::effort_for(double recall, double colour_weight) const {
  const double aimed = recall + kOwnRowsMargin * (1 - recall);
  double below = -1;  // the weights that were tried, on both sides
  double above = 2;
  for (const GraphCalibration& each : calibration_) {
    if (each.colour_weight <= colour_weight) below = std::max(below, each.colour_weight);
    if (each.colour_weight >= colour_weight) above = std::min(above, each.colour_weight);
  }
  std::optional<std::size_t> needed;
  for (const double weight : {below, above}) {
    const bool tried = weight >= 0 && weight <= 1;
    const auto enough =
        std::find_if(calibration_.begin(), calibration_.end(), [&](const GraphCalibration& each) {
          return each.colour_weight == weight && each.recall >= aimed && each.effort > 0;
        });
    if (!tried) continue;
    if (enough == calibration_.end()) return std::nullopt;
    needed = std::max(needed.value_or(0), enough->effort);
  }
  return needed;
}

Status update_codes(const CollectionFiles& files, const Catalogue& catalogue,
                    const SearchIndexOptions& options) {
  const Result<std::optional<VectorSet>> live = catalogue.live_set();
  if (!live) return live.error();
  if (!*live || (*live)->rows == 0) return {};
  const Result<VectorFile> file = open_embeddings(files, **live);
  if (!file) return file.error();
  const Result<CodeUpdate> updated =
      update_code_file(code_path(files, **live), file->view(), name_of_set(**live));
  if (!updated) return updated.error();
  if (!wants_graph(file->view(), options)) {
    std::error_code ignored;
    fs::remove(graph_path(files, **live), ignored);
    fs::remove(calibration_path(files, **live), ignored);
  }
  return {};
}

Result<std::optional<GraphBuild>> GraphBuild::build(const CollectionFiles& files,
                                                    const Catalogue& catalogue,
                                                    const SearchIndexOptions& options) {
  const Result<std::optional<VectorSet>> live = catalogue.live_set();
  if (!live) return live.error();
  if (!*live || (*live)->rows == 0) return std::optional<GraphBuild>();
  GraphBuild made;
  made.set_ = **live;
  Result<VectorFile> file = open_embeddings(files, made.set_);
  if (!file) return file.error();
  made.embeddings_ = *std::move(file);
  const MatrixView embeddings = made.embeddings_.view();
  if (!wants_graph(embeddings, options)) return std::optional<GraphBuild>();
  const Result<std::optional<Bitmap>> used = used_rows(catalogue, made.set_);
  if (!used) return used.error();
  if (graph_is_current(files, made.set_, embeddings, *used)) return std::optional<GraphBuild>();
  const Result<CodeFile> codes =
      CodeFile::open(code_path(files, made.set_), embeddings, name_of_set(made.set_));
  if (!codes) return codes.error();
  GraphOptions graph_options;
  graph_options.threads = options.threads;
  graph_options.included = *used ? &**used : nullptr;
  graph_options.progress = [&](std::int64_t done, std::int64_t total) {
    if (options.progress) options.progress(done, total);
    return options.stop == nullptr || !options.stop->load();
  };
  made.graph_ = build_graph(codes->view(), graph_options);
  if (made.graph_.rows == 0) return std::optional<GraphBuild>();  // stopped: the next begins again
  made.included_ = *used ? static_cast<std::int64_t>((*used)->count()) : embeddings.rows;
  const GraphIndex index(made.graph_.view(), codes->view(), embeddings);
  const ExactIndex exact(codes->view(), embeddings);
  json efforts = json::array();
  for (const double weight : kCalibrationWeights) {
    if (weight > 0 && made.set_.colour_dimension == 0) break;
    calibrate(index, exact, embeddings, made.set_, weight, graph_options.included, efforts);
  }
  const json calibration = {{"source", to_hex(name_of_set(made.set_))},
                            {"recall_at", kCalibrationHits},
                            {"efforts", std::move(efforts)}};
  made.calibration_ = calibration.dump(1) + "\n";
  return std::optional(std::move(made));
}

Status GraphBuild::publish(const CollectionFiles& files, const Catalogue& catalogue) const {
  const Result<std::optional<VectorSet>> live = catalogue.live_set();
  if (!live) return live.error();
  if (!*live || (*live)->key != set_.key) return {};
  SEMBLANCE_RETURN_IF_ERROR(write_graph_file(graph_path(files, set_), graph_.view(), included_,
                                             embeddings_.view(), name_of_set(set_)));
  return write_file_atomically(calibration_path(files, set_), calibration_);
}

Status update_search_index(const CollectionFiles& files, const Catalogue& catalogue,
                           const SearchIndexOptions& options) {
  SEMBLANCE_RETURN_IF_ERROR(update_codes(files, catalogue, options));
  const Result<std::optional<GraphBuild>> built = GraphBuild::build(files, catalogue, options);
  if (!built) return built.error();
  return *built ? (*built)->publish(files, catalogue) : Status();
}

Result<std::vector<std::string>> damaged_caches(const CollectionFiles& files,
                                                const Catalogue& catalogue) {
  const Result<std::optional<VectorSet>> live = catalogue.live_set();
  if (!live) return live.error();
  std::vector<std::string> damaged;
  if (!*live || (*live)->rows == 0) return damaged;
  const Result<VectorFile> file = open_embeddings(files, **live);
  if (!file) return damaged;  // the vectors' own trouble is found elsewhere
  const auto note = [&](const Status& status) {
    if (!status && status.error().code == ErrorCode::kCorrupt) {
      damaged.push_back(status.error().message);
    }
  };
  const auto codes = CodeFile::open(code_path(files, **live), file->view(), name_of_set(**live));
  note(codes ? codes->verify() : codes.error());
  const auto graph = GraphFile::open(graph_path(files, **live), file->view(), name_of_set(**live));
  note(graph ? graph->verify() : graph.error());
  return damaged;
}

void remove_search_index(const CollectionFiles& files, const VectorSet& set) {
  std::error_code ignored;
  const fs::path codes = code_path(files, set);
  for (const fs::path& path :
       {codes, code_state_path(codes), graph_path(files, set), calibration_path(files, set)}) {
    fs::remove(path, ignored);
  }
}

}  // namespace semblance
