#include <thread>

#include "opensearch/remote_fixture.h"

namespace semblance::remote {
namespace {

class Admin : public RemoteTest {};

TEST_F(Admin, KnowsWhatTheClusterIs) {
  const Result<ClusterFacts> facts = cluster_->examine();
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_EQ(facts->distribution, dialect_->distribution());
  EXPECT_GE(facts->major, 2);
  const Result<ClusterHealth> health = admin().health();
  ASSERT_TRUE(health) << health.error().message;
  EXPECT_EQ(health->nodes, 1);
}

TEST_F(Admin, DescribesWhatItMade) {
  make_index(3, {"gender", "Shoe Size"});
  const Result<IndexDescription> described = admin().describe(alias());
  ASSERT_TRUE(described) << described.error().message;
  EXPECT_EQ(described->index, generation_name(alias(), 1));
  EXPECT_EQ(described->meta.card_json, meta().card_json);
  EXPECT_EQ(described->meta.network, meta().network);
  EXPECT_EQ(described->meta.embedding_dimension(), kShapeDimension + kColourDimension);
  EXPECT_EQ(described->meta.settings, meta().settings);
  EXPECT_EQ(described->attributes, (std::set<std::string>{"Shoe Size", "gender"}));
  EXPECT_EQ(described->shards, 3);
  EXPECT_EQ(described->replicas, 0);
}

TEST_F(Admin, GivesAnEmptyIndexItsNetworkLater) {
  IndexLayout layout;
  layout.replicas = 0;
  const Result<std::string> index = admin().create_generation(alias(), layout);
  ASSERT_TRUE(index) << index.error().message;
  EXPECT_EQ(admin().describe(*index)->meta.embedding_dimension(), 0);
  const Status put = admin().put_meta(*index, meta());
  ASSERT_TRUE(put) << put.error().message;
  EXPECT_EQ(admin().describe(*index)->meta.embedding_dimension(), 8);
  index_ = *index;
  write({item("a", 1)});
  IndexMeta other = meta();
  other.shape_dimension = 99;
  EXPECT_EQ(admin().put_meta(*index, other).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(Admin, SwapsGenerationsInOneStep) {
  make_index();
  const std::string first = index_;
  IndexLayout layout;
  layout.meta = meta();
  layout.replicas = 0;
  const Result<std::string> second = admin().create_generation(alias(), layout);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(*second, generation_name(alias(), 2));
  EXPECT_EQ(admin().describe(alias())->index, first);
  // Somebody else thinks that it points elsewhere.
  EXPECT_EQ(admin().point_alias(alias(), *second, "another-000001").error().code,
            ErrorCode::kConflict);
  EXPECT_EQ(admin().describe(alias())->index, first);
  const Status swapped = admin().point_alias(alias(), *second, first);
  ASSERT_TRUE(swapped) << swapped.error().message;
  EXPECT_EQ(admin().describe(alias())->index, *second);
  ASSERT_TRUE(admin().point_alias(alias(), *second));  // again, where it is
  const auto generations = admin().generations(alias());
  ASSERT_TRUE(generations);
  ASSERT_EQ(generations->size(), 2U);
  EXPECT_FALSE((*generations)[0].live);
  EXPECT_TRUE((*generations)[1].live);
  EXPECT_TRUE(admin().remove(first));
  EXPECT_TRUE(admin().remove(first));  // there is none any more
  EXPECT_EQ(admin().generations(alias())->size(), 1U);
}

TEST_F(Admin, PointsAtNothingThatIsNotThere) {
  make_index();
  EXPECT_EQ(admin().point_alias(alias(), generation_name(alias(), 7)).error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(admin().describe(alias())->index, index_);
}

TEST_F(Admin, MapsAttributesFromManyThreads) {
  make_index();
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5; ++i) {
        const std::vector<std::string> names = {"shared." + std::to_string(i), "\u00e9",
                                                "own " + std::to_string(t)};
        const Status added = admin().add_attributes(index_, names);
        EXPECT_TRUE(added) << added.error().message;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::set<std::string> names = admin().describe(index_)->attributes;
  EXPECT_EQ(names.size(), 5U + 1U + 6U);
  EXPECT_TRUE(names.contains("shared.3"));
  EXPECT_TRUE(names.contains("own 5"));
}

TEST_F(Admin, SaysThatAnIndexIsFullOfAttributes) {
  make_index();
  std::vector<std::string> names;
  for (int i = 0; i <= kMostAttributes + 100; ++i) names.push_back("column " + std::to_string(i));
  const Status added = admin().add_attributes(index_, names);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(added.error().message.find("more attributes than 2000"), std::string::npos)
      << added.error().message;
  names.resize(kMostAttributes);
  const Status fitting = admin().add_attributes(index_, names);
  EXPECT_TRUE(fitting) << fitting.error().message;
}

TEST_F(Admin, RefusesIndicesThatAreNotItsOwn) {
  index_ = generation_name(alias(), 1);
  ASSERT_TRUE(cluster_->send("PUT", "/" + index_, Json::object()));
  const Result<IndexDescription> foreign = admin().describe(index_);
  ASSERT_FALSE(foreign);
  EXPECT_NE(foreign.error().message.find("was not made by Semblance"), std::string::npos);
  if (!is_opensearch()) return;
  // One with faiss: creating it works even where its library is absent.
  IndexLayout layout;
  layout.meta = meta();
  Json body = dialect_->index_body(layout);
  body["mappings"]["properties"]["embedding"]["method"]["engine"] = "faiss";
  const std::string faiss = generation_name(alias(), 2);
  ASSERT_TRUE(cluster_->send("PUT", "/" + faiss, body));
  const Result<IndexDescription> with_faiss = admin().describe(faiss);
  ASSERT_FALSE(with_faiss);
  EXPECT_NE(with_faiss.error().message.find("faiss"), std::string::npos);
}

TEST_F(Admin, KeepsUploadedPhotosBesides) {
  make_index();
  ASSERT_TRUE(admin().ensure_photos_index(alias(), 1, 0));
  ASSERT_TRUE(admin().ensure_photos_index(alias(), 1, 0));
  std::vector<BulkOutcome> outcomes;
  BulkWriter writer(*cluster_, write_alias(photos_index_name(alias())), {},
                    [&](const BulkOutcome& outcome) { outcomes.push_back(outcome); });
  ASSERT_TRUE(
      writer.add({BulkOperation::Kind::kIndex, "x", {{"id", "i"}, {"photo", "AAEC"}}, {}, {}, 0}));
  ASSERT_TRUE(writer.flush());
  ASSERT_TRUE(outcomes.at(0).ok()) << outcomes[0].error().message;
  EXPECT_EQ(admin().generations(alias())->size(), 1U);  // it is no generation
}

TEST_F(Admin, CountsDocumentsAndBytes) {
  make_index();
  write({item("a", 1), item("b", 2)});
  const Result<IndexStatistics> statistics = admin().statistics(alias());
  ASSERT_TRUE(statistics) << statistics.error().message;
  EXPECT_EQ(statistics->documents, 2);
  EXPECT_GT(statistics->bytes, 0U);
}

}  // namespace
}  // namespace semblance::remote
