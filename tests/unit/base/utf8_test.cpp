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

TEST(ToPrintable, EscapesWhatCouldMoveTheCursor) {
  EXPECT_EQ(to_printable("a\x1B[2Jb\n"), "a\\x1B[2Jb\\x0A");
  EXPECT_EQ(to_printable("Größe 日本"), "Größe 日本");
  EXPECT_EQ(to_printable("\xC2\x9B"), "\\xC2\\x9B");  // the C1 form of ESC [
  EXPECT_EQ(to_printable("\x7F"), "\\x7F");
}

TEST(DisplayColumns, CountsWhatATerminalShows) {
  EXPECT_EQ(display_columns(""), 0U);
  EXPECT_EQ(display_columns("plain"), 5U);
  EXPECT_EQ(display_columns("Größe"), 5U);
  EXPECT_EQ(display_columns("e\xCC\x81"), 1U);  // e and a combining accent
  EXPECT_EQ(display_columns("日本"), 4U);
  EXPECT_EQ(display_columns("\xF0\x9F\x91\x97"), 2U);  // a dress
}

}  // namespace
}  // namespace semblance
