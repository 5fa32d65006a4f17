#include "describe/embedder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "describe/unit_vector.h"
#include "pictures.h"
#include "support/temporary_folder.h"
#include "support/tiny_network.h"

namespace semblance {
namespace {

using test::plain;
using test::tiny_card;
using test::TinyNode;
using test::write_tiny_network;

/// Networks of one or two operators, written for the test.
class OnnxEmbedder : public testing::Test {
 protected:
  Result<std::unique_ptr<Embedder>> open(const ModelCard& card, const std::vector<TinyNode>& nodes,
                                         const std::vector<int>& output_shape = {}) {
    return open_onnx_embedder(write_tiny_network(folder_.path(), card, nodes, output_shape));
  }

  static void expect_refused(const Result<std::unique_ptr<Embedder>>& embedder,
                             std::string_view part) {
    ASSERT_FALSE(embedder);
    EXPECT_EQ(embedder.error().code, ErrorCode::kCorrupt);
    EXPECT_NE(embedder.error().message.find(part), std::string::npos) << embedder.error().message;
  }

  static void expect_embed_failed(const Embedder& embedder, const Image& image,
                                  std::string_view part) {
    const auto embedding = embedder.embed(image);
    ASSERT_FALSE(embedding);
    EXPECT_EQ(embedding.error().code, ErrorCode::kEmbedFailed);
    EXPECT_NE(embedding.error().message.find(part), std::string::npos) << embedding.error().message;
  }

  test::TemporaryFolder folder_;
};

const TinyNode kCopy{"Identity", {"input"}, "embedding"};
const TinyNode kAverage{"GlobalAveragePool", {"input"}, "embedding"};

TEST_F(OnnxEmbedder, GivesTheOutputAsUnitVector) {
  const auto embedder = open(tiny_card("net", 1, 3), {kCopy});
  ASSERT_TRUE(embedder) << embedder.error().message;
  const auto embedding = (*embedder)->embed(plain(5, 5, {20, 30, 60}));
  ASSERT_TRUE(embedding) << embedding.error().message;
  EXPECT_EQ(embedding->shape, (std::vector<float>{2.0F / 7, 3.0F / 7, 6.0F / 7}));
  EXPECT_TRUE(embedding->colour.empty());
}

TEST_F(OnnxEmbedder, TakesAFourDimensionalOutput) {
  const auto embedder = open(tiny_card("net", 4, 3), {kAverage}, {0, 3, 1, 1});
  ASSERT_TRUE(embedder) << embedder.error().message;
  const auto embedding = (*embedder)->embed(plain(9, 7, {20, 30, 60}));
  ASSERT_TRUE(embedding) << embedding.error().message;
  ASSERT_EQ(embedding->shape.size(), 3U);
  EXPECT_NEAR(embedding->shape[2], 6.0 / 7, 1e-6);
}

TEST_F(OnnxEmbedder, GivesShapeAndColourOfOneRun) {
  ModelCard card = tiny_card("net", 1, 3);
  card.colour = ModelOutput{"colour", 3, false};
  const auto embedder = open(card, {kCopy, {"Neg", {"input"}, "colour"}});
  ASSERT_TRUE(embedder) << embedder.error().message;
  const auto embedding = (*embedder)->embed(plain(5, 5, {20, 30, 60}));
  ASSERT_TRUE(embedding) << embedding.error().message;
  EXPECT_GT(embedding->shape[0], 0);
  EXPECT_EQ(embedding->colour[0], -embedding->shape[0]);
}

TEST_F(OnnxEmbedder, FeedsInterleavedPixelsWhereTheCardSaysSo) {
  ModelCard card = tiny_card("net", 2, 12);
  card.input.layout = TensorLayout::kNhwc;
  const auto embedder = open(card, {kCopy});
  ASSERT_TRUE(embedder) << embedder.error().message;
  const auto embedding = (*embedder)->embed(plain(2, 2, {20, 30, 60}));
  ASSERT_TRUE(embedding) << embedding.error().message;
  EXPECT_NEAR(embedding->shape[1] / embedding->shape[0], 1.5, 1e-6);
  EXPECT_EQ(embedding->shape[3], embedding->shape[0]);
}

TEST_F(OnnxEmbedder, RefusesAnAnswerWithoutDirection) {
  const auto zero = open(tiny_card("zero", 1, 3), {{"Sub", {"input", "input"}, "embedding"}});
  ASSERT_TRUE(zero) << zero.error().message;
  expect_embed_failed(**zero, plain(1, 1, {1, 2, 3}), "all zero");
  const auto nan = open(tiny_card("nan", 1, 3), {{"Div", {"input", "input"}, "embedding"}});
  ASSERT_TRUE(nan) << nan.error().message;
  expect_embed_failed(**nan, plain(1, 1, {1, 0, 3}), "not finite");
  EXPECT_TRUE((*nan)->embed(plain(1, 1, {1, 2, 3})));
  const auto infinite = open(tiny_card("infinite", 1, 3), {{"Log", {"input"}, "embedding"}});
  ASSERT_TRUE(infinite) << infinite.error().message;
  expect_embed_failed(**infinite, plain(1, 1, {0, 2, 3}), "not finite");
}

TEST_F(OnnxEmbedder, RefusesAnAnswerThatIsNotNormalisedAsPromised) {
  ModelCard card = tiny_card("net", 1, 3);
  card.output.normalised = true;
  const auto embedder = open(card, {kCopy});
  ASSERT_TRUE(embedder) << embedder.error().message;
  expect_embed_failed(**embedder, plain(1, 1, {1, 2, 3}), "not normalised");
}

TEST_F(OnnxEmbedder, RefusesAnAnswerOfAnotherLength) {
  // As many numbers as the largest input: only the run tells how long the answer is.
  const auto embedder =
      open(tiny_card("net", 2, 5), {{"ReduceMax", {"input"}, "largest"},
                                    {"Squeeze", {"largest"}, "limit"},
                                    {"Sub", {"limit", "limit"}, "start"},
                                    {"Div", {"limit", "limit"}, "step"},
                                    {"Range", {"start", "limit", "step"}, "embedding"}});
  ASSERT_TRUE(embedder) << embedder.error().message;
  EXPECT_TRUE((*embedder)->embed(plain(1, 1, {1, 2, 5})));
  expect_embed_failed(**embedder, plain(1, 1, {1, 2, 9}), "9 numbers");
}

TEST_F(OnnxEmbedder, RefusesAPictureWithoutPixels) {
  const auto embedder = open(tiny_card("net", 1, 3), {kCopy});
  ASSERT_TRUE(embedder);
  expect_embed_failed(**embedder, Image{}, "no pixels");
}

TEST_F(OnnxEmbedder, SaysWhatDiffersFromTheCard) {
  const ModelCard written =
      write_tiny_network(folder_.path(), tiny_card("net", 4, 3), {kAverage}, {0, 3, 1, 1});
  ModelCard card = written;
  card.input.name = "pixels";
  expect_refused(open_onnx_embedder(card), "its input is 'input', not 'pixels'");
  card = written;
  card.input.width = 8;
  expect_refused(open_onnx_embedder(card), "[?,3,4,4], not [1,3,4,8]");
  card = written;
  card.input.layout = TensorLayout::kNhwc;
  expect_refused(open_onnx_embedder(card), "not [1,4,4,3]");
  card = written;
  card.output.name = "features";
  expect_refused(open_onnx_embedder(card), "no output 'features'");
  card = written;
  card.output.dimension = 4;
  expect_refused(open_onnx_embedder(card), "not 4 numbers");
  card = written;
  card.colour = ModelOutput{"colour", 3, false};
  expect_refused(open_onnx_embedder(card), "no output 'colour'");
}

TEST_F(OnnxEmbedder, RefusesAFileThatIsNoGraph) {
  const ModelCard card = write_tiny_network(folder_.path(), tiny_card("net", 4, 3), {kAverage});
  for (const char* content : {"", "not a graph", "\x08\x08"}) {
    folder_.write("net.onnx", content);
    expect_refused(open_onnx_embedder(card), "net.onnx");
  }
  std::filesystem::remove(card.onnx_path());
  expect_refused(open_onnx_embedder(card), "net.onnx");
}

TEST(UnitVector, HasNormOneToFloatPrecision) {
  for (const float scale : {1e-38F, 1e-3F, 1.0F, 1e37F}) {
    std::vector<float> vector(1000);
    for (std::size_t i = 0; i < vector.size(); ++i) {
      vector[i] = scale * std::sin(static_cast<float>(i));
    }
    const auto unit = unit_vector(vector);
    ASSERT_TRUE(unit);
    EXPECT_NEAR(l2_norm(*unit), 1, 1e-7) << scale;
  }
  EXPECT_FALSE(unit_vector(std::vector<float>{}));
  EXPECT_FALSE(unit_vector(std::vector<float>{0, -0.0F}));
  EXPECT_FALSE(unit_vector(std::vector<float>{1, INFINITY}));
  EXPECT_FALSE(unit_vector(std::vector<float>{1, NAN}));
}

}  // namespace
}  // namespace semblance
