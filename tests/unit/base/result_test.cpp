#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace semblance {
namespace {

Result<std::unique_ptr<int>> half(int number) {
  if (number % 2 != 0) return Error{ErrorCode::kInvalidArgument, "odd"};
  return std::make_unique<int>(number / 2);
}

Status check_half(int number) {
  SEMBLANCE_RETURN_IF_ERROR(half(number));
  return {};
}

TEST(Result, HoldsAValueThatMayBeMoveOnly) {
  Result<std::unique_ptr<int>> result = half(8);
  ASSERT_TRUE(result.ok());
  const std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 4);
}

TEST(Result, HoldsAnError) {
  const auto result = half(7);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(result.error().message, "odd");
}

TEST(Result, ErrorsTravelUpwards) {
  EXPECT_TRUE(check_half(2).ok());
  EXPECT_EQ(check_half(3).error().message, "odd");
}

TEST(ErrorCode, NamesOfReasonsAreTheDocumentedOnes) {
  EXPECT_EQ(code_name(ErrorCode::kTooManyPixels), "too_many_pixels");
  EXPECT_EQ(code_name(ErrorCode::kMissingFile), "missing_file");
}

}  // namespace
}  // namespace semblance
