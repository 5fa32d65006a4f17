#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cli/models_command.h"
#include "cli/progress_bar.h"
#include "model_zoo/backbones.h"
#include "model_zoo/pull.h"

namespace semblance::cli {

namespace {

constexpr const char* kHelp =
    "Downloads a network, checks it and cuts it before its classifier.\n"
    "Networks are kept in $XDG_CACHE_HOME/semblance/models (~/.cache/semblance/models). An\n"
    "interrupted download is gone on with. SEMBLANCE_MODEL_MIRROR names an address (http, https,\n"
    "file) or folder that is tried first.";

int pull_one(const std::string& name, const Session& session) {
  const auto backbone = find_backbone(registry_path(), name);
  if (!backbone) return fail(backbone.error());
  const auto options = default_pull_options();
  if (!options) return fail(options.error());
  ProgressBar bar(ProgressBar::style_for_stderr(session.global.quiet));
  PullHooks hooks;
  hooks.stop = &interrupted();
  hooks.notice = [&](std::string_view line) {
    bar.finish();
    tell(session, std::string(line));
  };
  hooks.progress = [&](std::uint64_t done, std::uint64_t total) {
    bar.update("kB of " + backbone->source.file, static_cast<std::int64_t>(done / 1000),
               static_cast<std::int64_t>(total / 1000));
  };
  auto pulled = pull_backbone(*backbone, *options, hooks);
  bar.finish();
  if (!pulled) {
    const int code = fail(pulled.error());
    return pulled.error().code == ErrorCode::kCancelled ? kInterrupted : code;
  }
  if (!pulled->layer.empty()) tell(session, "cut at '" + pulled->layer + "'");
  pulled->card.folder = options->folder;
  if (pulled->was_there) tell(session, "'" + name + "' was there already, whole and right");
  tell_about_new_network(pulled->card, session);
  if (session.global.json) std::printf("%s\n", to_json(pulled->card).c_str());
  return kOk;
}

int pull(const std::vector<std::string>& names, const Session& session) {
  catch_interrupts();
  for (const std::string& name : names) {
    if (const int code = pull_one(name, session); code != kOk) return code;
  }
  return kOk;
}

}  // namespace

void add_models_pull(CLI::App& command, Session& session) {
  CLI::App* pull_command = command.add_subcommand("pull", kHelp);
  auto names = std::make_shared<std::vector<std::string>>();
  pull_command->add_option("NAME", *names, "As 'semblance models list' shows it")->required();
  pull_command->callback([names, &session] { session.exit_code = pull(*names, session); });
}

}  // namespace semblance::cli
