#pragma once

#include <CLI/App.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/command.h"
#include "engine/search.h"
#include "image/box.h"

namespace semblance::cli {

/// How hits are shown, of `search` and `similar` alike.
struct HitOutputOptions {
  std::filesystem::path montage;  ///< empty: none
  bool show = false;
};

/// What was searched for, as --show and --montage draw it before the hits.
struct QueryPicture {
  std::filesystem::path path;
  std::string title = "query";
  std::string subtitle{};
  Box box{};  ///< the part that was searched for
};

void add_hit_output_options(CLI::App& command, HitOutputOptions& options);

/// Prints the answer as the options say. Gives the exit code.
int print_hits(const SearchAnswer& answer, const std::vector<QueryPicture>& queries,
               const HitOutputOptions& options, const Session& session);

}  // namespace semblance::cli
