#include "catalogue/attributes.h"

#include <gtest/gtest.h>

#include <string>

#include "catalogue/attribute_table.h"
#include "support/temporary_folder.h"

namespace semblance {
namespace {

TEST(Attributes, UnpackingGivesBackWhatWasPacked) {
  for (const Attributes& attributes :
       {Attributes{}, Attributes{{"", ""}}, Attributes{{"a", "1:2"}, {"3:x", ""}},
        Attributes{{"name", std::string("nul\0and\nline", 12)}, {"b", std::string(5000, ':')}}}) {
    EXPECT_EQ(unpack(pack(attributes)), attributes);
  }
}

TEST(Attributes, TheHashDependsOnContentAndNotOnOrder) {
  const Sha256 hash = hash_of({{"a", "1"}, {"b", "2"}});
  EXPECT_EQ(hash_of({{"b", "2"}, {"a", "1"}}), hash);
  EXPECT_NE(hash_of({{"a", "2"}, {"b", "1"}}), hash);
  EXPECT_NE(hash_of({{"a", "1"}}), hash);
  EXPECT_NE(hash_of({{"ab", "c"}}), hash_of({{"a", "bc"}}));
  EXPECT_NE(hash_of({}), hash_of({{"", ""}}));
}

TEST(AttributeTable, HandsOutEachRowAndRemembersTheUnused) {
  const test::TemporaryFolder folder;
  const auto catalogue = Catalogue::open(folder.path() / "c.sqlite", Database::Mode::kWrite);
  ASSERT_TRUE(catalogue) << catalogue.error().message;
  auto table = AttributeTable::create(catalogue->database());
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_TRUE(*table->add({"a", 2, "P", {{"colour", "red"}}}));
  EXPECT_TRUE(*table->add({"b", 3, std::nullopt, {}}));
  EXPECT_FALSE(*table->add({"a", 4, "Q", {}}));
  EXPECT_TRUE(*table->add({"c", 5, std::nullopt, {}}));
  for (int twice = 0; twice < 2; ++twice) {  // two views of one product
    const auto row = table->take("a");
    ASSERT_TRUE(row && *row);
    EXPECT_EQ((*row)->line, 2);
    EXPECT_EQ((*row)->product, "P");
    EXPECT_EQ((*row)->attributes, (Attributes{{"colour", "red"}}));
  }
  EXPECT_FALSE(*table->take("none"));
  EXPECT_FALSE(*table->take("A"));
  EXPECT_EQ((*table->next_unused(0))->key, "b");
  EXPECT_EQ((*table->next_unused(3))->key, "c");
  EXPECT_FALSE(*table->next_unused(5));
}

}  // namespace
}  // namespace semblance
