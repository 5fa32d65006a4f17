#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/command.h"
#include "server/keys.h"

namespace semblance::cli {

namespace {

struct KeysCommand {
  std::filesystem::path file = "semblance-keys.json";
  std::string kind = "search";
  std::string name;
  std::vector<std::string> origins;
  double requests_per_second = 0;
  std::string id;
};

nlohmann::ordered_json json_of(const server::Key& key) {
  return {{"id", key.id},
          {"kind", server::key_kind_name(key.kind)},
          {"name", key.name},
          {"origins", key.origins},
          {"requests_per_second", key.requests_per_second},
          {"created", key.created}};
}

int create(const KeysCommand& command, const Session& session) {
  Result<server::KeyFile> file = server::KeyFile::load_or_begin(command.file);
  if (!file) return fail(file.error());
  const auto kind = command.kind == "admin" ? server::KeyKind::kAdmin : server::KeyKind::kSearch;
  const Result<server::KeyFile::Created> created =
      file->create(kind, command.name, command.origins, command.requests_per_second);
  if (!created) return fail(created.error());
  if (const Status saved = file->save(command.file); !saved) return fail(saved.error());
  if (session.global.json) {
    nlohmann::ordered_json json = json_of(created->key);
    json["key"] = created->secret;
    std::printf("%s\n", json.dump().c_str());
    return kOk;
  }
  std::printf("%s\n", created->secret.c_str());
  tell(session, "this is the only time that the key is shown; its id is " + created->key.id +
                    ". A server that runs reads it after 'kill -HUP'");
  return kOk;
}

int list(const KeysCommand& command, const Session& session) {
  const Result<server::KeyFile> file = server::KeyFile::load(command.file);
  if (!file) return fail(file.error());
  if (session.global.json) {
    nlohmann::ordered_json keys = nlohmann::ordered_json::array();
    for (const server::Key& key : file->keys()) keys.push_back(json_of(key));
    std::printf("%s\n", nlohmann::ordered_json{{"keys", std::move(keys)}}.dump().c_str());
    return kOk;
  }
  for (const server::Key& key : file->keys()) {
    std::string origins;
    for (const std::string& origin : key.origins) origins += " " + origin;
    std::printf("%-12s %-7s %s  %s%s\n", key.id.c_str(),
                std::string(key_kind_name(key.kind)).c_str(), key.created.c_str(), key.name.c_str(),
                origins.c_str());
  }
  return kOk;
}

int revoke(const KeysCommand& command, const Session& session) {
  Result<server::KeyFile> file = server::KeyFile::load(command.file);
  if (!file) return fail(file.error());
  if (!file->revoke(command.id)) {
    return fail({ErrorCode::kNotFound, "no key '" + command.id + "' in '" + command.file.string() +
                                           "'; 'semblance keys list' shows "
                                           "them"});
  }
  if (const Status saved = file->save(command.file); !saved) return fail(saved.error());
  tell(session, "revoked; a server that runs knows it after 'kill -HUP'");
  return kOk;
}

}  // namespace

void add_keys(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand(
      "keys",
      "Makes, lists and revokes the keys that clients of 'semblance serve --keys FILE' need.\n"
      "The file holds hashes: a key is shown once, when it is made.");
  command->require_subcommand(1);
  auto options = std::make_shared<KeysCommand>();
  const auto add = [&](const char* name, const char* help, auto run) {
    CLI::App* action = command->add_subcommand(name, help);
    action->add_option("--keys", options->file, "The file")
        ->envname("SEMBLANCE_SERVER__KEYS")
        ->capture_default_str();
    action->callback([options, run, &session] { session.exit_code = run(*options, session); });
    return action;
  };
  CLI::App* making = add("create", "Makes a key and prints it.", create);
  making
      ->add_option("--kind", options->kind,
                   "search: may look, and may stand in a web page; admin: may do everything")
      ->check(CLI::IsMember({"search", "admin"}))
      ->capture_default_str();
  making->add_option("--name", options->name, "What it is for");
  making
      ->add_option("--origin", options->origins,
                   "Only for pages of this origin, for example https://shop.example; may be given "
                   "several times")
      ->allow_extra_args(false);
  making
      ->add_option("--requests-per-second", options->requests_per_second,
                   "How often it may ask; 0: as the server says")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  add("list", "Shows the keys there are, without their secrets.", list);
  add("revoke", "Makes a key worthless.", revoke)
      ->add_option("ID", options->id, "Its id, as in the list")
      ->required();
}

}  // namespace semblance::cli
