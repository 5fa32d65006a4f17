#include "source/table_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/temporary_folder.h"

namespace semblance {
namespace {

using Fields = std::vector<std::string>;

/// Every row of a table.
struct Table {
  Fields columns;
  std::vector<TableReader::Row> rows;
};

Table read(const std::string& text) {
  const test::TemporaryFolder folder;
  auto reader = TableReader::open(folder.write("table.csv", text));
  if (!reader) {
    ADD_FAILURE() << reader.error().message;
    return {};
  }
  Table table{reader->columns(), {}};
  while (true) {
    auto row = reader->next();
    if (!row) {
      ADD_FAILURE() << row.error().message;
      return table;
    }
    if (!*row) return table;
    table.rows.push_back(**std::move(row));
  }
}

ErrorCode refusal(const std::string& text) {
  const test::TemporaryFolder folder;
  const auto reader = TableReader::open(folder.write("table.csv", text));
  EXPECT_FALSE(reader);
  return reader ? ErrorCode::kInternal : reader.error().code;
}

TEST(TableReader, ReadsFieldsQuotedOrNot) {
  const Table table = read(
      "id,name,note\n"
      "1,Shirt,\"red, with \"\"dots\"\"\"\n"
      "2,,\"\"\n"
      "3,\"two\nlines\",x\n"
      "4,5\" heel,not a \"quote\"\n");
  EXPECT_EQ(table.columns, (Fields{"id", "name", "note"}));
  ASSERT_EQ(table.rows.size(), 4U);
  EXPECT_EQ(table.rows[0].fields, (Fields{"1", "Shirt", "red, with \"dots\""}));
  EXPECT_EQ(table.rows[1].fields, (Fields{"2", "", ""}));
  EXPECT_EQ(table.rows[2].fields, (Fields{"3", "two\nlines", "x"}));
  EXPECT_EQ(table.rows[3].fields, (Fields{"4", "5\" heel", "not a \"quote\""}));
  const std::vector<std::int64_t> lines{2, 3, 4, 6};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(table.rows[i].line, lines[i]);
    EXPECT_FALSE(table.rows[i].problem);
  }
}

TEST(TableReader, ByteOrderMarkCrlfAndAMissingLastNewline) {
  const Table table = read("\xEF\xBB\xBFid,name\r\n1,a\r\n2,\"b\r\nc\"\r\n3,d");
  EXPECT_EQ(table.columns, (Fields{"id", "name"}));
  ASSERT_EQ(table.rows.size(), 3U);
  EXPECT_EQ(table.rows[0].fields, (Fields{"1", "a"}));
  EXPECT_EQ(table.rows[1].fields, (Fields{"2", "b\nc"}));
  EXPECT_EQ(table.rows[2].fields, (Fields{"3", "d"}));
}

TEST(TableReader, TellsTheSeparatorFromTheHeader) {
  for (const char separator : {',', ';', '\t'}) {
    std::string text = "id|name|note\n1|a,b|\"x;y\tz\"\n";
    for (char& c : text) {
      if (c == '|') c = separator;
    }
    if (separator == ',') text.replace(text.find("a,b"), 3, "a b");
    const Table table = read(text);
    ASSERT_EQ(table.rows.size(), 1U) << separator;
    EXPECT_EQ(table.columns, (Fields{"id", "name", "note"}));
    EXPECT_EQ(table.rows[0].fields.size(), 3U);
    EXPECT_EQ(table.rows[0].fields[2], "x;y\tz");
    EXPECT_FALSE(table.rows[0].problem);
  }
}

TEST(TableReader, ASingleColumnNeedsNoSeparator) {
  const Table table = read("id\n1\n2;3\n");
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_EQ(table.rows[1].fields, (Fields{"2;3"}));
}

TEST(TableReader, BlankLinesAreIgnoredAlsoBeforeTheHeader) {
  const Table table = read("\n  \t\nid;name\n\n1;a\n \r\n2;b\n\n\n");
  EXPECT_EQ(table.columns, (Fields{"id", "name"}));
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_EQ(table.rows[0].line, 5);
  EXPECT_EQ(table.rows[1].line, 7);
}

TEST(TableReader, ASeparatorInTheLastColumnIsRepaired) {
  const Table table = read("id,name\n1,a,b\n2,\"c\",d,,e\n");
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_EQ(table.rows[0].fields, (Fields{"1", "a,b"}));
  EXPECT_EQ(table.rows[1].fields, (Fields{"2", "c,d,,e"}));
  EXPECT_FALSE(table.rows[1].problem);
}

TEST(TableReader, TooFewFieldsAreABadRow) {
  const Table table = read("id,name,note\n1,a\n2,b,c\n");
  ASSERT_EQ(table.rows.size(), 2U);
  ASSERT_TRUE(table.rows[0].problem);
  EXPECT_EQ(table.rows[0].problem->code, ErrorCode::kBadRow);
  EXPECT_EQ(table.rows[0].fields, (Fields{"1", "a"}));
  EXPECT_FALSE(table.rows[1].problem);
}

TEST(TableReader, AQuoteThatNeverEndsLosesOnlyItsOwnLine) {
  const Table table = read("id,name\n1,\"a\n2,b\n3,c\n");
  ASSERT_EQ(table.rows.size(), 3U);
  ASSERT_TRUE(table.rows[0].problem);
  EXPECT_EQ(table.rows[0].problem->code, ErrorCode::kBadRow);
  EXPECT_EQ(table.rows[0].line, 2);
  EXPECT_EQ(table.rows[1].fields, (Fields{"2", "b"}));
  EXPECT_EQ(table.rows[1].line, 3);
  EXPECT_EQ(table.rows[2].fields, (Fields{"3", "c"}));

  const Table last = read("id,name\n1,a\n2,\"b");
  ASSERT_EQ(last.rows.size(), 2U);
  EXPECT_TRUE(last.rows[1].problem);
}

TEST(TableReader, AQuoteThatNeverEndsDoesNotSwallowQuotedRowsBehindIt) {
  const Table table = read("id,name\n1,\"a\n2,\"b\"\n3,\"c\"\n");
  ASSERT_EQ(table.rows.size(), 3U);
  EXPECT_TRUE(table.rows[0].problem);
  EXPECT_EQ(table.rows[1].fields, (Fields{"2", "b"}));
  EXPECT_EQ(table.rows[2].fields, (Fields{"3", "c"}));
}

TEST(TableReader, AFieldOfThousandsOfLinesIsAQuoteThatNeverEnds) {
  std::string text = "id,name\n1,\"a\n";
  for (int i = 2; i < 3000; ++i) text += std::to_string(i) + ",x\n";
  const Table table = read(text);
  ASSERT_EQ(table.rows.size(), 2999U);
  EXPECT_TRUE(table.rows[0].problem);
  EXPECT_EQ(table.rows[2998].fields, (Fields{"2999", "x"}));
  EXPECT_EQ(table.rows[2998].line, 3000);
}

TEST(TableReader, AnEnormousLineIsABadRow) {
  const std::string value(10'000'000, 'x');
  const Table table = read("id,name\n1," + value + "\n2,b\n");
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_TRUE(table.rows[0].problem);
  EXPECT_EQ(table.rows[1].fields, (Fields{"2", "b"}));
}

TEST(TableReader, BytesThatAreNoTextAreShown) {
  const Table table = read(std::string("id,name\n1,caf\xE9\n2,a\0b\n", 21));
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_EQ(table.rows[0].fields[1], "caf\\xE9");
  EXPECT_EQ(table.rows[1].fields[1], std::string("a\0b", 3));
}

TEST(TableReader, AHeaderAloneHasNoRows) {
  EXPECT_TRUE(read("id,name\n").rows.empty());
  EXPECT_TRUE(read("id,name").rows.empty());
}

TEST(TableReader, RefusesWhatHasNoUsableHeader) {
  EXPECT_EQ(refusal(""), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refusal("\n \n"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refusal("id,name,id\n1,a,2\n"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refusal("id,\"name\n1,a\n"), ErrorCode::kInvalidArgument);
}

TEST(TableReader, RefusesWhatIsNoFile) {
  const test::TemporaryFolder folder;
  EXPECT_EQ(TableReader::open(folder.path() / "none.csv").error().code, ErrorCode::kMissingFile);
  EXPECT_EQ(TableReader::open(folder.path()).error().code, ErrorCode::kUnreadable);
}

TEST(TableReader, AMissingColumnNamesThoseThereAre) {
  const test::TemporaryFolder folder;
  const auto reader = TableReader::open(folder.write("table.csv", "id,name\n"));
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ(*reader->column("name"), 1U);
  const auto none = reader->column("Name");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(none.error().message.find("id, name"), std::string::npos);
}

}  // namespace
}  // namespace semblance
