#include "server/fields.h"

#include <gtest/gtest.h>

namespace semblance::server {

namespace {

using nlohmann::json;

Fields from(const json& object) {
  return Fields::from_object(object);
}

TEST(Fields, ReadJsonByKind) {
  Fields fields = from({{"n", 0.5}, {"i", 3}, {"b", true}, {"t", "x"}, {"l", {"a", "b"}}});
  EXPECT_EQ(fields.number("n", 0, 1), 0.5);
  EXPECT_EQ(fields.integer("i", 0, 5), 3);
  EXPECT_EQ(fields.boolean("b"), true);
  EXPECT_EQ(fields.text("t"), "x");
  EXPECT_EQ(fields.texts("l", 5), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(fields.number("missing", 0, 1), std::nullopt);
  EXPECT_TRUE(fields.finish());
}

TEST(Fields, TextIsNoNumberInJsonButIsInAForm) {
  Fields strict = from({{"n", "0.5"}});
  strict.number("n", 0, 1);
  EXPECT_FALSE(strict.finish());
  Fields form;
  form.add_text("n", "0.5");
  form.add_text("b", "true");
  form.add_text("l", "one");
  form.add_text("box", "0,0,0.5,1");
  EXPECT_EQ(form.number("n", 0, 1), 0.5);
  EXPECT_EQ(form.boolean("b"), true);
  EXPECT_EQ(form.texts("l", 3), std::vector<std::string>{"one"});
  EXPECT_EQ(form.box("box")->width, 0.5);
  EXPECT_TRUE(form.finish());
}

TEST(Fields, SeveralTextsOfANameAreAList) {
  Fields form;
  form.add_text("l", "one");
  form.add_text("l", "two");
  form.add_text("once", "one");
  form.add_text("once", "two");
  EXPECT_EQ(form.texts("l", 3).size(), 2U);
  EXPECT_EQ(form.text("once"), std::nullopt);
  EXPECT_FALSE(form.finish());
}

TEST(Fields, TellWhatIsWrong) {
  const auto wrong = [](const json& object, auto read) {
    Fields fields = from(object);
    read(fields);
    const Status finished = fields.finish();
    EXPECT_FALSE(finished) << object.dump();
    return finished ? "" : finished.error().message;
  };
  EXPECT_NE(wrong({{"n", 2}}, [](Fields& f) { f.number("n", 0, 1); }).find("'n'"),
            std::string::npos);
  wrong({{"i", 1.5}}, [](Fields& f) { f.integer("i", 0, 9); });
  wrong({{"i", 1e300}}, [](Fields& f) { f.integer("i", 0, 9); });
  wrong({{"b", 1}}, [](Fields& f) { f.boolean("b"); });
  wrong({{"t", nullptr}}, [](Fields& f) { f.text("t"); });
  wrong({{"t", std::string("a\0b", 3)}}, [](Fields& f) { f.text("t"); });
  wrong({{"t", "long"}}, [](Fields& f) { f.text("t", 3); });
  wrong({{"l", {1}}}, [](Fields& f) { f.texts("l", 3); });
  wrong({{"l", {"a", "b"}}}, [](Fields& f) { f.texts("l", 1); });
  wrong({{"v", {1, "x"}}}, [](Fields& f) { f.numbers("v", 9); });
  wrong({{"v", {1e300}}}, [](Fields& f) { f.numbers("v", 9); });
  wrong({{"v", json::array()}}, [](Fields& f) { f.numbers("v", 9); });
  wrong({{"box", {0, 0, 1}}}, [](Fields& f) { f.box("box"); });
  wrong({{"box", {0.5, 0, 1, 1}}}, [](Fields& f) { f.box("box"); });
  wrong({{"a", {{"x", {{"y", 1}}}}}}, [](Fields& f) { f.attributes("a"); });
  wrong({{"a", {{"x", nullptr}}}}, [](Fields& f) { f.attributes("a"); });
}

TEST(Fields, WhatNobodyReadIsAMistake) {
  Fields fields = from({{"limit", 1}, {"lmit", 1}});
  fields.integer("limit", 1, 9);
  ASSERT_FALSE(fields.finish());
  EXPECT_NE(fields.finish().error().message.find("lmit"), std::string::npos);
}

TEST(Fields, AttributesOfAnyPlainKindBecomeTexts) {
  Fields fields =
      from({{"a", {{"t", "x"}, {"n", 1.5}, {"b", false}, {"l", {"p", "q"}}, {"z", nullptr}}}});
  std::vector<std::string> removed;
  const auto attributes = fields.attributes("a", &removed);
  ASSERT_TRUE(attributes);
  std::map<std::string, std::string> values;
  for (const Attribute& each : *attributes) values[each.name] = each.value;
  EXPECT_EQ(values, (std::map<std::string, std::string>{
                        {"t", "x"}, {"n", "1.5"}, {"b", "false"}, {"l", "p, q"}}));
  EXPECT_EQ(removed, std::vector<std::string>{"z"});
}

TEST(Fields, ABodyMustBeAnObject) {
  for (const std::string text : {"", "[]", "1", "{", "\"x\"", "\xFF"}) {
    EXPECT_FALSE(Fields::from_json(text)) << text;
  }
}

}  // namespace

}  // namespace semblance::server
