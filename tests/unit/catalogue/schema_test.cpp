#include "catalogue/schema.h"

#include <gtest/gtest.h>

#include "catalogue/catalogue.h"
#include "support/temporary_folder.h"

namespace semblance {
namespace {

std::int64_t version_of(const Database& database) {
  return *database.integer("PRAGMA user_version");
}

TEST(Schema, ANewCatalogueGetsThisProgramsSchemaOnce) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "c.sqlite";
  const auto created = Catalogue::open(path, Database::Mode::kWrite);
  ASSERT_TRUE(created) << created.error().message;
  EXPECT_GE(version_of(created->database()), 1);
  EXPECT_TRUE(check_schema(created->database()));
  EXPECT_TRUE(migrate_schema(created->database()));
  const auto again = Catalogue::open(path, Database::Mode::kWrite);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(version_of(again->database()), version_of(created->database()));
}

TEST(Schema, EachMigrationLeadsToTheSameTables) {
  // From every older version that this program knows; version 0 is an empty file.
  const test::TemporaryFolder folder;
  const auto path = folder.write("c.sqlite", "");
  const auto reader = Catalogue::open(path, Database::Mode::kRead);
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, ErrorCode::kConflict);
  EXPECT_NE(reader.error().message.find("older"), std::string::npos);
  const auto writer = Catalogue::open(path, Database::Mode::kWrite);
  ASSERT_TRUE(writer) << writer.error().message;
  EXPECT_TRUE(Catalogue::open(path, Database::Mode::kRead));
}

TEST(Schema, ACatalogueOfANewerProgramIsRefusedAndLeftAlone) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "c.sqlite";
  std::int64_t newer = 0;
  {
    const auto created = Catalogue::open(path, Database::Mode::kWrite);
    ASSERT_TRUE(created);
    newer = version_of(created->database()) + 1;
    ASSERT_TRUE(created->database().execute("PRAGMA user_version=" + std::to_string(newer)));
  }
  for (const auto mode : {Database::Mode::kRead, Database::Mode::kWrite}) {
    const auto opened = Catalogue::open(path, mode);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::kConflict);
    EXPECT_NE(opened.error().message.find("newer"), std::string::npos);
  }
  const auto database = Database::open(path, Database::Mode::kRead);
  ASSERT_TRUE(database);
  EXPECT_EQ(version_of(*database), newer);
}

}  // namespace
}  // namespace semblance
