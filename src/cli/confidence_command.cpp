#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/file.h"
#include "cli/command.h"
#include "cli/progress_bar.h"
#include "engine/collection.h"
#include "engine/confidence_fit.h"
#include "engine/reliability_plot.h"

namespace semblance::cli {

namespace {

constexpr const char* kHelp =
    "The probability that a hit shows the same product as the photo searched with, learnt from "
    "the\n"
    "collection's own photos: hits carry it once it was learnt. Without a subcommand: what was "
    "learnt.";

struct LearnOptions {
  ConfidenceOptions from;
  std::filesystem::path plot;
};

LabelledHitHooks hooks_for(ProgressBar& bar) {
  LabelledHitHooks hooks;
  hooks.stop = &interrupted();
  hooks.notice = [&bar](std::string_view line) { bar.say(line); };
  hooks.progress = [&bar](std::string_view what, std::int64_t done, std::int64_t total) {
    bar.update(what, done, total);
  };
  return hooks;
}

void print_check(const CalibrationCheck& check, const char* photos_of) {
  std::printf("%s searches, %s hits, %s of them right, on photos of products that %s\n",
              with_commas(check.queries).c_str(), with_commas(check.hits).c_str(),
              with_commas(check.right).c_str(), photos_of);
  std::printf("  calibration error  %.4f  (%.4f to %.4f)  %.4f if every number were exact\n",
              check.error, check.error_between.low, check.error_between.high,
              check.error_by_chance);
  std::printf("  log loss           %.4f  (%.4f without looking)\n", check.log_loss,
              check.log_loss_of_share);
  std::printf("  %10s  %10s  %8s\n", "confidence", "right", "hits");
  for (const ReliabilityBin& bin : check.bins) {
    std::printf("  %10.3f  %10.3f  %8s\n", bin.predicted, bin.happened,
                with_commas(bin.count).c_str());
  }
}

void print(const Confidence& confidence, const std::string& stale) {
  std::printf("learnt %s from %s products with several photos (by %s), among %s photos%s%s\n",
              confidence.fitted.c_str(), with_commas(confidence.products).c_str(),
              confidence.label.c_str(), with_commas(confidence.photos).c_str(),
              confidence.where.empty() ? "" : " where ", confidence.where.c_str());
  if (!stale.empty()) {
    std::printf("STALE: %s; learn it again with 'semblance confidence fit'\n", stale.c_str());
  }
  for (const ConfidenceCandidate& one : confidence.candidates) {
    std::printf("  %-16s  log loss %.4f, calibration error %.4f%s\n", one.name.c_str(),
                one.log_loss, one.error, one.name == confidence.model.name() ? "  <- taken" : "");
  }
  print_check(confidence.check, "had no say (cross-validation)");
}

Status write_plot(const std::filesystem::path& path, const CalibrationCheck& check,
                  const Session& session) {
  if (path.empty()) return {};
  SEMBLANCE_RETURN_IF_ERROR(write_file_atomically(
      path, reliability_plot(check, "Confidence in collection " + session.global.collection)));
  tell(session, "wrote " + path.string());
  return {};
}

int show(const Session& session) {
  const Result<Collection> collection =
      Collection::open(session.global.data, session.global.collection);
  if (!collection) return fail(collection.error());
  const Result<std::optional<Confidence>> stored = stored_confidence(collection->catalogue());
  if (!stored) return fail(stored.error());
  if (!*stored) {
    return fail({ErrorCode::kNotFound, "no confidence was learnt for collection '" +
                                           session.global.collection +
                                           "'; learn it with 'semblance confidence fit'"});
  }
  const Result<std::string> stale = why_stale(**stored, collection->catalogue(), collection->set());
  if (!stale) return fail(stale.error());
  if (!session.global.json) {
    print(**stored, *stale);
    return kOk;
  }
  auto json = nlohmann::ordered_json::parse(to_json(**stored));
  json["stale"] = stale->empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(*stale);
  std::printf("%s\n", json.dump().c_str());
  return kOk;
}

int fit(const LearnOptions& options, const Session& session) {
  catch_interrupts();
  ProgressBar bar(ProgressBar::style_for_stderr(session.global.quiet));
  const Result<Confidence> confidence =
      fit_confidence(session.global.data, session.global.collection, options.from, hooks_for(bar));
  bar.finish();
  if (!confidence) return fail(confidence.error());
  if (session.global.json) {
    std::printf("%s\n", to_json(*confidence).c_str());
  } else {
    print(*confidence, {});
  }
  const Status written = write_plot(options.plot, confidence->check, session);
  return written ? kOk : fail(written.error());
}

int check(const LearnOptions& options, const Session& session) {
  catch_interrupts();
  ProgressBar bar(ProgressBar::style_for_stderr(session.global.quiet));
  const Result<CalibrationCheck> checked = check_confidence(
      session.global.data, session.global.collection, options.from, hooks_for(bar));
  bar.finish();
  if (!checked) return fail(checked.error());
  if (session.global.json) {
    std::printf("%s\n", to_json(*checked).c_str());
  } else {
    print_check(*checked, "you name");
  }
  const Status written = write_plot(options.plot, *checked, session);
  return written ? kOk : fail(written.error());
}

int forget(const Session& session) {
  catch_interrupts();
  LabelledHitHooks hooks;
  hooks.stop = &interrupted();
  hooks.notice = [&](std::string_view line) { tell(session, std::string(line)); };
  const Status done = forget_confidence(session.global.data, session.global.collection, hooks);
  return done ? kOk : fail(done.error());
}

void add_learning(CLI::App& command, const char* name, const char* help, Session& session,
                  int (*run)(const LearnOptions&, const Session&)) {
  CLI::App* subcommand = command.add_subcommand(name, help);
  auto options = std::make_shared<LearnOptions>();
  subcommand->add_option(
      "--label", options->from.label,
      "What tells which photos belong together: product (default), an attribute, several joined "
      "with +, or duplicates (of one photo; taken where hardly any product has several photos)");
  subcommand->add_option("--where", options->from.where,
                         "Filter: only these photos search and are found");
  subcommand->add_option("--plot", options->plot,
                         "Also draw confidence against what was right: FILE.svg");
  subcommand->add_option("--sample", options->from.most_queries, "Photos that search, at most")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  subcommand->callback([options, run, &session] {
    options->from.threads = session.global.threads;
    session.exit_code = run(*options, session);
  });
}

}  // namespace

void add_confidence(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("confidence", kHelp);
  command->require_subcommand(0, 1);
  add_learning(*command, "fit", "Learns it, and keeps it in the catalogue.", session, fit);
  add_learning(*command, "check", "Compares it with what searches find now, or with other photos.",
               session, check);
  CLI::App* forgetting =
      command->add_subcommand("forget", "Forgets it: hits have no confidence any more.");
  forgetting->callback([&session] { session.exit_code = forget(session); });
  command->callback([command, &session] {
    if (command->get_subcommands().empty()) session.exit_code = show(session);
  });
}

}  // namespace semblance::cli
