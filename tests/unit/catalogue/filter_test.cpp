#include "catalogue/filter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "base/utf8.h"

namespace semblance {
namespace {

std::string describe(const FilterValue& value) {
  switch (value.kind) {
    case FilterValue::Kind::kText:
      return "'" + value.text + "'";
    case FilterValue::Kind::kNumber:
      return "#" + value.text;
    case FilterValue::Kind::kBoolean:
      return value.boolean ? "true" : "false";
  }
  return "?";
}

/// The tree as text with all parentheses: "(a = 'x' & !(b < #3))".
std::string describe(const FilterNode& node) {
  constexpr const char* kOperators[] = {"=", "!=", "<", "<=", ">", ">=", "in", "not in", "has"};
  if (node.kind == FilterNode::Kind::kNot) return "!" + describe(node.children.front());
  std::string text;
  if (node.kind == FilterNode::Kind::kComparison) {
    text = node.name + " " + kOperators[static_cast<int>(node.comparison)];
    for (const FilterValue& value : node.values) text += " " + describe(value);
  }
  for (const FilterNode& child : node.children) {
    if (!text.empty()) text += node.kind == FilterNode::Kind::kAnd ? " & " : " | ";
    text += describe(child);
  }
  return "(" + text + ")";
}

std::string tree_of(std::string_view text) {
  const Result<Filter> filter = parse_filter(text);
  return filter ? describe(filter->root) : filter.error().message;
}

TEST(ParseFilter, ReadsTheExampleOfTheManual) {
  EXPECT_EQ(tree_of("articleType=Shirts AND (price<50 OR baseColour IN (Blue,'Navy Blue')) AND NOT "
                    "gender=Kids"),
            "((articleType = 'Shirts') & ((price < #50) | (baseColour in 'Blue' 'Navy Blue')) & "
            "!(gender = 'Kids'))");
}

TEST(ParseFilter, AndBindsTighterThanOrAndNotTightest) {
  EXPECT_EQ(tree_of("a=1 OR b=2 AND c=3"), "((a = #1) | ((b = #2) & (c = #3)))");
  EXPECT_EQ(tree_of("a=1 AND b=2 OR c=3"), "(((a = #1) & (b = #2)) | (c = #3))");
  EXPECT_EQ(tree_of("(a=1 OR b=2) AND c=3"), "(((a = #1) | (b = #2)) & (c = #3))");
  EXPECT_EQ(tree_of("NOT a=1 AND b=2"), "(!(a = #1) & (b = #2))");
  EXPECT_EQ(tree_of("NOT (a=1 AND b=2)"), "!((a = #1) & (b = #2))");
  EXPECT_EQ(tree_of("not Not NOT a=1"), "!!!(a = #1)");
}

TEST(ParseFilter, KnowsAllComparisons) {
  EXPECT_EQ(tree_of("a=x"), "(a = 'x')");
  EXPECT_EQ(tree_of("a == x"), "(a = 'x')");
  EXPECT_EQ(tree_of("a!=x"), "(a != 'x')");
  EXPECT_EQ(tree_of("a<>x"), "(a != 'x')");
  EXPECT_EQ(tree_of("a<1"), "(a < #1)");
  EXPECT_EQ(tree_of("a <=1"), "(a <= #1)");
  EXPECT_EQ(tree_of("a> -1.5e3"), "(a > #-1.5e3)");
  EXPECT_EQ(tree_of("a>=x"), "(a >= 'x')");
  EXPECT_EQ(tree_of("a in(1)"), "(a in #1)");
  EXPECT_EQ(tree_of("a Not  In\t( x , 'y z' ,True)"), "(a not in 'x' 'y z' true)");
  EXPECT_EQ(tree_of("has a and HAS b"), "((a has) & (b has))");
}

TEST(ParseFilter, QuotesMakeTextOfAnything) {
  EXPECT_EQ(tree_of("a='50'"), "(a = '50')");
  EXPECT_EQ(tree_of("a='true'"), "(a = 'true')");
  EXPECT_EQ(tree_of("a='AND'"), "(a = 'AND')");
  EXPECT_EQ(tree_of("a='it''s'"), "(a = 'it's')");
  EXPECT_EQ(tree_of("a=\"12\"\" frame\""), "(a = '12\" frame')");
  EXPECT_EQ(tree_of("a=''"), "(a = '')");
  EXPECT_EQ(tree_of("\"Base Colour\"=Blue"), "(Base Colour = 'Blue')");
  EXPECT_EQ(tree_of("'not'=x AND \"in\" IN ('in')"), "((not = 'x') & (in in 'in'))");
  EXPECT_EQ(tree_of("a='(b=c)'"), "(a = '(b=c)')");
}

TEST(ParseFilter, WordsMayHoldWhatHasNoMeaning) {
  EXPECT_EQ(tree_of("id=shoes/1563.jpg"), "(id = 'shoes/1563.jpg')");
  EXPECT_EQ(tree_of("größe=38½ AND x=T-Shirt"), "((größe = '38½') & (x = 'T-Shirt'))");
  EXPECT_EQ(tree_of("a=12.99USD"), "(a = '12.99USD')");
  EXPECT_EQ(tree_of("a=inf OR a=nan OR a=1e999 OR a=0x10"),
            "((a = 'inf') | (a = 'nan') | (a = '1e999') | (a = '0x10'))");
  EXPECT_EQ(tree_of("a=android AND b=origin"), "((a = 'android') & (b = 'origin'))");
}

TEST(ParseFilter, NamesAreKeptWithTheirPlace) {
  const Result<Filter> filter = parse_filter("größe=1 OR \"b c\"=2");
  ASSERT_TRUE(filter);
  EXPECT_EQ(filter->root.children[0].name_offset, 0u);
  EXPECT_EQ(filter->root.children[1].name_offset, 13u);  // in bytes
}

TEST(ParseFilter, SaysWhatIsWrongAndWhere) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "column 1: expected the name of an attribute, found the end"},
      {"   ", "column 4: expected the name of an attribute, found the end"},
      {"articleType= ", "column 14: expected a value after '='"},
      {"a=AND",
       "column 3: expected a value after '=', found the keyword 'AND'; in quotes it is a "
       "value"},
      {"a=<5", "column 3: expected a value after '=', found '<'"},
      {"a", "column 2: expected =, !=, <, <=, >, >= or IN after 'a', found the end"},
      {"a b", "column 3: expected =, !=, <, <=, >, >= or IN after 'a', found 'b'"},
      {"a NOT x", "column 7: expected IN after NOT, found 'x'"},
      {"a IN x", "column 6: expected '(' after IN, found 'x'"},
      {"a IN ()", "column 7: expected a value after '(', found ')'"},
      {"a IN (x,)", "column 9: expected a value after ',', found ')'"},
      {"a IN (x y)", "column 9: expected ',' or ')', found 'y'"},
      {"a IN (x", "column 8: expected ',' or ')', found the end"},
      {"a=1 AND", "column 8: expected the name of an attribute, found the end"},
      {"a=1 OR OR", "column 8: expected the name of an attribute, found 'OR'"},
      {"NOT", "column 4: expected the name of an attribute, found the end"},
      {"HAS", "column 4: expected the name of an attribute, found the end"},
      {"(a=1", "column 1: this '(' is not closed"},
      {"a=1)", "column 4: this ')' has no '(' before it"},
      {"(a=1 b=2)", "column 6: expected AND, OR or ')', found 'b'"},
      {"()", "column 2: expected the name of an attribute, found ')'"},
      {"a='x", "column 3: this quote is not closed"},
      {"a='x''", "column 3: this quote is not closed"},
      {"a=Navy Blue",
       "column 8: expected AND, OR or the end, found 'Blue'; a value with spaces "
       "stands in quotes: 'Navy Blue'"},
      {"a=1 && b=2",
       "column 5: expected AND, OR or the end, found '&&'; a value with spaces "
       "stands in quotes: 'Navy Blue'"},
      {"!a=1", "column 1: expected '!='; the opposite of a comparison is NOT"},
      {"a<true", "column 3: true and false have no order; use = or !="},
      {"größe=1 oder",
       "column 9: expected AND, OR or the end, found 'oder'; a value with spaces "
       "stands in quotes: 'Navy Blue'"},
      {"a=1\x01", "column 4: a control character"},
  };
  for (const auto& [text, message] : cases) {
    const Result<Filter> filter = parse_filter(text);
    ASSERT_FALSE(filter) << text;
    EXPECT_EQ(filter.error().code, ErrorCode::kInvalidArgument) << text;
    EXPECT_EQ(filter.error().message, message) << text;
  }
}

TEST(ParseFilter, PointsAtThePlace) {
  EXPECT_EQ(parse_filter("größe=").error().details, "größe=\n      ^");
  EXPECT_EQ(parse_filter("a=1\tb\n").error().details, "a=1 b \n    ^");
  const std::string before(500, 'x');
  const Result<Filter> filter = parse_filter("a=" + before + " ? " + before);
  ASSERT_FALSE(filter);
  const std::string& details = filter.error().details;
  const std::size_t line = details.find('\n');
  EXPECT_LT(line, 80u);
  EXPECT_EQ(details.substr(0, 3), "..x");
  const std::size_t caret = details.size() - line - 2;  // columns before it in its line
  EXPECT_EQ(details[caret], '?') << details;
}

TEST(ParseFilter, RefusesBytesThatAreNotText) {
  const Result<Filter> filter = parse_filter("a=Gr\xF6");
  ASSERT_FALSE(filter);
  EXPECT_EQ(filter.error().message, "the filter is not valid UTF-8: a=Gr\\xF6");
}

TEST(ParseFilter, HasLimits) {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '(') + "a=1" +
           std::string(static_cast<std::size_t>(depth), ')');
  };
  EXPECT_TRUE(parse_filter(nested(kMaxFilterDepth)));
  EXPECT_EQ(parse_filter(nested(kMaxFilterDepth + 1)).error().message,
            "column 65: parentheses and NOTs may be 64 deep");
  EXPECT_FALSE(parse_filter(std::string(60'000, '(')));
  std::string nots;
  for (int i = 0; i < 10'000; ++i) nots += "NOT ";
  EXPECT_FALSE(parse_filter(nots + "a=1"));
  // Side by side is not inside each other.
  std::string list = "(a=1)";
  for (int i = 1; i < kMaxFilterComparisons; ++i) list += " OR (NOT a=1)";
  EXPECT_TRUE(parse_filter(list));
  EXPECT_NE(parse_filter(list + " OR a=1").error().message.find("may have 100 comparisons"),
            std::string::npos);
  std::string values = "a IN (0";
  for (int i = 1; i < 10'000; ++i) values += "," + std::to_string(i);
  EXPECT_TRUE(parse_filter(values + ")"));
  EXPECT_FALSE(parse_filter("a='" + std::string(kMaxFilterBytes, 'x') + "'"));
}

TEST(ParseFilter, EndsForWhateverItIsGiven) {
  const std::string pieces[] = {"a",    "=",   "(",    ")",   ",",   " AND ", " OR ",      "NOT ",
                                " IN ", "'",   "\"",   "<",   ">=",  "!",     "5",         "true",
                                "HAS ", " ",   "é",    "\n",  "!=",  "''",    "x y",       "\xff",
                                "-",    "1e5", "\x7f", "IN(", "a=1", "(a=1)", "a IN (1,2)"};
  std::mt19937 random(7);
  int parsed = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string text;
    for (auto pieces_left = random() % 12; pieces_left > 0; --pieces_left) {
      text += pieces[random() % std::size(pieces)];
    }
    const Result<Filter> filter = parse_filter(text);
    if (filter) {
      ++parsed;
      continue;
    }
    ASSERT_FALSE(filter.error().message.empty()) << text;
    ASSERT_TRUE(is_utf8(filter.error().message + filter.error().details)) << text;
  }
  EXPECT_GT(parsed, 500);
}

}  // namespace
}  // namespace semblance
