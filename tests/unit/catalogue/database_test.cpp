#include "catalogue/database.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "support/temporary_folder.h"

namespace semblance {
namespace {

Database open(const std::filesystem::path& path, Database::Mode mode = Database::Mode::kWrite) {
  auto database = Database::open(path, mode);
  if (!database) throw std::runtime_error(database.error().message);
  return *std::move(database);
}

TEST(Database, KeepsEveryKindOfValue) {
  const test::TemporaryFolder folder;
  const Database database = open(folder.path() / "d.sqlite");
  ASSERT_TRUE(database.execute("CREATE TABLE t(a, b, c, d, e)"));
  auto insert = database.prepare("INSERT INTO t VALUES(?, ?, ?, ?, ?)");
  ASSERT_TRUE(insert) << insert.error().message;
  const std::string text("nul\0inside", 10);
  const std::uint8_t blob[] = {0, 255, 7};
  ASSERT_TRUE(insert->bind(1, std::int64_t{-5})
                  .bind(2, 0.25)
                  .bind(3, text)
                  .bind(4, std::span<const std::uint8_t>(blob))
                  .bind_null(5)
                  .run());
  EXPECT_EQ(database.changes(), 1);
  EXPECT_EQ(database.last_insert_key(), 1);
  auto select = database.prepare("SELECT * FROM t");
  ASSERT_TRUE(select && *select->step());
  EXPECT_EQ(select->integer(0), -5);
  EXPECT_EQ(select->real(1), 0.25);
  EXPECT_EQ(select->text(2), text);
  EXPECT_EQ(select->blob(3).size(), 3U);
  EXPECT_EQ(select->blob(3)[1], 255);
  EXPECT_TRUE(select->is_null(4));
  EXPECT_EQ(select->text(4), "");
  EXPECT_FALSE(*select->step());
}

TEST(Database, ATransactionThatIsNotCommittedNeverWas) {
  const test::TemporaryFolder folder;
  const Database database = open(folder.path() / "d.sqlite");
  ASSERT_TRUE(database.execute("CREATE TABLE t(a)"));
  {
    const auto transaction = Transaction::begin(database);
    ASSERT_TRUE(transaction);
    ASSERT_TRUE(database.execute("INSERT INTO t VALUES(1)"));
  }
  EXPECT_EQ(*database.integer("SELECT count(*) FROM t"), 0);
  auto transaction = Transaction::begin(database);
  ASSERT_TRUE(transaction);
  ASSERT_TRUE(database.execute("INSERT INTO t VALUES(1)"));
  ASSERT_TRUE(transaction->commit());
  EXPECT_EQ(*database.integer("SELECT count(*) FROM t"), 1);
}

TEST(Database, AReaderSeesOneStateWhileAWriterCommits) {
  const test::TemporaryFolder folder;
  const Database writer = open(folder.path() / "d.sqlite");
  ASSERT_TRUE(writer.execute("CREATE TABLE t(a)"));
  const Database reader = open(folder.path() / "d.sqlite", Database::Mode::kRead);
  auto snapshot = Transaction::begin_read(reader);
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(*reader.integer("SELECT count(*) FROM t"), 0);
  ASSERT_TRUE(writer.execute("INSERT INTO t VALUES(1)"));
  EXPECT_EQ(*reader.integer("SELECT count(*) FROM t"), 0);
  ASSERT_TRUE(snapshot->commit());
  EXPECT_EQ(*reader.integer("SELECT count(*) FROM t"), 1);
}

TEST(Database, AReaderCannotWrite) {
  const test::TemporaryFolder folder;
  ASSERT_TRUE(open(folder.path() / "d.sqlite").execute("CREATE TABLE t(a)"));
  const Database reader = open(folder.path() / "d.sqlite", Database::Mode::kRead);
  EXPECT_FALSE(reader.execute("INSERT INTO t VALUES(1)"));
}

TEST(Database, ErrorsAreValues) {
  const test::TemporaryFolder folder;
  EXPECT_EQ(Database::open(folder.path() / "none", Database::Mode::kRead).error().code,
            ErrorCode::kMissingFile);
  EXPECT_EQ(Database::open(folder.path() / "no" / "folder", Database::Mode::kWrite).error().code,
            ErrorCode::kIo);
  const auto garbage = folder.write("garbage", std::string(8192, 'x'));
  EXPECT_EQ(Database::open(garbage, Database::Mode::kWrite).error().code, ErrorCode::kCorrupt);
  const Database database = open(folder.path() / "d.sqlite");
  EXPECT_FALSE(database.prepare("SELECT nonsense"));
  EXPECT_FALSE(database.execute("nonsense"));
  ASSERT_TRUE(database.execute("CREATE TABLE t(a UNIQUE)"));
  EXPECT_EQ(database.integer("SELECT a FROM t").error().code, ErrorCode::kNotFound);
  auto insert = database.prepare("INSERT INTO t VALUES(?)");
  ASSERT_TRUE(insert);
  EXPECT_TRUE(insert->bind(1, "x").run());
  const Status twice = insert->bind(1, "x").run();
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code, ErrorCode::kConflict);
  EXPECT_TRUE(insert->bind(1, "y").run());  // usable again
}

}  // namespace
}  // namespace semblance
