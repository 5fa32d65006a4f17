#include "render/expand.h"

#include <gtest/gtest.h>

namespace semblance::demo {
namespace {

const Variables kVariables{{{"sleeve", 60}, {"long", 1}, {"vneck", 0}}, {{"base", "#ff0000"}}};
const Fragments kParts{{"dot", "<circle r=\"{{r|4}}\" fill=\"{{fill|none}}\"/>"},
                       {"circle", "{{> circle}}"},
                       {"named", "{{id}}"}};

std::string expanded(std::string_view text) {
  const auto result = expand(text, kVariables, kParts);
  return result ? *result : "error: " + result.error().message;
}

TEST(Expand, FillsInNumbersAndTexts) {
  EXPECT_EQ(expanded("x={{sleeve}} fill={{base}}"), "x=60 fill=#ff0000");
  EXPECT_EQ(expanded("nothing"), "nothing");
}

TEST(Expand, CalculatesWithPrecedence) {
  EXPECT_EQ(expanded("{{200 - sleeve * 2}}"), "80");
  EXPECT_EQ(expanded("{{(200-sleeve)/3 + .125}}"), "46.79");
  EXPECT_EQ(expanded("{{-sleeve--1}}"), "-59");
}

TEST(Expand, KeepsSectionsByTheirVariable) {
  EXPECT_EQ(expanded("{{#long}}a{{sleeve}}{{/long}}{{#vneck}}b{{/vneck}}"), "a60");
  EXPECT_EQ(expanded("{{^long}}a{{/long}}{{^vneck}}b{{/vneck}}{{^absent}}c{{/absent}}"), "bc");
}

TEST(Expand, IncludesPartsWithArgumentsAndDefaults) {
  EXPECT_EQ(expanded("{{> dot}}"), "<circle r=\"4\" fill=\"none\"/>");
  EXPECT_EQ(expanded("{{> dot r=7 fill=$base}}"), "<circle r=\"7\" fill=\"#ff0000\"/>");
}

TEST(Expand, TakesAnArgumentForATextThoughAVariableHasThatName) {
  EXPECT_EQ(expanded("{{> named id=long}}"), "long");
}

TEST(Expand, RefusesWhatItCannotFillIn) {
  for (const char* const text :
       {"{{unknown}}", "{{1+}}", "{{1/0}}", "{{}}", "{{never closed", "{{#long}}no end",
        "{{> absent}}", "{{> dot r}}", "{{> circle}}", "{{> dot fill=$unknown}}", "{{((((1}}"}) {
    EXPECT_TRUE(expanded(text).starts_with("error: placeholder")) << text;
  }
}

TEST(Expand, RefusesBottomlessNesting) {
  EXPECT_TRUE(expanded("{{" + std::string(100000, '(') + "1}}").starts_with("error"));
  EXPECT_TRUE(expanded("{{" + std::string(100000, '-') + "1}}").starts_with("error"));
}

}  // namespace
}  // namespace semblance::demo
