#include "cli/progress_bar.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>

namespace semblance::cli {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(WithCommas, GroupsByThousands) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1000), "1,000");
  EXPECT_EQ(with_commas(123456), "123,456");
  EXPECT_EQ(with_commas(1234567), "1,234,567");
  EXPECT_EQ(with_commas(-999), "-999");
  EXPECT_EQ(with_commas(-1000), "-1,000");
  EXPECT_EQ(with_commas(-123456), "-123,456");
  EXPECT_EQ(with_commas(std::numeric_limits<std::int64_t>::min()), "-9,223,372,036,854,775,808");
}

TEST(ProgressText, HasShareRateTimeLeftAndFailures) {
  const std::string text = progress_text("indexing", 250, 1000, 3, 5, 200);
  EXPECT_TRUE(has(text, "indexing [======>")) << text;
  EXPECT_TRUE(has(text, " 25 %  250/1,000  50/s  0:15 left  3 failed")) << text;
}

TEST(ProgressText, AtBothEnds) {
  const std::string begin = progress_text("indexing", 0, 10, 0, 0, 200);
  EXPECT_TRUE(has(begin, "[>   ")) << begin;
  EXPECT_TRUE(has(begin, "  0 %  0/10")) << begin;
  EXPECT_FALSE(has(begin, "left")) << begin;
  const std::string end = progress_text("indexing", 10, 10, 0, 2, 200);
  EXPECT_TRUE(has(end, "[========================]")) << end;
  EXPECT_TRUE(has(end, "100 %  10/10  5/s")) << end;
  EXPECT_FALSE(has(end, "left")) << end;
  EXPECT_FALSE(has(end, "failed")) << end;
  // Never 100 % before the end, and never more.
  EXPECT_TRUE(has(progress_text("x", 9999, 10000, 0, 1, 200), " 99 %"));
  EXPECT_TRUE(has(progress_text("x", 12, 10, 0, 1, 200), "100 %"));
}

TEST(ProgressText, WithoutATotalCounts) {
  EXPECT_EQ(progress_text("looking for photos", 12345, 0, 0, 3, 200), "looking for photos 12,345");
}

TEST(ProgressText, LongTimesHaveHours) {
  EXPECT_TRUE(has(progress_text("x", 1, 10000, 0, 1, 200), "2:46:39 left"));
}

TEST(ProgressText, FitsTheTerminal) {
  const std::size_t whole = progress_text("indexing", 123456, 1000000, 17, 60, 500).size();
  for (int width = 0; width < 120; ++width) {
    const std::string text = progress_text("indexing", 123456, 1000000, 17, 60, width);
    EXPECT_LE(static_cast<int>(text.size()), width);
    EXPECT_EQ(has(text, "["), width >= static_cast<int>(whole))
        << width;  // the bar is the first to go
  }
}

TEST(ProgressBar, QuietSaysNothing) {
  ::testing::internal::CaptureStderr();
  {
    ProgressBar bar(ProgressBar::style_for_stderr(true));
    bar.say("a line");
    bar.update("indexing", 1, 2);
    bar.finish();
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(ProgressBar, ElsewhereThanOnATerminalItWritesPlainLines) {
  ::testing::internal::CaptureStderr();
  {
    ProgressBar bar(ProgressBar::Style::kLines);
    for (int i = 1; i <= 100; ++i) bar.update("looking", i, 0);
    bar.say("a line");
    for (int i = 1; i <= 50; ++i) bar.update("indexing", i, 50, 1);
  }
  const std::string text = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(text.find_first_of("\r\033"), std::string::npos);
  EXPECT_TRUE(has(text, "a line\n"));
  EXPECT_TRUE(has(text, "looking 100\n"));
  EXPECT_TRUE(has(text, "50/50"));
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 3);
}

TEST(ProgressBar, OnATerminalItRedrawsOneLine) {
  ::testing::internal::CaptureStderr();
  {
    ProgressBar bar(ProgressBar::Style::kTerminal);
    bar.update("indexing", 1, 2);
    bar.say("a line");
    bar.update("indexing", 2, 2);
  }
  const std::string text = ::testing::internal::GetCapturedStderr();
  EXPECT_TRUE(has(text, "\r\033[K")) << text;
  EXPECT_TRUE(has(text, "a line\n"));
  EXPECT_TRUE(text.ends_with("\n"));
  EXPECT_TRUE(has(text, "2/2"));
}

}  // namespace
}  // namespace semblance::cli
