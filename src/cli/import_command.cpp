#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/command.h"
#include "cli/progress_bar.h"
#include "engine/archive_import.h"

namespace semblance::cli {

namespace {

constexpr const char* kHelp =
    "Reads an archive of 'semblance export', under the name it had or that of --collection.\n"
    "Everything is verified before anything is replaced.";

constexpr std::uint64_t kShowFromBytes = std::uint64_t{64} << 20;  // less is done at once

void print_report(const ImportReport& report, const Session& session) {
  if (session.global.json) {
    const nlohmann::ordered_json json = {
        {"collection", report.collection},
        {"items", report.counts.items},
        {"products", report.counts.products},
        {"rows", report.rows},
        {"model",
         report.model.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(report.model)},
        {"model_present", report.model_present},
        {"replaced", report.replaced}};
    std::printf("%s\n", json.dump().c_str());
    return;
  }
  std::printf("%s collection '%s': %s items of %s products\n",
              report.replaced ? "replaced" : "imported", report.collection.c_str(),
              with_commas(report.counts.items).c_str(),
              with_commas(report.counts.products).c_str());
  if (!report.model.empty() && !report.model_present) {
    tell(session, "its network, '" + report.model +
                      "', is not here: 'similar' works, searching for photos does not until it is");
  }
}

int run(const ImportOptions& options, const Session& session) {
  catch_interrupts();
  ProgressBar bar(ProgressBar::style_for_stderr(session.global.quiet));
  ArchiveHooks hooks;
  hooks.stop = &interrupted();
  hooks.notice = [&](std::string_view line) { bar.say(line); };
  hooks.progress = [&](std::uint64_t done, std::uint64_t total) {
    if (total < kShowFromBytes) return;
    bar.update("unpacking, MB", static_cast<std::int64_t>(done >> 20),
               static_cast<std::int64_t>(total >> 20));
  };
  const Result<ImportReport> report = import_collection(session.global.data, options, hooks);
  bar.finish();
  if (!report) return fail(report.error());
  print_report(*report, session);
  return kOk;
}

}  // namespace

void add_import(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("import", kHelp);
  auto options = std::make_shared<ImportOptions>();
  command->add_option("FILE", options->archive, "The archive")->required();
  command->add_flag("--replace", options->replace, "Replace a collection of that name");
  command->add_flag("--forget-paths", options->forget_paths,
                    "Drop where the photos were: for an archive from somebody else");
  command->add_option("--max-bytes", options->max_bytes, "Refuse what is longer when unpacked")
      ->capture_default_str();
  const CLI::Option* name = app.get_option("--collection");
  command->callback([options, name, &session] {
    if (name->count() > 0) options->collection = session.global.collection;
    session.exit_code = run(*options, session);
  });
}

}  // namespace semblance::cli
