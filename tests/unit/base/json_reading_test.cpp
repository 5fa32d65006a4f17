#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "base/json_document.h"
#include "base/parse_json.h"

namespace semblance {
namespace {

using nlohmann::json;

constexpr const char* kTexts[] = {
    R"({"a":1,"b":[true,false,null,{}],"c":{"d":"\u00e9\ud83d\ude00\n","e":-0.5e-3},"a":2})",
    R"([0,-0,-1,18446744073709551615,18446744073709551616,-9223372036854775808,1e308,5e-324,0.1])",
    " [ ] ",
    R"("")",
    "7",
    "null",
};

constexpr const char* kNoJson[] = {
    "",        "{",           "[1,]",        "{\"a\"}",
    "01",      "1.",          "+1",          "nan",
    "[1] 2",   "'a'",         "\"\xFF\"",    "\"\n\"",
    "\"a",     R"("\ud800")", R"("\udc00")", R"({"\udc00":1})",
    "[1e999]", "{1:2}",       "tru",         "\xEF\xBB",
};

TEST(ParseJson, ReadsWhatNlohmannReads) {
  for (const char* text : kTexts) {
    const json want = json::parse(text);
    const json read = parse_json(text);
    EXPECT_EQ(read, want) << text;
    EXPECT_EQ(read.dump(), want.dump()) << text;  // numbers of the same kind
  }
  for (const char* text : kNoJson) EXPECT_TRUE(parse_json(text).is_discarded()) << text;
}

TEST(ParseJson, TakesAnyDepth) {
  constexpr std::size_t kDepth = 1'000'000;
  const std::string deep = std::string(kDepth, '[') + std::string(kDepth, ']');
  EXPECT_TRUE(parse_json(deep).is_array());
  EXPECT_TRUE(parse_json(std::string(kDepth, '[')).is_discarded());
}

TEST(ParseJson, AgreesWithNlohmannAboutDamagedTexts) {
  std::mt19937 random(7);
  std::string bytes = "{}[]\",:0123456789.eE+-\\u \n\x80\xC3\xA9 truefalsn";
  bytes += '\0';
  for (int i = 0; i < 20'000; ++i) {
    std::string text = kTexts[random() % 2];
    for (int changes = 0; changes < 3; ++changes) {
      text[random() % text.size()] = bytes[random() % bytes.size()];
    }
    const json want = json::parse(text, nullptr, false);
    const json read = parse_json(text);
    ASSERT_EQ(read.is_discarded(), want.is_discarded()) << text;
    if (!want.is_discarded()) {
      ASSERT_EQ(read, want) << text;
    }
  }
}

TEST(JsonDocument, ShowsWhatIsThere) {
  const auto document = JsonDocument::parse(
      R"({"text":"é","long":9223372036854775807,"half":0.5,"list":[1,"b"],"no":null,"yes":true})");
  ASSERT_TRUE(document);
  const JsonView root = document->root();
  EXPECT_EQ(root["text"].text(), "é");
  EXPECT_EQ(root["long"].integer(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(root["half"].number(), 0.5);
  EXPECT_EQ(root["half"].integer(), std::nullopt);
  EXPECT_EQ(root["list"].size(), 2U);
  EXPECT_EQ(root["list"].element(1).text(), "b");
  EXPECT_TRUE(root["no"]);
  EXPECT_TRUE(root["no"].is_null());
  EXPECT_TRUE(root["yes"].is_true());
  std::string names;
  EXPECT_FALSE(root.all_members([&](std::string_view name, JsonView) {
    names += name;
    return name != "long";
  }));
  EXPECT_EQ(names, "textlong");
}

TEST(JsonDocument, OfWhatIsNotThereThereIsNothing) {
  const auto document = JsonDocument::parse(R"({"a":[]})");
  ASSERT_TRUE(document);
  for (const JsonView nothing : {document->root()["b"], document->root()["a"]["c"], JsonView()}) {
    EXPECT_FALSE(nothing);
    EXPECT_FALSE(nothing["d"]);
    EXPECT_FALSE(nothing.is_null());
    EXPECT_FALSE(nothing.is_true());
    EXPECT_EQ(nothing.text(), std::nullopt);
    EXPECT_EQ(nothing.number(), std::nullopt);
    EXPECT_EQ(nothing.integer(), std::nullopt);
    EXPECT_EQ(nothing.size(), 0U);
    EXPECT_TRUE(nothing.copy().is_null());
    EXPECT_TRUE(nothing.all_members([](std::string_view, JsonView) { return false; }));
  }
  EXPECT_EQ(document->root()["a"].text(), std::nullopt);
  EXPECT_EQ(document->root().integer(), std::nullopt);
}

TEST(JsonDocument, CopiesAreWhatNlohmannReads) {
  for (const char* text : kTexts) {
    const auto document = JsonDocument::parse(text);
    ASSERT_TRUE(document) << text;
    EXPECT_EQ(document->root().copy(), json::parse(text)) << text;
  }
  for (const char* text : {"", "{", "[1,]", "[1] 2", "\"\xFF\"", "nan"}) {
    EXPECT_FALSE(JsonDocument::parse(text)) << text;
  }
}

}  // namespace
}  // namespace semblance
