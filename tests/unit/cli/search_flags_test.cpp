#include "cli/search_flags.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "cli/command.h"

namespace semblance::cli {
namespace {

SearchFlags parse(std::vector<std::string> arguments) {
  CLI::App app;
  SearchFlags flags;
  add_search_flags(app, flags);
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
  app.parse(arguments);
  return flags;
}

TEST(SearchFlags, BecomeSearchOptions) {
  const SearchFlags flags = parse({"--filter", "(price<50 OR colour='Navy Blue')", "--limit", "3",
                                   "--min-score", ".5", "--collapse"});
  const Result<SearchOptions> options = make_search_options(flags, true);
  ASSERT_TRUE(options);
  EXPECT_EQ(options->filter, "(price<50 OR colour='Navy Blue')");
  EXPECT_EQ(options->limit, 3);
  EXPECT_EQ(options->min_score, .5);
  EXPECT_TRUE(options->collapse);
}

TEST(SearchFlags, KeepEverythingWhenNothingIsSaid) {
  for (const SearchFlags& flags : {parse({}), parse({"--filter", ""})}) {
    const Result<SearchOptions> options = make_search_options(flags, true);
    ASSERT_TRUE(options);
    EXPECT_EQ(options->filter, "");
    EXPECT_EQ(options->limit, 10);
    EXPECT_EQ(options->min_score, 0);
    EXPECT_FALSE(options->collapse);
  }
}

TEST(SearchFlags, RefuseWhatCannotBe) {
  EXPECT_THROW(parse({"--min-score", "1.5"}), CLI::ParseError);
  EXPECT_THROW(parse({"--limit", "0"}), CLI::ParseError);
  EXPECT_THROW(parse({"--diversity", "1.5"}), CLI::ParseError);
  EXPECT_THROW(parse({"--like"}), CLI::ParseError);
}

TEST(SearchFlags, TakeSeveralExamples) {
  const SearchFlags flags = parse({"--like", "a,b", "--unlike", "c", "--like", "d e"});
  EXPECT_EQ(flags.like, (std::vector<std::string>{"a,b", "d e"}));
  EXPECT_EQ(flags.unlike, std::vector<std::string>{"c"});
  EXPECT_EQ(make_search_options(parse({"--diversity", ".5"}), true)->diversity, .5);
}

TEST(ParseBox, TakesFourShares) {
  const Result<Box> box = parse_box("0.25,0,.5,1");
  ASSERT_TRUE(box) << box.error().message;
  EXPECT_EQ(box->x, .25);
  EXPECT_EQ(box->y, 0);
  EXPECT_EQ(box->width, .5);
  EXPECT_EQ(box->height, 1);
}

TEST(ParseBox, RefusesWhatIsNone) {
  for (const char* text :
       {"", ",", "0,0,1", "0,0,1,1,", "0,0,1,1,1", "0 0 1 1", "0,0,1,x", "0,0,1,1 ", "nan,0,1,1",
        "0,0,inf,1", "0,0,0,1", "-.1,0,.5,.5", "0.6,0,.5,1", "10,10,100,100"}) {
    const Result<Box> box = parse_box(text);
    ASSERT_FALSE(box) << text;
    EXPECT_EQ(box.error().code, ErrorCode::kInvalidArgument);
    EXPECT_TRUE(box.error().message.starts_with("'" + std::string(text) + "' is no box: ")) << text;
  }
}

TEST(Fail, ShowsDetailsBelowTheMessage) {
  testing::internal::CaptureStderr();
  const int code = fail({ErrorCode::kInvalidArgument, "column 3: so not", "a=\n  ^"});
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "semblance: column 3: so not\n  a=\n    ^\n");
  EXPECT_EQ(code, kUsageOrNothingDone);
}

}  // namespace
}  // namespace semblance::cli
