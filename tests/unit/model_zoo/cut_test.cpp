#include "model_zoo/cut.h"

#include <gtest/gtest.h>

#include <fstream>

#include "describe/network_probe.h"
#include "small_graph.h"
#include "support/temporary_folder.h"

namespace semblance {
namespace {

using test::small_classifier;
using test::SmallGraph;
using test::TemporaryFolder;

class Cut : public testing::Test {
 protected:
  Result<CutNetwork> cut(const SmallGraph& small, const std::string& layer = "") {
    const auto source = small.write(folder_.path() / "source.onnx");
    const auto graph = OnnxGraph::read(source);
    if (!graph) return graph.error();
    const auto input = declared_input(*graph, 8);
    if (!input) return input.error();
    input_ = *input;
    return cut_network(source, layer, *input, target_);
  }

  /// What the cut network, or the source with this tensor as output, gives for the noise.
  std::vector<float> answer(const std::filesystem::path& path) const {
    const auto outputs = probe_network(path, "input", {1, 3, input_.height, input_.width});
    EXPECT_TRUE(outputs) << outputs.error().message;
    return outputs ? outputs->front().values : std::vector<float>();
  }

  TemporaryFolder folder_;
  const std::filesystem::path target_ = folder_.path() / "net.onnx";
  ModelInput input_;
};

TEST_F(Cut, BeforeTheClassifier) {
  for (const std::int64_t batch : {0, 1}) {
    const auto result = cut(small_classifier(batch));
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(result->layer.layer.tensor, "flat");
    EXPECT_EQ(result->output.dimension, 16);
    EXPECT_EQ(result->bytes, std::filesystem::file_size(target_));
    const auto graph = OnnxGraph::read(target_);
    ASSERT_TRUE(graph);
    EXPECT_EQ(graph->weights(), std::set<std::string>{"conv.w"});
    EXPECT_EQ(answer(target_).size(), 16U);
  }
  // Nothing but the two files is left.
  const std::filesystem::directory_iterator files(folder_.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 2);
}

TEST_F(Cut, AMapBecomesItsMeanOverSpace) {
  const auto pooled = cut(small_classifier(), "pooled");
  ASSERT_TRUE(pooled) << pooled.error().message;
  EXPECT_EQ(pooled->output.name, "embedding");
  const std::vector<float> expected = answer(target_);
  const auto mapped = cut(small_classifier(), "features");
  ASSERT_TRUE(mapped) << mapped.error().message;
  EXPECT_EQ(mapped->layer.shape, (std::vector<std::int64_t>{1, 16, 8, 8}));
  const std::vector<float> mean = answer(target_);
  ASSERT_EQ(mean.size(), expected.size());
  for (std::size_t i = 0; i < mean.size(); ++i) EXPECT_NEAR(mean[i], expected[i], 1e-6);
}

TEST_F(Cut, TokensBecomeTheFirstOfThem) {
  for (const std::int64_t opset : {13, 18}) {
    SmallGraph small({1, 3, 8, 8}, opset);
    small.weight("w", {16, 3, 1, 1}).numbers("form", {1, 16, 64});
    small.node("Conv", {"input", "w"}, "features")
        .node("Reshape", {"features", "form"}, "flat_map")
        .node("Transpose", {"features"}, "turned")
        .output("flat_map");
    const auto result = cut(small, "flat_map");
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(result->output.dimension, 64);
    // The first of 16 rows: the first channel of the map.
    const auto outputs = probe_layers(folder_.path() / "source.onnx", {{"features", ""}}, input_,
                                      folder_.path() / "probe");
    ASSERT_TRUE(outputs);
    EXPECT_EQ(answer(target_).size(), 64U);
  }
}

TEST_F(Cut, TheMeanKnowsNewOperatorSets) {
  SmallGraph small({1, 3, 8, 8}, 18, 8);
  small.weight("w", {16, 3, 1, 1}).node("Conv", {"input", "w"}, "features").output("features");
  const auto result = cut(small, "features");
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(answer(target_).size(), 16U);
}

TEST_F(Cut, OldFilesWithWeightsAsInputs) {
  SmallGraph small({1, 3, 8, 8}, 9, 3);
  small.weight("w", {16, 3, 1, 1}, true).weight("head.w", {16, 5}, true);
  small.weight("head.b", {5}, true);
  small.node("Conv", {"input", "w"}, "features")
      .node("GlobalAveragePool", {"features"}, "pooled")
      .node("Flatten", {"pooled"}, "flat")
      .node("Gemm", {"flat", "head.w", "head.b"}, "logits")
      .output("logits");
  const auto result = cut(small);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->layer.layer.tensor, "flat");
}

TEST_F(Cut, RefusesLayersThatCannotServe) {
  const auto unknown = cut(small_classifier(), "polled");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kNotFound);
  EXPECT_NE(unknown.error().message.find("'polled'"), std::string::npos);
  const auto narrow = cut(small_classifier(), "logits");
  ASSERT_FALSE(narrow);
  EXPECT_EQ(narrow.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(narrow.error().message.find("[1,5]"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(target_));
}

TEST_F(Cut, AGraphThatGivesNothingCannotServe) {
  SmallGraph small({1, 3, 8, 8});
  small.weight("w", {16, 3, 1, 1}).node("Conv", {"input", "w"}, "features").output("nowhere");
  const auto result = cut(small);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(result.error().message.find("no layer"), std::string::npos);
}

TEST_F(Cut, WholeNumbersCannotServe) {
  SmallGraph small({1, 3, 8, 8});
  small.weight("w", {16, 3, 1, 1})
      .node("Conv", {"input", "w"}, "features")
      .node("Shape", {"features"}, "lengths")
      .output("features");
  EXPECT_EQ(cut(small, "lengths").error().code, ErrorCode::kInvalidArgument);
}

TEST_F(Cut, SaysWhatOnnxRuntimeCannotRun) {
  SmallGraph small({1, 3, 8, 8});
  small.node("Enchant", {"input"}, "y").output("y");
  const auto result = cut(small);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kCorrupt);
  EXPECT_NE(result.error().message.find("Enchant"), std::string::npos);
}

TEST(DeclaredInput, SizeAndLayout) {
  const TemporaryFolder folder;
  const auto input_of = [&](const std::vector<std::int64_t>& shape) {
    SmallGraph small(shape);
    small.node("Relu", {"input"}, "y").output("y");
    const auto graph = OnnxGraph::read(small.write(folder.path() / "net.onnx"));
    EXPECT_TRUE(graph);
    return declared_input(*graph, 224);
  };
  const auto planar = input_of({1, 3, 299, 300});
  ASSERT_TRUE(planar);
  EXPECT_EQ(planar->layout, TensorLayout::kNchw);
  EXPECT_EQ(planar->height, 299);
  EXPECT_EQ(planar->width, 300);
  const auto interleaved = input_of({0, 160, 192, 3});
  ASSERT_TRUE(interleaved);
  EXPECT_EQ(interleaved->layout, TensorLayout::kNhwc);
  EXPECT_EQ(interleaved->height, 160);
  EXPECT_EQ(interleaved->width, 192);
  const auto free = input_of({0, 3, 0, 0});
  ASSERT_TRUE(free);
  EXPECT_EQ(free->height, 224);
  EXPECT_FALSE(input_of({1, 1, 28, 28}));
  EXPECT_FALSE(input_of({8, 3, 32, 32}));
  EXPECT_FALSE(input_of({1, 3}));
}

}  // namespace
}  // namespace semblance
