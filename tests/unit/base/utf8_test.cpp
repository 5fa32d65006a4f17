#include "base/utf8.h"

#include <gtest/gtest.h>

namespace semblance {
namespace {

TEST(IsUtf8, TellsTextFromOtherBytes) {
  for (const char* text : {"", "plain", "Größe", "日本", "\xF0\x9F\x91\x97"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
    EXPECT_EQ(to_utf8(text), text);
  }
  // Latin-1, cut off, overlong, a surrogate, beyond Unicode.
  for (const char* bytes : {"Gr\xF6\xDF"
                            "e",
                            "\xE6\x97", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\x80"}) {
    EXPECT_FALSE(is_utf8(bytes));
    EXPECT_TRUE(is_utf8(to_utf8(bytes)));
  }
}

}  // namespace
}  // namespace semblance
