#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/csv.h"
#include "base/utf8.h"
#include "cli/command.h"
#include "engine/answer_json.h"
#include "remote/any_engine.h"
#include "source/source.h"

namespace semblance::cli {

namespace {

struct Options {
  std::string reason;
  bool csv = false;
};

void print_csv(const std::vector<Problem>& problems) {
  std::printf("kind,reason,subject,place,message\r\n");
  for (const Problem& problem : problems) {
    std::printf("%s,%s,%s,%s,%s\r\n", csv_field(problem.kind).c_str(),
                csv_field(problem.reason).c_str(), csv_field(problem.subject).c_str(),
                csv_field(to_utf8(problem.place)).c_str(), csv_field(problem.message).c_str());
  }
}

int run(const Options& options, const Session& session) {
  const Result<std::unique_ptr<CollectionReader>> opened =
      remote::open_reader(session.global.data, session.global.collection);
  if (!opened) return fail(opened.error());
  const CollectionReader& collection = **opened;
  Result<std::vector<Problem>> problems = collection.problems();
  if (!problems) return fail(problems.error());
  if (!options.reason.empty()) {
    std::erase_if(*problems,
                  [&](const Problem& problem) { return problem.reason != options.reason; });
  }
  if (options.csv) {
    print_csv(*problems);
    return kOk;
  }
  if (session.global.json) {
    std::printf("%s\n", to_json(*problems).c_str());
    return kOk;
  }
  std::map<std::pair<std::string, std::string>, int> counts;
  for (const Problem& problem : *problems) {
    const std::string place =
        problem.place.empty() ? "" : to_printable(to_utf8(problem.place)) + ": ";
    std::printf("%-9s  %-20s  %s  (%s%s)\n", problem.kind.c_str(), problem.reason.c_str(),
                to_printable(problem.subject).c_str(), place.c_str(),
                to_printable(problem.message).c_str());
    ++counts[{problem.kind, problem.reason}];
  }
  if (counts.empty()) tell(session, "no problems");
  for (const auto& [kind_and_reason, count] : counts) {
    tell(session,
         std::to_string(count) + " " + kind_and_reason.first + ": " + kind_and_reason.second);
  }
  return kOk;
}

}  // namespace

void add_problems(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand(
      "problems", "Lists the inputs of the last sync that failed or were skipped, and why.");
  auto options = std::make_shared<Options>();
  command->add_option("--reason", options->reason, "Only this reason, for example truncated");
  command->add_flag("--csv", options->csv, "As CSV, for a spreadsheet: one problem a line");
  command->callback([options, &session] { session.exit_code = run(*options, session); });
}

}  // namespace semblance::cli
