// Full and broken disks, folders that may not be written, photos that change while they are read.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "crash/crash_world.h"
#include "crash/disk_model.h"

namespace semblance::test {
namespace {

constexpr std::size_t kFaultsEach = 14;
constexpr unsigned kSeed = 11;

bool says(const std::string& text, const std::vector<std::string>& words) {
  return std::any_of(words.begin(), words.end(),
                     [&](const std::string& word) { return text.find(word) != std::string::npos; });
}

/// Makes one operation after another fail in a sync of the world's photos, `before` being the data
/// folder to begin with (absent: none).
void break_disk(const CrashWorld& world, const std::filesystem::path& before,
                std::map<std::string, std::string> known) {
  const std::vector<std::string> arguments = world.sync_arguments();
  const std::filesystem::path data = world.folder() / "work";
  const auto begin = [&] {
    std::filesystem::remove_all(data);
    if (std::filesystem::exists(before)) copy_folder(before, data);
  };
  begin();
  const std::filesystem::path journal = world.folder() / "journal";
  std::filesystem::remove(journal);
  world.run(
      data, arguments,
      {{},
       {{"SEMBLANCE_CRASH_ROOT", data.string()}, {"SEMBLANCE_CRASH_JOURNAL", journal.string()}},
       false});
  const Contents expected = read_contents(data);
  known.insert(expected.vectors.begin(), expected.vectors.end());
  std::uint64_t position = 0;
  const std::vector<JournalEntry> entries = read_journal(journal, &position);
  const auto count = [&](Operation operation) {
    return static_cast<int>(std::count_if(entries.begin(), entries.end(), [&](const auto& entry) {
      return entry.operation == operation;
    }));
  };
  std::mt19937 random(kSeed);
  int stopped = 0;
  int survived = 0;
  for (const char* fault : {"full", "eio-write", "eio-sync"}) {
    const bool at_sync = std::string(fault) == "eio-sync";
    std::vector<int> all(
        static_cast<std::size_t>(count(at_sync ? Operation::kSync : Operation::kWrite)));
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int>(i) + 1;
    std::vector<int> chosen;
    std::sample(all.begin(), all.end(), std::back_inserter(chosen), kFaultsEach, random);
    for (const int at : chosen) {
      SCOPED_TRACE(std::string(fault) + " at " + std::to_string(at));
      begin();
      const ProgramEnd end = world.run(data, arguments,
                                       {{},
                                        {{"SEMBLANCE_CRASH_ROOT", data.string()},
                                         {"SEMBLANCE_CRASH_FAULT", fault},
                                         {"SEMBLANCE_CRASH_AT", std::to_string(at)}},
                                        false});
      if (end.exit_code == 1) {  // a write that can be made up for: a checkpoint of the database
        EXPECT_EQ(difference(expected, read_contents(data)), "");
        ++survived;
      } else {
        EXPECT_EQ(end.exit_code, 2) << end.out << end.err;
        EXPECT_TRUE(says(end.err, {"No space left on device", "disk is full", "Input/output error",
                                   "disk I/O error"}))
            << end.err;
        ++stopped;
      }
      world.expect_sound(data, known);
      world.expect_continues(data, arguments, expected);
      if (testing::Test::HasFailure()) return;
    }
  }
  EXPECT_GT(stopped, 0);
  std::cout << stopped << " syncs stopped, " << survived << " did not mind\n";
}

TEST(Fault, AFirstSyncOnABadDiskSaysSoAndContinues) {
  const CrashWorld world;
  break_disk(world, world.folder() / "none", {});
}

TEST(Fault, AChangeOnABadDiskSaysSoAndContinues) {
  CrashWorld world;
  const std::filesystem::path before = world.folder() / "before";
  world.sync(before, world.sync_arguments());
  world.change_photos();
  break_disk(world, before, read_contents(before).vectors);
}

TEST(Fault, APhotoThatGoesWhileItIsReadFailsAlone) {
  const CrashWorld world;
  const std::filesystem::path data = world.folder() / "data";
  const std::string gone = world.photo(20).string();
  const std::string cut = world.photo(21).string();
  const ProgramEnd end =
      world.run(data, world.sync_arguments(),
                {{}, {{"SEMBLANCE_CRASH_VANISH", gone}, {"SEMBLANCE_CRASH_SHRINK", cut}}, false});
  EXPECT_EQ(end.exit_code, 1) << end.err;
  const ProgramEnd problems = world.run(data, {"problems"});
  EXPECT_NE(problems.out.find("missing_file          0020.jpg"), std::string::npos) << problems.out;
  EXPECT_NE(problems.out.find("truncated             sub/0021.jpg"), std::string::npos)
      << problems.out;
  EXPECT_EQ(read_contents(data).items.size(), static_cast<std::size_t>(CrashWorld::kPhotos));
  world.expect_sound(data, read_contents(data).vectors);
}

TEST(Fault, WithoutTheRightToWriteSyncSaysSoAndSearchWorks) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to run the program as another user";
  CrashWorld world;
  const std::filesystem::path data = world.folder() / "data";
  world.sync(data, world.sync_arguments());
  std::filesystem::permissions(world.folder(), std::filesystem::perms(0755));
  ProgramOptions nobody;
  nobody.without_rights = true;
  const ProgramEnd version = world.run(data, {"info"}, nobody);
  if (version.exit_code == 126 || version.exit_code == 127) {
    GTEST_SKIP() << "another user may not run " << SEMBLANCE_PROGRAM;
  }
  const std::vector<std::string> query = {"search", world.photo(5).string(), "--json"};
  const ProgramEnd search = world.run(data, query, nobody);
  EXPECT_EQ(search.exit_code, 0) << search.err;
  EXPECT_NE(search.out.find("sub/0005.jpg"), std::string::npos) << search.out;
  EXPECT_EQ(world.run(data, {"doctor"}, nobody).exit_code, 0);
  const ProgramEnd repair = world.run(data, {"doctor", "--repair"}, nobody);
  EXPECT_EQ(repair.exit_code, 2) << repair.out;

  const Contents before = read_contents(data);
  world.change_photos();
  const ProgramEnd sync = world.run(data, world.sync_arguments(), nobody);
  EXPECT_EQ(sync.exit_code, 2) << sync.out;
  EXPECT_NE(sync.err.find("Permission denied"), std::string::npos) << sync.err;
  const ProgramEnd elsewhere = world.run(world.folder() / "new", world.sync_arguments(), nobody);
  EXPECT_EQ(elsewhere.exit_code, 2) << elsewhere.out;
  EXPECT_NE(elsewhere.err.find("Permission denied"), std::string::npos) << elsewhere.err;
  EXPECT_EQ(difference(before, read_contents(data)), "");
}

}  // namespace
}  // namespace semblance::test
