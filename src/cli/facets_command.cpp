#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/progress_bar.h"
#include "engine/answer_json.h"
#include "remote/any_engine.h"

namespace semblance::cli {

namespace {

struct FacetsCommand {
  std::string attribute;
  std::string filter;
  int limit = 50;
};

int run(const FacetsCommand& command, const Session& session) {
  const Result<std::unique_ptr<CollectionReader>> opened =
      remote::open_reader(session.global.data, session.global.collection);
  if (!opened) return fail(opened.error());
  const CollectionReader& collection = **opened;
  const Result<Facets> facets =
      collection.facets(command.attribute, command.filter, static_cast<std::size_t>(command.limit));
  if (!facets) return fail(facets.error());
  if (session.global.json) {
    std::printf("%s\n", to_json(*facets).c_str());
    return kOk;
  }
  for (const Facets::Value& value : facets->values) {
    std::printf("%10s  %s\n", with_commas(value.count).c_str(), value.value.c_str());
  }
  const auto shown = static_cast<std::int64_t>(facets->values.size());
  tell(session,
       with_commas(facets->distinct) + " values in " + with_commas(facets->items) + " items" +
           (shown < facets->distinct ? "; --limit shows more than the first " + with_commas(shown)
                                     : ""));
  return kOk;
}

}  // namespace

void add_facets(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand(
      "facets", "Lists the values of an attribute and how many items have each.");
  auto options = std::make_shared<FacetsCommand>();
  command
      ->add_option("ATTRIBUTE", options->attribute, "Name of an attribute, or 'product', or 'id'")
      ->required();
  command->add_option("--filter", options->filter,
                      "Only items for which this is true, for example gender=Women");
  command->add_option("--limit", options->limit, "Values to list, the most frequent first")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->callback([options, &session] { session.exit_code = run(*options, session); });
}

}  // namespace semblance::cli
