#include "model_zoo/layers.h"

#include <gtest/gtest.h>

#include "small_graph.h"
#include "support/temporary_folder.h"

namespace semblance {
namespace {

using test::small_classifier;
using test::SmallGraph;
using test::TemporaryFolder;

/// Names of the layers offered, in order.
std::vector<std::string> offered(const SmallGraph& small) {
  const TemporaryFolder folder;
  const auto graph = OnnxGraph::read(small.write(folder.path() / "net.onnx"));
  EXPECT_TRUE(graph);
  std::vector<std::string> names;
  for (const Layer& layer : embedding_layers(*graph)) names.push_back(layer.tensor);
  return names;
}

TEST(EmbeddingLayers, FirstWhatTheClassifierReads) {
  const auto names = offered(small_classifier());
  ASSERT_GE(names.size(), 3U);
  EXPECT_EQ(names[0], "flat");
  EXPECT_EQ(names[1], "probabilities");
  EXPECT_EQ(names[2], "pooled");
}

TEST(EmbeddingLayers, TheSecondFullyConnectedLayerOfVgg) {
  SmallGraph small({1, 3, 4, 4});
  small.weight("fc6.w", {48, 32}).weight("fc6.b", {32});
  small.weight("fc7.w", {32, 32}).weight("fc8.w", {32, 5});
  small.node("Flatten", {"input"}, "flat")
      .node("Gemm", {"flat", "fc6.w", "fc6.b"}, "fc6")
      .node("Relu", {"fc6"}, "relu6")
      .node("Dropout", {"relu6"}, "drop6")
      .node("MatMul", {"drop6", "fc7.w"}, "product7")
      .node("Add", {"product7", "fc6.b"}, "fc7")
      .node("Relu", {"fc7"}, "relu7")
      .node("Dropout", {"relu7"}, "drop7")
      .node("MatMul", {"drop7", "fc8.w"}, "fc8")
      .output("fc8");
  const auto names = offered(small);
  EXPECT_EQ(names, (std::vector<std::string>{"relu7", "fc8", "relu6"}));
}

TEST(EmbeddingLayers, AClassifierThatIsAConvolution) {
  SmallGraph small({1, 3, 4, 4});
  small.weight("w", {16, 3, 1, 1}).weight("head.w", {5, 16, 1, 1}).weight("head.b", {5});
  small.node("Conv", {"input", "w"}, "features")
      .node("Conv", {"features", "head.w", "head.b"}, "scores")
      .node("Relu", {"scores"}, "positive")
      .node("GlobalAveragePool", {"positive"}, "pooled")
      .node("Flatten", {"pooled"}, "logits")
      .output("logits");
  EXPECT_EQ(offered(small).front(), "features");
}

TEST(EmbeddingLayers, WeightsMayBeComputedFromConstants) {
  SmallGraph small({1, 3, 4, 4});
  small.weight("w", {16, 3, 1, 1}).weight("raw", {5, 16});
  small.node("Conv", {"input", "w"}, "features")
      .node("GlobalAveragePool", {"features"}, "pooled")
      .node("Flatten", {"pooled"}, "flat")
      .node("Transpose", {"raw"}, "turned")
      .node("MatMul", {"flat", "turned"}, "logits")
      .output("logits");
  EXPECT_EQ(offered(small).front(), "flat");
}

TEST(EmbeddingLayers, ANetworkWithoutClassifierGivesItsOutput) {
  SmallGraph small({1, 3, 4, 4});
  small.weight("w", {16, 3, 1, 1});
  small.node("Conv", {"input", "w"}, "features")
      .node("GlobalAveragePool", {"features"}, "pooled")
      .node("LpNormalization", {"pooled"}, "unit")
      .output("unit");
  EXPECT_EQ(offered(small), (std::vector<std::string>{"unit", "pooled"}));
}

TEST(EmbeddingLayers, AnOutputThatIsCalledEmbeddingComesFirst) {
  SmallGraph small({1, 3, 4, 4});
  small.weight("w", {48, 16}).weight("v", {16, 5});
  small.node("Flatten", {"input"}, "flat")
      .node("MatMul", {"flat", "w"}, "image_embeds")
      .node("MatMul", {"image_embeds", "v"}, "logits")
      .output("logits")
      .output("image_embeds");
  EXPECT_EQ(offered(small).front(), "image_embeds");
}

TEST(EmbeddingLayers, TheClassTokenOfATransformer) {
  SmallGraph small({1, 3, 4, 4}, 17);
  small.numbers("first", {0}).weight("scale", {16}).weight("head.w", {16, 5});
  small.node("LayerNormalization", {"input", "scale"}, "normed")
      .node("Gather", {"normed", "first"}, "token")
      .node("MatMul", {"token", "head.w"}, "logits")
      .output("logits");
  EXPECT_EQ(offered(small), (std::vector<std::string>{"token", "logits", "normed"}));
}

TEST(EmbeddingLayers, DamagedGraphsAreNoTrap) {
  // Operators that lead in a circle, have no inputs, or too few; outputs that nothing makes.
  SmallGraph graph({1, 3, 8, 8});
  graph.weight("w", {16, 5})
      .node("Identity", {"same"}, "same")
      .node("MatMul", {"same", "w"}, "round")
      .node("Identity", {}, "empty")
      .node("Relu", {"round"}, "more")
      .node("Gather", {"more"}, "picked")
      .output("round")
      .output("empty")
      .output("nowhere")
      .output("");
  EXPECT_EQ(offered(graph), (std::vector<std::string>{"same", "round", "empty", "more"}));
}

}  // namespace
}  // namespace semblance
