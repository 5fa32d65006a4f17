#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/hit_output.h"
#include "cli/search_flags.h"
#include "remote/any_engine.h"

namespace semblance::cli {

namespace {

struct SimilarCommand {
  std::string id;
  SearchFlags flags;
  HitOutputOptions output;
};

int run(const SimilarCommand& command, const Session& session) {
  const Result<std::unique_ptr<CollectionReader>> opened =
      remote::open_reader(session.global.data, session.global.collection);
  if (!opened) return fail(opened.error());
  const CollectionReader& collection = **opened;
  const Result<SearchOptions> options = make_search_options(command.flags, collection.has_colour());
  if (!options) return fail(options.error());
  SearchQuery query{{}, {command.id}, command.flags.unlike};
  query.like.insert(query.like.end(), command.flags.like.begin(), command.flags.like.end());
  const Result<SearchAnswer> answer = collection.search(query, *options);
  if (!answer) return fail(answer.error());
  std::vector<QueryPicture> pictures{picture_of_item(collection, command.id, "query")};
  add_example_pictures(collection, command.flags, pictures);
  return print_hits(*answer, pictures, command.output, session);
}

}  // namespace

void add_similar(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand(
      "similar", "Finds the items that look most like one that is in the collection already.");
  auto options = std::make_shared<SimilarCommand>();
  command->add_option("ID", options->id, "Id of the item, as in the answers of search")->required();
  add_search_flags(*command, options->flags);
  add_hit_output_options(*command, options->output);
  command->callback([options, &session] { session.exit_code = run(*options, session); });
}

}  // namespace semblance::cli
