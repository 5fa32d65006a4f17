#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>

#include "cli/command.h"
#include "cli/measure_options.h"
#include "cli/progress_bar.h"
#include "engine/answer_json.h"
#include "engine/collection.h"
#include "engine/evaluate.h"

namespace semblance::cli {

namespace {

struct EvalCommand {
  std::string label;
  int limit = 10;
  MeasureNames measure;
  std::string queries_where;
  std::string gallery_where;
};

int run(const EvalCommand& command, const Session& session) {
  const Result<Collection> collection =
      Collection::open(session.global.data, session.global.collection);
  if (!collection) return fail(collection.error());
  const Result<Measure> measure = make_measure(command.measure, collection->has_colour());
  if (!measure) return fail(measure.error());
  ProgressBar bar(ProgressBar::style_for_stderr(session.global.quiet));
  std::mutex mutex;
  const Result<Evaluation> evaluation =
      evaluate(*collection,
               {command.label, command.limit, *measure, session.global.threads,
                command.queries_where, command.gallery_where},
               [&](std::int64_t done, std::int64_t total) {
                 const std::lock_guard lock(mutex);
                 bar.update("evaluating", done, total);
               });
  bar.finish();
  if (!evaluation) return fail(evaluation.error());
  if (session.global.json) {
    std::printf("%s\n", to_json(*evaluation).c_str());
    return kOk;
  }
  const int k = evaluation->k;
  std::printf("label %s: %s queries among %s photos, each left out of its own search\n",
              evaluation->label.c_str(), with_commas(evaluation->queries).c_str(),
              with_commas(evaluation->gallery).c_str());
  std::printf("  precision@%-3d %.4f   right hits among the first %d\n", k,
              evaluation->precision_at_k, k);
  std::printf("  hit rate@1    %.4f   first hit is right\n", evaluation->hit_rate_at_1);
  std::printf("  hit rate@%-3d  %.4f   at least one of the first %d is right\n", k,
              evaluation->hit_rate_at_k, k);
  std::printf("  mAP@%-3d       %.4f\n  nDCG@%-3d      %.4f\n", k, evaluation->map_at_k, k,
              evaluation->ndcg_at_k);
  return kOk;
}

}  // namespace

void add_eval(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand(
      "eval", "Measures retrieval on the collection's own labels: how often do hits agree?");
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
  add_measure_options(*command, options->measure);
  command->callback([options, &session] { session.exit_code = run(*options, session); });
}

}  // namespace semblance::cli
