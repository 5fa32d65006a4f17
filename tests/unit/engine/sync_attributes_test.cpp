#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "engine/sync.h"
#include "sync_fixture.h"

namespace semblance {
namespace {

namespace fs = std::filesystem;

class SyncAttributes : public test::SyncFixture {
 protected:
  void SetUp() override {
    SyncFixture::SetUp();
    add_photos(3);
  }
  void table(const std::string& text) { options_.attributes = folder_.write("styles.csv", text); }
  Attributes attributes_of(const std::string& id) const {
    const Collection collection = open();
    const auto item = collection.catalogue().item_by_id(id);
    if (!item || !*item) return {{"no item", id}};
    return *collection.catalogue().attributes((*item)->key);
  }
  std::string product_of(const std::string& id) const {
    return (**open().catalogue().item_by_id(id)).product;
  }
};

TEST_F(SyncAttributes, AreJoinedByFileNameWithoutEnding) {
  table("id,articleType,baseColour\n0,Shirts,Blue\n1,Shoes,\n2,Bags,Red\n");
  const SyncReport report = sync();
  EXPECT_EQ(report.added, 3);
  EXPECT_EQ(report.attribute_problems, 0);
  EXPECT_EQ(attributes_of("0.jpg"),
            (Attributes{{"articleType", "Shirts"}, {"baseColour", "Blue"}}));
  EXPECT_EQ(attributes_of("1.jpg"), (Attributes{{"articleType", "Shoes"}}));
  EXPECT_EQ(product_of("0.jpg"), "0.jpg");
}

TEST_F(SyncAttributes, EveryViewOfAProductGetsItsRow) {
  add_photo("front/x.jpg", 5);
  add_photo("back/x.jpg", 6);
  table("sku\tproduct\ttype\nx\tP\tShoe\n0\t\tBag\n");
  options_.attributes_key = "sku";
  EXPECT_EQ(sync().attribute_problems, 0);
  EXPECT_EQ(product_of("front/x.jpg"), "P");
  EXPECT_EQ(product_of("back/x.jpg"), "P");
  EXPECT_EQ(attributes_of("back/x.jpg"), (Attributes{{"type", "Shoe"}}));
  EXPECT_EQ(product_of("0.jpg"), "0.jpg");  // no product named
  EXPECT_EQ(open().catalogue().counts()->products, 4);
}

TEST_F(SyncAttributes, TroubleWithRowsIsReportedApart) {
  table("id,type\n0,Shirt\n0,Shoe\n,Bag\nnophoto,Hat\n1\n2,\"never ends\n");
  options_.dry_run = true;
  EXPECT_EQ(sync().attribute_problems, 5);
  options_.dry_run = false;
  const SyncReport report = sync();
  EXPECT_EQ(report.failed, 0);
  EXPECT_EQ(report.attribute_problems, 5);
  std::string found;
  const auto problems = open().catalogue().problems();
  ASSERT_TRUE(problems);
  for (const Problem& problem : *problems) {
    EXPECT_EQ(problem.kind, "attribute");
    const std::string place = fs::path(problem.place).filename();
    found += problem.reason + " " + problem.subject + " " + place + "\n";
  }
  EXPECT_EQ(found,
            "bad_row  styles.csv:4\n"
            "bad_row 1 styles.csv:6\n"
            "bad_row 2 styles.csv:7\n"
            "duplicate_id 0 styles.csv:3\n"
            "missing_file nophoto styles.csv:5\n");
  EXPECT_EQ(attributes_of("0.jpg"), (Attributes{{"type", "Shirt"}}));
  EXPECT_TRUE(attributes_of("1.jpg").empty());
  // Problems are of the last sync, not of all of them.
  table("id,type\n0,Shirt\n");
  EXPECT_EQ(sync().attribute_problems, 0);
  EXPECT_TRUE(open().catalogue().problems()->empty());
}

TEST_F(SyncAttributes, ChangeWithoutEmbeddingAgain) {
  table("id,type,product\n0,Shirt,P\n1,Shoe,Q\n");
  sync();
  table("id,type\n0,Blouse\n2,Bag\n");
  const SyncReport report = sync();
  EXPECT_EQ(report.unchanged, 3);
  EXPECT_EQ(calls_, 3);
  EXPECT_EQ(attributes_of("0.jpg"), (Attributes{{"type", "Blouse"}}));
  EXPECT_EQ(product_of("0.jpg"), "0.jpg");
  EXPECT_TRUE(attributes_of("1.jpg").empty());
  EXPECT_EQ(attributes_of("2.jpg"), (Attributes{{"type", "Bag"}}));
}

TEST_F(SyncAttributes, StayWhereASyncHasNoTable) {
  table("id,type,product\n0,Shirt,P\n1,Shoe,\n");
  sync();
  options_.attributes.reset();
  sync();
  EXPECT_EQ(attributes_of("0.jpg"), (Attributes{{"type", "Shirt"}}));
  EXPECT_EQ(product_of("0.jpg"), "P");
  // Also when the photo changes or is renamed.
  add_photo("0.jpg", 80);
  fs::rename(photos() / "1.jpg", photos() / "one.jpg");
  EXPECT_EQ(sync().renamed, 1);
  EXPECT_EQ(attributes_of("0.jpg"), (Attributes{{"type", "Shirt"}}));
  EXPECT_EQ(attributes_of("one.jpg"), (Attributes{{"type", "Shoe"}}));
}

TEST_F(SyncAttributes, ARenamedPhotoGetsTheRowOfItsNewName) {
  table("id,type\n0,Shirt\nnew,Shoe\n");
  sync();
  fs::rename(photos() / "0.jpg", photos() / "new.jpg");
  EXPECT_EQ(sync().renamed, 1);
  EXPECT_EQ(attributes_of("new.jpg"), (Attributes{{"type", "Shoe"}}));
}

TEST_F(SyncAttributes, ATableThatCannotBeUsedEndsTheRun) {
  options_.attributes = folder_.path() / "none.csv";
  EXPECT_EQ(try_sync().error().code, ErrorCode::kMissingFile);
  table("sku,type\n0,Shirt\n");
  const auto no_key = try_sync();
  ASSERT_FALSE(no_key);
  EXPECT_EQ(no_key.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(no_key.error().message.find("sku, type"), std::string::npos);
  table("");
  EXPECT_EQ(try_sync().error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(calls_, 0);
}

}  // namespace
}  // namespace semblance
