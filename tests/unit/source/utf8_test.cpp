#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "source/source.h"

namespace semblance {
namespace {

using namespace std::string_view_literals;

TEST(ToUtf8, LeavesValidTextAlone) {
  for (const std::string_view text :
       {""sv, "plain.jpg"sv, "caf\xC3\xA9"sv, "\xE6\x97\xA5\xE6\x9C\xAC"sv, "\xF0\x9F\x91\x9F"sv,
        "\xF4\x8F\xBF\xBF"sv, "\xED\x9F\xBF"sv, "\xEE\x80\x80"sv, "a\0b"sv, "\x7F\xC2\x80"sv}) {
    EXPECT_EQ(to_utf8(text), text);
  }
}

TEST(ToUtf8, ShowsOtherBytes) {
  EXPECT_EQ(to_utf8("caf\xE9.jpg"), "caf\\xE9.jpg");
  EXPECT_EQ(to_utf8("\xFF\xFE"), "\\xFF\\xFE");
  EXPECT_EQ(to_utf8("\x80"), "\\x80");                    // a continuation of nothing
  EXPECT_EQ(to_utf8("\xC0\xAF"), "\\xC0\\xAF");           // overlong
  EXPECT_EQ(to_utf8("\xE0\x80\xAF"), "\\xE0\\x80\\xAF");  // overlong
  EXPECT_EQ(to_utf8("\xF0\x80\x80\xAF"), "\\xF0\\x80\\x80\\xAF");
  EXPECT_EQ(to_utf8("\xED\xA0\x80"), "\\xED\\xA0\\x80");           // half of a surrogate pair
  EXPECT_EQ(to_utf8("\xF4\x90\x80\x80"), "\\xF4\\x90\\x80\\x80");  // beyond U+10FFFF
}

TEST(ToUtf8, ACharacterCutOffDoesNotHideWhatFollows) {
  EXPECT_EQ(to_utf8("\xC3"), "\\xC3");
  EXPECT_EQ(to_utf8("\xE6\x97"), "\\xE6\\x97");
  EXPECT_EQ(to_utf8("\xC3(\xC3\xA9"), "\\xC3(\xC3\xA9");
}

}  // namespace
}  // namespace semblance
