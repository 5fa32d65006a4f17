#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "cli/command.h"
#include "cli/hit_output.h"
#include "cli/search_flags.h"
#include "engine/collection.h"

namespace semblance::cli {

namespace {

struct SearchCommand {
  std::vector<std::filesystem::path> photos;
  SearchFlags flags;
  HitOutputOptions output;
};

Result<std::vector<PhotoDescriptors>> describe_all(
    const PhotoDescriber& describer, const std::vector<std::filesystem::path>& paths) {
  std::vector<PhotoDescriptors> all;
  for (const std::filesystem::path& path : paths) {
    const Result<Bytes> bytes = read_file(path, describer.limits().max_bytes);
    if (!bytes) return bytes.error();
    Result<PhotoDescriptors> descriptors = describer.describe(*bytes);
    if (!descriptors) {
      return Error{descriptors.error().code,
                   "cannot search for '" + path.string() + "': " + descriptors.error().message};
    }
    all.push_back(*std::move(descriptors));
  }
  return all;
}

Result<SearchAnswer> search(const SearchCommand& command, const Session& session) {
  const Result<Collection> collection =
      Collection::open(session.global.data, session.global.collection);
  if (!collection) return collection.error();
  const Result<SearchOptions> options =
      make_search_options(command.flags, collection->has_colour());
  if (!options) return options.error();
  const Result<std::unique_ptr<PhotoDescriber>> describer = collection->open_describer({});
  if (!describer) return describer.error();
  const Result<std::vector<PhotoDescriptors>> photos = describe_all(**describer, command.photos);
  if (!photos) return photos.error();
  return collection->search(*photos, *options);
}

int run(const SearchCommand& command, const Session& session) {
  const Result<SearchAnswer> answer = search(command, session);
  if (!answer) return fail(answer.error());
  return print_hits(*answer, command.photos, command.output, session);
}

}  // namespace

void add_search(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand(
      "search", "Finds the items that look most like a photo (or like several, on average).");
  auto options = std::make_shared<SearchCommand>();
  command->add_option("PHOTO", options->photos, "Photo(s) to search for")->required();
  add_search_flags(*command, options->flags);
  add_hit_output_options(*command, options->output);
  command->callback([options, &session] { session.exit_code = run(*options, session); });
}

}  // namespace semblance::cli
