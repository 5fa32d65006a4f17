#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "base/file.h"
#include "base/utf8.h"
#include "cli/command.h"
#include "cli/hit_table.h"
#include "cli/photo_cells.h"
#include "cli/progress_bar.h"
#include "engine/duplicate_json.h"
#include "engine/duplicates.h"

namespace semblance::cli {

namespace {

constexpr const char* kHelp =
    "Finds photos that are there more than once, in three lanes: identical (equal files or "
    "pixels),\n"
    "same-photo (re-encoded, resized, slightly cropped) and look-alike (different photos of "
    "things\n"
    "that look alike). Nothing is ever deleted: decide about groups, then export a list.";

struct ListOptions {
  std::string lane;
  DuplicateOptions find;
  bool csv = false;
  std::filesystem::path montage;
};

struct DecideOptions {
  std::string group;
  std::string keep;
  bool not_duplicates = false;
  bool undo = false;
};

DuplicateHooks hooks_for(ProgressBar& bar) {
  DuplicateHooks hooks;
  hooks.stop = &interrupted();
  hooks.notice = [&bar](std::string_view line) { bar.say(line); };
  hooks.progress = [&bar](std::string_view what, std::int64_t done, std::int64_t total) {
    bar.update(what, done, total);
  };
  return hooks;
}

std::string evidence_text(DuplicateLane lane, const DuplicateEvidence& evidence) {
  if (lane == DuplicateLane::kIdentical) {
    return evidence.equal_bytes ? "equal file" : "equal pixels";
  }
  if (lane == DuplicateLane::kLookAlike) return "score " + score_text(evidence.score);
  std::string text = fmt::format("{} bits, correlation {}", evidence.hash_distance,
                                 score_text(evidence.match.correlation));
  if (evidence.mirrored) text += ", mirrored";
  if (evidence.match.aligned) text += ", moved";
  return text;
}

std::string state_of(const DuplicateGroup& group, const DuplicateItem& item) {
  if (group.keep) return *group.keep == item.id ? "keep" : "";
  return &item == &group.items.front() ? "best" : "";
}

void print_table(const DuplicateReport& report) {
  for (const DuplicateGroup& group : report.groups) {
    std::printf("%s  %s  %zu photos\n", group.name.c_str(),
                std::string(lane_name(group.lane)).c_str(), group.items.size());
    for (const DuplicateItem& item : group.items) {
      const bool best = &item == &group.items.front();
      std::string line = fmt::format("  {:<4}  {:>11}  {:>11}  {}", state_of(group, item),
                                     fmt::format("{}x{}", item.width, item.height),
                                     with_commas(item.size_bytes) + " B", to_printable(item.id));
      if (!best) line += "  (" + evidence_text(group.lane, item.evidence) + ")";
      if (!item.copies.empty()) line += fmt::format("  and {} more", item.copies.size());
      std::printf("%s\n", line.c_str());
    }
  }
}

void tell_summary(const DuplicateReport& report, const Session& session) {
  for (const auto lane :
       {DuplicateLane::kIdentical, DuplicateLane::kSamePhoto, DuplicateLane::kLookAlike}) {
    std::int64_t groups = 0;
    std::int64_t photos = 0;
    for (const DuplicateGroup& group : report.groups) {
      if (group.lane != lane) continue;
      ++groups;
      photos += static_cast<std::int64_t>(group.items.size());
    }
    if (groups == 0) continue;
    tell(session, with_commas(groups) + " groups of " + with_commas(photos) + " " +
                      std::string(lane_name(lane)) + " photos");
  }
  if (report.groups.empty()) tell(session, "no duplicates");
  if (report.unreadable > 0) {
    tell(session,
         with_commas(report.unreadable) +
             " photos could not be looked at: they are gone or have changed since the last "
             "sync");
  }
  tell(session, fmt::format("{} items, {} photos looked at, {} pairs compared, {:.1f} s",
                            with_commas(report.items), with_commas(report.described),
                            with_commas(report.compared), report.seconds));
}

Status write_montage(const DuplicateReport& report, const std::filesystem::path& path,
                     const Session& session) {
  PhotoSheet sheet;
  for (const DuplicateGroup& group : report.groups) {
    if (!sheet.has_room()) {
      tell(session, "the picture shows the first groups only");
      break;
    }
    for (const DuplicateItem& item : group.items) {
      const bool best = &item == &group.items.front();
      sheet.add(item.path, best ? group.name : evidence_text(group.lane, item.evidence), item.id,
                best);
    }
    sheet.end_row();
  }
  return sheet.write(path);
}

int list(const ListOptions& options, const Session& session) {
  catch_interrupts();
  DuplicateOptions find = options.find;
  find.lane = parse_lane(options.lane);
  find.threads = session.global.threads;
  ProgressBar bar(ProgressBar::style_for_stderr(session.global.quiet));
  const Result<DuplicateReport> report =
      find_duplicates(session.global.data, session.global.collection, find, hooks_for(bar));
  bar.finish();
  if (!report) return fail(report.error());
  if (options.csv) {
    std::fputs(to_csv(*report).c_str(), stdout);
  } else if (session.global.json) {
    std::printf("%s\n", to_json(*report).c_str());
  } else {
    print_table(*report);
  }
  tell_summary(*report, session);
  if (!options.montage.empty()) {
    const Status written = write_montage(*report, options.montage, session);
    if (!written) return fail(written.error());
    tell(session, "wrote " + options.montage.string());
  }
  return report->unreadable > 0 ? kSomeInputsFailed : kOk;
}

int decide(const DecideOptions& options, const Session& session) {
  catch_interrupts();
  const int said =
      (options.keep.empty() ? 0 : 1) + (options.not_duplicates ? 1 : 0) + (options.undo ? 1 : 0);
  if (said != 1) {
    return fail({ErrorCode::kInvalidArgument,
                 "say one of --keep ID, --not-duplicates and --undo about the group"});
  }
  ProgressBar bar(ProgressBar::style_for_stderr(session.global.quiet));
  const DuplicateHooks hooks = hooks_for(bar);
  const auto& [data, collection] = std::tie(session.global.data, session.global.collection);
  if (options.undo) {
    const Status undone = undecide_duplicates(data, collection, options.group, hooks);
    return undone ? kOk : fail(undone.error());
  }
  DuplicateRuling ruling;
  ruling.keep = options.keep;
  ruling.verdict =
      options.not_duplicates ? DuplicateVerdict::kNotDuplicates : DuplicateVerdict::kKeepOne;
  const Status decided = decide_duplicates(data, collection, options.group, ruling, hooks);
  return decided ? kOk : fail(decided.error());
}

int export_list(const Session& session) {
  const auto paths = duplicates_to_delete(session.global.data, session.global.collection);
  if (!paths) return fail(paths.error());
  for (const std::filesystem::path& path : *paths) {
    std::printf("%s\n", path.c_str());
  }
  tell(session, with_commas(static_cast<std::int64_t>(paths->size())) +
                    " files may be deleted; Semblance deletes none");
  return kOk;
}

void add_decide(CLI::App& duplicates, Session& session) {
  CLI::App* command = duplicates.add_subcommand(
      "decide", "Remembers what is to become of a group that was found last.");
  auto options = std::make_shared<DecideOptions>();
  command->add_option("group", options->group, "The group's name")->required();
  command->add_option("--keep", options->keep, "Id of the item to keep; the others may go");
  command->add_flag("--not-duplicates", options->not_duplicates,
                    "They belong apart: never put them in one group again");
  command->add_flag("--undo", options->undo, "Forget what was decided about the group");
  command->callback([options, &session] { session.exit_code = decide(*options, session); });
}

void add_delete_list(CLI::App& duplicates, Session& session) {
  CLI::App* command = duplicates.add_subcommand("export", "Prints what decisions come to.");
  auto delete_list = std::make_shared<bool>(false);
  command
      ->add_flag("--delete-list", *delete_list,
                 "Files that may be deleted, one a line: of decided groups all but the kept one")
      ->required();
  command->callback([delete_list, &session] { session.exit_code = export_list(session); });
}

}  // namespace

void add_duplicates(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("duplicates", kHelp);
  command->require_subcommand(0, 1);
  auto options = std::make_shared<ListOptions>();
  command->add_option("--lane", options->lane, "Only this one: identical, same-photo or look-alike")
      ->check(CLI::IsMember({"identical", "same-photo", "look-alike"}));
  command->add_flag("--mirrored", options->find.mirrored, "A mirrored copy is the same photo, too");
  command->add_flag("--grey", options->find.grey, "So is a copy in black and white");
  command
      ->add_option("--min-score", options->find.look_alike_score,
                   "0..1: look-alikes score at least so much")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->add_flag("--csv", options->csv, "As CSV, for a spreadsheet: one photo a line");
  command->add_option("--montage", options->montage, "Write the groups as one picture: OUT.jpg");
  add_decide(*command, session);
  add_delete_list(*command, session);
  command->callback([command, options, &session] {
    if (command->get_subcommands().empty()) session.exit_code = list(*options, session);
  });
}

}  // namespace semblance::cli
