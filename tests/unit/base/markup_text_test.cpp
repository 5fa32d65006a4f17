#include "base/markup_text.h"

#include <gtest/gtest.h>

namespace semblance {
namespace {

TEST(MarkupText, LeavesNoMarkup) {
  EXPECT_EQ(markup_text("a < b & \"c\""), "a &lt; b &amp; &quot;c&quot;");
  EXPECT_EQ(markup_text("&lt;"), "&amp;lt;") << "what looks escaped is text, too";
  EXPECT_EQ(markup_text("\xE9"), "\\xE9");
  EXPECT_EQ(markup_text(""), "");
}

}  // namespace
}  // namespace semblance
