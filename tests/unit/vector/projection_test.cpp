#include "vector/projection.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace semblance {
namespace {

/// Points with standard deviations 3, 2, 1 along known axes of 4 dimensions, none along the fourth.
std::vector<float> points(int count) {
  // Orthonormal: half the columns of a Hadamard matrix.
  constexpr float kAxes[3][4] = {
      {.5F, .5F, .5F, .5F}, {.5F, -.5F, .5F, -.5F}, {.5F, .5F, -.5F, -.5F}};
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  std::vector<float> sample;
  for (int i = 0; i < count; ++i) {
    const float along[3] = {3 * normal(random), 2 * normal(random), normal(random)};
    for (int d = 0; d < 4; ++d) {
      float sum = 10;
      for (int axis = 0; axis < 3; ++axis) sum += along[axis] * kAxes[axis][d];
      sample.push_back(sum);
    }
  }
  return sample;
}

TEST(Projection, FindsTheDirectionsOfMostVariance) {
  const std::vector<float> sample = points(20'000);
  const auto projection = Projection::fit(sample, 4, 2);
  ASSERT_TRUE(projection) << projection.error().message;
  EXPECT_NEAR(projection->explained_variance(), (9.0 + 4) / (9 + 4 + 1), .01);
  // The mean plus the first axis is the first component, whatever its sign.
  const std::vector<float> along_first = {10.5F, 10.5F, 10.5F, 10.5F};
  std::vector<float> projected(2);
  projection->apply(along_first, projected);
  EXPECT_NEAR(std::abs(projected[0]), 1, .01);
  EXPECT_NEAR(projected[1], 0, .1);
  const std::vector<float> along_second = {10.5F, 9.5F, 10.5F, 9.5F};
  projection->apply(along_second, projected);
  EXPECT_NEAR(std::abs(projected[1]), 1, .01);
  EXPECT_NEAR(std::hypot(projected[0], projected[1]), 1, 1e-6);
}

TEST(Projection, IsTheSameAfterItWasStored) {
  const std::vector<float> sample = points(100);
  const auto fitted = Projection::fit(sample, 4, 3);
  ASSERT_TRUE(fitted);
  EXPECT_EQ(Projection::fit(sample, 4, 3)->to_bytes(), fitted->to_bytes());
  const auto stored = Projection::from_bytes(fitted->to_bytes());
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->from(), 4);
  EXPECT_EQ(stored->to(), 3);
  EXPECT_EQ(stored->explained_variance(), fitted->explained_variance());
  const std::vector<float> vector = {1, 2, 3, 4};
  std::vector<float> a(3);
  std::vector<float> b(3);
  fitted->apply(vector, a);
  stored->apply(vector, b);
  EXPECT_EQ(a, b);
}

TEST(Projection, RefusesWhatDoesNotSpanTheDirections) {
  EXPECT_EQ(Projection::fit(points(3), 4, 3).error().code, ErrorCode::kInvalidArgument);
  // There is no fourth direction.
  const auto too_many = Projection::fit(points(100), 4, 4);
  ASSERT_FALSE(too_many);
  EXPECT_NE(too_many.error().message.find("do not differ in 4 directions"), std::string::npos);
  EXPECT_FALSE(Projection::fit(std::vector<float>(400, 1), 4, 1));
}

TEST(Projection, DamagedBytesAreNoticed) {
  const Bytes sound = Projection::fit(points(100), 4, 2)->to_bytes();
  for (const std::size_t length : {std::size_t{0}, std::size_t{23}, sound.size() - 1}) {
    EXPECT_EQ(Projection::from_bytes({sound.data(), length}).error().code, ErrorCode::kCorrupt);
  }
  Bytes longer = sound;
  longer.push_back({});
  EXPECT_FALSE(Projection::from_bytes(longer));
  Bytes other = sound;
  other[0] = std::byte{'X'};
  EXPECT_FALSE(Projection::from_bytes(other));
  Bytes huge = sound;
  huge[8] = huge[9] = huge[10] = huge[11] = std::byte{0xFF};
  EXPECT_FALSE(Projection::from_bytes(huge));
}

TEST(Projection, WhatHasNoDirectionGetsOne) {
  const std::vector<float> sample = {1, 0, -1, 0, 0, 1, 0, -1};
  const auto projection = Projection::fit(sample, 2, 1);
  ASSERT_TRUE(projection);
  std::vector<float> projected(1);
  projection->apply(std::vector<float>{0, 0}, projected);
  EXPECT_EQ(projected[0], 1);
}

}  // namespace
}  // namespace semblance
