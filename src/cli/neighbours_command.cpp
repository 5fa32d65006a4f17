#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cli/command.h"
#include "cli/progress_bar.h"
#include "engine/neighbour_export.h"
#include "engine/neighbours.h"

namespace semblance::cli {

namespace {

constexpr const char* kHelp =
    "Computes the closest items of every item ahead: 'similar' then reads them from a table, and\n"
    "--export writes them for a shop's own database. Syncs keep the table up from then on.";

struct NeighboursCommand {
  NeighbourOptions options;
  std::filesystem::path output;
  bool drop = false;
};

NeighbourHooks hooks_for(ProgressBar& bar) {
  NeighbourHooks hooks;
  hooks.stop = &interrupted();
  hooks.notice = [&bar](std::string_view line) { bar.say(line); };
  hooks.progress = [&bar](std::int64_t done, std::int64_t total) {
    bar.update("neighbours", done, total);
  };
  return hooks;
}

int drop(const Session& session) {
  ProgressBar bar(ProgressBar::style_for_stderr(session.global.quiet));
  const Status dropped =
      drop_neighbours(session.global.data, session.global.collection, hooks_for(bar));
  if (!dropped) return fail(dropped.error());
  if (session.global.json) {
    std::printf("%s\n", nlohmann::json({{"dropped", true}}).dump().c_str());
  } else {
    std::printf("the neighbour table is gone\n");
  }
  return kOk;
}

nlohmann::ordered_json to_json(const NeighbourReport& report) {
  return {{"items", report.items},
          {"limit", report.settings.limit},
          {"colour_weight", report.settings.colour_weight},
          {"exact", report.exact},
          {"searched", report.searched},
          {"joined", report.joined},
          {"bytes", report.bytes},
          {"seconds", report.seconds}};
}

void print(const NeighbourReport& report) {
  const std::string kept = with_commas(report.settings.limit) + " neighbours of each of " +
                           with_commas(report.items) + " items";
  if (report.searched == 0 && report.joined == 0) {
    std::printf("%s: up to date\n", kept.c_str());
    return;
  }
  const std::string joined =
      report.joined == 0 ? "" : ", " + with_commas(report.joined) + " lists changed";
  std::printf("%s: %s searched%s in %.1f s (%.1f MB)\n", kept.c_str(),
              with_commas(report.searched).c_str(), joined.c_str(), report.seconds,
              static_cast<double>(report.bytes) / 1e6);
}

int run(const NeighboursCommand& command, const Session& session) {
  catch_interrupts();
  if (command.drop) return drop(session);
  NeighbourOptions options = command.options;
  options.threads = session.global.threads;
  ProgressBar bar(ProgressBar::style_for_stderr(session.global.quiet));
  const Result<NeighbourReport> report =
      build_neighbours(session.global.data, session.global.collection, options, hooks_for(bar));
  bar.finish();
  if (!report) return fail(report.error());
  nlohmann::ordered_json json = to_json(*report);
  if (!session.global.json) print(*report);
  if (!command.output.empty()) {
    const Result<NeighbourExportReport> written = export_neighbours(
        session.global.data, session.global.collection, command.output, options.limit);
    if (!written) return fail(written.error());
    json["file"] = command.output.string();
    json["neighbours"] = written->neighbours;
    if (!session.global.json) {
      std::printf("%s neighbours in %s\n", with_commas(written->neighbours).c_str(),
                  command.output.c_str());
    }
  }
  if (session.global.json) {
    // A path may hold bytes that are not UTF-8.
    std::printf("%s\n",
                json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  }
  return kOk;
}

}  // namespace

void add_neighbours(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("neighbours", kHelp);
  auto options = std::make_shared<NeighboursCommand>();
  command
      ->add_option("--limit", options->options.limit,
                   "Neighbours of each item (default: as before, else 20)")
      ->check(CLI::Range(1, kMaxNeighbourLimit));
  command
      ->add_option("--colour-weight", options->options.colour_weight,
                   "0..1: how much the network's colour counts beside shape (default: as before, "
                   "else 0)")
      ->check(CLI::Range(0.0, 1.0));
  auto* output =
      command->add_option("--export", options->output, "Also write them: OUT.csv or OUT.json")
          ->check([](const std::string& text) {
            const std::string ending = std::filesystem::path(text).extension().string();
            return ending == ".csv" || ending == ".json"
                       ? std::string()
                       : "'" + text + "' ends neither in .csv nor in .json";
          });
  command->add_flag("--drop", options->drop, "Instead: remove the table; syncs make none any more")
      ->excludes(output);
  command->callback([options, &session] { session.exit_code = run(*options, session); });
}

}  // namespace semblance::cli
