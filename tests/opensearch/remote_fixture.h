#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "opensearch/node.h"
#include "remote/bulk.h"
#include "remote/cluster.h"
#include "remote/document.h"
#include "remote/index_admin.h"
#include "remote/index_reader.h"

namespace semblance::remote {

/// A test with the node of the program and an index of its own, which is removed when it ends.
class RemoteTest : public ::testing::Test {
 protected:
  static constexpr int kShapeDimension = 6;
  static constexpr int kColourDimension = 2;

  void SetUp() override;
  void TearDown() override;

  [[nodiscard]] bool is_opensearch() const {
    return dialect_->distribution() == Distribution::kOpenSearch;
  }
  static IndexMeta meta();
  /// The generation 1 of alias(), live.
  void make_index(int shards = 2, const std::vector<std::string>& attributes = {});
  [[nodiscard]] std::string alias() const;
  [[nodiscard]] std::string writable() const { return write_alias(index_); }
  [[nodiscard]] IndexReader reader() const { return {*cluster_, *dialect_, index_}; }
  [[nodiscard]] IndexAdmin admin() const { return {*cluster_, *dialect_}; }

  /// An indexed item whose numbers follow from the seed: unit vectors side by side.
  static RemoteItem item(const std::string& id, std::uint64_t seed, Attributes attributes = {});
  /// Writes them and refreshes; what is not acknowledged fails the test.
  void write(const std::vector<RemoteItem>& items);
  std::vector<BulkOutcome> write(std::vector<BulkOperation> operations, BulkOptions options = {});

  std::shared_ptr<const Cluster> cluster_;
  const Dialect* dialect_ = nullptr;
  std::string index_;
};

}  // namespace semblance::remote
