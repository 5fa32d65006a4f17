#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <string>

#include "engine/sync.h"
#include "opensearch/node.h"
#include "remote/any_engine.h"
#include "support/fake_embedder.h"
#include "support/temporary_folder.h"

namespace semblance::remote {

/// Two collections that are given the same: "here", of this machine, and "there", in a cluster.
class BothEngines : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  /// The address of the cluster; a test with nodes of its own has another.
  [[nodiscard]] virtual std::string url() const { return test::OpenSearchNode::url(); }
  [[nodiscard]] virtual int replicas() const { return 0; }

  void write_photo(const std::string& name, int variant);
  void remove_photo(const std::string& name) const;
  void rename_photo(const std::string& from, const std::string& to) const;

  Result<SyncReport> try_sync(const std::string& collection, SyncOptions options = {},
                              const std::optional<SyncPart>& part = {},
                              const std::atomic<bool>* stop = nullptr);
  SyncReport sync(const std::string& collection, const SyncOptions& options = {},
                  const std::optional<SyncPart>& part = {});
  /// Syncs both and expects the same of both.
  SyncReport sync_both(const SyncOptions& options = {});

  [[nodiscard]] std::unique_ptr<LiveCollection> open(const std::string& collection) const;
  struct Answer {
    std::string text;             ///< hits in their order with what they have, or the error
    std::vector<double> numbers;  ///< scores and distances
  };
  [[nodiscard]] Answer answer(const std::string& collection, const SearchQuery& query,
                              const SearchOptions& options) const;
  /// Both find the same, with the same scores.
  void expect_same_answers(const SearchQuery& query, const SearchOptions& options) const;

  [[nodiscard]] std::filesystem::path data() const { return folder_.path() / "data"; }
  [[nodiscard]] std::filesystem::path photos() const { return folder_.path() / "photos"; }

  test::TemporaryFolder folder_;
  std::string network_;
  std::string other_network_;
  std::atomic<int> embedded_{0};
  std::string alias_;
};

}  // namespace semblance::remote
