#include "model_zoo/graph.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "small_graph.h"
#include "support/temporary_folder.h"

namespace semblance {
namespace {

using test::small_classifier;
using test::SmallGraph;
using test::TemporaryFolder;

onnx_file::Model read_model(const std::filesystem::path& path) {
  const auto bytes = read_file(path, 1 << 20);
  onnx_file::Model model;
  EXPECT_TRUE(bytes && model.ParseFromArray(bytes->data(), static_cast<int>(bytes->size())));
  return model;
}

TEST(OnnxGraph, ReadsWhatItNeeds) {
  const TemporaryFolder folder;
  const auto graph = OnnxGraph::read(small_classifier().write(folder.path() / "net.onnx"));
  ASSERT_TRUE(graph) << graph.error().message;
  ASSERT_EQ(graph->inputs().size(), 1U);
  EXPECT_EQ(graph->inputs()[0].shape, (std::vector<std::int64_t>{-1, 3, 8, 8}));
  EXPECT_TRUE(graph->inputs()[0].is_float32);
  EXPECT_EQ(graph->outputs(), std::vector<std::string>{"probabilities"});
  EXPECT_EQ(graph->nodes().size(), 5U);
  EXPECT_EQ(graph->nodes()[3].inputs.size(), 3U);
  EXPECT_TRUE(graph->has_tensor("pooled"));
  EXPECT_TRUE(graph->has_tensor("head.w"));
  EXPECT_FALSE(graph->has_tensor("pool"));
}

TEST(OnnxGraph, RefusesWhatIsNoOnnxFile) {
  const TemporaryFolder folder;
  for (const std::string content : {"", "hello, this is no network", "\x0a\xff"}) {
    const auto graph = OnnxGraph::read(folder.write("net.onnx", content));
    ASSERT_FALSE(graph);
    EXPECT_EQ(graph.error().code, ErrorCode::kCorrupt);
  }
  EXPECT_EQ(OnnxGraph::read(folder.path() / "none.onnx").error().code, ErrorCode::kMissingFile);
}

TEST(OnnxGraph, DropsWhatTheOutputsDoNotNeed) {
  const TemporaryFolder folder;
  SmallGraph small = small_classifier();
  small.value_info("features").value_info("logits").weight("unused", {7});
  auto graph = OnnxGraph::read(small.write(folder.path() / "net.onnx"));
  ASSERT_TRUE(graph);
  graph->set_outputs({"pooled"});
  graph->drop_unneeded();
  ASSERT_TRUE(graph->write(folder.path() / "cut.onnx"));
  const onnx_file::Model model = read_model(folder.path() / "cut.onnx");
  EXPECT_EQ(model.graph().node_size(), 2);
  ASSERT_EQ(model.graph().initializer_size(), 1);
  EXPECT_EQ(model.graph().initializer(0).name(), "conv.w");
  ASSERT_EQ(model.graph().value_info_size(), 1);
  EXPECT_EQ(model.graph().value_info(0).name(), "features");
}

TEST(OnnxGraph, KeepsWhatItDoesNotKnow) {
  const TemporaryFolder folder;
  const auto path = small_classifier().write(folder.path() / "net.onnx");
  const auto graph = OnnxGraph::read(path);
  ASSERT_TRUE(graph);
  ASSERT_TRUE(graph->write(folder.path() / "again.onnx"));
  const onnx_file::Model before = read_model(path);
  const onnx_file::Model after = read_model(folder.path() / "again.onnx");
  EXPECT_EQ(after.SerializeAsString(), before.SerializeAsString());
  // The numbers are in a field that the program does not declare.
  EXPECT_GT(after.graph().initializer(0).unknown_fields().size(), 16U * 3 * 4);
}

TEST(OnnxGraph, OldFilesListWeightsAsInputs) {
  const TemporaryFolder folder;
  SmallGraph small({1, 3, 4, 4}, 9, 3);
  small.weight("w", {16, 3, 1, 1}, true)
      .weight("spare", {2}, true)
      .node("Conv", {"input", "w"}, "y")
      .output("y");
  auto graph = OnnxGraph::read(small.write(folder.path() / "old.onnx"));
  ASSERT_TRUE(graph);
  ASSERT_EQ(graph->inputs().size(), 1U);
  graph->drop_unneeded();
  ASSERT_TRUE(graph->write(folder.path() / "new.onnx"));
  const onnx_file::Model model = read_model(folder.path() / "new.onnx");
  EXPECT_EQ(model.graph().input_size(), 1);
  EXPECT_EQ(model.graph().initializer_size(), 1);
  EXPECT_GE(model.ir_version(), 4);
}

TEST(OnnxGraph, KeepsWhatGraphsWithinNodesUse) {
  const TemporaryFolder folder;
  SmallGraph small({1, 3, 4, 4});
  small.weight("inner", {3}).weight("condition", {1});
  small.node("Relu", {"input"}, "before");
  small.node("If", {"condition"}, "y").output("y");
  onnx_file::Attribute& branch = *small.model().mutable_graph()->mutable_node(1)->add_attribute();
  branch.set_name("then_branch");
  onnx_file::Node& add = *branch.mutable_g()->add_node();
  add.set_op_type("Add");
  add.add_input("before");
  add.add_input("inner");
  add.add_output("sum");
  auto graph = OnnxGraph::read(small.write(folder.path() / "net.onnx"));
  ASSERT_TRUE(graph);
  graph->drop_unneeded();
  EXPECT_TRUE(graph->has_tensor("inner"));
  EXPECT_TRUE(graph->has_tensor("before"));
}

TEST(OnnxGraph, NamesAndRenamesFilesWithWeights) {
  const TemporaryFolder folder;
  SmallGraph small({1, 3, 4, 4});
  small.outside_weight("w", {16, 3, 1, 1}, "weights.bin")
      .outside_weight("v", {16, 16, 1, 1}, "weights.bin")
      .node("Conv", {"input", "w"}, "y")
      .output("y");
  auto graph = OnnxGraph::read(small.write(folder.path() / "net.onnx"));
  ASSERT_TRUE(graph);
  EXPECT_EQ(graph->data_files(), std::vector<std::string>{"weights.bin"});
  graph->rename_data_file("weights.bin", "net.bin");
  EXPECT_EQ(graph->data_files(), std::vector<std::string>{"net.bin"});
}

TEST(OnnxGraph, NewNamesAreFree) {
  const TemporaryFolder folder;
  auto graph = OnnxGraph::read(small_classifier().write(folder.path() / "net.onnx"));
  ASSERT_TRUE(graph);
  EXPECT_EQ(graph->add_flatten("pooled", "embedding"), "embedding");
  EXPECT_EQ(graph->add_flatten("pooled", "embedding"), "embedding_1");
  EXPECT_EQ(graph->add_flatten("pooled", "flat"), "flat_1");
}

}  // namespace
}  // namespace semblance
