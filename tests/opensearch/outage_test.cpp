#include <atomic>
#include <cstdio>
#include <thread>

#include "opensearch/engines.h"

namespace semblance::remote {

/// Each shard on two of three nodes.
class Outages : public BothEngines {
 protected:
  void SetUp() override {
    if (nodes_.size() == 0) GTEST_SKIP() << test::OpenSearchNode::reason();
    nodes_.wait(0, "green", nodes_.size());
    BothEngines::SetUp();
    if (IsSkipped()) return;
    for (int i = 0; i < kPhotos; ++i) write_photo("p" + std::to_string(i) + ".jpg", i);
  }
  [[nodiscard]] std::string url() const override {
    return nodes_.url(0) + "," + nodes_.url(1) + "," + nodes_.url(2);
  }
  [[nodiscard]] int replicas() const override { return 1; }

  static constexpr int kPhotos = 120;
  const test::OpenSearchCluster& nodes_ = test::three_nodes();
};

TEST_F(Outages, OfANodeLoseNothingAndStopNoSearch) {
  sync("here");
  SyncOptions some;
  some.batch_items = 8;
  // So that there is something to find from the beginning.
  for (int i = 60; i < kPhotos; ++i)
    rename_photo("p" + std::to_string(i) + ".jpg", "../later" + std::to_string(i) + ".jpg");
  sync("there", some);
  for (int i = 60; i < kPhotos; ++i)
    rename_photo("../later" + std::to_string(i) + ".jpg", "p" + std::to_string(i) + ".jpg");
  std::atomic<bool> done{false};
  std::atomic<int> searches{0};
  std::atomic<int> failed{0};
  std::atomic<int> partial{0};
  std::thread searcher([&] {
    const auto there = open("there");
    while (!done) {
      const Result<SearchAnswer> answer = there->search({{}, {"p3.jpg"}}, {});
      ++searches;
      if (answer && answer->partial) ++partial;
      if (!answer || (answer->hits.size() != 10 && !answer->partial)) {
        ++failed;
        ADD_FAILURE() << (answer ? "only " + std::to_string(answer->hits.size()) + " hits"
                                 : answer.error().message);
      }
    }
  });
  std::thread killer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    const int data_node = nodes_.next(nodes_.manager(0));
    nodes_.signal(data_node, "KILL");
    std::this_thread::sleep_for(std::chrono::seconds(3));
    nodes_.revive(data_node);
    const int manager = nodes_.manager(data_node);
    nodes_.signal(manager, "KILL");
    std::this_thread::sleep_for(std::chrono::seconds(2));
    nodes_.revive(manager);
    done = true;
  });
  std::int64_t indexed = 0;
  // Each round changes some photos, so that there is always something to write.
  for (int round = 1; !done; ++round) {
    for (int i = 60; i < kPhotos; ++i)
      write_photo("p" + std::to_string(i) + ".jpg", 1000 * round + i);
    const SyncReport report = sync("there", some);
    EXPECT_EQ(report.failed, 0);
    indexed += report.added + report.changed;
  }
  killer.join();
  searcher.join();
  EXPECT_GE(indexed, kPhotos - 60);
  EXPECT_GT(searches, 50);
  EXPECT_EQ(failed, 0);
  std::printf("%d searches, %d of them partial\n", searches.load(), partial.load());
  EXPECT_LE(partial, searches / 50);
  sync("here");
  EXPECT_EQ(sync("there").unchanged, kPhotos);
  EXPECT_EQ(open("there")->counts()->items, kPhotos);
  expect_same_answers({{}, {"p3.jpg"}}, {});
}

TEST_F(Outages, OfAllNodesAreSaidAndEnd) {
  sync_both();
  const auto there = open("there");
  ASSERT_TRUE(there->ready());
  for (int node = 0; node < 3; ++node) nodes_.signal(node, "STOP");
  for (int i = 0; i < 3; ++i) {
    const Result<SearchAnswer> answer = there->search({{}, {"p3.jpg"}}, {});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable) << answer.error().message;
    EXPECT_FALSE(there->ready());
    std::this_thread::sleep_for(std::chrono::seconds(5));
  }
  for (int node = 0; node < 3; ++node) nodes_.signal(node, "CONT");
  for (int i = 0; i < 120 && !there->ready(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
  }
  EXPECT_TRUE(there->ready());
  expect_same_answers({{}, {"p3.jpg"}}, {});
  write_photo("new.jpg", 777);
  EXPECT_EQ(sync_both().added, 1);
}

}  // namespace semblance::remote
