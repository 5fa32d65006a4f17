#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli/command.h"
#include "remote/any_engine.h"

namespace semblance::cli {

/// Options that say where a new collection's vectors are searched.
struct EngineOptions {
  std::string engine = "local";
  std::string urls;
  remote::EngineSettings settings;

  [[nodiscard]] bool is_local() const { return engine == "local"; }
};

void add_engine_options(CLI::App& command, EngineOptions& options);

/// Makes or joins the index of a collection that is not here yet. Errors: those of parse_engine,
/// parse_urls and create_remote.
Result<remote::CreatedRemote> create_in_cluster(const Session& session, const std::string& name,
                                                const EngineOptions& options,
                                                const std::string& model);

/// For a sync: the same, where the collection is not there yet. Errors: besides, kInvalidArgument
/// where it is there and lies elsewhere.
Status have_in_cluster(const Session& session, const EngineOptions& options,
                       const std::string& model, bool dry_run);

}  // namespace semblance::cli
