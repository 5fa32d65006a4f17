#include "base/csv.h"

#include <gtest/gtest.h>

namespace semblance {
namespace {

TEST(CsvField, IsQuotedWhereItHasToBe) {
  EXPECT_EQ(csv_field("plain text"), "plain text");
  EXPECT_EQ(csv_field(""), "");
  EXPECT_EQ(csv_field("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_field("12\" wide"), "\"12\"\" wide\"");
  EXPECT_EQ(csv_field("two\nlines"), "\"two\nlines\"");
}

}  // namespace
}  // namespace semblance
