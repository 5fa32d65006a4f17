#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "cli/command.h"
#include "engine/answer_json.h"
#include "engine/collection.h"
#include "source/source.h"

namespace semblance::cli {

namespace {

int run(const std::string& reason, const Session& session) {
  const Result<Collection> collection =
      Collection::open(session.global.data, session.global.collection);
  if (!collection) return fail(collection.error());
  Result<std::vector<Problem>> problems = collection->catalogue().problems();
  if (!problems) return fail(problems.error());
  if (!reason.empty()) {
    std::erase_if(*problems, [&](const Problem& problem) { return problem.reason != reason; });
  }
  if (session.global.json) {
    std::printf("%s\n", to_json(*problems).c_str());
    return kOk;
  }
  std::map<std::pair<std::string, std::string>, int> counts;
  for (const Problem& problem : *problems) {
    const std::string place = problem.place.empty() ? "" : to_utf8(problem.place) + ": ";
    std::printf("%-9s  %-20s  %s  (%s%s)\n", problem.kind.c_str(), problem.reason.c_str(),
                problem.subject.c_str(), place.c_str(), problem.message.c_str());
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
  auto reason = std::make_shared<std::string>();
  command->add_option("--reason", *reason, "Only this reason, for example truncated");
  command->callback([reason, &session] { session.exit_code = run(*reason, session); });
}

}  // namespace semblance::cli
