#include "remote/filter_query.h"

#include <gtest/gtest.h>

namespace semblance::remote {
namespace {

const std::set<std::string> kNames = {"colour", "price", "sale", "Shoe Size"};

std::string query(std::string_view text) {
  const Result<Filter> filter = parse_filter(text);
  EXPECT_TRUE(filter) << text;
  const Result<Json> translated = filter_query(*filter, kNames);
  return translated ? translated->dump() : translated.error().message;
}

TEST(FilterQuery, ComparesByTheValuesKind) {
  EXPECT_EQ(query("colour=Blue"), R"({"term":{"attributes.colour.text":"Blue"}})");
  EXPECT_EQ(query("price=50"), R"({"term":{"attributes.price.number":50.0}})");
  EXPECT_EQ(query("price='50'"), R"({"term":{"attributes.price.text":"50"}})");
  EXPECT_EQ(query("sale=true"), R"({"term":{"attributes.sale.boolean":true}})");
  EXPECT_EQ(query("price<-1.5"), R"({"range":{"attributes.price.number":{"lt":-1.5}}})");
  EXPECT_EQ(query("colour>=M"), R"({"range":{"attributes.colour.text":{"gte":"M"}}})");
  EXPECT_EQ(query("HAS 'Shoe Size'"), R"({"exists":{"field":"attributes.Shoe%20Size.text"}})");
  EXPECT_EQ(query("price=-0"), R"({"term":{"attributes.price.number":0.0}})");
}

TEST(FilterQuery, ListsAreQueriesOfEachKind) {
  EXPECT_EQ(query("colour IN (Blue, Red)"),
            R"({"terms":{"attributes.colour.text":["Blue","Red"]}})");
  EXPECT_EQ(
      query("price IN (5, '5', true)"),
      R"({"bool":{"minimum_should_match":1,"should":[{"term":{"attributes.price.text":"5"}},)"
      R"({"term":{"attributes.price.number":5.0}},{"term":{"attributes.price.boolean":true}}]}})");
  EXPECT_EQ(query("colour=''"), R"({"match_none":{}})");
}

TEST(FilterQuery, WhatIsMissingIsNotUnequal) {
  EXPECT_EQ(query("colour!=Blue"),
            R"({"bool":{"filter":[{"exists":{"field":"attributes.colour.text"}}],)"
            R"("must_not":[{"term":{"attributes.colour.text":"Blue"}}]}})");
  EXPECT_EQ(query("NOT colour=Blue"),
            R"({"bool":{"must_not":[{"term":{"attributes.colour.text":"Blue"}}]}})");
  EXPECT_EQ(query("NOT NOT colour=Blue"), query("colour=Blue"));
}

TEST(FilterQuery, IdAndProductAreTexts) {
  EXPECT_EQ(query("id=007"), R"({"term":{"id":"007"}})");
  EXPECT_EQ(query("product IN (true, 5)"), R"({"terms":{"product":["true","5"]}})");
  EXPECT_EQ(query("product>x"), R"({"range":{"product":{"gt":"x"}}})");
  EXPECT_EQ(query("HAS id"), R"({"match_all":{}})");
  const Filter filter = *parse_filter("id=5");
  EXPECT_EQ(filter_query(filter, {"id"})->dump(), R"({"term":{"attributes.id.number":5.0}})");
}

TEST(FilterQuery, JoinsWithFewQueriesInsideEachOther) {
  EXPECT_EQ(query("colour=a AND price=1 AND NOT sale=true"),
            R"({"bool":{"filter":[{"term":{"attributes.colour.text":"a"}},)"
            R"({"term":{"attributes.price.number":1.0}}],)"
            R"("must_not":[{"term":{"attributes.sale.boolean":true}}]}})");
  // An OR below an AND shares its query.
  EXPECT_EQ(
      query("colour=a AND (price=1 OR NOT price=2)"),
      R"({"bool":{"filter":[{"term":{"attributes.colour.text":"a"}}],"minimum_should_match":1,)"
      R"("should":[{"term":{"attributes.price.number":1.0}},)"
      R"({"bool":{"must_not":[{"term":{"attributes.price.number":2.0}}]}}]}})");
  // De Morgan.
  EXPECT_EQ(query("NOT (colour=a OR price=1)"),
            R"({"bool":{"must_not":[{"term":{"attributes.colour.text":"a"}},)"
            R"({"term":{"attributes.price.number":1.0}}]}})");
  EXPECT_EQ(query("colour=a AND (price=1 AND (sale=true AND id=x))"),
            query("colour=a AND price=1 AND sale=true AND id=x"));
}

TEST(FilterQuery, SaysWhenItIsTooDeep) {
  std::string deep = "price=1";
  for (int i = 0; i < 60; ++i) {
    deep = i % 2 == 0 ? "price=2 OR (" + deep + ")" : "sale=true AND (" + deep + ")";
  }
  EXPECT_NE(query(deep).find("too deep"), std::string::npos);
}

TEST(FilterQuery, UnknownNamesAreErrorsThatTellTheKnownOnes) {
  const Result<Json> found = indexed_items_query("colour=Red OR Colour=Blue", kNames);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().message,
            "column 15: no attribute 'Colour' in this collection; there are: id, product, Shoe "
            "Size, colour, price, sale");
  EXPECT_EQ(found.error().details, "colour=Red OR Colour=Blue\n              ^");
}

TEST(FilterQuery, StandsBesideTheIndexedItems) {
  EXPECT_EQ(indexed_items_query("", kNames)->dump(), indexed_items_query().dump());
  EXPECT_EQ(indexed_items_query("HAS colour", kNames)->dump(),
            R"({"bool":{"filter":[{"term":{"kind":"item"}},{"term":{"status":"indexed"}},)"
            R"({"exists":{"field":"attributes.colour.text"}}]}})");
  EXPECT_FALSE(indexed_items_query(" ", kNames));
}

}  // namespace
}  // namespace semblance::remote
