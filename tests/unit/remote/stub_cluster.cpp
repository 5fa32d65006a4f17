#include "unit/remote/stub_cluster.h"

#include <sstream>
#include <stdexcept>
#include <utility>

#include "unit/remote/shapes.h"

namespace semblance::remote::test {

namespace {

using semblance::test::HttpExchange;

Json parse_lines(const std::string& text) {
  Json lines = Json::array();
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(Json::parse(line));
  return lines;
}

}  // namespace

StubCluster::StubCluster(Distribution distribution) : distribution_(distribution) {
  server_.on("*", [this](HttpExchange& exchange) { answer(exchange); });
  const bool opensearch = distribution == Distribution::kOpenSearch;
  reply("GET /", {{200, opensearch ? opensearch_root("3.5.0") : elasticsearch_root("8.15.0")}});
  reply("GET /_cat/plugins",
        {{200, Json::array({{{"name", "node-1"}, {"component", "opensearch-knn"}}})}});
}

void StubCluster::reply(const std::string& request, std::vector<StubReply> replies) {
  auto next = std::make_shared<std::size_t>(0);
  reply(request, [replies = std::move(replies), next](const Json&) {
    return replies[*next + 1 < replies.size() ? (*next)++ : *next];
  });
}

void StubCluster::reply(const std::string& request,
                        std::function<StubReply(const Json& body)> function) {
  const std::lock_guard lock(mutex_);
  replies_[request] = std::move(function);
}

void StubCluster::first(std::vector<semblance::test::HttpHandler> handlers) {
  const std::lock_guard lock(mutex_);
  first_ = std::move(handlers);
}

std::vector<Json> StubCluster::bodies(const std::string& request) const {
  const std::lock_guard lock(mutex_);
  const auto found = bodies_.find(request);
  return found == bodies_.end() ? std::vector<Json>() : found->second;
}

std::vector<std::string> StubCluster::refusals() const {
  const std::lock_guard lock(mutex_);
  return refusals_;
}

std::shared_ptr<const Cluster> StubCluster::connect(std::chrono::milliseconds patience) const {
  ClusterAddress address;
  address.urls = {url()};
  address.patience = patience;
  const Result<std::shared_ptr<const Cluster>> cluster = Cluster::create(address);
  if (!cluster) throw std::runtime_error(cluster.error().message);
  return *cluster;
}

void StubCluster::answer(HttpExchange& exchange) {
  const std::string target = exchange.request().target;
  const std::string path = target.substr(0, target.find('?'));
  const std::string query = target.size() > path.size() ? target.substr(path.size() + 1) : "";
  const std::string request = exchange.request().method + " " + path;
  const std::string& text = exchange.request().body;
  Json body;
  std::optional<std::string> fault;
  try {
    if (!text.empty()) body = path.ends_with("_bulk") ? parse_lines(text) : Json::parse(text);
    fault = fault_in(request, query, body);
  } catch (const Json::exception&) {
    fault = "not JSON";
  }
  const std::string type = exchange.request().header("content-type");
  if (!text.empty() && !type.starts_with("application/")) fault = "Content-Type " + type;
  if (text.empty() && !type.empty()) fault = "Content-Type without a body";

  semblance::test::HttpHandler before;
  StubReply reply = error_reply(404, "resource_not_found_exception", "no reply to " + request);
  {
    const std::lock_guard lock(mutex_);
    bodies_[request].push_back(body);
    if (!first_.empty()) {
      before = first_.front();
      first_.erase(first_.begin());
    } else if (fault) {
      refusals_.push_back(request + ": " + *fault);
      reply = error_reply(400, "parsing_exception", *fault);
    } else if (const auto found = replies_.find(request); found != replies_.end()) {
      reply = found->second(body);
    }
  }
  if (before) return before(exchange);
  const char* const content_type = distribution_ == Distribution::kOpenSearch
                                       ? "application/json; charset=UTF-8"
                                       : "application/vnd.elasticsearch+json;compatible-with=8";
  exchange.respond(reply.status, {{"Content-Type", content_type}}, reply.body.dump());
}

std::optional<std::string> StubCluster::fault_in(const std::string& request,
                                                 const std::string& query, const Json& body) const {
  const std::string path = request.substr(request.find('/'));
  if (path.ends_with("/_search")) {
    // The point in time names the index.
    const bool pit = body.is_object() && body.contains("pit");
    if (pit != (path == "/_search")) return "[indices] cannot be used with point in time";
    return fault_in_search(distribution_, body);
  }
  if (path.ends_with("/_bulk")) {
    if (query.find("require_alias=true") == std::string::npos) return "writes to any index";
    return fault_in_bulk(body);
  }
  if (path == "/_aliases") return fault_in_actions(body);
  if (path.ends_with("/_mapping")) return fault_in_mapping(distribution_, body);
  const bool whole_index = path.size() > 1 && path.find('/', 1) == std::string::npos;
  if (request.starts_with("PUT ") && whole_index) return fault_in_index(distribution_, body);
  return {};
}

Json opensearch_root(const std::string& version) {
  return {{"name", "node-1"},
          {"cluster_name", "opensearch-cluster"},
          {"cluster_uuid", "y7DcDzdcQZaOq9q0MVgvNg"},
          {"version",
           {{"distribution", "opensearch"},
            {"number", version},
            {"build_type", "tar"},
            {"build_snapshot", false},
            {"lucene_version", "10.3.2"}}},
          {"tagline", "The OpenSearch Project: https://opensearch.org/"}};
}

Json elasticsearch_root(const std::string& version) {
  return {{"name", "instance-0000000000"},
          {"cluster_name", "my-cluster"},
          {"cluster_uuid", "5QaxoN0pRZuOmWSxstBBwQ"},
          {"version",
           {{"number", version},
            {"build_flavor", "default"},
            {"build_type", "docker"},
            {"build_snapshot", false},
            {"lucene_version", "9.11.1"}}},
          {"tagline", "You Know, for Search"}};
}

Json search_answer(const std::vector<Json>& hits, int failed_shards) {
  Json shards = {
      {"total", 4}, {"successful", 4 - failed_shards}, {"skipped", 0}, {"failed", failed_shards}};
  if (failed_shards > 0) {
    shards["failures"] = Json::array(
        {{{"shard", 1},
          {"index", "c-000001"},
          {"node", nullptr},
          {"reason",
           {{"type", "no_shard_available_action_exception"}, {"reason", "No shard available"}}}}});
  }
  return {{"took", 5},
          {"timed_out", false},
          {"_shards", std::move(shards)},
          {"hits", {{"max_score", nullptr}, {"hits", hits}}}};
}

Json hit(const std::string& id, double score, const Json& source) {
  return {{"_index", "c-000001"},
          {"_id", id},
          {"_score", score},
          {"_source", source},
          {"sort", {score, source.value("id", "")}}};
}

StubReply error_reply(int status, const std::string& type, const std::string& reason) {
  const Json cause = {{"type", type}, {"reason", reason}};
  return {status,
          {{"error", {{"root_cause", Json::array({cause})}, {"type", type}, {"reason", reason}}},
           {"status", status}}};
}

}  // namespace semblance::remote::test
