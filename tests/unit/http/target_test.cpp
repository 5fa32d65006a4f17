#include "http/target.h"

#include <gtest/gtest.h>

namespace semblance::http {
namespace {

using Segments = std::vector<std::string>;
using Query = std::vector<std::pair<std::string, std::string>>;

TEST(ParseTarget, SplitsThePathBeforeItDecodes) {
  const auto target = parse_target("/v1/a%2Fb/%C3%a4+");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/v1/a%2Fb/%C3%a4+");
  EXPECT_EQ(target->segments, (Segments{"v1", "a/b", "ä+"}));
  EXPECT_TRUE(target->query.empty());
}

TEST(ParseTarget, KeepsEmptyParts) {
  EXPECT_EQ(parse_target("/")->segments, Segments{});
  EXPECT_EQ(parse_target("/v1/")->segments, (Segments{"v1", ""}));
  EXPECT_EQ(parse_target("//v1")->segments, (Segments{"", "v1"}));
  EXPECT_EQ(parse_target("/../%2e%2E")->segments, (Segments{"..", ".."}));
}

TEST(ParseTarget, DecodesTheQuery) {
  const auto target = parse_target("/?a=1&b=x+y%2B%26&&c&=d&a=2=3&q=?/");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->query,
            (Query{{"a", "1"}, {"b", "x y+&"}, {"c", ""}, {"", "d"}, {"a", "2=3"}, {"q", "?/"}}));
  EXPECT_TRUE(parse_target("/?")->query.empty());
}

TEST(ParseTarget, TakesWhatAProxyIsSent) {
  EXPECT_EQ(parse_target("http://host:80/v1?x=1")->segments, Segments{"v1"});
  EXPECT_EQ(parse_target("HTTPS://host")->path, "/");
  EXPECT_EQ(parse_target("http://host?x=1")->query, (Query{{"x", "1"}}));
  EXPECT_EQ(parse_target("*")->path, "*");
}

TEST(ParseTarget, RefusesWhatIsNoAddress) {
  for (const std::string_view bad :
       {"", "v1", "?x=1", "/%", "/%4", "/%4x", "/%G0", "/?a=%", "/?%zz=1", "/%00", "/?a=%00",
        "/%C3", "/%ff", "/?a=%C3%28", "/%ED%A0%80", "/a#b", "ftp://host/"}) {
    const auto target = parse_target(bad);
    ASSERT_FALSE(target) << bad;
    EXPECT_EQ(target.error().code, ErrorCode::kInvalidArgument);
    EXPECT_FALSE(target.error().message.empty());
  }
}

}  // namespace
}  // namespace semblance::http
