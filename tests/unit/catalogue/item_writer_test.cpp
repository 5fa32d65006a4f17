#include "catalogue/item_writer.h"

#include <gtest/gtest.h>

#include "samples.h"

namespace semblance {
namespace {

using test::content;
using test::Filled;
using test::seen;

SyncTask task_for(const SeenItem& item) {
  SyncTask task;
  task.seen = item;
  return task;
}

TEST(ItemWriter, AnItemKeepsItsKeyThroughItsLife) {
  Filled filled;
  const Catalogue& catalogue = filled.catalogue();
  const std::int64_t key = filled.put(seen("a"), "A", 0);
  EXPECT_EQ(filled.put(seen("a", 200, 2), "A2", 1), key);
  filled.put_problem(seen("a", 10, 3), ItemStatus::kFailed, ErrorCode::kTruncated);
  EXPECT_FALSE(*catalogue.item(key));
  EXPECT_EQ(*catalogue.database().integer("SELECT count(*) FROM vector"), 0);
  EXPECT_EQ(catalogue.problems()->size(), 1U);
  EXPECT_EQ(filled.put(seen("a", 200, 4), "A2", 2), key);
  EXPECT_TRUE(catalogue.problems()->empty());
  EXPECT_EQ((**catalogue.item(key)).width, 30);
  ASSERT_TRUE(filled.writer().remove(key));
  EXPECT_FALSE(*catalogue.item(key));
  EXPECT_EQ(*catalogue.database().integer("SELECT count(*) FROM vector"), 0);
}

TEST(ItemWriter, AttributesAreReplacedOnlyWhereTheSourceHasThem) {
  Filled filled;
  const Catalogue& catalogue = filled.catalogue();
  SeenItem item = seen("a");
  item.attributes = Attributes{{"colour", "red"}, {"size", "M"}};
  const std::int64_t key = filled.put(item, "A", 0);
  filled.put(seen("a"), "A2", 1);  // a source without attributes
  EXPECT_EQ(*catalogue.attributes(key), *item.attributes);
  item.attributes = Attributes{{"size", "L"}};
  filled.put(item, "A2", 2);
  EXPECT_EQ(*catalogue.attributes(key), *item.attributes);
  item.attributes = Attributes{};
  filled.put(item, "A2", 3);
  EXPECT_TRUE(catalogue.attributes(key)->empty());
  item.attributes = Attributes{{"size", "L"}};
  filled.put(item, "A2", 4);
  ASSERT_TRUE(filled.writer().remove(key));
  EXPECT_EQ(*catalogue.database().integer("SELECT count(*) FROM attribute"), 0);
}

TEST(ItemWriter, RenamingKeepsVectorsAndTheProductThatTheSourceGave) {
  Filled filled;
  const Catalogue& catalogue = filled.catalogue();
  SeenItem item = seen("a");
  item.product = "P";
  const std::int64_t key = filled.put(item, "A", 0);
  ASSERT_TRUE(filled.writer().rename(key, task_for(seen("b"))));
  EXPECT_FALSE(*catalogue.item_by_id("a"));
  const auto renamed = catalogue.item_by_id("b");
  ASSERT_TRUE(renamed && *renamed);
  EXPECT_EQ((*renamed)->key, key);
  EXPECT_EQ((*renamed)->product, "P");
  EXPECT_EQ((*renamed)->path, "/photos/b");
  EXPECT_EQ(*catalogue.database().integer("SELECT count(*) FROM vector"), 1);
}

TEST(ItemWriter, AnItemThatIsItsOwnProductStaysThatWhenItIsRenamed) {
  Filled filled;
  const std::int64_t key = filled.put(seen("a"), "A", 0);
  ASSERT_TRUE(filled.writer().rename(key, task_for(seen("b"))));
  filled.put(seen("a"), "another photo", 1);
  EXPECT_EQ((**filled.catalogue().item_by_id("b")).product, "b");
  EXPECT_EQ(filled.catalogue().counts()->products, 2);
}

}  // namespace
}  // namespace semblance
