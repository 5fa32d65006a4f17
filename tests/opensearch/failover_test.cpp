// Three nodes, one copy of every shard besides: what a cluster acknowledges while nodes are killed
// is there afterwards, once.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "opensearch/node.h"
#include "remote/bulk.h"
#include "remote/document.h"
#include "remote/index_admin.h"
#include "remote/index_reader.h"

namespace semblance::remote {
namespace {

using namespace std::chrono_literals;

constexpr int kBatch = 50;

class Failover : public ::testing::Test {
 protected:
  void SetUp() override {
    if (nodes_.size() == 0) GTEST_SKIP() << test::OpenSearchNode::reason();
    ClusterAddress address;
    for (int i = 0; i < nodes_.size(); ++i) address.urls.push_back(nodes_.url(i));
    address.patience = 30s;
    cluster_ = *Cluster::create(address);
    const Result<ClusterFacts> facts = cluster_->examine();
    ASSERT_TRUE(facts) << facts.error().message;
    dialect_ = &Dialect::of(facts->distribution);
    IndexLayout layout;
    layout.shards = 3;
    layout.replicas = 1;
    layout.meta.card_json = "{}";
    layout.meta.network = network_id("{}");
    layout.meta.shape_dimension = 4;
    const Result<std::string> index = admin().create_generation("c", layout);
    ASSERT_TRUE(index) << index.error().message;
    index_ = *index;
    nodes_.wait(0, "green", nodes_.size());
  }
  void TearDown() override {
    if (!IsSkipped()) (void)admin().remove(index_).ok();
  }

  [[nodiscard]] IndexAdmin admin() const { return {*cluster_, *dialect_}; }

  static RemoteItem item(int number) {
    RemoteItem item;
    item.item.id = "item " + std::to_string(number);
    item.item.product = item.item.id;
    item.descriptors.emplace();
    item.descriptors->embedding = {1, static_cast<float>(number) / 10'000, 0, 0};
    return item;
  }

  /// Writes items, a few at a time; returns how many were acknowledged.
  int write_until(const std::atomic<bool>& stop) {
    int acknowledged = 0;
    BulkOptions options;
    options.batch_documents = kBatch;
    BulkWriter writer(*cluster_, write_alias(index_), options, [&](const BulkOutcome& outcome) {
      // Nobody else writes: a conflict is with one's own first attempt. When a node dies, the
      // cluster itself sends a write again, so that it need not be one of ours (`repeated`).
      const bool done = outcome.ok() || outcome.status == 409;
      EXPECT_TRUE(done) << outcome.error().message;
      if (done) ++acknowledged;
    });
    for (int i = 0; !stop; ++i) {
      const RemoteItem one = item(i);
      const Status added = writer.add({BulkOperation::Kind::kCreate,
                                       item_document_id(one.item.id),
                                       to_document(one),
                                       {},
                                       {},
                                       0});
      EXPECT_TRUE(added) << added.error().message;
      written_ = i + 1;
      if (written_ % kBatch == 0) std::this_thread::sleep_for(50ms);
    }
    EXPECT_TRUE(writer.flush());
    return acknowledged;
  }

  /// So many more items.
  void wait_for_writes(int items) const {
    const int want = written_ + items;
    while (written_ < want) std::this_thread::sleep_for(20ms);
  }

  const test::OpenSearchCluster& nodes_ = test::three_nodes();
  std::shared_ptr<const Cluster> cluster_;
  const Dialect* dialect_ = nullptr;
  std::string index_;
  std::atomic<int> written_{0};
};

TEST_F(Failover, LosesAndDoublesNothingWhenNodesAreKilled) {
  std::atomic<bool> stop{false};
  int acknowledged = 0;
  std::thread writer([&] { acknowledged = write_until(stop); });
  wait_for_writes(500);
  const int data_node = nodes_.next(nodes_.manager(0));
  nodes_.signal(data_node, "KILL");
  wait_for_writes(500);
  nodes_.revive(data_node);
  const int manager = nodes_.manager(data_node);
  nodes_.signal(manager, "KILL");
  wait_for_writes(500);
  stop = true;
  writer.join();
  EXPECT_EQ(acknowledged, written_);
  nodes_.revive(manager);
  ASSERT_TRUE(admin().refresh(index_));
  std::map<std::string, int> seen;
  ScanOptions options;
  options.source = {"id"};
  const IndexReader reader(*cluster_, *dialect_, index_);
  const Status scanned = reader.scan(nullptr, options, [&](JsonView hit) -> Status {
    ++seen[std::string(hit["_source"]["id"].text().value())];
    return {};
  });
  ASSERT_TRUE(scanned) << scanned.error().message;
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(written_));
  for (const auto& [id, times] : seen) EXPECT_EQ(times, 1) << id;
  std::printf("%d items acknowledged\n", acknowledged);
}

}  // namespace
}  // namespace semblance::remote
