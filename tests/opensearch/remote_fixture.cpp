#include "opensearch/remote_fixture.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <random>

#include "describe/histogram.h"

namespace semblance::remote {

namespace {

std::vector<float> unit_vector(int dimension, std::mt19937_64& random) {
  std::normal_distribution<float> normal;
  std::vector<float> vector(static_cast<std::size_t>(dimension));
  float squares = 0;
  for (float& number : vector) {
    number = normal(random);
    squares += number * number;
  }
  for (float& number : vector) number /= std::sqrt(squares);
  return vector;
}

std::vector<float> shares(std::mt19937_64& random) {
  std::uniform_real_distribution<float> share(0, 1.0F / kHistogramDimension);
  std::vector<float> histogram(kHistogramDimension);
  for (float& number : histogram) number = share(random);
  return histogram;
}

}  // namespace

void RemoteTest::SetUp() {
  SEMBLANCE_OPENSEARCH_OR_SKIP();
  ClusterAddress address;
  address.urls = {test::OpenSearchNode::url()};
  Result<std::shared_ptr<const Cluster>> cluster = Cluster::create(address);
  ASSERT_TRUE(cluster) << cluster.error().message;
  cluster_ = *cluster;
  const Result<ClusterFacts> facts = cluster_->examine();
  ASSERT_TRUE(facts) << facts.error().message;
  dialect_ = &Dialect::of(facts->distribution);
}

void RemoteTest::TearDown() {
  if (cluster_ == nullptr) return;
  const auto generations = admin().generations(alias());
  ASSERT_TRUE(generations) << generations.error().message;
  for (const Generation& generation : *generations) {
    EXPECT_TRUE(admin().remove(generation.index));
  }
  EXPECT_TRUE(admin().remove(photos_index_name(alias())));
}

std::string RemoteTest::alias() const {
  const auto* const info = ::testing::UnitTest::GetInstance()->current_test_info();
  std::string name = "t" + std::to_string(::getpid()) + "-" + info->name();
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

IndexMeta RemoteTest::meta() {
  IndexMeta meta;
  meta.card_json = R"({"name":"a network"})";
  meta.network = network_id(meta.card_json);
  meta.shape_dimension = kShapeDimension;
  meta.colour_dimension = kColourDimension;
  meta.settings = {{"colour", 0.25}};
  return meta;
}

void RemoteTest::make_index(int shards, const std::vector<std::string>& attributes) {
  IndexLayout layout;
  layout.meta = meta();
  layout.shards = shards;
  layout.replicas = 0;
  layout.attribute_names = attributes;
  const Result<std::string> index = admin().create_generation(alias(), layout);
  ASSERT_TRUE(index) << index.error().message;
  index_ = *index;
  const Status pointed = admin().point_alias(alias(), index_, "");
  ASSERT_TRUE(pointed) << pointed.error().message;
}

RemoteItem RemoteTest::item(const std::string& id, std::uint64_t seed, Attributes attributes) {
  std::mt19937_64 random(seed);
  RemoteItem item;
  item.item.id = id;
  item.item.product = "product of " + id;
  item.item.path = "/photos/" + id;
  item.item.width = 60;
  item.item.height = 80;
  item.size_bytes = 1234;
  item.mtime_ns = 1'700'000'000'000'000'001;
  item.format = "jpeg";
  item.content_hash = sha256(std::as_bytes(std::span(id)));
  item.attributes = std::move(attributes);
  StoredDescriptors descriptors;
  descriptors.embedding = unit_vector(kShapeDimension, random);
  const std::vector<float> colour = unit_vector(kColourDimension, random);
  descriptors.embedding.insert(descriptors.embedding.end(), colour.begin(), colour.end());
  descriptors.histogram = shares(random);
  descriptors.histogram_foreground = shares(random);
  item.descriptors = std::move(descriptors);
  return item;
}

std::vector<BulkOutcome> RemoteTest::write(std::vector<BulkOperation> operations,
                                           BulkOptions options) {
  std::vector<BulkOutcome> outcomes;
  BulkWriter writer(*cluster_, writable(), std::move(options),
                    [&](const BulkOutcome& outcome) { outcomes.push_back(outcome); });
  for (BulkOperation& operation : operations) {
    const Status added = writer.add(std::move(operation));
    EXPECT_TRUE(added) << added.error().message;
  }
  const Status flushed = writer.flush();
  EXPECT_TRUE(flushed) << flushed.error().message;
  return outcomes;
}

void RemoteTest::write(const std::vector<RemoteItem>& items) {
  std::vector<BulkOperation> operations;
  for (const RemoteItem& one : items) {
    operations.push_back(
        {BulkOperation::Kind::kIndex, item_document_id(one.item.id), to_document(one), {}, {}, 0});
  }
  for (const BulkOutcome& outcome : write(std::move(operations))) {
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  }
  const Status refreshed = admin().refresh(index_);
  ASSERT_TRUE(refreshed) << refreshed.error().message;
}

}  // namespace semblance::remote
