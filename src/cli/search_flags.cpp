#include "cli/search_flags.h"

#include <CLI/CLI.hpp>
#include <array>
#include <charconv>
#include <utility>

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
  command
      .add_option("--like", flags.like,
                  "Id of an item to look like, too; may be given several times")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      .add_option("--unlike", flags.unlike,
                  "Id of an item to stay away from; may be given several times")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      .add_option("--diversity", flags.diversity,
                  "0: the best hits (default) ... 1: hits that differ from each other as much as "
                  "they can, the best one first")
      ->check(CLI::Range(0.0, 1.0));
  command.add_flag("--exact", flags.exact,
                   "The true closest items, also in a collection that is large enough for a graph");
  command
      .add_option("--recall-target", flags.recall_target,
                  "Share of the true closest items that a graph has to find")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command.add_flag("--explain", flags.explain,
                   "Also say how the answer was found: the plan, rows looked at, microseconds");
  add_measure_options(command, flags.measure);
}

QueryPicture picture_of_item(const CollectionReader& collection, const std::string& id,
                             std::string title) {
  const Result<std::optional<Item>> item = collection.item(id);
  return {item && *item ? (*item)->path : std::filesystem::path(), std::move(title), id, {}};
}

void add_example_pictures(const CollectionReader& collection, const SearchFlags& flags,
                          std::vector<QueryPicture>& pictures) {
  for (const std::string& id : flags.like) {
    pictures.push_back(picture_of_item(collection, id, "like"));
  }
  for (const std::string& id : flags.unlike) {
    pictures.push_back(picture_of_item(collection, id, "unlike"));
  }
}

Result<Box> parse_box(const std::string& text) {
  std::array<double, 4> numbers{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto [next, error] = std::from_chars(at, end, numbers[i]);
    const bool last = i + 1 == numbers.size();
    // A box without a size is refused below, and so is what is no box.
    if (error != std::errc() || (last ? next != end : next == end || *next != ',')) {
      numbers = {};
      break;
    }
    at = next + 1;
  }
  const Box box{numbers[0], numbers[1], numbers[2], numbers[3]};
  const Status checked = check_box(box);
  if (checked) return box;
  Error error = checked.error();
  error.message = "'" + text + "' is no box: " + error.message;
  return error;
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
  options.diversity = flags.diversity;
  options.exact = flags.exact;
  options.recall_target = flags.recall_target;
  options.explain = flags.explain;
  return options;
}

}  // namespace semblance::cli
