// Networks that have both a classifier and an `embedding` output: cut before the classifier, as if
// they had no such output, they must give just that.

#include <gtest/gtest.h>

#include <cmath>

#include "describe/network_probe.h"
#include "model_zoo/cut.h"
#include "support/temporary_folder.h"
#include "support/test_data.h"

namespace semblance {
namespace {

class RealCut : public testing::TestWithParam<const char*> {};

TEST_P(RealCut, GivesTheEmbeddingOfTheWholeNetwork) {
  SEMBLANCE_TEST_DATA_OR_SKIP(data);
  const std::filesystem::path source = data / "models" / (std::string(GetParam()) + ".onnx");
  const test::TemporaryFolder folder;
  auto graph = OnnxGraph::read(source);
  ASSERT_TRUE(graph) << graph.error().message;
  const auto input = declared_input(*graph, 224);
  ASSERT_TRUE(input);
  std::vector<std::string> classifiers;
  for (const std::string& output : graph->outputs()) {
    if (output != "embedding") classifiers.push_back(output);
  }
  graph->set_outputs(classifiers);
  ASSERT_TRUE(graph->write(folder.path() / "classifier.onnx"));

  const auto cut =
      cut_network(folder.path() / "classifier.onnx", "", *input, folder.path() / "cut.onnx");
  ASSERT_TRUE(cut) << cut.error().message;
  EXPECT_LT(cut->bytes, std::filesystem::file_size(source));
  const std::vector<std::int64_t> shape{1, 3, input->height, input->width};
  const auto expected = probe_network(source, input->name, shape);
  const auto actual = probe_network(folder.path() / "cut.onnx", input->name, shape);
  ASSERT_TRUE(expected && actual);
  ASSERT_EQ(expected->front().name, "embedding");
  ASSERT_EQ(actual->size(), 1U);
  const std::vector<float>& whole = expected->front().values;
  const std::vector<float>& part = actual->front().values;
  ASSERT_EQ(whole.size(), part.size());
  float largest = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    largest = std::max(largest, std::abs(whole[i] - part[i]));
  }
  EXPECT_LE(largest, 1e-5F) << "layer " << cut->layer.layer.tensor;
}

INSTANTIATE_TEST_SUITE_P(ImageNet, RealCut,
                         testing::Values("mobilenet_v2", "vit_tiny_patch16_224", "googlenet_bvlc",
                                         "squeezenet1_1"));

}  // namespace
}  // namespace semblance
