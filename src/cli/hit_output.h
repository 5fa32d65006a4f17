#pragma once

#include <CLI/App.hpp>
#include <filesystem>
#include <vector>

#include "cli/command.h"
#include "engine/search.h"

namespace semblance::cli {

/// How hits are shown, of `search` and `similar` alike.
struct HitOutputOptions {
  std::filesystem::path montage;  ///< empty: none
  bool show = false;
};

void add_hit_output_options(CLI::App& command, HitOutputOptions& options);

/// Prints the answer as the options say; `queries` are the photos that were searched for. Gives the
/// exit code.
int print_hits(const SearchAnswer& answer, const std::vector<std::filesystem::path>& queries,
               const HitOutputOptions& options, const Session& session);

}  // namespace semblance::cli
