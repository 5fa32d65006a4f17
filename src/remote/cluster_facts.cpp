#include <algorithm>
#include <charconv>
#include <cstddef>

#include "remote/cluster.h"

namespace semblance::remote {

namespace {

// OpenSearch 2.16 is the first whose k-NN takes ef_search for the Lucene engine with each query;
// Elasticsearch 8.11 the first with max_inner_product.
constexpr int kOpenSearchMajor = 2;
constexpr int kOpenSearchMinor = 16;
constexpr int kElasticsearchMajor = 8;
constexpr int kElasticsearchMinor = 11;
constexpr std::string_view kKnnPlugin = "opensearch-knn";

std::string text_of(const Json& object, const char* name) {
  if (!object.is_object()) return {};
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

/// The first two numbers of "3.5.0"; -1 for what is none.
std::pair<int, int> numbers_of(const std::string& version) {
  int major = -1;
  int minor = -1;
  const char* const end = version.data() + version.size();
  const auto read = std::from_chars(version.data(), end, major);
  if (read.ec == std::errc() && read.ptr != end && *read.ptr == '.') {
    (void)std::from_chars(read.ptr + 1, end, minor);
  }
  return {major, minor};
}

Error cannot_use(const Cluster& cluster, const std::string& what) {
  return {ErrorCode::kInvalidArgument, cluster.name() + " " + what};
}

Status check_version(const Cluster& cluster, const ClusterFacts& facts) {
  const bool open = facts.distribution == Distribution::kOpenSearch;
  const std::pair<int, int> least = open ? std::pair(kOpenSearchMajor, kOpenSearchMinor)
                                         : std::pair(kElasticsearchMajor, kElasticsearchMinor);
  if (std::pair(facts.major, facts.minor) < least) {
    return cannot_use(cluster, "is " + std::string(distribution_name(facts.distribution)) + " " +
                                   facts.version + "; Semblance needs " +
                                   std::to_string(least.first) + "." +
                                   std::to_string(least.second) + " or later: update the cluster");
  }
  if (open && facts.major >= 7) {
    return cannot_use(cluster,
                      "says that its version is " + facts.version +
                          ": set compatibility.override_main_response_version to false, so that "
                          "it tells its own");
  }
  return {};
}

/// Each node needs the plugin: a shard can come to live on any of them.
Status check_knn(const Cluster& cluster, const SendOptions& options) {
  SendOptions accepting = options;
  accepting.accept = {403, 405};  // who may not ask may use it all the same
  const Result<Reply> reply =
      cluster.send("GET", "/_cat/plugins?format=json&h=name,component", accepting);
  if (!reply) return reply.error();
  if (reply->status != 200 || !reply->body.is_array()) return {};
  const bool found = std::any_of(reply->body.begin(), reply->body.end(), [](const Json& plugin) {
    return text_of(plugin, "component") == kKnnPlugin;
  });
  if (found) return {};
  return cannot_use(cluster,
                    "has no k-NN plugin: install it on every node with 'opensearch-plugin install "
                    "opensearch-knn', or use a distribution that has it, and restart them");
}

}  // namespace

std::string_view distribution_name(Distribution distribution) {
  return distribution == Distribution::kOpenSearch ? "OpenSearch" : "Elasticsearch";
}

Result<ClusterFacts> Cluster::examine(const SendOptions& options) const {
  const Result<Reply> reply = send("GET", "/", options);
  if (!reply) return reply.error();
  ClusterFacts facts;
  const Json version = reply->body.is_object() ? reply->body.value("version", Json()) : Json();
  facts.version = text_of(version, "number");
  facts.cluster_name = text_of(reply->body, "cluster_name");
  std::tie(facts.major, facts.minor) = numbers_of(facts.version);
  const std::string distribution = text_of(version, "distribution");
  const bool elastic = distribution.empty() && version.is_object() &&
                       (version.contains("build_flavor") || version.contains("lucene_version"));
  if (facts.major < 0 || (distribution != "opensearch" && !elastic)) {
    return cannot_use(*this, "is neither OpenSearch nor Elasticsearch: check the address");
  }
  facts.distribution = elastic ? Distribution::kElasticsearch : Distribution::kOpenSearch;
  SEMBLANCE_RETURN_IF_ERROR(check_version(*this, facts));
  if (!elastic) SEMBLANCE_RETURN_IF_ERROR(check_knn(*this, options));
  return facts;
}

Result<std::vector<std::string>> parse_urls(std::string_view text) {
  std::vector<std::string> urls;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    std::string url(text.substr(0, comma));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    std::erase(url, ' ');
    while (url.ends_with('/')) url.pop_back();
    if (url.empty()) continue;
    const std::size_t scheme = url.find("://");
    const std::string name = url.substr(0, scheme);
    const bool known = scheme != std::string::npos && (name == "http" || name == "https");
    const std::string rest = known ? url.substr(scheme + 3) : "";
    // The address is shown in messages.
    if (rest.substr(0, rest.find('/')).find('@') != std::string::npos) {
      return Error{ErrorCode::kInvalidArgument,
                   "an address must not hold a user or a password: set SEMBLANCE_ENGINE_USER and "
                   "SEMBLANCE_ENGINE_PASSWORD"};
    }
    if (rest.empty() || rest.front() == '/' || rest.front() == ':' ||
        rest.find_first_of("?#\"\\") != std::string::npos) {
      return Error{ErrorCode::kInvalidArgument,
                   "'" + url + "' is no address of a node; one looks like https://host:9200"};
    }
    urls.push_back(std::move(url));
  }
  if (urls.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "the address of a node is missing; one looks like https://host:9200"};
  }
  return urls;
}

}  // namespace semblance::remote
