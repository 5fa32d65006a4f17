#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/utf8.h"
#include "cli/command.h"
#include "cli/hit_table.h"
#include "cli/measure_options.h"
#include "cli/photo_cells.h"
#include "cli/progress_bar.h"
#include "engine/collection.h"
#include "engine/thresholds.h"

namespace semblance::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kHelp =
    "Proposes a lowest score (--min-score) for searches, so that a share of the hits above it "
    "shows the\n"
    "same product, and says what that costs. Chosen on some products, measured on others.";

struct ThresholdsCommand {
  ThresholdOptions options;
  MeasureNames measure;
  std::filesystem::path montage;
};

/// A borderline pair with its items.
struct ShownPair {
  BorderlinePair pair;
  Item query;
  Item hit;
};

Result<std::vector<ShownPair>> items_of(const ThresholdProposal& proposal,
                                        const Catalogue& catalogue) {
  std::vector<ShownPair> pairs;
  for (const BorderlinePair& pair : proposal.borderline) {
    Result<std::optional<Item>> query = catalogue.item(pair.query);
    if (!query) return query.error();
    Result<std::optional<Item>> hit = catalogue.item(pair.hit);
    if (!hit) return hit.error();
    if (*query && *hit) pairs.push_back({pair, **query, **hit});
  }
  return pairs;
}

Json json_of(const Interval& interval) {
  return {interval.low, interval.high};
}

Json json_of(const ThresholdProposal& proposal, double precision,
             const std::vector<ShownPair>& pairs) {
  Json borderline = Json::array();
  for (const ShownPair& one : pairs) {
    borderline.push_back({{"query", one.query.id},
                          {"hit", one.hit.id},
                          {"score", one.pair.score},
                          {"right", one.pair.right}});
  }
  const ThresholdEffect& effect = proposal.held_out;
  Json json = {{"label", proposal.label},
               {"queries", proposal.queries},
               {"hits", proposal.hits},
               {"right", proposal.right},
               {"wanted_precision", precision},
               {"min_score", proposal.min_score},
               {"interval", json_of(proposal.min_score_between)},
               {"max_distance", proposal.max_distance},
               {"held_out",
                {{"precision", effect.precision},
                 {"precision_interval", json_of(effect.precision_between)},
                 {"recall", effect.recall},
                 {"recall_interval", json_of(effect.recall_between)}}},
               {"confidence", nullptr},
               {"borderline", std::move(borderline)}};
  if (proposal.confidence) {
    json["confidence"] = {{"at_least", *proposal.confidence},
                          {"recall", proposal.confidence_recall}};
  }
  return json;
}

void print(const ThresholdProposal& proposal, const std::vector<ShownPair>& pairs) {
  const ThresholdEffect& effect = proposal.held_out;
  std::printf("%s searches, %s hits, %s of them right (by %s)\n",
              with_commas(proposal.queries).c_str(), with_commas(proposal.hits).c_str(),
              with_commas(proposal.right).c_str(), proposal.label.c_str());
  std::printf("  min_score     %.4f  (%.4f to %.4f)\n", proposal.min_score,
              proposal.min_score_between.low, proposal.min_score_between.high);
  std::printf("  max_distance  %.4f  (the same limit)\n", proposal.max_distance);
  std::printf("on products that had no say:\n");
  std::printf("  precision     %.4f  (%.4f to %.4f)  of the hits that stay\n", effect.precision,
              effect.precision_between.low, effect.precision_between.high);
  std::printf("  recall        %.4f  (%.4f to %.4f)  of the right hits stay\n", effect.recall,
              effect.recall_between.low, effect.recall_between.high);
  if (proposal.confidence) {
    std::printf("or, of all hits, those with a confidence of at least %.3f: recall %.4f\n",
                *proposal.confidence, proposal.confidence_recall);
  }
  for (const ShownPair& one : pairs) {
    std::printf("  %s  %-5s  %s  %s\n", score_text(one.pair.score).c_str(),
                one.pair.right ? "right" : "wrong", to_printable(one.query.id).c_str(),
                to_printable(one.hit.id).c_str());
  }
}

Status write_montage(const std::vector<ShownPair>& pairs, const std::filesystem::path& path) {
  PhotoSheet sheet;
  for (const ShownPair& one : pairs) {
    sheet.add(one.query.path, "query", one.query.id, true);
    sheet.add(one.hit.path, score_text(one.pair.score) + (one.pair.right ? "  right" : "  wrong"),
              one.hit.id, false);
  }
  return sheet.write(path);
}

int run(const ThresholdsCommand& command, const Session& session) {
  catch_interrupts();
  const Result<Collection> collection =
      Collection::open(session.global.data, session.global.collection);
  if (!collection) return fail(collection.error());
  const Result<Measure> measure = make_measure(command.measure, collection->has_colour());
  if (!measure) return fail(measure.error());
  ThresholdOptions options = command.options;
  options.measure = *measure;
  options.threads = session.global.threads;
  ProgressBar bar(ProgressBar::style_for_stderr(session.global.quiet));
  LabelledHitHooks hooks;
  hooks.stop = &interrupted();
  hooks.notice = [&](std::string_view line) { bar.say(line); };
  hooks.progress = [&](std::string_view what, std::int64_t done, std::int64_t total) {
    bar.update(what, done, total);
  };
  const Result<ThresholdProposal> proposal =
      propose_threshold(session.global.data, session.global.collection, options, hooks);
  bar.finish();
  if (!proposal) return fail(proposal.error());
  const Result<std::vector<ShownPair>> pairs = items_of(*proposal, collection->catalogue());
  if (!pairs) return fail(pairs.error());
  if (session.global.json) {
    std::printf("%s\n", json_of(*proposal, options.precision, *pairs).dump().c_str());
  } else {
    print(*proposal, *pairs);
  }
  if (command.montage.empty()) return kOk;
  const Status written = write_montage(*pairs, command.montage);
  if (!written) return fail(written.error());
  tell(session, "wrote " + command.montage.string());
  return kOk;
}

}  // namespace

void add_thresholds(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("thresholds", kHelp);
  auto options = std::make_shared<ThresholdsCommand>();
  command
      ->add_option("--precision", options->options.precision,
                   "Share of the hits above the threshold that shall be right")
      ->capture_default_str();
  command->add_option("--label", options->options.label,
                      "What tells which photos belong together, as in 'confidence fit'");
  command->add_option("--where", options->options.where,
                      "Filter: only these photos search and are found");
  command->add_option("--montage", options->montage,
                      "Write pairs whose scores are next to the threshold as one picture: OUT.jpg");
  command->add_option("--sample", options->options.most_queries, "Photos that search, at most")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  add_measure_options(*command, options->measure);
  command->callback([options, &session] { session.exit_code = run(*options, session); });
}

}  // namespace semblance::cli
