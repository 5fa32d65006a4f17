#include <gtest/gtest.h>

#include <vector>

#include "describe/embedder.h"
#include "pictures.h"

namespace semblance {
namespace {

using test::picture;
using test::plain;
using test::Rgb;

ModelInput input_of(int width, int height, ResizeRule rule, int short_side = 0) {
  ModelInput input;
  input.name = "input";
  input.width = width;
  input.height = height;
  input.resize = rule;
  input.short_side = short_side;
  return input;
}

std::vector<float> tensor_of(const Image& image, const ModelInput& input) {
  // Filled with something that no test expects, so that a forgotten place shows.
  std::vector<float> tensor(3 * static_cast<std::size_t>(input.width * input.height), -999);
  preprocess(image, input, tensor);
  return tensor;
}

TEST(Preprocess, NormalisesEachChannelInTheCardsOrder) {
  ModelInput input = input_of(2, 1, ResizeRule::kSquash);
  input.normalisation = {{10, 20, 30}, {1, 2, 4}};
  const Image image = plain(6, 3, {110, 60, 70});
  EXPECT_EQ(tensor_of(image, input), (std::vector<float>{100, 100, 20, 20, 10, 10}));
  input.channels = ChannelOrder::kBgr;
  EXPECT_EQ(tensor_of(image, input), (std::vector<float>{60, 60, 20, 20, 20, 20}));
  input.layout = TensorLayout::kNhwc;
  EXPECT_EQ(tensor_of(image, input), (std::vector<float>{60, 20, 20, 60, 20, 20}));
}

/// Red rises by 10 a column, green by 10 a row.
Image ramp(int width, int height) {
  return picture(width, height, [](int x, int y) {
    return Rgb{static_cast<std::uint8_t>(10 * x), static_cast<std::uint8_t>(10 * y), 7};
  });
}

TEST(Preprocess, SquashAveragesTheWholePicture) {
  const auto tensor = tensor_of(ramp(4, 8), input_of(2, 2, ResizeRule::kSquash));
  EXPECT_EQ(tensor, (std::vector<float>{5, 25, 5, 25, 15, 15, 55, 55, 7, 7, 7, 7}));
}

TEST(Preprocess, CropTakesTheCentreOfTheLongSide) {
  // Short side 4 stays 4; the centre 4 x 4 of 8 x 4 starts at column 2.
  const auto wide = tensor_of(ramp(8, 4), input_of(4, 4, ResizeRule::kCrop, 4));
  EXPECT_EQ(std::vector<float>(wide.begin(), wide.begin() + 4),
            (std::vector<float>{20, 30, 40, 50}));
  EXPECT_EQ(wide[16], 0);
  const auto tall = tensor_of(ramp(4, 8), input_of(4, 4, ResizeRule::kCrop, 4));
  EXPECT_EQ(tall[0], 0);
  EXPECT_EQ(tall[16], 20);
}

TEST(Preprocess, CropCutsAMarginOfTheShortSideToo) {
  // 16 x 16 to short side 8 halves; the centre 4 x 4 of 8 x 8 are source pixels 4 to 11.
  const auto tensor = tensor_of(ramp(16, 16), input_of(4, 4, ResizeRule::kCrop, 8));
  EXPECT_EQ(std::vector<float>(tensor.begin(), tensor.begin() + 4),
            (std::vector<float>{45, 65, 85, 105}));
}

TEST(Preprocess, LetterboxKeepsTheShapeAndFillsWithTheMean) {
  ModelInput input = input_of(4, 4, ResizeRule::kLetterbox);
  input.normalisation = {{100, 100, 100}, {2, 2, 2}};
  const Image wide = plain(16, 8, {110, 120, 130});
  const std::vector<float> planar{0, 0, 0, 0, 5,  5,  5,  5,  5,  5,  5,  5,  0, 0, 0, 0,
                                  0, 0, 0, 0, 10, 10, 10, 10, 10, 10, 10, 10, 0, 0, 0, 0,
                                  0, 0, 0, 0, 15, 15, 15, 15, 15, 15, 15, 15, 0, 0, 0, 0};
  EXPECT_EQ(tensor_of(wide, input), planar);
  input.layout = TensorLayout::kNhwc;
  const auto interleaved = tensor_of(plain(8, 16, {110, 120, 130}), input);
  for (std::size_t i = 0; i < interleaved.size(); ++i) {
    const std::size_t x = i / 3 % 4;
    const float inside = i % 3 == 0 ? 5.0F : i % 3 == 1 ? 10.0F : 15.0F;
    EXPECT_EQ(interleaved[i], x == 1 || x == 2 ? inside : 0.0F) << i;
  }
}

TEST(Preprocess, EveryRuleSurvivesExtremeShapes) {
  for (const ResizeRule rule : {ResizeRule::kSquash, ResizeRule::kCrop, ResizeRule::kLetterbox}) {
    for (const auto& [width, height] :
         std::vector<std::pair<int, int>>{{1, 1}, {1, 5000}, {5000, 1}, {3, 2}, {224, 223}}) {
      const auto tensor = tensor_of(plain(width, height, {9, 9, 9}), input_of(32, 24, rule, 40));
      for (const float number : tensor) {
        const bool filled = rule == ResizeRule::kLetterbox && number == 0;
        ASSERT_TRUE(filled || std::abs(number - 9) < 1e-4) << number;
      }
    }
  }
}

}  // namespace
}  // namespace semblance
