#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "remote/cluster.h"
#include "support/http_server.h"

namespace semblance::remote::test {

/// A reply as a cluster gives it.
struct StubReply {
  int status = 200;
  Json body = Json::object();
};

/// Stands in for OpenSearch or Elasticsearch: answers what it was told to, and refuses, as they do,
/// requests with fields or shapes that the product's documentation does not have.
class StubCluster {
 public:
  explicit StubCluster(Distribution distribution = Distribution::kOpenSearch);

  [[nodiscard]] std::string url() const { return server_.url(""); }
  semblance::test::HttpServer& server() { return server_; }

  /// The next requests "METHOD /path" (without the query) get these replies, the last one again and
  /// again.
  void reply(const std::string& request, std::vector<StubReply> replies);
  /// The same by a function of the body.
  void reply(const std::string& request, std::function<StubReply(const Json& body)> function);
  /// The next answers to any request, before all others; each is sent once.
  void first(std::vector<semblance::test::HttpHandler> handlers);

  /// Bodies of the requests "METHOD /path" so far; of lines, an array.
  [[nodiscard]] std::vector<Json> bodies(const std::string& request) const;
  /// Why requests were refused; a test that expects none says so.
  [[nodiscard]] std::vector<std::string> refusals() const;

  /// With little patience.
  [[nodiscard]] std::shared_ptr<const Cluster> connect(
      std::chrono::milliseconds patience = std::chrono::milliseconds(300)) const;

 private:
  void answer(semblance::test::HttpExchange& exchange);
  [[nodiscard]] std::optional<std::string> fault_in(const std::string& request,
                                                    const std::string& query,
                                                    const Json& body) const;

  Distribution distribution_;
  mutable std::mutex mutex_;
  std::map<std::string, std::function<StubReply(const Json&)>> replies_;
  std::vector<semblance::test::HttpHandler> first_;
  std::map<std::string, std::vector<Json>> bodies_;
  std::vector<std::string> refusals_;
  semblance::test::HttpServer server_;  // the last: its threads use the others
};

/// What GET / says; recorded from the products' documentation.
Json opensearch_root(const std::string& version);
Json elasticsearch_root(const std::string& version);
/// An answer to _search with these hits.
Json search_answer(const std::vector<Json>& hits, int failed_shards = 0);
/// A hit with a source.
Json hit(const std::string& id, double score, const Json& source);
/// An error of the product.
StubReply error_reply(int status, const std::string& type, const std::string& reason);

}  // namespace semblance::remote::test
