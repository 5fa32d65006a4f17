#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "cli/command.h"
#include "cli/hit_output.h"
#include "cli/search_flags.h"
#include "remote/any_engine.h"

namespace semblance::cli {

namespace {

struct SearchCommand {
  std::vector<std::filesystem::path> photos;
  std::vector<std::string> boxes;
  SearchFlags flags;
  HitOutputOptions output;
};

/// The part of each photo that counts.
Result<std::vector<Box>> parse_boxes(const SearchCommand& command) {
  std::vector<Box> boxes(command.photos.size());
  if (command.boxes.empty()) return boxes;
  if (command.boxes.size() != boxes.size()) {
    return Error{ErrorCode::kInvalidArgument, "--box is a part of one photo: give one for each (" +
                                                  std::to_string(boxes.size()) + " photos, " +
                                                  std::to_string(command.boxes.size()) +
                                                  " boxes; 0,0,1,1 is a whole photo)"};
  }
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const Result<Box> box = parse_box(command.boxes[i]);
    if (!box) return box.error();
    boxes[i] = *box;
  }
  return boxes;
}

Result<std::vector<PhotoDescriptors>> describe_all(const CollectionReader& collection,
                                                   const std::vector<std::filesystem::path>& paths,
                                                   const std::vector<Box>& boxes) {
  std::vector<PhotoDescriptors> all;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const Result<Bytes> bytes = read_file(paths[i], DecodeLimits().max_bytes);
    if (!bytes) return bytes.error();
    const auto descriptors = collection.describe(*bytes, boxes[i]);
    if (!descriptors) {
      return Error{descriptors.error().code,
                   "cannot search for '" + paths[i].string() + "': " + descriptors.error().message};
    }
    all.push_back(**descriptors);
  }
  return all;
}

int run(const SearchCommand& command, const Session& session) {
  const Result<std::unique_ptr<CollectionReader>> opened =
      remote::open_reader(session.global.data, session.global.collection);
  if (!opened) return fail(opened.error());
  const CollectionReader& collection = **opened;
  const Result<SearchOptions> options = make_search_options(command.flags, collection.has_colour());
  if (!options) return fail(options.error());
  const Result<std::vector<Box>> boxes = parse_boxes(command);
  if (!boxes) return fail(boxes.error());
  Result<std::vector<PhotoDescriptors>> photos = describe_all(collection, command.photos, *boxes);
  if (!photos) return fail(photos.error());
  const Result<SearchAnswer> answer =
      collection.search({*std::move(photos), command.flags.like, command.flags.unlike}, *options);
  if (!answer) return fail(answer.error());
  std::vector<QueryPicture> pictures;
  for (std::size_t i = 0; i < command.photos.size(); ++i) {
    pictures.push_back({command.photos[i], "query", {}, (*boxes)[i]});
  }
  add_example_pictures(collection, command.flags, pictures);
  return print_hits(*answer, pictures, command.output, session);
}

}  // namespace

void add_search(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand(
      "search",
      "Finds the items that look most like a photo, a part of one, or several photos and items.");
  auto options = std::make_shared<SearchCommand>();
  command->add_option("PHOTO", options->photos,
                      "Photo(s) to search for; none is needed with --like");
  command
      ->add_option(
          "--box", options->boxes,
          "Only this part of the photo: x,y,width,height in shares of it (0 to 1) from the "
          "top left; of several photos, one for each")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add_search_flags(*command, options->flags);
  add_hit_output_options(*command, options->output);
  command->callback([options, &session] { session.exit_code = run(*options, session); });
}

}  // namespace semblance::cli
