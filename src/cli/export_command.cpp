#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/command.h"
#include "cli/progress_bar.h"
#include "engine/archive_export.h"
#include "engine/collection.h"
#include "engine/descriptor_export.h"

namespace semblance::cli {

namespace {

constexpr const char* kHelp =
    "Writes the collection as one archive, for 'semblance import', or one of its descriptors for\n"
    "other programs. May run while a sync does. The photos themselves are not in the archive.";

constexpr std::uint64_t kShowFromBytes = std::uint64_t{64} << 20;  // less is done at once

struct ExportOptions {
  std::filesystem::path archive;
  std::filesystem::path descriptors;
  std::string descriptor = "shape";
};

int export_archive(const ExportOptions& options, const Session& session) {
  catch_interrupts();
  ProgressBar bar(ProgressBar::style_for_stderr(session.global.quiet));
  ArchiveHooks hooks;
  hooks.stop = &interrupted();
  hooks.notice = [&](std::string_view line) { bar.say(line); };
  hooks.progress = [&](std::uint64_t done, std::uint64_t total) {
    if (total < kShowFromBytes) return;
    bar.update("writing, MB", static_cast<std::int64_t>(done >> 20),
               static_cast<std::int64_t>(total >> 20));
  };
  const Result<ExportReport> report = export_collection(
      session.global.data, session.global.collection, options.archive, SEMBLANCE_VERSION, hooks);
  bar.finish();
  if (!report) return fail(report.error());
  if (session.global.json) {
    const nlohmann::ordered_json json = {{"collection", session.global.collection},
                                         {"file", options.archive.string()},
                                         {"items", report->counts.items},
                                         {"rows", report->rows},
                                         {"bytes", report->bytes}};
    std::printf("%s\n", json.dump().c_str());
  } else {
    std::printf("%s items in %s (%.1f MB)\n", with_commas(report->counts.items).c_str(),
                options.archive.c_str(), static_cast<double>(report->bytes) / 1e6);
  }
  return kOk;
}

int export_numbers(const ExportOptions& options, const Session& session) {
  const Result<Collection> collection =
      Collection::open(session.global.data, session.global.collection);
  if (!collection) return fail(collection.error());
  const Result<DescriptorExportReport> report =
      export_descriptors(*collection, options.descriptor, options.descriptors);
  if (!report) return fail(report.error());
  if (session.global.json) {
    nlohmann::ordered_json json = {{"collection", session.global.collection},
                                   {"file", options.descriptors.string()},
                                   {"descriptor", options.descriptor},
                                   {"items", report->rows},
                                   {"dimension", report->dimension}};
    if (!report->ids.empty()) json["ids"] = report->ids.string();
    std::printf("%s\n", json.dump().c_str());
  } else {
    const std::string ids = report->ids.empty() ? "" : "; ids in " + report->ids.string();
    std::printf("%s x %d numbers in %s%s\n", with_commas(report->rows).c_str(), report->dimension,
                options.descriptors.c_str(), ids.c_str());
  }
  return kOk;
}

}  // namespace

void add_export(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("export", kHelp);
  auto options = std::make_shared<ExportOptions>();
  auto* archive = command->add_option("FILE", options->archive,
                                      "Archive to write: .tar, .tar.gz, .tgz, .tar.zst or .tzst");
  auto* descriptors = command->add_option("--descriptors", options->descriptors,
                                          "Instead: OUT.npy (with OUT.ids.txt) or OUT.csv");
  command
      ->add_option("--descriptor", options->descriptor,
                   "Which: shape, colour, histogram or histogram-foreground")
      ->needs(descriptors)
      ->capture_default_str();
  command->callback([options, archive, descriptors, &session] {
    if ((archive->count() > 0) == (descriptors->count() > 0)) {
      throw CLI::RequiredError("Either FILE or --descriptors");
    }
    session.exit_code = archive->count() > 0 ? export_archive(*options, session)
                                             : export_numbers(*options, session);
  });
}

}  // namespace semblance::cli
