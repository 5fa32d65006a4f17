#pragma once

#include <CLI/App.hpp>
#include <string>

#include "base/result.h"
#include "engine/measure.h"
#include "engine/search.h"

namespace semblance::cli {

/// What `search` and `similar` both take.
struct SearchFlags {
  int limit = 10;
  MeasureNames measure;
  std::string filter;
  double min_score = 0;
  bool collapse = false;
};

void add_search_flags(CLI::App& command, SearchFlags& flags);

/// Errors: those of make_measure.
Result<SearchOptions> make_search_options(const SearchFlags& flags, bool has_colour);

}  // namespace semblance::cli
