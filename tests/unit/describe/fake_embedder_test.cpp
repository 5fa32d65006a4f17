#include "support/fake_embedder.h"

#include <gtest/gtest.h>

#include "describe/unit_vector.h"
#include "distance/metric.h"
#include "pictures.h"

namespace semblance {
namespace {

TEST(FakeEmbedder, ActsAsANetwork) {
  const test::FakeEmbedder embedder;
  const Image image = test::pattern(90, 70);
  const auto embedding = embedder.embed(image);
  ASSERT_TRUE(embedding);
  EXPECT_EQ(embedding->shape.size(), 32U);
  EXPECT_EQ(embedding->colour.size(), 6U);
  EXPECT_NEAR(l2_norm(embedding->shape), 1, 1e-6);
  EXPECT_NEAR(l2_norm(embedding->colour), 1, 1e-6);
  EXPECT_TRUE(identical(embedder.embed(image)->shape, embedding->shape));
  EXPECT_EQ(embedder.calls(), 2);
  EXPECT_TRUE(parse_model_card(to_json(embedder.card()), "fake"));
  EXPECT_NE(to_json(test::FakeEmbedder("fake", "2").card()), to_json(embedder.card()));
}

TEST(FakeEmbedder, SeesOneChangedPixel) {
  const test::FakeEmbedder embedder;
  Image image = test::pattern(300, 200);
  const auto before = embedder.embed(image);
  image.pixels[12345] ^= 1;
  EXPECT_FALSE(identical(embedder.embed(image)->shape, before->shape));
}

TEST(FakeEmbedder, FailsForPurple) {
  const auto embedding = test::FakeEmbedder().embed(test::plain(4, 4, {128, 0, 128}));
  ASSERT_FALSE(embedding);
  EXPECT_EQ(embedding.error().code, ErrorCode::kEmbedFailed);
}

}  // namespace
}  // namespace semblance
