#include "engine/evaluate.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <numeric>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/item_labels.h"
#include "engine/ranking.h"
#include "index/top_k.h"

namespace semblance {

namespace {

constexpr int kNoLabel = -1;

/// What a row is, for evaluation.
struct LabelledRow {
  std::int64_t row = 0;
  int label = kNoLabel;
};

/// What is asked, and among what.
struct Trial {
  std::vector<LabelledRow> queries;       // all have a label
  std::vector<LabelledRow> gallery;       // in order of id, by which ties are ordered
  std::vector<std::int64_t> label_sizes;  // photos of the gallery with each label
  std::vector<std::int64_t> place;        // of each row in the gallery; -1: not in it
  std::vector<std::string> label_values;  // by number
};

/// All photos of the collection in order of id, with their labels as numbers from 0.
Result<std::vector<LabelledRow>> label_rows(const Collection& collection, const std::string& label,
                                            std::vector<std::string>& label_values) {
  const auto labels = labels_by_key(collection.catalogue(), label);
  if (!labels) return labels.error();
  auto ids = collection.catalogue().indexed_ids();
  if (!ids) return ids.error();
  std::sort(ids->begin(), ids->end(),
            [](const auto& a, const auto& b) { return a.second < b.second; });
  std::unordered_map<std::int64_t, std::int64_t> row_of_key;
  for (std::size_t row = 0; row < collection.keys_by_row().size(); ++row) {
    row_of_key[collection.keys_by_row()[row]] = static_cast<std::int64_t>(row);
  }
  std::vector<LabelledRow> rows;
  std::unordered_map<std::string, int> numbers;
  for (const auto& [key, id] : *ids) {
    const auto row = row_of_key.find(key);
    if (row == row_of_key.end()) continue;
    LabelledRow entry{row->second, kNoLabel};
    if (const auto found = labels->find(key); found != labels->end()) {
      const auto [number, fresh] =
          numbers.try_emplace(found->second, static_cast<int>(numbers.size()));
      if (fresh) label_values.push_back(readable_label(found->second));
      entry.label = number->second;
    }
    rows.push_back(entry);
  }
  return rows;
}

/// So many of the rows, evenly spread; 0: all.
void keep_sample(std::int64_t sample, std::vector<LabelledRow>& rows) {
  const auto all = static_cast<std::int64_t>(rows.size());
  if (sample <= 0 || sample >= all) return;
  for (std::int64_t i = 0; i < sample; ++i) {
    rows[static_cast<std::size_t>(i)] = rows[static_cast<std::size_t>(i * all / sample)];
  }
  rows.resize(static_cast<std::size_t>(sample));
}

Result<Trial> make_trial(const Collection& collection, const EvaluationOptions& options) {
  Trial trial;
  const Result<std::vector<LabelledRow>> rows =
      label_rows(collection, options.label, trial.label_values);
  if (!rows) return rows.error();
  const Result<Bitmap> asking = collection.catalogue().filter(options.queries_where);
  if (!asking) return asking.error();
  const Result<Bitmap> found = collection.catalogue().filter(options.gallery_where);
  if (!found) return found.error();
  trial.place.resize(collection.keys_by_row().size(), -1);
  for (const LabelledRow& entry : *rows) {
    const auto row = static_cast<std::size_t>(entry.row);
    const std::int64_t key = collection.keys_by_row()[row];
    const bool labelled = entry.label != kNoLabel;
    const auto label = static_cast<std::size_t>(labelled ? entry.label : 0);
    if (label >= trial.label_sizes.size()) trial.label_sizes.resize(label + 1);
    if (labelled && asking->contains(key)) trial.queries.push_back(entry);
    if (!found->contains(key)) continue;
    trial.place[row] = static_cast<std::int64_t>(trial.gallery.size());
    trial.gallery.push_back(entry);
    if (labelled) ++trial.label_sizes[label];
  }
  if (trial.queries.empty()) {
    return Error{
        ErrorCode::kNotFound,
        "no item " +
            (options.queries_where.empty() ? std::string()
                                           : "for which '" + options.queries_where + "' is true ") +
            "has the label '" + options.label + "'"};
  }
  if (trial.gallery.empty()) {
    return Error{ErrorCode::kNotFound, "there is no item for which '" + options.gallery_where +
                                           "' is true: nothing to find"};
  }
  keep_sample(options.sample, trial.queries);
  return trial;
}

/// `right[i]`: whether hit i (best first, at most k) is right; `answers`: right ones in the
/// gallery.
QueryFigures figures_of(const std::vector<bool>& right, std::int64_t answers, int k) {
  QueryFigures figures;
  const auto ideal = static_cast<int>(std::min<std::int64_t>(k, answers));
  int found = 0;
  double precisions = 0;
  double gain = 0;
  for (std::size_t i = 0; i < right.size(); ++i) {
    if (!right[i]) continue;
    ++found;
    precisions += static_cast<double>(found) / static_cast<double>(i + 1);
    gain += 1 / std::log2(static_cast<double>(i) + 2);
  }
  double ideal_gain = 0;
  for (int i = 0; i < ideal; ++i) ideal_gain += 1 / std::log2(static_cast<double>(i) + 2);
  figures.precision_at_k = static_cast<double>(found) / k;
  figures.hit_at_1 = !right.empty() && right.front() ? 1 : 0;
  figures.hit_at_k = found > 0 ? 1 : 0;
  if (ideal > 0) {
    figures.average_precision_at_k = precisions / ideal;
    figures.ndcg_at_k = gain / ideal_gain;
  }
  return figures;
}

EvaluatedQuery evaluate_query(const Collection& collection, const Trial& trial,
                              const LabelledRow& asked, const EvaluationOptions& options) {
  const Scorer scorer(options.measure, collection.set().shape_dimension,
                      collection.vectors().row(asked.row));
  const auto by_id = [&](std::int64_t a, std::int64_t b) {
    return trial.place[static_cast<std::size_t>(a)] < trial.place[static_cast<std::size_t>(b)];
  };
  TopK top(std::min(static_cast<std::size_t>(options.k), trial.gallery.size()), by_id);
  const auto for_each_row = [&](auto&& visit) {
    for (const LabelledRow& entry : trial.gallery) {
      if (entry.row != asked.row) visit(entry.row);
    }
  };
  rank_rows(scorer, collection.vectors(), for_each_row, 0, top);
  const std::vector<std::int64_t>& keys = collection.keys_by_row();
  EvaluatedQuery query;
  query.key = keys[static_cast<std::size_t>(asked.row)];
  query.label = asked.label;
  std::vector<bool> right;
  for (const Candidate& candidate : top.take()) {
    const std::int64_t place = trial.place[static_cast<std::size_t>(candidate.row)];
    right.push_back(trial.gallery[static_cast<std::size_t>(place)].label == asked.label);
    query.hits.push_back(keys[static_cast<std::size_t>(candidate.row)]);
  }
  const std::int64_t itself = trial.place[static_cast<std::size_t>(asked.row)] >= 0 ? 1 : 0;
  query.answers = trial.label_sizes[static_cast<std::size_t>(asked.label)] - itself;
  query.figures = figures_of(right, query.answers, options.k);
  return query;
}

}  // namespace

Result<Evaluation> evaluate(const Collection& collection, const EvaluationOptions& options,
                            const std::function<void(std::int64_t, std::int64_t)>& progress) {
  if (options.k < 1) return Error{ErrorCode::kInvalidArgument, "the limit must be at least 1"};
  const auto start = std::chrono::steady_clock::now();
  SEMBLANCE_RETURN_IF_ERROR(check_fits(options.measure, collection.set().shape_dimension,
                                       collection.vectors().embedding()));
  Result<Trial> trial = make_trial(collection, options);
  if (!trial) return trial.error();
  const std::vector<LabelledRow>& queries = trial->queries;
  std::vector<EvaluatedQuery> each(queries.size());
  std::atomic<std::size_t> next{0};
  std::atomic<std::int64_t> done{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < queries.size(); i = next++) {
      each[i] = evaluate_query(collection, *trial, queries[i], options);
      ++done;
      if (progress) progress(done.load(), static_cast<std::int64_t>(queries.size()));
    }
  };
  std::vector<std::thread> threads;
  for (int i = 1; i < options.threads; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();

  Evaluation result;
  result.label = options.label;
  result.queries_where = options.queries_where;
  result.gallery_where = options.gallery_where;
  result.queries = static_cast<std::int64_t>(queries.size());
  result.gallery = static_cast<std::int64_t>(trial->gallery.size());
  result.k = options.k;
  // Summed in the order of the queries, so that the figures do not depend on the threads.
  for (const EvaluatedQuery& query : each) {
    const QueryFigures& one = query.figures;
    result.precision_at_k += one.precision_at_k;
    result.hit_rate_at_1 += one.hit_at_1;
    result.hit_rate_at_k += one.hit_at_k;
    result.map_at_k += one.average_precision_at_k;
    result.ndcg_at_k += one.ndcg_at_k;
  }
  const auto count = static_cast<double>(queries.size());
  for (double* mean : {&result.precision_at_k, &result.hit_rate_at_1, &result.hit_rate_at_k,
                       &result.map_at_k, &result.ndcg_at_k}) {
    *mean /= count;
  }
  result.label_values = std::move(trial->label_values);
  result.each = std::move(each);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace semblance
