#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/atomic_file.h"
#include "cli/command.h"
#include "cli/measure_options.h"
#include "cli/progress_bar.h"
#include "engine/answer_json.h"
#include "engine/collection.h"
#include "engine/evaluate.h"
#include "engine/evaluation_report.h"
#include "engine/evaluation_statistics.h"

namespace semblance::cli {

namespace {

constexpr const char* kHelp =
    "Measures retrieval on the collection's own labels: each photo searches among all others, and "
    "a\nhit is right if it has the same label. '--label product' needs no labels: photos of one "
    "product\nare the truth. Intervals (95 %) come from resampling the queries.";

struct EvalCommand {
  std::string label;
  int limit = 10;
  MeasureNames measure;
  std::string queries_where;
  std::string gallery_where;
  std::int64_t sample = 0;
  bool by_class = false;
  std::filesystem::path html;
  std::optional<std::string> compare;
};

/// One of the two sides of a comparison, evaluated.
struct Side {
  Collection collection;
  Measure measure;
  Evaluation evaluation;

  [[nodiscard]] Result<std::vector<std::string>> ids() const {
    std::vector<std::string> list;
    for (const EvaluatedQuery& query : evaluation.each) {
      const auto item = collection.catalogue().item(query.key);
      if (!item) return item.error();
      list.push_back(*item ? (*item)->id : std::string());
    }
    return list;
  }
};

Result<Side> evaluate_side(const EvalCommand& command, const std::string& name,
                           const MeasureNames& names, const Session& session) {
  Result<Collection> collection = Collection::open(session.global.data, name);
  if (!collection) return collection.error();
  const Result<Measure> measure = make_measure(names, collection->has_colour());
  if (!measure) return measure.error();
  ProgressBar bar(ProgressBar::style_for_stderr(session.global.quiet));
  std::mutex mutex;
  EvaluationOptions options;
  options.label = command.label;
  options.k = command.limit;
  options.measure = *measure;
  options.threads = session.global.threads;
  options.queries_where = command.queries_where;
  options.gallery_where = command.gallery_where;
  options.sample = command.sample;
  Result<Evaluation> evaluation =
      evaluate(*collection, options, [&](std::int64_t done, std::int64_t total) {
        const std::lock_guard lock(mutex);
        bar.update("evaluating", done, total);
      });
  bar.finish();
  if (!evaluation) return evaluation.error();
  return Side{*std::move(collection), *measure, *std::move(evaluation)};
}

void print_classes(const Evaluation& evaluation) {
  std::printf("\n  queries  precision@%-3d  hit rate@1  mAP@%-3d  label\n", evaluation.k,
              evaluation.k);
  for (const ClassFigures& one : figures_by_class(evaluation)) {
    std::printf("  %7s  %13.4f  %10.4f  %7.4f  %s\n", with_commas(one.queries).c_str(),
                one.precision_at_k, one.hit_rate_at_1, one.map_at_k, one.label.c_str());
  }
}

void print(const Evaluation& evaluation, const SearchQuality& searches, bool by_class) {
  const int k = evaluation.k;
  std::printf("label %s: %s queries among %s photos, each left out of its own search\n",
              evaluation.label.c_str(), with_commas(evaluation.queries).c_str(),
              with_commas(evaluation.gallery).c_str());
  const std::vector<std::string> names = {fmt::format("precision@{}", k), "hit rate@1",
                                          fmt::format("hit rate@{}", k), fmt::format("mAP@{}", k),
                                          fmt::format("nDCG@{}", k)};
  const std::vector<std::string> meanings = {
      fmt::format("right hits among the first {}", k), "first hit is right",
      fmt::format("at least one of the first {} is right", k), "", ""};
  const std::vector<Interval> intervals = bootstrap_intervals(evaluation);
  for (std::size_t i = 0; i < intervals.size(); ++i) {
    std::printf("  %-14s %.4f  (%.4f to %.4f)  %s\n", names[i].c_str(),
                evaluation.*evaluation_figures()[i].mean, intervals[i].low, intervals[i].high,
                meanings[i].c_str());
  }
  std::printf("  searches       %.2f ms median, %.2f ms 95 %%, %.2f ms 99 %% by %s; recall %.4f\n",
              searches.p50_ms, searches.p95_ms, searches.p99_ms, searches.plan.c_str(),
              searches.recall_at_k);
  if (by_class) print_classes(evaluation);
}

/// "collection=other,colour-weight=0.3": what is different on the second side.
Result<std::pair<std::string, MeasureNames>> second_side(const EvalCommand& command,
                                                         const Session& session) {
  std::pair<std::string, MeasureNames> second(session.global.collection, command.measure);
  std::string_view rest = *command.compare;
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    const std::string name(part.substr(0, part.find('=')));
    const std::string value(part.substr(std::min(part.size(), name.size() + 1)));
    MeasureNames& measure = second.second;
    if (name == "collection") {
      second.first = value;
    } else if (name == "descriptor") {
      measure.descriptor = value;
    } else if (name == "metric") {
      measure.metric = value;
    } else if (name == "colour-descriptor") {
      measure.colour_descriptor = value;
    } else if (name == "colour-metric") {
      measure.colour_metric = value;
    } else if (name == "colour-weight" && CLI::detail::lexical_cast(value, measure.colour_weight)) {
    } else {
      return Error{
          ErrorCode::kInvalidArgument,
          "'" + std::string(part) +
              "' is nothing to compare with: collection=NAME, descriptor=D, metric=M, "
              "colour-weight=W, colour-descriptor=D, colour-metric=M, with commas between"};
    }
  }
  return second;
}

int compare(const EvalCommand& command, const Side& first, const Session& session) {
  const auto settings = second_side(command, session);
  if (!settings) return fail(settings.error());
  const Result<Side> second = evaluate_side(command, settings->first, settings->second, session);
  if (!second) return fail(second.error());
  const auto first_ids = first.ids();
  if (!first_ids) return fail(first_ids.error());
  const auto second_ids = second->ids();
  if (!second_ids) return fail(second_ids.error());
  const Result<PairedComparison> comparison =
      compare_paired(first.evaluation, *first_ids, second->evaluation, *second_ids);
  if (!comparison) return fail(comparison.error());
  if (session.global.json) {
    std::printf("%s\n", to_json(*comparison).c_str());
    return kOk;
  }
  std::printf("%s queries that both have; second: %s\n", with_commas(comparison->queries).c_str(),
              command.compare->c_str());
  std::printf("  %-14s %8s %8s %11s  %-20s %s\n", "", "first", "second", "difference", "95 %",
              "p (randomisation)");
  for (const PairedComparison::Line& line : comparison->lines) {
    std::printf("  %-14s %8.4f %8.4f %+11.4f  %+.4f to %+.4f   %.4f\n", line.figure.c_str(),
                line.first, line.second, line.second - line.first, line.difference.low,
                line.difference.high, line.p_value);
  }
  return kOk;
}

int run(const EvalCommand& command, const Session& session) {
  const Result<Side> side =
      evaluate_side(command, session.global.collection, command.measure, session);
  if (!side) return fail(side.error());
  if (command.compare) return compare(command, *side, session);
  const Result<SearchQuality> searches =
      measure_searches(side->collection, side->evaluation, side->measure);
  if (!searches) return fail(searches.error());
  if (session.global.json) {
    std::printf("%s\n", to_json(side->evaluation, *searches, command.by_class).c_str());
  } else {
    print(side->evaluation, *searches, command.by_class);
  }
  if (command.html.empty()) return kOk;
  const Result<std::string> html = evaluation_html(side->collection, side->evaluation, *searches);
  if (!html) return fail(html.error());
  if (const Status written = write_file_atomically(command.html, *html); !written) {
    return fail(written.error());
  }
  tell(session, "wrote " + command.html.string());
  return kOk;
}

}  // namespace

void add_eval(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("eval", kHelp);
  auto options = std::make_shared<EvalCommand>();
  command
      ->add_option("--label", options->label,
                   "Attribute that tells what is right, 'product', or several joined with +")
      ->required();
  command->add_option("--limit", options->limit, "Hits that count (k)")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--queries-where", options->queries_where,
                      "Filter: only these items are searched for, for example season=Winter");
  command->add_option("--gallery-where", options->gallery_where,
                      "Filter: only these items are found, for example \"NOT season=Winter\"");
  command->add_option("--sample", options->sample, "Only so many queries, spread over all of them")
      ->check(CLI::PositiveNumber);
  command->add_flag("--by-class", options->by_class, "Also the figures of each label");
  command->add_option("--html", options->html,
                      "Also write a page: figures, labels, and pictures of the worst queries");
  command->add_option(
      "--compare", options->compare,
      "Compare with other settings on the same queries, for example colour-weight=0.3 or "
      "collection=NAME (the same photos with another network): differences, their intervals, and "
      "how likely they are by chance");
  add_measure_options(*command, options->measure);
  command->callback([options, &session] { session.exit_code = run(*options, session); });
}

}  // namespace semblance::cli
