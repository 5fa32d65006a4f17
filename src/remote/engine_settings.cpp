#include "remote/engine_settings.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "base/file.h"

namespace semblance::remote {

namespace {

constexpr std::uint64_t kMostBytes = 1 << 20;

Error damaged(const std::filesystem::path& path) {
  return Error{ErrorCode::kCorrupt,
               "'" + path.string() +
                   "' is damaged; 'semblance collections create NAME --engine ... --engine-url "
                   "URL' writes it anew (what is in the cluster stays)"};
}

}  // namespace

std::string default_alias(std::string_view collection) {
  std::string alias = "semblance-" + std::string(collection);
  std::transform(alias.begin(), alias.end(), alias.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return alias;
}

Result<Distribution> parse_engine(std::string_view name) {
  if (name == "opensearch") return Distribution::kOpenSearch;
  if (name == "elasticsearch") return Distribution::kElasticsearch;
  return Error{ErrorCode::kInvalidArgument, "no engine '" + std::string(name) +
                                                "'; there are: local, opensearch, elasticsearch"};
}

bool is_remote(const CollectionFiles& files) {
  std::error_code ignored;
  return std::filesystem::exists(files.engine(), ignored);
}

Result<EngineSettings> read_engine_settings(const CollectionFiles& files) {
  const Result<Bytes> bytes = read_file(files.engine(), kMostBytes);
  if (!bytes) return bytes.error();
  const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  const Json json = Json::parse(text, nullptr, false);
  EngineSettings settings;
  try {
    const Result<Distribution> distribution = parse_engine(json.at("engine").get<std::string>());
    if (!distribution) return damaged(files.engine());
    settings.distribution = *distribution;
    settings.urls = json.at("urls").get<std::vector<std::string>>();
    settings.alias = json.at("alias").get<std::string>();
    settings.shards = json.at("shards").get<int>();
    settings.replicas = json.at("replicas").get<int>();
    settings.ca_file = json.value("ca_file", "");
    settings.credentials_file = json.value("credentials_file", "");
  } catch (const Json::exception&) {
    return damaged(files.engine());
  }
  if (settings.urls.empty() || settings.alias.empty()) return damaged(files.engine());
  return settings;
}

Status write_engine_settings(const CollectionFiles& files, const EngineSettings& settings) {
  const bool opensearch = settings.distribution == Distribution::kOpenSearch;
  nlohmann::ordered_json json = {{"engine", opensearch ? "opensearch" : "elasticsearch"},
                                 {"urls", settings.urls},
                                 {"alias", settings.alias},
                                 {"shards", settings.shards},
                                 {"replicas", settings.replicas}};
  if (!settings.ca_file.empty()) json["ca_file"] = settings.ca_file.string();
  if (!settings.credentials_file.empty()) {
    json["credentials_file"] = settings.credentials_file.string();
  }
  return write_file_atomically(files.engine(), json.dump(2) + "\n");
}

Result<ClusterAddress> address_of(const EngineSettings& settings) {
  ClusterAddress address;
  address.urls = settings.urls;
  address.ca_file = settings.ca_file;
  Result<Credentials> credentials = settings.credentials_file.empty()
                                        ? credentials_from_environment()
                                        : read_credentials(settings.credentials_file);
  if (!credentials) return credentials.error();
  address.credentials = *std::move(credentials);
  return address;
}

}  // namespace semblance::remote
