#include "model_zoo/add.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "describe/embedder.h"
#include "describe/model_registry.h"
#include "small_graph.h"
#include "support/temporary_folder.h"

namespace semblance {
namespace {

namespace fs = std::filesystem;
using test::small_classifier;
using test::SmallGraph;
using test::TemporaryFolder;

class Addition : public testing::Test {
 protected:
  Result<NetworkAddition> open(const SmallGraph& small, const std::string& name = "mine.onnx") {
    fs::create_directories(folder_.path() / "given");
    return NetworkAddition::open(small.write(folder_.path() / "given" / name), cache_, 8);
  }

  static NetworkChoice as_proposed(const NetworkAddition& addition) {
    const NetworkProposal& proposal = addition.proposal();
    return {proposal.name, proposal.layers.front().layer.tensor, "MIT", proposal.input};
  }

  TemporaryFolder folder_;
  const fs::path cache_ = folder_.path() / "cache";
};

TEST_F(Addition, ProposesInputLayersAndPreprocessing) {
  const auto addition = open(small_classifier());
  ASSERT_TRUE(addition) << addition.error().message;
  const NetworkProposal& proposal = addition->proposal();
  EXPECT_EQ(proposal.name, "mine");
  EXPECT_EQ(proposal.input.name, "input");
  EXPECT_EQ(proposal.input.width, 8);
  // "logits" and "probabilities" are too short.
  ASSERT_EQ(proposal.layers.size(), 2U);
  EXPECT_EQ(proposal.layers[0].layer.tensor, "flat");
  EXPECT_EQ(proposal.layers[0].dimension, 16);
  EXPECT_EQ(proposal.layers[1].shape, (std::vector<std::int64_t>{1, 16, 1, 1}));
  EXPECT_FALSE(proposal.preprocessing_reason.empty());
}

TEST_F(Addition, GuessesByTheProgramThatWroteIt) {
  SmallGraph caffe = small_classifier();
  caffe.model().set_producer_name("CaffeToOnnx");
  EXPECT_EQ(open(caffe)->proposal().input.channels, ChannelOrder::kBgr);
  SmallGraph tensorflow = small_classifier();
  tensorflow.model().set_producer_name("tf2onnx");
  EXPECT_EQ(open(tensorflow)->proposal().input.normalisation.mean[0], 127.5F);
  SmallGraph pytorch = small_classifier();
  pytorch.model().set_producer_name("pytorch");
  EXPECT_EQ(open(pytorch)->proposal().input.normalisation.std[2], 57.375F);
}

TEST_F(Addition, BecomesANetworkLikeAnyOther) {
  {
    auto addition = open(small_classifier());
    ASSERT_TRUE(addition);
    const auto card = addition->finish(as_proposed(*addition));
    ASSERT_TRUE(card) << card.error().message;
    EXPECT_EQ(card->licence, "MIT");
    const auto choice = choose_model((cache_ / "mine.onnx").string());
    ASSERT_TRUE(choice) << choice.error().message;
    EXPECT_TRUE(open_onnx_embedder(choice->card));
  }
  // The folder that it was made in is gone.
  const fs::directory_iterator files(cache_);
  EXPECT_EQ(std::distance(begin(files), end(files)), 2);
}

TEST_F(Addition, ATakenNameIsRefused) {
  auto addition = open(small_classifier());
  ASSERT_TRUE(addition);
  ASSERT_TRUE(addition->finish(as_proposed(*addition)));
  auto second = open(small_classifier());
  ASSERT_TRUE(second);
  NetworkChoice choice = as_proposed(*second);
  EXPECT_EQ(second->finish(choice).error().code, ErrorCode::kConflict);
  choice.name = "another";
  EXPECT_TRUE(second->finish(choice));
}

TEST_F(Addition, RefusesNamesAndCardsThatCannotBe) {
  auto addition = open(small_classifier());
  ASSERT_TRUE(addition);
  NetworkChoice choice = as_proposed(*addition);
  for (const std::string name : {"", "../escape", ".hidden", "a/b"}) {
    choice.name = name;
    EXPECT_EQ(addition->finish(choice).error().code, ErrorCode::kInvalidArgument) << name;
  }
  choice.name = "mine";
  choice.input.normalisation.std[1] = 0;
  const auto zero = addition->finish(choice);
  ASSERT_FALSE(zero);
  EXPECT_NE(zero.error().message.find("input.std"), std::string::npos);
  EXPECT_FALSE(fs::exists(cache_ / "mine.json"));
}

TEST_F(Addition, BringsTheFilesWithItsWeights) {
  SmallGraph small({1, 3, 8, 8});
  small.outside_weight("w", {16, 3, 1, 1}, "weights.bin")
      .outside_weight("head", {16, 5}, "head.bin")
      .node("Conv", {"input", "w"}, "features")
      .node("GlobalAveragePool", {"features"}, "pooled")
      .node("Flatten", {"pooled"}, "flat")
      .node("MatMul", {"flat", "head"}, "logits")
      .output("logits");
  folder_.write("given/weights.bin", std::string(16 * 3 * 4, '\x3e'));
  folder_.write("given/head.bin", std::string(16 * 5 * 4, '\x3e'));
  auto addition = open(small);
  ASSERT_TRUE(addition) << addition.error().message;
  const auto card = addition->finish(as_proposed(*addition));
  ASSERT_TRUE(card) << card.error().message;
  // Under a name of its own, and only what the cut network needs.
  ASSERT_EQ(card->data.size(), 1U);
  EXPECT_EQ(card->data[0].file, "mine.weights.bin");
  const auto choice = choose_model((cache_ / "mine.onnx").string());
  ASSERT_TRUE(choice) << choice.error().message;
  EXPECT_TRUE(open_onnx_embedder(choice->card));
  EXPECT_FALSE(fs::exists(cache_ / "mine.head.bin"));
}

TEST_F(Addition, RefusesWeightsFromElsewhere) {
  SmallGraph small({1, 3, 8, 8});
  small.outside_weight("w", {16, 3, 1, 1}, "../weights.bin")
      .node("Conv", {"input", "w"}, "features")
      .output("features");
  folder_.write("weights.bin", std::string(16 * 3 * 4, '\x3e'));
  const auto addition = open(small);
  ASSERT_FALSE(addition);
  EXPECT_EQ(addition.error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(fs::is_empty(cache_));
}

TEST_F(Addition, SaysWhyAFileIsNoNetwork) {
  EXPECT_EQ(NetworkAddition::open(folder_.path() / "none.onnx", cache_, 8).error().code,
            ErrorCode::kMissingFile);
  EXPECT_EQ(NetworkAddition::open(folder_.write("text.onnx", "no network"), cache_, 8).error().code,
            ErrorCode::kCorrupt);
  SmallGraph narrow({1, 3, 1, 1});
  narrow.weight("w", {4, 3, 1, 1}).node("Conv", {"input", "w"}, "y").output("y");
  const auto addition = open(narrow);
  ASSERT_FALSE(addition);
  EXPECT_NE(addition.error().message.find("can serve"), std::string::npos);
}

}  // namespace
}  // namespace semblance
