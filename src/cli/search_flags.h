#pragma once

#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/hit_output.h"
#include "engine/collection_reader.h"
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
  double diversity = 0;
  bool exact = false;
  double recall_target = 0.99;
  bool explain = false;
  std::vector<std::string> like;
  std::vector<std::string> unlike;
};

void add_search_flags(CLI::App& command, SearchFlags& flags);

/// The items of --like and --unlike, for --show and --montage. Those that are gone have no picture.
void add_example_pictures(const CollectionReader& collection, const SearchFlags& flags,
                          std::vector<QueryPicture>& pictures);

/// An item as a picture with `title` below it.
QueryPicture picture_of_item(const CollectionReader& collection, const std::string& id,
                             std::string title);

/// "x,y,width,height" in shares of the photo. Errors: those of check_box, also for what is no four
/// numbers.
Result<Box> parse_box(const std::string& text);

/// Errors: those of make_measure.
Result<SearchOptions> make_search_options(const SearchFlags& flags, bool has_colour);

}  // namespace semblance::cli
