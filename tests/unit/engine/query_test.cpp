#include "engine/query.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace semblance {
namespace {

using Vector = std::vector<float>;

struct Photo {
  Vector embedding;  // shape of 2, colour of 2
  Vector histogram;
  [[nodiscard]] DescriptorSpans spans() const { return {embedding, histogram, histogram}; }
};

const Photo kEast{{1, 0, 0, 1}, {1, 0, 0, 0}};
const Photo kNorth{{0, 1, 0, 1}, {0, .5F, .5F, 0}};
const Photo kNorthEast{{.6F, .8F, 1, 0}, {0, .25F, 0, .75F}};

Result<CombinedQuery> combine(const std::vector<Photo>& liked, const std::vector<Photo>& unliked,
                              bool non_negative = false) {
  std::vector<DescriptorSpans> good;
  std::vector<DescriptorSpans> bad;
  for (const Photo& one : liked) good.push_back(one.spans());
  for (const Photo& one : unliked) bad.push_back(one.spans());
  return combine_examples(good, bad, 2, non_negative);
}

void expect_near(const Vector& numbers, const Vector& expected) {
  ASSERT_EQ(numbers.size(), expected.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) EXPECT_NEAR(numbers[i], expected[i], 1e-6) << i;
}

TEST(CombineExamples, OneIsItselfBitForBit) {
  const Photo odd{{.1F, .3F, .7F, 2}, {.1F, .2F, .3F, .3F}};
  for (const auto& liked : {std::vector{odd}, std::vector{odd, odd, odd}}) {
    const auto query = combine(liked, {});
    ASSERT_TRUE(query);
    EXPECT_EQ(query->embedding, odd.embedding);
    EXPECT_EQ(query->histogram, odd.histogram);
    EXPECT_EQ(query->histogram_foreground, odd.histogram);
  }
}

TEST(CombineExamples, SeveralAreTheDirectionOfTheirMeanPartByPart) {
  const auto query = combine({kEast, kNorth}, {});
  ASSERT_TRUE(query);
  const float half = std::sqrt(.5F);
  expect_near(query->embedding, {half, half, 0, 1});
  expect_near(query->histogram, {.5F, .25F, .25F, 0});
}

TEST(CombineExamples, TheUnlikedPushAway) {
  const auto query = combine({kEast}, {kNorth, kNorthEast});
  ASSERT_TRUE(query);
  // (1, 0) - (.3, .9) / 2 and (0, 1) - (.5, .5) / 2.
  const float shape = std::hypot(.85F, -.45F);
  const float colour = std::hypot(-.25F, .75F);
  expect_near(query->embedding, {.85F / shape, -.45F / shape, -.25F / colour, .75F / colour});
  expect_near(query->histogram, {1, 0, 0, 0});

  const auto mixed = combine({kNorth}, {kNorthEast});
  // (0, .5, .5, 0) - (0, .125, 0, .375), without what is below 0, over its sum .875.
  expect_near(mixed->histogram, {0, .375F / .875F, .5F / .875F, 0});
  expect_near(mixed->histogram_foreground, mixed->histogram);
}

TEST(CombineExamples, ForMetricsOfNonNegativeNumbersHasNone) {
  const auto query = combine({kEast}, {kNorth}, true);
  ASSERT_TRUE(query);
  expect_near(query->embedding, {1, 0, 0, 1});
}

TEST(CombineExamples, RefusesNothingAndWhatCancelsOut) {
  EXPECT_EQ(combine({}, {kEast}).error().code, ErrorCode::kInvalidArgument);
  const Photo west{{-1, 0, 0, 1}, {1, 0, 0, 0}};
  const auto nothing = combine({kEast, west}, {});
  ASSERT_FALSE(nothing);
  EXPECT_NE(nothing.error().message.find("cancel"), std::string::npos);
  // Liked and unliked at once is liked still.
  const auto both = combine({kEast}, {kEast});
  ASSERT_TRUE(both);
  expect_near(both->embedding, kEast.embedding);
}

TEST(CombineExamples, WorksWithoutAColourOutput) {
  const Photo a{{1, 0}, {1, 0}};
  const Photo b{{0, 1}, {0, 1}};
  const auto query = combine({a, b}, {});
  ASSERT_TRUE(query);
  EXPECT_EQ(query->embedding.size(), 2U);
}

}  // namespace
}  // namespace semblance
