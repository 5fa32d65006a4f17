#pragma once

#include <CLI/App.hpp>
#include <atomic>
#include <filesystem>
#include <string>

#include "base/error.h"

namespace semblance::cli {

/// Exit codes of the program.
enum ExitCode : int {
  kOk = 0,
  kSomeInputsFailed = 1,
  kUsageOrNothingDone = 2,
  kInterrupted = 130,  ///< Ctrl-C: what was done so far is kept
};

/// Options that every command takes.
struct GlobalOptions {
  std::filesystem::path data = "semblance-data";
  std::string collection = "default";
  bool json = false;
  bool quiet = false;
  int threads = 2;
  std::string device = "cpu";
};

/// What the command that was named leaves for main to return.
struct Session {
  GlobalOptions global;
  int exit_code = kOk;
};

// One a file. Each adds its subcommand with its options, and runs it as CLI11's callback.
void add_sync(CLI::App& app, Session& session);
void add_search(CLI::App& app, Session& session);
void add_similar(CLI::App& app, Session& session);
void add_problems(CLI::App& app, Session& session);
void add_eval(CLI::App& app, Session& session);
void add_facets(CLI::App& app, Session& session);
void add_neighbours(CLI::App& app, Session& session);
void add_info(CLI::App& app, Session& session);
void add_copy(CLI::App& app, Session& session);
void add_duplicates(CLI::App& app, Session& session);
void add_confidence(CLI::App& app, Session& session);
void add_thresholds(CLI::App& app, Session& session);
void add_doctor(CLI::App& app, Session& session);
void add_models(CLI::App& app, Session& session);
void add_collections(CLI::App& app, Session& session);
void add_export(CLI::App& app, Session& session);
void add_import(CLI::App& app, Session& session);
void add_serve(CLI::App& app, Session& session);
void add_keys(CLI::App& app, Session& session);

/// Prints the error on stderr ("semblance: ...") and gives the exit code for it.
int fail(const Error& error);

/// Prints one line on stderr unless --quiet.
void tell(const Session& session, const std::string& line);

/// Set by SIGINT and SIGTERM once catch_interrupts() was called; a second signal ends the process.
std::atomic<bool>& interrupted();
void catch_interrupts();

}  // namespace semblance::cli
