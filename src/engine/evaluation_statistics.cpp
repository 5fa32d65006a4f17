#include "engine/evaluation_statistics.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace semblance {

namespace {

constexpr int kResamples = 2'000;
constexpr int kFlips = 10'000;
constexpr std::size_t kTimedQueries = 500;

/// Means of each column over rows drawn with replacement, many times: the middle of each.
std::vector<Interval> bootstrap(const std::vector<std::vector<double>>& columns) {
  const std::size_t rows = columns.front().size();
  Random random;
  std::vector<std::vector<double>> means(columns.size());
  std::vector<std::uint32_t> drawn(rows);
  for (int i = 0; i < kResamples; ++i) {
    for (std::uint32_t& row : drawn) row = static_cast<std::uint32_t>(random.below(rows));
    for (std::size_t column = 0; column < columns.size(); ++column) {
      double sum = 0;
      for (const std::uint32_t row : drawn) sum += columns[column][row];
      means[column].push_back(sum / static_cast<double>(rows));
    }
  }
  std::vector<Interval> intervals;
  for (std::vector<double>& each : means) intervals.push_back(middle(std::move(each)));
  return intervals;
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double randomisation_p_value(const std::vector<double>& differences) {
  const double seen = std::abs(mean_of(differences)) * static_cast<double>(differences.size());
  // Sums in another order differ by rounding; what is as large but for that counts.
  const double enough = seen * (1 - 1e-12);
  Random random;
  int as_large = 0;
  for (int i = 0; i < kFlips; ++i) {
    double sum = 0;
    std::uint64_t bits = 0;
    for (std::size_t row = 0; row < differences.size(); ++row) {
      if (row % 64 == 0) bits = random.bits();
      sum += (bits >> (row % 64) & 1) != 0 ? differences[row] : -differences[row];
    }
    if (std::abs(sum) >= enough) ++as_large;
  }
  // The flip that was seen is one of all.
  return static_cast<double>(as_large + 1) / (kFlips + 1);
}

}  // namespace

const std::vector<Figure>& evaluation_figures() {
  static const std::vector<Figure> figures = {
      {"precision_at_k", &QueryFigures::precision_at_k, &Evaluation::precision_at_k},
      {"hit_rate_at_1", &QueryFigures::hit_at_1, &Evaluation::hit_rate_at_1},
      {"hit_rate_at_k", &QueryFigures::hit_at_k, &Evaluation::hit_rate_at_k},
      {"map_at_k", &QueryFigures::average_precision_at_k, &Evaluation::map_at_k},
      {"ndcg_at_k", &QueryFigures::ndcg_at_k, &Evaluation::ndcg_at_k},
  };
  return figures;
}

std::vector<Interval> bootstrap_intervals(const Evaluation& evaluation) {
  std::vector<std::vector<double>> columns;
  for (const Figure& figure : evaluation_figures()) {
    std::vector<double>& column = columns.emplace_back();
    for (const EvaluatedQuery& query : evaluation.each) {
      column.push_back(query.figures.*figure.of_query);
    }
  }
  return bootstrap(columns);
}

std::vector<ClassFigures> figures_by_class(const Evaluation& evaluation) {
  std::vector<ClassFigures> classes(evaluation.label_values.size());
  for (const EvaluatedQuery& query : evaluation.each) {
    ClassFigures& one = classes[static_cast<std::size_t>(query.label)];
    ++one.queries;
    one.precision_at_k += query.figures.precision_at_k;
    one.hit_rate_at_1 += query.figures.hit_at_1;
    one.map_at_k += query.figures.average_precision_at_k;
  }
  for (std::size_t i = 0; i < classes.size(); ++i) {
    classes[i].label = evaluation.label_values[i];
    const auto count = static_cast<double>(std::max<std::int64_t>(1, classes[i].queries));
    classes[i].precision_at_k /= count;
    classes[i].hit_rate_at_1 /= count;
    classes[i].map_at_k /= count;
  }
  std::erase_if(classes, [](const ClassFigures& one) { return one.queries == 0; });
  std::stable_sort(classes.begin(), classes.end(), [](const auto& a, const auto& b) {
    return a.queries != b.queries ? a.queries > b.queries : a.label < b.label;
  });
  return classes;
}

Result<PairedComparison> compare_paired(const Evaluation& first,
                                        const std::vector<std::string>& first_ids,
                                        const Evaluation& second,
                                        const std::vector<std::string>& second_ids) {
  std::unordered_map<std::string, std::size_t> place;
  for (std::size_t i = 0; i < second_ids.size(); ++i) place.emplace(second_ids[i], i);
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t i = 0; i < first_ids.size(); ++i) {
    if (const auto found = place.find(first_ids[i]); found != place.end()) {
      pairs.emplace_back(i, found->second);
    }
  }
  if (pairs.empty()) {
    return Error{ErrorCode::kNotFound,
                 "the two have no query in common: their items have other ids"};
  }
  PairedComparison comparison;
  comparison.queries = static_cast<std::int64_t>(pairs.size());
  std::vector<std::vector<double>> differences;
  for (const Figure& figure : evaluation_figures()) {
    PairedComparison::Line line;
    line.figure = figure.name;
    std::vector<double>& column = differences.emplace_back();
    for (const auto& [a, b] : pairs) {
      const double of_first = first.each[a].figures.*figure.of_query;
      const double of_second = second.each[b].figures.*figure.of_query;
      line.first += of_first;
      line.second += of_second;
      column.push_back(of_second - of_first);
    }
    line.first /= static_cast<double>(pairs.size());
    line.second /= static_cast<double>(pairs.size());
    line.p_value = randomisation_p_value(column);
    comparison.lines.push_back(std::move(line));
  }
  const std::vector<Interval> intervals = bootstrap(differences);
  for (std::size_t i = 0; i < intervals.size(); ++i) comparison.lines[i].difference = intervals[i];
  return comparison;
}

Result<SearchQuality> measure_searches(const Collection& collection, const Evaluation& evaluation,
                                       const Measure& measure) {
  SearchQuality quality;
  const std::size_t all = evaluation.each.size();
  const std::size_t count = std::min(kTimedQueries, all);
  std::vector<double> times_ms;
  std::int64_t wanted = 0;
  std::int64_t found = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto item = collection.catalogue().item(evaluation.each[i * all / count].key);
    if (!item) return item.error();
    if (!*item) continue;
    SearchOptions options;
    options.limit = evaluation.k;
    options.measure = measure;
    options.explain = true;
    const Result<SearchAnswer> answer = collection.similar((*item)->id, options);
    if (!answer) return answer.error();
    options.exact = true;
    const Result<SearchAnswer> truth = collection.similar((*item)->id, options);
    if (!truth) return truth.error();
    std::unordered_set<std::int64_t> right;
    for (const Hit& hit : truth->hits) right.insert(hit.item.key);
    wanted += static_cast<std::int64_t>(right.size());
    for (const Hit& hit : answer->hits)
      found += static_cast<std::int64_t>(right.count(hit.item.key));
    times_ms.push_back(answer->took_ms);
    quality.plan = method_name(answer->explanation.method);
  }
  quality.queries = static_cast<std::int64_t>(times_ms.size());
  if (times_ms.empty()) return quality;
  if (wanted > 0) quality.recall_at_k = static_cast<double>(found) / static_cast<double>(wanted);
  std::sort(times_ms.begin(), times_ms.end());
  const auto at = [&](double share) {
    return times_ms[static_cast<std::size_t>(share * static_cast<double>(times_ms.size() - 1))];
  };
  quality.p50_ms = at(0.5);
  quality.p95_ms = at(0.95);
  quality.p99_ms = at(0.99);
  return quality;
}

}  // namespace semblance
