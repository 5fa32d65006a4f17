#include "catalogue/catalogue.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "samples.h"

namespace semblance {
namespace {

using test::content;
using test::Filled;
using test::sample_set;
using test::seen;

TEST(Catalogue, SettingsAreKept) {
  Filled filled;
  EXPECT_FALSE(*filled.catalogue().setting("colour"));
  ASSERT_TRUE(filled.catalogue().set_setting("colour", "blue"));
  ASSERT_TRUE(filled.catalogue().set_setting("colour", "red"));
  EXPECT_EQ(*filled.catalogue().setting("colour"), "red");
}

TEST(Catalogue, HasOneLiveSetAndOneBuildingSet) {
  Filled filled;
  const Catalogue& catalogue = filled.catalogue();
  EXPECT_FALSE(*catalogue.building_set());
  const auto live_again = catalogue.create_set(sample_set(true));
  ASSERT_FALSE(live_again);
  EXPECT_EQ(live_again.error().code, ErrorCode::kConflict);

  const auto building = catalogue.create_set(sample_set(false, "new"));
  ASSERT_TRUE(building) << building.error().message;
  EXPECT_EQ(building->rows, 0);
  EXPECT_EQ((**catalogue.building_set()).card_json, "new");
  EXPECT_EQ((**catalogue.building_set()).card_folder, "/models");
  EXPECT_EQ((**catalogue.live_set()).key, filled.set().key);
  EXPECT_EQ(catalogue.create_set(sample_set(false)).error().code, ErrorCode::kConflict);
}

TEST(Catalogue, SwitchingForgetsTheSetThatWasLive) {
  Filled filled;
  const Catalogue& catalogue = filled.catalogue();
  filled.put(seen("a"), "A", 0);
  const auto building = catalogue.create_set(sample_set(false, "new"));
  ASSERT_TRUE(building);
  ASSERT_TRUE(catalogue.switch_to(*building));
  EXPECT_EQ((**catalogue.live_set()).key, building->key);
  EXPECT_TRUE((**catalogue.live_set()).live);
  EXPECT_FALSE(*catalogue.building_set());
  EXPECT_EQ(*catalogue.database().integer("SELECT count(*) FROM vector"), 0);
  EXPECT_EQ(catalogue.counts()->items, 1);
  // Keys are never used again, so folders of vectors are not, either.
  ASSERT_TRUE(catalogue.drop_set(*building));
  EXPECT_GT(catalogue.create_set(sample_set(true))->key, building->key);
}

TEST(Catalogue, ItemsAreFoundByKeyAndIdOnceIndexed) {
  Filled filled;
  const Catalogue& catalogue = filled.catalogue();
  SeenItem shoe = seen("shoes/\xC3\xA9.jpg");
  shoe.product = "P1";
  shoe.path = "/photos/\xE9.jpg";  // a path is bytes
  const std::int64_t key = filled.put(shoe, "A", 0);
  filled.put_problem(seen("broken"), ItemStatus::kFailed, ErrorCode::kTruncated);
  const auto item = catalogue.item(key);
  ASSERT_TRUE(item && *item);
  EXPECT_EQ((*item)->id, shoe.id);
  EXPECT_EQ((*item)->product, "P1");
  EXPECT_EQ((*item)->path, shoe.path);
  EXPECT_EQ((*item)->url, "");
  EXPECT_EQ((*item)->width, 30);
  EXPECT_EQ((*item)->height, 40);
  EXPECT_EQ((**catalogue.item_by_id(shoe.id)).key, key);
  EXPECT_FALSE(*catalogue.item_by_id("broken"));
  EXPECT_FALSE(*catalogue.item_by_id("none"));
  EXPECT_FALSE(*catalogue.item(key + 100));
  EXPECT_EQ(catalogue.indexed_ids()->size(), 1U);
}

TEST(Catalogue, CountsItemsProductsAndProblems) {
  Filled filled;
  for (const char* id : {"a", "b", "c"}) {
    SeenItem item = seen(id);
    if (*id != 'c') item.product = "P";
    filled.put(item, id, *id - 'a');
  }
  filled.put_problem(seen("d"), ItemStatus::kFailed, ErrorCode::kTruncated);
  filled.put_problem(seen("e"), ItemStatus::kSkipped, ErrorCode::kUnsupportedFormat);
  ASSERT_TRUE(filled.writer().add_problem("input", "f", "/f", {ErrorCode::kMissingFile, "gone"}));
  ASSERT_TRUE(
      filled.writer().add_problem("attribute", "g", "x.csv:2", {ErrorCode::kBadRow, "bad"}));
  const auto counts = filled.catalogue().counts();
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->items, 3);
  EXPECT_EQ(counts->products, 2);
  EXPECT_EQ(counts->failed, 2);
  EXPECT_EQ(counts->skipped, 1);

  const auto problems = filled.catalogue().problems();
  ASSERT_TRUE(problems);
  std::map<std::string, std::pair<std::string, std::string>> found;
  for (const Problem& problem : *problems) found[problem.subject] = {problem.kind, problem.reason};
  const std::map<std::string, std::pair<std::string, std::string>> expected{
      {"d", {"failed", "truncated"}},
      {"e", {"skipped", "unsupported_format"}},
      {"f", {"failed", "missing_file"}},
      {"g", {"attribute", "bad_row"}}};
  EXPECT_EQ(found, expected);
  ASSERT_TRUE(filled.catalogue().database().execute("DELETE FROM problem"));
  EXPECT_EQ(filled.catalogue().problems()->size(), 2U);
}

TEST(Catalogue, ValuesOfAnAttribute) {
  Filled filled;
  const Catalogue& catalogue = filled.catalogue();
  SeenItem a = seen("a");
  a.attributes = Attributes{{"colour", "red"}, {"size", "12"}};
  a.product = "P";
  SeenItem b = seen("b");
  b.attributes = Attributes{{"size", "XL"}};
  const std::int64_t key_a = filled.put(a, "A", 0);
  const std::int64_t key_b = filled.put(b, "B", 1);
  using Values = std::vector<std::pair<std::int64_t, std::string>>;
  EXPECT_EQ(*catalogue.values("colour"), (Values{{key_a, "red"}}));
  EXPECT_EQ(catalogue.values("size")->size(), 2U);
  EXPECT_EQ(*catalogue.values("product"), (Values{{key_a, "P"}, {key_b, "b"}}));
  EXPECT_EQ(*catalogue.attribute_names(), (std::vector<std::string>{"colour", "size"}));
  EXPECT_EQ(*catalogue.attributes(key_a), *a.attributes);
  const auto none = catalogue.values("weight");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kNotFound);
  EXPECT_NE(none.error().message.find("product, colour, size"), std::string::npos);
  // "12" is a number for later comparisons, "XL" is none.
  EXPECT_EQ(*catalogue.database().integer("SELECT count(*) FROM attribute WHERE number = 12"), 1);
  EXPECT_EQ(*catalogue.database().integer("SELECT count(*) FROM attribute WHERE number IS NULL"),
            2);
}

TEST(Catalogue, AnAttributeNamedProductComesFirst) {
  Filled filled;
  SeenItem a = seen("a");
  a.product = "P";
  a.attributes = Attributes{{"product", "said by the source"}};
  const std::int64_t key = filled.put(a, "A", 0);
  using Values = std::vector<std::pair<std::int64_t, std::string>>;
  EXPECT_EQ(*filled.catalogue().values("product"), (Values{{key, "said by the source"}}));
}

TEST(Catalogue, RowsOfNobodyHaveKeyZero) {
  Filled filled;
  const std::int64_t a = filled.put(seen("a"), "A", 0);
  const std::int64_t b = filled.put(seen("b"), "B", 1);
  filled.put(seen("b"), "changed", 2);
  const std::int64_t c = filled.put(seen("c"), "C", 3);
  ASSERT_TRUE(filled.writer().remove(c));
  ASSERT_TRUE(filled.writer().set_rows(4));
  const VectorSet live = **filled.catalogue().live_set();
  EXPECT_EQ(live.rows, 4);
  EXPECT_EQ(*filled.catalogue().item_keys_by_row(live), (std::vector<std::int64_t>{a, 0, b, 0}));
}

}  // namespace
}  // namespace semblance
