#include "base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <string>

#include "support/temporary_folder.h"

namespace semblance {
namespace {

std::string text_of(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(ReadFile, GivesTheContent) {
  const test::TemporaryFolder folder;
  const auto bytes = read_file(folder.write("a", "hello"), 100);
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(text_of(*bytes), "hello");
}

TEST(ReadFile, AnEmptyFileIsNoError) {
  const test::TemporaryFolder folder;
  const auto bytes = read_file(folder.write("a", ""), 100);
  ASSERT_TRUE(bytes.ok());
  EXPECT_TRUE(bytes->empty());
}

TEST(ReadFile, RefusesWhatIsTooLarge) {
  const test::TemporaryFolder folder;
  const auto path = folder.write("a", "hello");
  EXPECT_EQ(read_file(path, 4).error().code, ErrorCode::kTooLarge);
  EXPECT_TRUE(read_file(path, 5).ok());
}

TEST(ReadFile, SaysWhatIsWrong) {
  const test::TemporaryFolder folder;
  EXPECT_EQ(read_file(folder.path() / "none", 9).error().code, ErrorCode::kMissingFile);
  EXPECT_EQ(read_file(folder.path(), 9).error().code, ErrorCode::kUnreadable);
}

TEST(ReadFile, DoesNotWaitForANamedPipe) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(read_file(path, 9).error().code, ErrorCode::kUnreadable);
}

TEST(WriteFileAtomically, ReplacesAndLeavesNothingElse) {
  const test::TemporaryFolder folder;
  const auto path = folder.write("a", "old");
  ASSERT_TRUE(write_file_atomically(path, std::string_view("new")).ok());
  EXPECT_EQ(text_of(*read_file(path, 100)), "new");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(WriteFileAtomically, FailsWithTheReason) {
  const auto status = write_file_atomically("/nonexistent/folder/a", std::string_view("x"));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kIo);
  EXPECT_NE(status.error().message.find("/nonexistent/folder/a"), std::string::npos);
}

TEST(MappedFile, ShowsTheContentAndTakesEmptyFiles) {
  const test::TemporaryFolder folder;
  const auto mapped = MappedFile::open(folder.write("a", "hello"));
  ASSERT_TRUE(mapped.ok());
  EXPECT_EQ(mapped->bytes().size(), 5U);
  EXPECT_EQ(mapped->bytes()[4], std::byte{'o'});
  EXPECT_TRUE(MappedFile::open(folder.write("b", ""))->bytes().empty());
  EXPECT_EQ(MappedFile::open(folder.path() / "none").error().code, ErrorCode::kMissingFile);
}

TEST(CreateFoldersDurably, MakesAllThatIsMissing) {
  const test::TemporaryFolder folder;
  ASSERT_TRUE(create_folders_durably(folder.path() / "a/b/c"));
  EXPECT_TRUE(std::filesystem::is_directory(folder.path() / "a/b/c"));
  EXPECT_TRUE(create_folders_durably(folder.path() / "a/b/c"));
  folder.write("file", "");
  EXPECT_EQ(create_folders_durably(folder.path() / "file/d").error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace semblance
