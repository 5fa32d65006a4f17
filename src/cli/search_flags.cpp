#include "cli/search_flags.h"

#include <CLI/CLI.hpp>

#include "cli/measure_options.h"

namespace semblance::cli {

void add_search_flags(CLI::App& command, SearchFlags& flags) {
  command.add_option("--limit", flags.limit, "Number of hits")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command.add_option("--filter", flags.filter,
                     "Only items for which this is true, for example "
                     "\"articleType=Shirts AND (price<50 OR baseColour IN (Blue,'Navy Blue'))\"");
  command.add_option("--min-score", flags.min_score, "Leave out hits with a lower score (0 to 1)")
      ->check(CLI::Range(0.0, 1.0));
  command.add_flag("--collapse", flags.collapse, "One hit a product: its best photo");
  add_measure_options(command, flags.measure);
}

Result<SearchOptions> make_search_options(const SearchFlags& flags, bool has_colour) {
  const Result<Measure> measure = make_measure(flags.measure, has_colour);
  if (!measure) return measure.error();
  SearchOptions options;
  options.limit = flags.limit;
  options.measure = *measure;
  options.filter = flags.filter;
  options.min_score = flags.min_score;
  options.collapse = flags.collapse;
  return options;
}

}  // namespace semblance::cli
