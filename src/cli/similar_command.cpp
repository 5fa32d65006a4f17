#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/hit_output.h"
#include "cli/measure_options.h"
#include "engine/collection.h"

namespace semblance::cli {

namespace {

struct SimilarCommand {
  std::string id;
  int limit = 10;
  MeasureNames measure;
  HitOutputOptions output;
};

int run(const SimilarCommand& command, const Session& session) {
  const Result<Collection> collection =
      Collection::open(session.global.data, session.global.collection);
  if (!collection) return fail(collection.error());
  const Result<Measure> measure = make_measure(command.measure, collection->has_colour());
  if (!measure) return fail(measure.error());
  const Result<SearchAnswer> answer = collection->similar(command.id, {command.limit, *measure});
  if (!answer) return fail(answer.error());
  const Result<std::optional<Item>> item = collection->catalogue().item_by_id(command.id);
  if (!item) return fail(item.error());
  std::vector<std::filesystem::path> query;
  if (*item) query.push_back((*item)->path);
  return print_hits(*answer, query, command.output, session);
}

}  // namespace

void add_similar(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand(
      "similar", "Finds the items that look most like one that is in the collection already.");
  auto options = std::make_shared<SimilarCommand>();
  command->add_option("ID", options->id, "Id of the item, as in the answers of search")->required();
  command->add_option("--limit", options->limit, "Number of hits")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  add_measure_options(*command, options->measure);
  add_hit_output_options(*command, options->output);
  command->callback([options, &session] { session.exit_code = run(*options, session); });
}

}  // namespace semblance::cli
