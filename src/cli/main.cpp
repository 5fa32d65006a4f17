#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <thread>

#include "cli/command.h"
#include "describe/device.h"

namespace semblance::cli {

namespace {

constexpr const char* kDescription =
    "Finds products that look alike in a folder of photos or a shop's catalogue.\n\n"
    "  semblance sync photos/                     index a folder\n"
    "  semblance search query.jpg                 what looks like this photo?\n"
    "  semblance similar shoes/1563.jpg           what looks like this item?\n";

constexpr const char* kFooter =
    "\nstdout has the data, stderr progress and messages. Exit codes: 0 ok, 1 finished but some\n"
    "inputs failed, 2 wrong usage or nothing done, 130 interrupted.\n"
    "'semblance COMMAND --help' tells more about a command.";

void add_global_options(CLI::App& app, GlobalOptions& options) {
  app.add_option("--data", options.data, "Folder that holds the collections")
      ->envname("SEMBLANCE_DATA")
      ->capture_default_str();
  app.add_option("--collection", options.collection, "Name of the collection")
      ->envname("SEMBLANCE_COLLECTION")
      ->capture_default_str();
  app.add_flag("--json", options.json, "Print the answer as JSON");
  app.add_flag("--quiet", options.quiet, "No progress and no messages but errors");
  app.add_option("--threads", options.threads, "Threads that compute")
      ->envname("SEMBLANCE_THREADS")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--device", options.device,
                 "What computes the networks: cpu, or cuda where its libraries are")
      ->envname("SEMBLANCE_DEVICE")
      ->check(CLI::IsMember({"cpu", "cuda"}))
      ->each([](const std::string& text) {
        if (const auto device = parse_device(text)) choose_device(*device);
      })
      ->capture_default_str();
}

int run(int argc, char** argv) {
  CLI::App app(kDescription, "semblance");
  app.footer(kFooter);
  app.set_version_flag("--version", SEMBLANCE_VERSION);
  app.require_subcommand(1);
  app.fallthrough();  // global options may stand behind the command, too
  app.set_config("--config", "semblance.toml",
                 "File of settings, which flags and environment overrule");
  app.allow_config_extras(CLI::config_extras_mode::error);

  Session session;
  session.global.threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  add_global_options(app, session.global);
  for (const auto add :
       {add_sync, add_search, add_similar, add_problems, add_eval, add_facets, add_neighbours,
        add_duplicates, add_confidence, add_thresholds, add_info, add_models, add_doctor,
        add_collections, add_copy, add_export, add_import, add_serve, add_keys}) {
    add(app, session);
  }
  if (argc == 1) {
    std::fputs(app.help().c_str(), stderr);
    return kUsageOrNothingDone;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kUsageOrNothingDone;
  }
  return session.exit_code;
}

}  // namespace

}  // namespace semblance::cli

int main(int argc, char** argv) {
  try {
    return semblance::cli::run(argc, argv);
  } catch (const std::exception& error) {  // out of memory, or a fault of the program
    std::fprintf(stderr, "semblance: %s\n", error.what());
    return semblance::cli::kUsageOrNothingDone;
  }
}
