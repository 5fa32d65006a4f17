#include "engine/photo_name.h"

#include <gtest/gtest.h>

namespace semblance {
namespace {

TEST(PhotoName, WhatNeverWasAPhotoIsSkippedWhatShouldBeOneFails) {
  EXPECT_TRUE(is_skipped_rather_than_failed(ErrorCode::kUnsupportedFormat, "a.pdf"));
  EXPECT_TRUE(is_skipped_rather_than_failed(ErrorCode::kUnsupportedFormat, "a.jpg"));
  for (const char* name : {"a.csv", "README", "a.jpg.txt", "jpg", "a."}) {
    EXPECT_TRUE(is_skipped_rather_than_failed(ErrorCode::kNotAnImage, name)) << name;
    EXPECT_TRUE(is_skipped_rather_than_failed(ErrorCode::kEmpty, name)) << name;
  }
  for (const char* name : {"a.jpg", "a.JPEG", "x/b.PnG", "a.txt.webp", "a.tif", "a.heic"}) {
    EXPECT_FALSE(is_skipped_rather_than_failed(ErrorCode::kNotAnImage, name)) << name;
    EXPECT_FALSE(is_skipped_rather_than_failed(ErrorCode::kEmpty, name)) << name;
  }
  for (const ErrorCode reason :
       {ErrorCode::kTruncated, ErrorCode::kTooLarge, ErrorCode::kUnreadable,
        ErrorCode::kTooManyPixels, ErrorCode::kEmbedFailed}) {
    EXPECT_FALSE(is_skipped_rather_than_failed(reason, "a.csv"));
  }
}

}  // namespace
}  // namespace semblance
