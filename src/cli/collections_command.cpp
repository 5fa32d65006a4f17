#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/engine_options.h"
#include "cli/progress_bar.h"
#include "engine/collections.h"
#include "remote/any_engine.h"

namespace semblance::cli {

namespace {

constexpr const char* kHelp = "Lists the collections, makes an empty one, or deletes one.";

std::string time_text(std::chrono::system_clock::time_point time, const char* format, bool utc) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  if (utc) {
    ::gmtime_r(&seconds, &parts);
  } else {
    ::localtime_r(&seconds, &parts);
  }
  char text[32] = {};
  std::strftime(text, sizeof text, format, &parts);
  return text;
}

int list_json(const std::vector<CollectionListing>& listings) {
  nlohmann::ordered_json collections = nlohmann::ordered_json::array();
  for (const CollectionListing& listing : listings) {
    nlohmann::ordered_json json = {{"name", listing.name}};
    if (listing.problem) {
      json["problem"] = listing.problem->message;
    } else {
      json["items"] = listing.counts.items;
      json["products"] = listing.counts.products;
      json["failed"] = listing.counts.failed;
      json["skipped"] = listing.counts.skipped;
      json["model"] =
          listing.model.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(listing.model);
    }
    json["bytes"] = listing.bytes;
    json["last_change"] =
        listing.last_change
            ? nlohmann::ordered_json(time_text(*listing.last_change, "%Y-%m-%dT%H:%M:%SZ", true))
            : nlohmann::ordered_json();
    collections.push_back(std::move(json));
  }
  const nlohmann::ordered_json json = {{"collections", std::move(collections)}};
  std::printf("%s\n", json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  return kOk;
}

int list(const Session& session) {
  const std::vector<CollectionListing> listings = remote::describe_all(session.global.data);
  if (session.global.json) return list_json(listings);
  if (listings.empty()) {
    tell(session, "no collections in '" + session.global.data.string() + "'");
    return kOk;
  }
  std::size_t width = 4;
  for (const CollectionListing& listing : listings) width = std::max(width, listing.name.size());
  std::printf("%s", fmt::format("{:<{}}  {:>11}  {:>11}  {:>10}  {:<16}  network\n", "name", width,
                                "items", "products", "MB", "last change")
                        .c_str());
  for (const CollectionListing& listing : listings) {
    const std::string network = listing.problem ? "cannot be read: " + listing.problem->message
                                : listing.model.empty() ? "none yet"
                                                        : listing.model;
    std::printf(
        "%s",
        fmt::format("{:<{}}  {:>11}  {:>11}  {:>10.1f}  {:<16}  {}\n", listing.name, width,
                    with_commas(listing.counts.items), with_commas(listing.counts.products),
                    static_cast<double>(listing.bytes) / 1e6,
                    listing.last_change ? time_text(*listing.last_change, "%Y-%m-%d %H:%M", false)
                                        : std::string(),
                    network)
            .c_str());
  }
  return kOk;
}

struct CreateCommand {
  std::string name;
  std::string model;
  EngineOptions engine;
};

int create_there(const CreateCommand& command, const Session& session) {
  const Result<remote::CreatedRemote> created =
      create_in_cluster(session, command.name, command.engine, command.model);
  if (!created) return fail(created.error());
  if (!created->notice.empty()) tell(session, created->notice);
  tell(session, created->joined
                    ? "joined the index '" + created->index + "' (network " + created->model + ")"
                    : "made the index '" + created->index + "' (network " + created->model +
                          "); fill it with 'semblance sync SOURCE --collection " + command.name +
                          "'");
  return kOk;
}

int create(const CreateCommand& command, const Session& session) {
  if (!command.engine.is_local()) return create_there(command, session);
  const Status created = create_collection(session.global.data, command.name, command.model);
  if (!created) return fail(created.error());
  tell(session, "made the empty collection '" + command.name +
                    "'; fill it with 'semblance sync SOURCE --collection " + command.name + "'");
  return kOk;
}

bool ask_about_deletion(const std::string& name) {
  if (::isatty(STDIN_FILENO) == 0) return false;
  std::fprintf(stderr, "Delete collection '%s' with all its vectors? [y/N] ", name.c_str());
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

int delete_one(const std::string& name, bool yes, bool keep_index, const Session& session) {
  if (!yes && !ask_about_deletion(name)) {
    return fail({ErrorCode::kConflict,
                 "nothing was deleted; to delete collection '" + name + "', run again with --yes"});
  }
  const Status deleted = remote::delete_any(session.global.data, name, keep_index);
  if (!deleted) return fail(deleted.error());
  tell(session, "deleted collection '" + name + "'");
  return kOk;
}

void add_create(CLI::App& collections, Session& session) {
  CLI::App* command = collections.add_subcommand(
      "create", "Makes an empty collection, of this machine or in a cluster.");
  auto options = std::make_shared<CreateCommand>();
  command->add_option("NAME", options->name, "1 to 64 letters, digits, '-', '_' or '.'")
      ->required();
  command->add_option("--model", options->model,
                      "Network that it will have (default: the first sync chooses; in a cluster, "
                      "semblance-m)");
  add_engine_options(*command, options->engine);
  command->callback([options, &session] { session.exit_code = create(*options, session); });
}

void add_delete(CLI::App& collections, Session& session) {
  CLI::App* command =
      collections.add_subcommand("delete", "Deletes a collection; the photos stay.");
  auto name = std::make_shared<std::string>();
  auto yes = std::make_shared<bool>(false);
  auto keep_index = std::make_shared<bool>(false);
  command->add_option("NAME", *name, "The collection")->required();
  command->add_flag("--yes", *yes, "Do not ask");
  command->add_flag("--keep-index", *keep_index,
                    "Of a collection in a cluster: leave its index there, for other machines");
  command->callback([name, yes, keep_index, &session] {
    session.exit_code = delete_one(*name, *yes, *keep_index, session);
  });
}

}  // namespace

void add_collections(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("collections", kHelp);
  command->require_subcommand(0, 1);
  command->add_subcommand("list", "Lists the collections (also without a word).")
      ->callback([&session] { session.exit_code = list(session); });
  add_create(*command, session);
  add_delete(*command, session);
  command->callback([command, &session] {
    if (command->get_subcommands().empty()) session.exit_code = list(session);
  });
}

}  // namespace semblance::cli
