// What TableReader does with files that keep to no standard.

#include <gtest/gtest.h>

#include "source/table_reader.h"
#include "support/temporary_folder.h"

namespace semblance {
namespace {

struct Table {
  std::vector<std::string> columns;
  std::vector<TableReader::Row> rows;
  std::string error;
};

Table read_table(std::string_view content, std::optional<char> separator = std::nullopt) {
  const test::TemporaryFolder folder;
  Result<TableReader> reader = TableReader::open(folder.write("table.csv", content), separator);
  Table table;
  if (!reader) {
    table.error = reader.error().message;
    return table;
  }
  table.columns = reader->columns();
  while (true) {
    Result<std::optional<TableReader::Row>> row = reader->next();
    EXPECT_TRUE(row.ok());
    if (!row || !*row) return table;
    table.rows.push_back(**row);
  }
}

using Fields = std::vector<std::string>;

TEST(TableRepairs, TakesAnySeparatorOutsideQuotes) {
  EXPECT_EQ(read_table("a;b;c\n1;2,5;3\n").rows[0].fields, (Fields{"1", "2,5", "3"}));
  EXPECT_EQ(read_table("a|b\n1|2\n").rows[0].fields, (Fields{"1", "2"}));
  EXPECT_EQ(read_table("\"a,b,c\"\td\n1\t2\n").columns, (Fields{"a,b,c", "d"}));
  EXPECT_EQ(read_table("a,b\tc\n1,2\t3\n", '\t').columns, (Fields{"a,b", "c"}));
}

TEST(TableRepairs, TidiesTheHeader) {
  EXPECT_EQ(read_table("\xEF\xBB\xBF id , name ,,\n1,x,,\n").columns, (Fields{"id", "name"}));
  EXPECT_EQ(read_table(",id\n0,7\n").columns, (Fields{"column_1", "id"}));
  EXPECT_NE(read_table("id,id\n").error.find("two columns named 'id'"), std::string::npos);
  EXPECT_NE(read_table("").error.find("no header"), std::string::npos);
  EXPECT_NE(read_table("\"id\n").error.find("no readable header"), std::string::npos);
}

TEST(TableRepairs, IgnoresLinesOfNothing) {
  const Table table = read_table("id,name\n\n , \n,\n1,x\n   \n");
  ASSERT_EQ(table.rows.size(), 1U);
  EXPECT_EQ(table.rows[0].line, 5);
}

TEST(TableRepairs, DropsEmptySurplusAndJoinsTheRest) {
  const Table table = read_table("id,name\n1,x,,\n2,y, z\n3,\"q\",,w\n");
  EXPECT_EQ(table.rows[0].fields, (Fields{"1", "x"}));
  EXPECT_FALSE(table.rows[0].joined);
  EXPECT_EQ(table.rows[1].fields, (Fields{"2", "y, z"}));
  EXPECT_TRUE(table.rows[1].joined);
  EXPECT_EQ(table.rows[2].fields, (Fields{"3", "q,,w"}));
}

TEST(TableRepairs, ReadsQuotedFieldsAcrossLines) {
  const Table table = read_table("id,name\n1,\"two\r\nlines, \"\"quoted\"\"\"\n2,x\n");
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_EQ(table.rows[0].fields[1], "two\nlines, \"quoted\"");
  EXPECT_EQ(table.rows[1].line, 4);
}

TEST(TableRepairs, AStrayQuoteCostsItsLineOnly) {
  // The quote before "14 looks like the end of one that began before "12.
  const Table table =
      read_table("id,name,size\n1,\"12 inch,small\n2,\"14 inch,large\n3,\"ok\",any\n4,x,y\n");
  ASSERT_EQ(table.rows.size(), 4U);
  EXPECT_TRUE(table.rows[0].problem);
  EXPECT_EQ(table.rows[0].fields[0], "1");
  EXPECT_EQ(table.rows[0].line, 2);
  EXPECT_TRUE(table.rows[1].problem);
  EXPECT_EQ(table.rows[1].line, 3);
  EXPECT_EQ(table.rows[2].fields, (Fields{"3", "ok", "any"}));
  EXPECT_EQ(table.rows[3].fields, (Fields{"4", "x", "y"}));
}

TEST(TableRepairs, AQuoteThatSwallowsWholeRowsIsNone) {
  // Closed properly, but what it closes has too few fields to be a row.
  const Table table = read_table("id,name,size\n1,\"a\n2,b\",c,d,e\n3,x,y\n");
  ASSERT_EQ(table.rows.size(), 3U);
  EXPECT_TRUE(table.rows[0].problem);
  EXPECT_EQ(table.rows[1].line, 3);
  EXPECT_EQ(table.rows[2].fields[0], "3");
}

TEST(TableRepairs, EveryLineIsSeenOnceWithManyOpenQuotes) {
  std::string content = "id,name\n";
  for (int i = 0; i < 500; ++i) content += std::to_string(i) + ",\"open\n";
  const Table table = read_table(content);
  ASSERT_EQ(table.rows.size(), 500U);
  for (int i = 0; i < 500; ++i) {
    EXPECT_EQ(table.rows[i].fields[0], std::to_string(i));
    EXPECT_TRUE(table.rows[i].problem);
  }
}

TEST(TableRepairs, KeepsBytesThatAreNotUtf8Beside) {
  const Table table = read_table("id,name\n1,caf\xE9\n2,caf\xC3\xA9\n");
  EXPECT_EQ(table.rows[0].fields[1], "caf\\xE9");
  EXPECT_EQ(table.rows[0].bytes, (Fields{"1", "caf\xE9"}));
  EXPECT_TRUE(table.rows[1].bytes.empty());
}

TEST(TableRepairs, ReportsWhatIsNoText) {
  const Table table = read_table(std::string_view("id,name\n1,a\0b\n2,c\n", 18));
  EXPECT_EQ(table.rows[0].problem->code, ErrorCode::kBadRow);
  EXPECT_FALSE(table.rows[1].problem);
}

TEST(TableRepairs, ReportsLinesWithoutEnd) {
  const Table table = read_table("id,name\n1," + std::string(5 << 20, 'x') + "\n2,y\n");
  EXPECT_EQ(table.rows[0].problem->code, ErrorCode::kBadRow);
  EXPECT_EQ(table.rows[1].fields[1], "y");
}

TEST(TableRepairs, NamesTheColumnsThereAre) {
  const test::TemporaryFolder folder;
  Result<TableReader> reader = TableReader::open(folder.write("t.csv", "id,name\n"));
  ASSERT_TRUE(reader);
  EXPECT_NE(reader->column("sku").error().message.find("it has: id, name"), std::string::npos);
}

}  // namespace
}  // namespace semblance
