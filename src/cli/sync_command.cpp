#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "cli/command.h"
#include "cli/progress_bar.h"
#include "engine/answer_json.h"
#include "engine/change_of_network.h"
#include "remote/any_engine.h"

namespace semblance::cli {

namespace {

constexpr const char* kHelp =
    "Makes the collection equal to its source: new and changed photos are embedded, items that "
    "the\n"
    "source no longer names are removed. Runs again cheaply; Ctrl-C loses nothing.\n"
    "A SOURCE is a folder of photos, a CSV or TSV (Kaggle's styles.csv with images/ beside it "
    "works\n"
    "as it is), a product feed (XML or TSV), a JSON or text list of addresses: docs/sources.md.";

std::string_view phase_name(SyncProgress::Phase phase) {
  switch (phase) {
    case SyncProgress::Phase::kReadingIndex:
      return "reading the index";
    case SyncProgress::Phase::kScanning:
      return "looking for photos";
    case SyncProgress::Phase::kComparing:
      return "comparing";
    case SyncProgress::Phase::kIndexing:
      return "indexing";
    case SyncProgress::Phase::kBuildingGraph:
      return "building the graph";
    case SyncProgress::Phase::kNeighbours:
      return "neighbours";
  }
  return "";
}

bool ask_about_removal(std::int64_t removed, std::int64_t existing) {
  if (::isatty(STDIN_FILENO) == 0) return false;
  std::fprintf(stderr, "The source no longer names %s of %s items. Remove them? [y/N] ",
               with_commas(removed).c_str(), with_commas(existing).c_str());
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

void print_summary(const SyncReport& report, const SyncOptions& options, const Session& session) {
  const auto line = [](const char* what, std::int64_t count) {
    return count == 0 ? std::string() : fmt::format("{} {}, ", with_commas(count), what);
  };
  std::string text = line("added", report.added) + line("changed", report.changed) +
                     line("renamed", report.renamed) + line("removed", report.removed) +
                     line("unchanged", report.unchanged) + line("failed", report.failed) +
                     line("skipped", report.skipped);
  if (text.empty()) {
    text = "nothing to do";
  } else {
    text.resize(text.size() - 2);
  }
  if (options.dry_run) {
    std::printf("would be: %s\n", text.c_str());
    return;
  }
  std::printf("%s in %.1f s", text.c_str(), report.seconds);
  if (report.embedded > 0) {
    std::printf(" (%.0f photos/s with %s)", report.items_per_second(), report.model.c_str());
  }
  std::printf("\n");
  if (report.interrupted) {
    tell(session, "interrupted: what was done is kept; run the same command again to go on");
  } else if (report.failed > 0 || report.attribute_problems > 0) {
    tell(session,
         fmt::format("'semblance problems' lists {} failed inputs and {} attribute problems",
                     report.failed, report.attribute_problems));
  }
}

/// sync --discard
int discard(const Session& session) {
  catch_interrupts();
  SyncHooks hooks;
  hooks.stop = &interrupted();
  hooks.notice = [&](std::string_view line) { tell(session, std::string(line)); };
  const Result<UnfinishedChange> dropped =
      discard_change(session.global.data, session.global.collection, hooks);
  if (!dropped) return fail(dropped.error());
  if (session.global.json) {
    std::printf("%s\n", to_json(*dropped).c_str());
  } else {
    std::printf("dropped the change to network '%s' (%s photos embedded)\n", dropped->model.c_str(),
                with_commas(dropped->embedded).c_str());
  }
  return kOk;
}

int run(const SyncOptions& chosen, const std::string& part_text, Session& session) {
  SyncOptions options = chosen;
  std::optional<remote::SyncPart> part;
  if (!part_text.empty()) {
    const Result<remote::SyncPart> parsed = remote::parse_part(part_text);
    if (!parsed) return fail(parsed.error());
    part = *parsed;
  }
  options.workers = session.global.threads;
  options.source.product_column = options.product_column == "product" ? "" : options.product_column;
  options.fetch.max_bytes = options.limits.max_bytes;
  catch_interrupts();
  ProgressBar bar(ProgressBar::style_for_stderr(session.global.quiet));
  SyncHooks hooks;
  hooks.stop = &interrupted();
  hooks.notice = [&](std::string_view line) { bar.say(line); };
  hooks.confirm_removal = [&](std::int64_t removed, std::int64_t existing) {
    bar.finish();
    return ask_about_removal(removed, existing);
  };
  hooks.progress = [&](const SyncProgress& progress) {
    bar.update(phase_name(progress.phase), progress.done, progress.total, progress.failed);
  };
  const Result<SyncReport> report =
      remote::sync_any(session.global.data, session.global.collection, options, hooks, part);
  bar.finish();
  if (!report) return fail(report.error());
  if (session.global.json) {
    std::printf("%s\n", to_json(*report).c_str());
  } else {
    print_summary(*report, options, session);
  }
  if (report->interrupted) return kInterrupted;
  return report->failed > 0 ? kSomeInputsFailed : kOk;
}

void add_source_options(CLI::App& command, SourceOptions& options) {
  command.add_option("--format", options.format,
                     "folder, csv, tsv, feed, urls or json (default: told by looking)");
  command.add_option("--images", options.images, "Folder in which the photos of a table lie");
  command.add_option("--id-column", options.id_column, "Column with the item's id");
  command.add_option("--image-column", options.image_column,
                     "Column with the photo's path or address");
  command.add_option("--where", options.where, "NAME=VALUE: only items with this value")
      ->allow_extra_args(false);
  command
      .add_option("--exclude", options.excludes,
                  "Glob pattern of files and folders to leave out, for example '*.bak.jpg'")
      ->allow_extra_args(false);
}

void add_fetch_options(CLI::App& command, FetchOptions& options) {
  command.add_option("--parallel", options.parallel, "Downloads at once")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command.add_option("--per-host", options.per_host, "Downloads at once from one host")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command.add_flag("--allow-private", options.allow_private,
                   "Also download from addresses that are not public");
}

}  // namespace

void add_sync(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("sync", kHelp);
  auto options = std::make_shared<SyncOptions>();
  auto* source = command->add_option("SOURCE", options->sources, "Where the items come from");
  auto discards = std::make_shared<bool>(false);
  command->add_flag("--discard", *discards,
                    "Drop an unfinished change of network (begun with --model); needs no SOURCE");
  add_source_options(*command, options->source);
  add_fetch_options(*command, options->fetch);
  command->add_option("--attributes", options->attributes,
                      "CSV or TSV with attributes of the photos");
  command
      ->add_option("--key", options->attributes_key,
                   "Its column that names the photo, without ending")
      ->capture_default_str();
  command
      ->add_option("--product-column", options->product_column,
                   "Column that names the product, where there is one")
      ->capture_default_str();
  command->add_option("--model", options->model,
                      "Network: a name of 'semblance models', or FILE.onnx with its card beside it "
                      "(default: the collection's, else semblance-m)");
  command
      ->add_option("--pca", options->components,
                   "Shorten shape vectors to so many numbers by principal components of this "
                   "collection's photos, for less memory; 0: whole ones (default: as before)")
      ->check(CLI::Range(0, 4096));
  command
      ->add_option("--graph-from", options->graph_from_rows,
                   "Build a graph for approximate search when there are so many photos (default: "
                   "when an exact search would read more than 256 MiB)")
      ->check(CLI::PositiveNumber);
  command->add_flag("--dry-run", options->dry_run, "Only say what would be done");
  command->add_flag("--keep-missing", options->keep_missing,
                    "Keep items that the source no longer names");
  command->add_flag("--retry", options->retry,
                    "Try failed photos again, though they did not change");
  command->add_flag("--yes", options->yes, "Do not ask before more than 20 % of the items go");
  command->add_option("--max-pixels", options->limits.max_pixels, "Larger photos fail")
      ->capture_default_str();
  command->add_option("--max-bytes", options->limits.max_bytes, "Larger files fail")
      ->capture_default_str();
  command
      ->add_option("--batch-items", options->batch_items,
                   "Photos that are stored together: an interruption costs at most so many")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  auto part = std::make_shared<std::string>();
  command->add_option("--part", *part,
                      "I/N: only the items that fall to part I of N, of a collection in a cluster, "
                      "so that N machines share the work");
  command->callback([options, source, discards, part, &session] {
    if (*discards == (source->count() > 0)) {
      throw CLI::RequiredError("Either " + source->get_name() + " or --discard");
    }
    session.exit_code = *discards ? discard(session) : run(*options, *part, session);
  });
}

}  // namespace semblance::cli
