#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "opensearch/node.h"

namespace semblance::test {

namespace {

/// Lets the fixture of the REST tests keep its collection in a cluster.
class RestEnvironment final : public ::testing::Environment {
 public:
  void SetUp() override {
    if (OpenSearchNode::url().empty()) {
      std::printf("%s\n", OpenSearchNode::reason().c_str());
      std::exit(0);  // ctest sees the line and calls it skipped
    }
    ::setenv("SEMBLANCE_TEST_ENGINE_URL", OpenSearchNode::url().c_str(), 1);
    ::setenv("SEMBLANCE_TEST_ENGINE_PRODUCT", OpenSearchNode::product().c_str(), 1);
  }
};

[[maybe_unused]] const auto* const kEnvironment =
    ::testing::AddGlobalTestEnvironment(new RestEnvironment);

}  // namespace

}  // namespace semblance::test
