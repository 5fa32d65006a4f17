#include "base/bitmap.h"

#include <gtest/gtest.h>

#include <vector>

namespace semblance {
namespace {

Bitmap of(std::size_t size, std::initializer_list<std::int64_t> numbers) {
  Bitmap bitmap(size);
  for (const std::int64_t number : numbers) bitmap.add(number);
  return bitmap;
}

TEST(Bitmap, HoldsWhatWasAdded) {
  const Bitmap bitmap = of(130, {0, 63, 64, 129, 64});
  EXPECT_EQ(bitmap.count(), 4u);
  EXPECT_TRUE(bitmap.contains(0) && bitmap.contains(63) && bitmap.contains(64));
  EXPECT_TRUE(bitmap.contains(129));
  EXPECT_FALSE(bitmap.contains(1) || bitmap.contains(65) || bitmap.contains(128));
}

TEST(Bitmap, VisitsItsNumbersInOrder) {
  std::vector<std::int64_t> visited;
  of(200, {199, 0, 64, 63, 128}).for_each([&](std::int64_t number) { visited.push_back(number); });
  EXPECT_EQ(visited, (std::vector<std::int64_t>{0, 63, 64, 128, 199}));
  Bitmap().for_each([](std::int64_t) { FAIL(); });
}

TEST(Bitmap, KnowsNothingOutsideItsSize) {
  const Bitmap bitmap = of(3, {3, 64, -1, INT64_MAX, INT64_MIN});
  EXPECT_EQ(bitmap, Bitmap(3));
  EXPECT_FALSE(bitmap.contains(3) || bitmap.contains(-1) || bitmap.contains(INT64_MIN));
  EXPECT_FALSE(Bitmap().contains(0));
  EXPECT_EQ(Bitmap().count(), 0u);
}

TEST(Bitmap, JoinsAndCutsSets) {
  const Bitmap a = of(100, {1, 2, 70});
  const Bitmap b = of(100, {2, 3, 70, 99});
  Bitmap both = a;
  both &= b;
  EXPECT_EQ(both, of(100, {2, 70}));
  Bitmap any = a;
  any |= b;
  EXPECT_EQ(any, of(100, {1, 2, 3, 70, 99}));
  Bitmap rest = a;
  rest -= b;
  EXPECT_EQ(rest, of(100, {1}));
}

}  // namespace
}  // namespace semblance
