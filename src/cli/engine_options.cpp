#include "cli/engine_options.h"

#include <filesystem>
#include <utility>

#include "engine/collection_files.h"

namespace semblance::cli {

namespace {

/// Address, alias and files in full.
Result<remote::EngineSettings> settings_of(const std::string& name, const EngineOptions& options) {
  remote::EngineSettings settings = options.settings;
  const Result<remote::Distribution> distribution = remote::parse_engine(options.engine);
  if (!distribution) return distribution.error();
  settings.distribution = *distribution;
  Result<std::vector<std::string>> urls = remote::parse_urls(options.urls);
  if (!urls) return urls.error();
  settings.urls = *std::move(urls);
  if (settings.alias.empty()) settings.alias = remote::default_alias(name);
  for (std::filesystem::path* path : {&settings.ca_file, &settings.credentials_file}) {
    if (!path->empty()) *path = std::filesystem::absolute(*path);
  }
  return settings;
}

Status check_lies_there(const CollectionFiles& files, const std::string& name,
                        const EngineOptions& options) {
  const Result<remote::EngineSettings> has = remote::read_engine_settings(files);
  if (!has) return has.error();
  const Result<remote::Distribution> distribution = remote::parse_engine(options.engine);
  if (!distribution) return distribution.error();
  bool same = *distribution == has->distribution;
  if (!options.urls.empty()) {
    const Result<remote::EngineSettings> wanted = settings_of(name, options);
    if (!wanted) return wanted.error();
    same = same && wanted->urls == has->urls && wanted->alias == has->alias;
  }
  if (same) return {};
  return Error{ErrorCode::kInvalidArgument, "collection '" + name + "' lies in the cluster at " +
                                                has->urls.front() + ", index '" + has->alias +
                                                "'; leave out --engine to sync it there"};
}

}  // namespace

void add_engine_options(CLI::App& command, EngineOptions& options) {
  remote::EngineSettings& settings = options.settings;
  auto* engine = command
                     .add_option("--engine", options.engine,
                                 "Where vectors are searched: local, opensearch or elasticsearch "
                                 "(docs/opensearch.md)")
                     ->capture_default_str();
  auto* urls = command.add_option("--engine-url", options.urls,
                                  "Address of the cluster, or several of its nodes with commas "
                                  "between: https://search.example:9200");
  urls->needs(engine);
  command
      .add_option("--engine-index", settings.alias,
                  "Alias of the index; machines that name the same one share it (default: "
                  "semblance-NAME)")
      ->needs(urls);
  command.add_option("--shards", settings.shards, "Of a new index")
      ->check(CLI::Range(1, 1024))
      ->needs(urls)
      ->capture_default_str();
  command.add_option("--replicas", settings.replicas, "Copies of each shard, of a new index")
      ->check(CLI::Range(0, 20))
      ->needs(urls)
      ->capture_default_str();
  command
      .add_option("--engine-credentials", settings.credentials_file,
                  "File with 'user = ...' and 'password = ...', or 'api_key = ...' (default: "
                  "SEMBLANCE_ENGINE_USER and _PASSWORD, or _API_KEY)")
      ->needs(urls);
  command
      .add_option("--engine-ca", settings.ca_file,
                  "PEM file of the authority that signed the cluster's certificate")
      ->needs(urls);
}

Result<remote::CreatedRemote> create_in_cluster(const Session& session, const std::string& name,
                                                const EngineOptions& options,
                                                const std::string& model) {
  const Result<remote::EngineSettings> settings = settings_of(name, options);
  if (!settings) return settings.error();
  return remote::create_remote(session.global.data, name, *settings, model);
}

Status have_in_cluster(const Session& session, const EngineOptions& options,
                       const std::string& model, bool dry_run) {
  const std::string& name = session.global.collection;
  SEMBLANCE_RETURN_IF_ERROR(check_collection_name(name));
  const CollectionFiles files(session.global.data, name);
  if (remote::is_remote(files)) return check_lies_there(files, name, options);
  if (dry_run) {
    return Error{ErrorCode::kInvalidArgument,
                 "there is no collection '" + name +
                     "' in a cluster, and --dry-run makes none: 'semblance collections create'"};
  }
  const Result<remote::CreatedRemote> created = create_in_cluster(session, name, options, model);
  if (!created) return created.error();
  if (!created->notice.empty()) tell(session, created->notice);
  tell(session, (created->joined ? "joined the index '" : "made the index '") + created->index +
                    "' (network " + created->model + ")");
  return {};
}

}  // namespace semblance::cli
