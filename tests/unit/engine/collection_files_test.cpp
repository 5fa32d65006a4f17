#include "engine/collection_files.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "support/temporary_folder.h"

namespace semblance {
namespace {

TEST(CollectionName, IsSafeAsAFolder) {
  for (const char* name : {"default", "a", "Shoes-2024_v1.2", "0", "a..b"}) {
    EXPECT_TRUE(check_collection_name(name)) << name;
  }
  EXPECT_TRUE(check_collection_name(std::string(64, 'x')));
  EXPECT_FALSE(check_collection_name(std::string(65, 'x')));
  for (const char* name : {"", ".", "..", "-a", "_a", "a/b", "a b", "a\n", "caf\xC3\xA9", "a\\b"}) {
    const Status status = check_collection_name(name);
    ASSERT_FALSE(status) << name;
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_FALSE(check_collection_name(std::string_view("a\0b", 3)));
}

TEST(ListCollections, NamesThoseWithACatalogueInOrder) {
  const test::TemporaryFolder folder;
  EXPECT_TRUE(list_collections(folder.path()).empty());
  for (const char* file :
       {"collections/b/catalogue.sqlite", "collections/a/catalogue.sqlite", "collections/c/lock",
        "collections/.x/catalogue.sqlite", "collections/file"}) {
    folder.write(file, "");
  }
  EXPECT_EQ(list_collections(folder.path()), (std::vector<std::string>{"a", "b"}));
}

TEST(CollectionLock, IsHeldByOneAtATimeAndReleased) {
  const test::TemporaryFolder folder;
  const CollectionFiles files(folder.path() / "data", "default");
  {
    const auto lock = CollectionLock::acquire(files);
    ASSERT_TRUE(lock) << lock.error().message;
    const auto second = CollectionLock::acquire(files);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kConflict);
    EXPECT_TRUE(CollectionLock::acquire(CollectionFiles(folder.path() / "data", "other")));
  }
  EXPECT_TRUE(CollectionLock::acquire(files));
}

TEST(CollectionLock, EndsWithTheProcessHoweverItEnds) {
  const test::TemporaryFolder folder;
  const CollectionFiles files(folder.path(), "default");
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = CollectionLock::acquire(files);
    ::_exit(lock ? 7 : 1);  // without destructors
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_EQ(WEXITSTATUS(status), 7);
  EXPECT_TRUE(CollectionLock::acquire(files));
}

TEST(CollectionLock, SaysWhereItCannotBeMade) {
  const test::TemporaryFolder folder;
  const auto file = folder.write("file", "");
  const auto lock = CollectionLock::acquire(CollectionFiles(file, "default"));
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().code, ErrorCode::kIo);
  EXPECT_NE(lock.error().message.find(file.string()), std::string::npos);
}

}  // namespace
}  // namespace semblance
