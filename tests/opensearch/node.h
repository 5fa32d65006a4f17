#pragma once

#include <string>
#include <vector>

namespace semblance::test {

/// A real OpenSearch for the tests of one program: tests/opensearch/cluster starts it when the
/// first test asks, on ports that are free, with an empty folder; it ends with the program, however
/// that ends. Where SEMBLANCE_TEST_OPENSEARCH names the address of one that runs already, that is
/// used.
class OpenSearchNode {
 public:
  /// Starts it where it does not run. Empty where it cannot be had; reason() says why then.
  static const std::string& url();
  static const std::string& reason();
  /// Which of the two it is (SEMBLANCE_TEST_ENGINE): "opensearch", of whatever release, or
  /// "elasticsearch".
  static std::string product();
};

/// Nodes that may be killed: node i of `count`.
class OpenSearchCluster {
 public:
  /// Throws std::runtime_error where it does not start. Where it cannot be had at all, size() is 0
  /// and OpenSearchNode::reason() says why.
  explicit OpenSearchCluster(int count);
  OpenSearchCluster(const OpenSearchCluster&) = delete;
  OpenSearchCluster& operator=(const OpenSearchCluster&) = delete;
  ~OpenSearchCluster();

  [[nodiscard]] int size() const { return count_; }
  [[nodiscard]] std::string url(int node) const;
  /// "KILL", "TERM", "STOP" or "CONT".
  void signal(int node, const std::string& name) const;
  void start(int node) const;
  /// Until that node sees the cluster in that state, with so many nodes.
  void wait(int node, const std::string& status, int nodes) const;
  /// Starts a node that was killed, and waits until another one sees all of them, and all shards.
  void revive(int node) const;
  /// The node that manages the cluster, as `asked` knows.
  [[nodiscard]] int manager(int asked) const;
  /// Another one.
  [[nodiscard]] int next(int node) const { return (node + 1) % count_; }

 private:
  [[nodiscard]] std::string environment() const;
  std::string run(const std::string& arguments) const;

  int count_ = 0;
  int port_ = 0;
  std::string folder_;
};

/// Three nodes for all tests of a program, which leave them as they found them.
const OpenSearchCluster& three_nodes();

}  // namespace semblance::test

/// Skips the test where there is no OpenSearch.
#define SEMBLANCE_OPENSEARCH_OR_SKIP()                           \
  if (::semblance::test::OpenSearchNode::url().empty()) {        \
    GTEST_SKIP() << ::semblance::test::OpenSearchNode::reason(); \
  }                                                              \
  static_assert(true)
