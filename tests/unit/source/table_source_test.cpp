#include "source/table_source.h"

#include <gtest/gtest.h>

#include <map>

#include "source_entries.h"
#include "support/temporary_folder.h"
#include "support/test_data.h"

namespace semblance {
namespace {

namespace fs = std::filesystem;
using test::attribute;
using test::problem;

class TableSourceTest : public ::testing::Test {
 protected:
  std::vector<SourceEntry> read(std::string_view content, const SourceOptions& options = {},
                                TableKind kind = TableKind::kAny) {
    return test::read_all(open_table_source(folder_.write("styles.csv", content), options, kind));
  }
  void photo(std::string_view name) { folder_.write("images/" + std::string(name), "photo"); }
  [[nodiscard]] fs::path images() const { return folder_.path() / "images"; }

  test::TemporaryFolder folder_;
};

TEST_F(TableSourceTest, NeedsNoOptionForIdsWithPhotosBeside) {
  photo("1.jpg");
  photo("2.png");
  const auto entries = read("id,gender,name\n1,Men,Shirt\n2,,\"Shoe, red\"\n3,Men,Hat\n");
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].id, "1");
  EXPECT_EQ(entries[0].path, images() / "1.jpg");
  EXPECT_EQ(entries[0].product, "");
  EXPECT_EQ(*entries[0].attributes, (Attributes{{"gender", "Men"}, {"name", "Shirt"}}));
  EXPECT_EQ(entries[0].place, (folder_.path() / "styles.csv").native() + ":2");
  EXPECT_EQ(entries[1].path, images() / "2.png");
  EXPECT_EQ(*entries[1].attributes, (Attributes{{"name", "Shoe, red"}}));
  EXPECT_EQ(problem(entries[2]), "missing_file");
}

TEST_F(TableSourceTest, GuessesColumnsByTheirUsualNames) {
  photo("a.jpg");
  const auto entries =
      read("Colour,Image Path,SKU,Product-ID,Product URL\nred,a.jpg,X1,P1,https://shop/x1\n");
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].id, "X1");
  EXPECT_EQ(entries[0].product, "P1");
  EXPECT_EQ(entries[0].link, "https://shop/x1");
  EXPECT_EQ(entries[0].path, images() / "a.jpg");
  EXPECT_EQ(*entries[0].attributes, (Attributes{{"Colour", "red"}}));
}

TEST_F(TableSourceTest, TakesThePhotoForTheIdWithoutAnIdColumn) {
  photo("a.jpg");
  const auto entries = read("role,file,product\nmain,a.jpg,Milk\n");
  EXPECT_EQ(entries[0].id, "a.jpg");
  EXPECT_EQ(entries[0].product, "Milk");
}

TEST_F(TableSourceTest, TakesTheFirstColumnWhereNoneHasAUsualName) {
  photo("7.jpg");
  const auto entries = read("Artikel;Farbe\n7;rot\n");
  EXPECT_EQ(entries[0].id, "7");
  EXPECT_EQ(entries[0].path, images() / "7.jpg");
  EXPECT_EQ(attribute(entries[0], "Farbe"), "rot");
}

TEST_F(TableSourceTest, ObeysTheColumnsThatAreNamed) {
  photo("a.jpg");
  SourceOptions options;
  options.id_column = "code";
  options.image_column = "pic";
  options.product_column = "family";
  const auto entries = read("id,code,pic,image,family\n1,C1,a.jpg,other.jpg,F\n", options);
  EXPECT_EQ(entries[0].id, "C1");
  EXPECT_EQ(entries[0].product, "F");
  EXPECT_EQ(entries[0].path, images() / "a.jpg");
  EXPECT_EQ(attribute(entries[0], "id"), "1");
  EXPECT_EQ(attribute(entries[0], "image"), "other.jpg");
}

TEST_F(TableSourceTest, NamesTheColumnsWhereOneIsNotThere) {
  SourceOptions options;
  options.image_column = "picture";
  const Error error = test::error_of(
      open_table_source(folder_.write("t.csv", "id,name\n"), options, TableKind::kAny));
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_NE(error.message.find("it has: id, name"), std::string::npos);
}

TEST_F(TableSourceTest, IdsAreAnyText) {
  photo("a b.jpg");
  photo("\xE5\x95\x86.jpg");
  const auto entries = read("id,n\n a b ,1\n\xE5\x95\x86,2\n\"x\"\"y\",3\nna\xEFve,4\n");
  EXPECT_EQ(test::ids_of(entries),
            (std::vector<std::string>{"a b", "\xE5\x95\x86", "x\"y", "na\\xEFve"}));
  EXPECT_EQ(problem(entries[0]), "");
  EXPECT_EQ(problem(entries[1]), "");
}

TEST_F(TableSourceTest, AccountsForEveryRowOnce) {
  photo("1.jpg");
  const auto entries = read("id,name\n1,x\n\n2\n,y\n1,again\n\"3,z\n4,gone\n");
  ASSERT_EQ(entries.size(), 6U);
  EXPECT_EQ(problem(entries[0]), "");
  EXPECT_EQ(problem(entries[1]), "bad_row");  // too short
  EXPECT_EQ(entries[1].id, "2");
  EXPECT_EQ(problem(entries[2]), "bad_row");  // no id
  EXPECT_EQ(problem(entries[3]), "");         // the plan finds the repeated id
  EXPECT_EQ(problem(entries[4]), "bad_row");  // quote without end
  EXPECT_EQ(problem(entries[5]), "missing_file");
}

TEST_F(TableSourceTest, JoinsSurplusOnlyToText) {
  photo("1.jpg");
  const auto text = read("id,image,name\n1,1.jpg,Shirt, blue\n");
  EXPECT_EQ(attribute(text[0], "name"), "Shirt, blue");
  const auto path = read("id,name,image\n1,Shirt, blue,1.jpg\n");
  EXPECT_EQ(problem(path[0]), "bad_row");
  EXPECT_EQ(path[0].id, "1");
}

TEST_F(TableSourceTest, AddressesAreItemsToFetch) {
  photo("1.jpg");
  const auto entries =
      read("id,image_url\n1,https://shop.example/1.jpg\n2,1.jpg\n3,\n4,gopher://x/y\n");
  EXPECT_EQ(entries[0].url, "https://shop.example/1.jpg");
  EXPECT_TRUE(entries[0].path.empty());
  EXPECT_EQ(entries[1].path, images() / "1.jpg");
  EXPECT_EQ(problem(entries[2]), "missing_file");
  EXPECT_EQ(problem(entries[3]), "bad_row");
}

TEST_F(TableSourceTest, ReadsAFeedInTheFormOfATable) {
  const auto entries = read(
      "id\ttitle\tlink\timage_link\tadditional_image_link\titem_group_id\tprice\tavailability\n"
      "s1\tShoe\thttps://shop/s1\thttps://cdn/1.jpg\thttps://cdn/2,a.jpg,https://cdn/3.jpg,"
      "https://cdn/1.jpg\tg1\t15.00 USD\tin stock\n",
      {}, TableKind::kTsv);
  ASSERT_EQ(test::ids_of(entries), (std::vector<std::string>{"s1", "s1#2", "s1#3"}));
  EXPECT_EQ(entries[0].url, "https://cdn/1.jpg");
  EXPECT_EQ(entries[1].url, "https://cdn/2,a.jpg");
  EXPECT_EQ(entries[2].url, "https://cdn/3.jpg");
  for (const SourceEntry& entry : entries) {
    EXPECT_EQ(entry.product, "g1");
    EXPECT_EQ(entry.link, "https://shop/s1");
    EXPECT_EQ(attribute(entry, "price"), "15.00");
    EXPECT_EQ(attribute(entry, "price_currency"), "USD");
    EXPECT_EQ(attribute(entry, "availability"), "in stock");
  }
}

TEST_F(TableSourceTest, LeavesPricesOfOtherTablesAlone) {
  photo("1.jpg");
  EXPECT_EQ(attribute(read("id,price\n1,15.00 USD\n")[0], "price"), "15.00 USD");
}

TEST_F(TableSourceTest, KeepsOnlyWhatWhereNames) {
  photo("1.jpg");
  photo("2.jpg");
  SourceOptions options;
  options.where = {"colour=red", "size = M"};
  const auto entries = read("id,colour,size\n1,red,M\n2,red,L\n3,blue,M\n4,red\n", options);
  EXPECT_EQ(test::ids_of(entries), (std::vector<std::string>{"1", "4"}));
  EXPECT_EQ(problem(entries[1]), "bad_row") << "a row that cannot be read is still reported";
}

TEST_F(TableSourceTest, RefusesAWhereThatCannotBeMeant) {
  const fs::path file = folder_.write("t.csv", "id,colour\n1,red\n");
  SourceOptions options;
  options.where = {"color=red"};
  EXPECT_NE(test::error_of(open_table_source(file, options, TableKind::kAny))
                .message.find("it has: id, colour"),
            std::string::npos);
  options.where = {"colour"};
  EXPECT_NE(
      test::error_of(open_table_source(file, options, TableKind::kAny)).message.find("NAME=VALUE"),
      std::string::npos);
}

TEST_F(TableSourceTest, RefusesIdsOfAbsurdLength) {
  const auto entries = read("id,name\n" + std::string(10'000, 'x') + ",y\n");
  EXPECT_EQ(problem(entries[0]), "bad_row");
  EXPECT_LE(entries[0].id.size(), 200U);
}

TEST(RealTables, FashionStylesGivesExactlyWhatItIsKnownToHold) {
  SEMBLANCE_TEST_DATA_OR_SKIP(data);
  SourceOptions options;
  options.images = data / "data/fashion";
  const auto entries =
      test::read_all(open_table_source(data / "data/fashion-styles.csv", options, TableKind::kAny));
  std::map<std::string, int> counts;
  std::map<std::string, std::string> names;
  for (const SourceEntry& entry : entries) {
    ++counts[problem(entry)];
    names[entry.id] = attribute(entry, "productDisplayName");
  }
  EXPECT_EQ(entries.size(), 2988U);
  EXPECT_EQ(counts[""], 2946);
  EXPECT_EQ(counts["missing_file"], 41);
  EXPECT_EQ(counts["bad_row"], 1);
  EXPECT_EQ(names["1766"], "Inesis Men Blue Polo T-shirt, Pack of 2");
  EXPECT_EQ(names["1943"], "Domyos Grey Duffle Duffle Bag, Pack of 2");
}

}  // namespace
}  // namespace semblance
