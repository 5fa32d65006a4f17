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
}

TEST(Fail, ShowsDetailsBelowTheMessage) {
  testing::internal::CaptureStderr();
  const int code = fail({ErrorCode::kInvalidArgument, "column 3: so not", "a=\n  ^"});
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "semblance: column 3: so not\n  a=\n    ^\n");
  EXPECT_EQ(code, kUsageOrNothingDone);
}

}  // namespace
}  // namespace semblance::cli
