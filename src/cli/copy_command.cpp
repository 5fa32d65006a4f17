#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/command.h"
#include "cli/progress_bar.h"
#include "remote/copy.h"

namespace semblance::cli {

namespace {

int run(const std::string& from, const std::string& to, const Session& session) {
  catch_interrupts();
  ProgressBar bar(ProgressBar::style_for_stderr(session.global.quiet));
  remote::CopyHooks hooks;
  hooks.stop = &interrupted();
  hooks.progress = [&](std::int64_t done, std::int64_t total) {
    bar.update("copying", done, total, 0);
  };
  hooks.notice = [&](std::string_view line) { bar.say(line); };
  const Result<remote::CopyReport> report =
      remote::copy_collection(session.global.data, from, to, hooks);
  bar.finish();
  if (!report) return fail(report.error());
  if (session.global.json) {
    const nlohmann::ordered_json json = {
        {"items", report->items}, {"photos", report->photos}, {"refused", report->refused}};
    std::printf("%s\n", json.dump().c_str());
  } else {
    std::printf("copied %s items and %s uploaded photos from '%s' to '%s'\n",
                with_commas(report->items).c_str(), with_commas(report->photos).c_str(),
                from.c_str(), to.c_str());
  }
  if (report->refused == 0) return kOk;
  tell(session, "the cluster refused " + with_commas(report->refused) +
                    " items; 'semblance problems --collection " + to + "' lists them");
  return kSomeInputsFailed;
}

}  // namespace

void add_copy(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand(
      "copy",
      "Copies a collection of this machine into a cluster, back, or into another cluster, without\n"
      "embedding again.");
  auto from = std::make_shared<std::string>();
  auto to = std::make_shared<std::string>();
  command->add_option("FROM", *from, "The collection that is copied")->required();
  command
      ->add_option("TO", *to,
                   "An empty one in a cluster ('semblance collections create'), or a new name")
      ->required();
  command->callback([from, to, &session] { session.exit_code = run(*from, *to, session); });
}

}  // namespace semblance::cli
