#include "remote/field_names.h"

#include <gtest/gtest.h>

#include <set>

namespace semblance::remote {
namespace {

TEST(FieldName, ComesBackAsTheName) {
  std::set<std::string> fields;
  for (const std::string& name :
       {std::string("articleType"), std::string("Shoe Size"), std::string("a.b"), std::string("."),
        std::string(), std::string("%"), std::string("%25"), std::string("_id"), std::string("a_b"),
        std::string("\u00e9t\u00e9"), std::string("\xff", 1), std::string("\0x", 2),
        std::string("*"), std::string("A"), std::string("a")}) {
    const std::string field = field_name(name);
    EXPECT_EQ(attribute_of_field(field), name) << field;
    EXPECT_EQ(field.find_first_of(".* \"\\"), std::string::npos);
    EXPECT_FALSE(field.empty());
    EXPECT_NE(field.front(), '_');
    EXPECT_TRUE(fields.insert(field).second) << field;
  }
  EXPECT_EQ(text_field("a.b"), "attributes.a%2Eb.text");
  EXPECT_EQ(number_field("price"), "attributes.price.number");
}

TEST(FieldName, OfSomebodyElseIsNoAttribute) {
  for (const char* field : {"", "a%", "a%2", "a%2x", "%2e", "%41", "_x", "a b", "a.b"}) {
    EXPECT_FALSE(attribute_of_field(field)) << field;
  }
}

TEST(ComparableText, IsTheTextUnlessItIsTooLong) {
  EXPECT_EQ(comparable_text("Blue"), "Blue");
  const std::string longest(32'766, 'x');
  EXPECT_EQ(comparable_text(longest), longest);
  const std::string longer = longest + "x";
  const std::string other = longest + "y";
  EXPECT_EQ(comparable_text(longer).size(), 32'064U);
  EXPECT_EQ(comparable_text(longer), comparable_text(longer));
  EXPECT_NE(comparable_text(longer), comparable_text(other));
  EXPECT_LT(comparable_text(longer), "y");
  // Never cut inside a character.
  std::string accents = "x";
  while (accents.size() < 40'000) accents += "\u00e9";
  EXPECT_EQ(comparable_text(accents).size(), 31'999U + 64U);
}

}  // namespace
}  // namespace semblance::remote
