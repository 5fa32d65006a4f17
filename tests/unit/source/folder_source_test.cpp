#include "source/folder_source.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "support/temporary_folder.h"

namespace semblance {
namespace {

namespace fs = std::filesystem;

std::vector<SourceEntry> entries_of(const fs::path& folder, const std::string& prefix = "") {
  std::vector<SourceEntry> entries;
  auto source = open_folder_source(folder, prefix);
  if (!source) {
    ADD_FAILURE() << source.error().message;
    return entries;
  }
  while (true) {
    auto entry = (*source)->next();
    if (!entry) {
      ADD_FAILURE() << entry.error().message;
      return entries;
    }
    if (!*entry) return entries;
    entries.push_back(**std::move(entry));
  }
}

std::vector<std::string> ids_of(const std::vector<SourceEntry>& entries) {
  std::vector<std::string> ids;
  for (const SourceEntry& entry : entries) ids.push_back(entry.id);
  return ids;
}

TEST(FolderSource, ListsEverythingBelowInOrder) {
  const test::TemporaryFolder folder;
  for (const char* name : {"b.jpg", "a/2.jpg", "a/10.jpg", "a/deeper/x.png", "B.jpg", "c.txt"}) {
    folder.write(name, "12345");
  }
  fs::create_directories(folder.path() / "empty");
  const auto entries = entries_of(folder.path());
  EXPECT_EQ(ids_of(entries), (std::vector<std::string>{"B.jpg", "a/10.jpg", "a/2.jpg",
                                                       "a/deeper/x.png", "b.jpg", "c.txt"}));
  for (const SourceEntry& entry : entries) {
    EXPECT_FALSE(entry.problem);
    EXPECT_EQ(entry.path, fs::canonical(folder.path()) / entry.id);
    EXPECT_EQ(entry.size_bytes, 5U);
    EXPECT_GT(entry.mtime_ns, 1'000'000'000'000'000'000);
    EXPECT_TRUE(entry.product.empty());
  }
}

TEST(FolderSource, PutsThePrefixBeforeEachId) {
  const test::TemporaryFolder folder;
  folder.write("a/1.jpg", "");
  EXPECT_EQ(ids_of(entries_of(folder.path(), "shoes/")),
            (std::vector<std::string>{"shoes/a/1.jpg"}));
}

TEST(FolderSource, IgnoresHiddenNames) {
  const test::TemporaryFolder folder;
  for (const char* name : {".hidden.jpg", ".cache/1.jpg", "a/.DS_Store", "a/1.jpg", "..x.jpg"}) {
    folder.write(name, "");
  }
  EXPECT_EQ(ids_of(entries_of(folder.path())), (std::vector<std::string>{"a/1.jpg"}));
}

TEST(FolderSource, FollowsLinksButNotInCircles) {
  const test::TemporaryFolder folder;
  folder.write("photos/a/1.jpg", "");
  const test::TemporaryFolder elsewhere;
  elsewhere.write("2.jpg", "");
  const fs::path photos = folder.path() / "photos";
  fs::create_directory_symlink(elsewhere.path(), photos / "linked");
  fs::create_symlink(elsewhere.path() / "2.jpg", photos / "file.jpg");
  fs::create_directory_symlink("..", photos / "a" / "back");
  fs::create_directory_symlink(".", photos / "a" / "self");
  const auto entries = entries_of(photos);
  EXPECT_EQ(ids_of(entries),
            (std::vector<std::string>{"a/1.jpg", "a/back", "a/self", "file.jpg", "linked/2.jpg"}));
  for (const std::size_t circle : {1U, 2U}) {
    ASSERT_TRUE(entries[circle].problem);
    EXPECT_EQ(entries[circle].problem->code, ErrorCode::kUnreadable);
  }
}

TEST(FolderSource, TwoFoldersThatLinkToEachOtherEnd) {
  const test::TemporaryFolder folder;
  folder.write("a/1.jpg", "");
  folder.write("b/2.jpg", "");
  fs::create_directory_symlink(folder.path() / "b", folder.path() / "a" / "to-b");
  fs::create_directory_symlink(folder.path() / "a", folder.path() / "b" / "to-a");
  const auto ids = ids_of(entries_of(folder.path()));
  EXPECT_EQ(ids, (std::vector<std::string>{"a/1.jpg", "a/to-b/2.jpg", "a/to-b/to-a", "b/2.jpg",
                                           "b/to-a/1.jpg", "b/to-a/to-b"}));
}

TEST(FolderSource, ReportsLinksToNowhere) {
  const test::TemporaryFolder folder;
  fs::create_symlink("gone.jpg", folder.path() / "a.jpg");
  fs::create_symlink("b.jpg", folder.path() / "b.jpg");
  const auto entries = entries_of(folder.path());
  ASSERT_EQ(entries.size(), 2U);
  ASSERT_TRUE(entries[0].problem);
  EXPECT_EQ(entries[0].problem->code, ErrorCode::kMissingFile);
  ASSERT_TRUE(entries[1].problem);
  EXPECT_EQ(entries[1].problem->code, ErrorCode::kUnreadable);
}

TEST(FolderSource, NamesOfAnyBytesHaveReadableIds) {
  const test::TemporaryFolder folder;
  const std::vector<std::string> names{"caf\xC3\xA9.jpg", "caf\xE9.jpg", "new\nline.jpg",
                                       "sp ace.jpg"};
  for (const std::string& name : names) folder.write(name, "x");
  const auto entries = entries_of(folder.path());
  EXPECT_EQ(ids_of(entries), (std::vector<std::string>{"caf\xC3\xA9.jpg", "caf\\xE9.jpg",
                                                       "new\nline.jpg", "sp ace.jpg"}));
  for (const SourceEntry& entry : entries) EXPECT_TRUE(fs::exists(entry.path)) << entry.id;
}

TEST(FolderSource, ANamedPipeIsListedAndNotOpened) {
  const test::TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder.path() / "pipe.jpg").c_str(), 0600), 0);
  EXPECT_EQ(ids_of(entries_of(folder.path())), (std::vector<std::string>{"pipe.jpg"}));
}

TEST(FolderSource, ANameWithoutAFolder) {
  const test::TemporaryFolder folder;
  EXPECT_EQ(open_folder_source(folder.path() / "none", "").error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(open_folder_source(folder.write("file", ""), ""));
}

TEST(FolderSource, OpenedThroughALinkItHasThePathsBehindIt) {
  const test::TemporaryFolder folder;
  folder.write("photos/1.jpg", "");
  fs::create_directory_symlink("photos", folder.path() / "current");
  const auto entries = entries_of(folder.path() / "current");
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].path, fs::canonical(folder.path()) / "photos" / "1.jpg");
}

/// Runs `check` as a user who is not root, in a child process. True when it held.
template <typename Check>
bool holds_without_privileges(Check check) {
  const pid_t child = ::fork();
  if (child == 0) {
    constexpr uid_t kNobody = 65534;
    if (::geteuid() == 0 && (::setegid(kNobody) != 0 || ::seteuid(kNobody) != 0)) ::_exit(2);
    ::_exit(check() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(FolderSource, AFolderWithoutPermissionIsOneProblem) {
  const test::TemporaryFolder folder;
  fs::permissions(folder.path(), fs::perms(0755));
  folder.write("a/1.jpg", "");
  folder.write("locked/2.jpg", "");
  fs::permissions(folder.path() / "locked", fs::perms::none);
  EXPECT_TRUE(holds_without_privileges([&] {
    const auto entries = entries_of(folder.path());
    return ids_of(entries) == std::vector<std::string>{"a/1.jpg", "locked"} && entries[1].problem &&
           entries[1].problem->code == ErrorCode::kUnreadable;
  }));
  EXPECT_TRUE(holds_without_privileges([&] {
    const auto source = open_folder_source(folder.path() / "locked", "");
    return !source && source.error().code == ErrorCode::kUnreadable;
  }));
  fs::permissions(folder.path() / "locked", fs::perms(0755));
}

}  // namespace
}  // namespace semblance
