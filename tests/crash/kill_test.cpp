// Kills the program at random moments of everything that changes a collection.

#include <gtest/gtest.h>

#include <cstdio>
#include <iostream>
#include <random>
#include <string>

#include "crash/crash_world.h"
#include "crash/disk_model.h"

namespace semblance::test {
namespace {

enum class Change { kFirstSync, kRemoval, kRename, kChange, kNetwork, kImport };

constexpr int kKillsEach = 42;
constexpr unsigned kSeed = 20240611;

struct Case {
  const char* name;
  Change change;
};

void PrintTo(const Case& scene, std::ostream* out) {
  *out << scene.name;
}

class Kill : public testing::TestWithParam<Case> {};

/// What is killed, over and over.
struct Scene {
  std::filesystem::path before;        ///< the data folder before the change; absent for the first
  std::vector<std::string> arguments;  ///< of the command that makes the change
  Contents expected;                   ///< of a collection synced in one go
  std::map<std::string, std::string> known;
  double ms = 0;        ///< of an undisturbed run
  long operations = 0;  ///< on files, in an undisturbed run
};

void change_source(CrashWorld& world, Change change) {
  switch (change) {
    case Change::kFirstSync:
    case Change::kNetwork:
      return;
    case Change::kRemoval:
      return world.remove_photos();
    case Change::kRename:
      return world.rename_photos();
    case Change::kChange:
    case Change::kImport:
      return world.change_photos();
  }
}

Scene set_up(CrashWorld& world, Change change) {
  Scene scene;
  scene.before = world.folder() / "before";
  if (change != Change::kFirstSync) {
    world.sync(scene.before, world.sync_arguments());
    scene.known = read_contents(scene.before).vectors;
  }
  change_source(world, change);
  scene.arguments = world.sync_arguments(change == Change::kNetwork ? "second" : "first");
  const std::filesystem::path reference = world.folder() / "reference";
  world.sync(reference, scene.arguments);
  scene.expected = read_contents(reference);
  scene.known.insert(scene.expected.vectors.begin(), scene.expected.vectors.end());
  if (change == Change::kImport) {
    const std::string archive = (world.folder() / "reference.tar").string();
    EXPECT_EQ(world.run(reference, {"export", archive}).exit_code, 0);
    scene.arguments = {"import", archive, "--replace"};
  }

  const std::filesystem::path data = world.folder() / "work";
  if (std::filesystem::exists(scene.before)) copy_folder(scene.before, data);
  scene.ms = world.run(data, scene.arguments).ms;
  EXPECT_EQ(difference(scene.expected, read_contents(data)), "");
  std::filesystem::remove_all(data);
  if (std::filesystem::exists(scene.before)) copy_folder(scene.before, data);
  const std::filesystem::path journal = world.folder() / "journal";
  world.run(
      data, scene.arguments,
      {{},
       {{"SEMBLANCE_CRASH_ROOT", data.string()}, {"SEMBLANCE_CRASH_JOURNAL", journal.string()}},
       false});
  std::uint64_t position = 0;
  scene.operations = static_cast<long>(read_journal(journal, &position).size());
  return scene;
}

/// An import is done or not begun, and done when it is tried again.
void expect_imported_whole(const CrashWorld& world, const std::filesystem::path& data,
                           const Scene& scene) {
  const Contents before = read_contents(scene.before);
  const Contents found = read_contents(data);
  EXPECT_TRUE(found == before || found == scene.expected) << difference(before, found);
  const ProgramEnd again = world.run(data, scene.arguments);
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(difference(scene.expected, read_contents(data)), "");
  EXPECT_EQ(world.run(data, {"doctor"}).exit_code, 0);
}

TEST_P(Kill, LosesNothingAndTheNextRunContinues) {
  CrashWorld world;
  const Scene scene = set_up(world, GetParam().change);
  ASSERT_FALSE(HasFailure());
  ASSERT_GT(scene.operations, 20);
  std::mt19937 random(kSeed + static_cast<unsigned>(GetParam().change));
  const std::filesystem::path data = world.folder() / "work";
  int kills = 0;
  int rounds = 0;
  while (kills < kKillsEach && rounds < 3 * kKillsEach && !HasFailure()) {
    std::filesystem::remove_all(data);
    if (std::filesystem::exists(scene.before)) copy_folder(scene.before, data);
    ProgramOptions options;
    std::string moment;
    if (rounds++ % 2 == 0) {
      options.kill_after_ms = std::uniform_real_distribution<>(0, scene.ms)(random);
      moment = std::to_string(*options.kill_after_ms) + " ms";
    } else {
      moment = std::to_string(std::uniform_int_distribution<long>(1, scene.operations)(random));
      options.environment = {{"SEMBLANCE_CRASH_ROOT", data.string()},
                             {"SEMBLANCE_CRASH_FAULT", "kill"},
                             {"SEMBLANCE_CRASH_AT", moment}};
    }
    SCOPED_TRACE("killed at " + moment);
    const ProgramEnd end = world.run(data, scene.arguments, options);
    if (!end.killed) continue;
    ++kills;
    world.expect_sound(data, scene.known);
    if (GetParam().change == Change::kImport) {
      expect_imported_whole(world, data, scene);
    } else {
      world.expect_continues(data, scene.arguments, scene.expected);
    }
  }
  EXPECT_GE(kills, kKillsEach);
  std::cout << kills << " kills in " << rounds << " runs of " << scene.ms << " ms and "
            << scene.operations << " operations\n";
}

// Another command that changes a collection wants a case here.
INSTANTIATE_TEST_SUITE_P(
    Scenes, Kill,
    testing::Values(Case{"FirstSync", Change::kFirstSync}, Case{"Removal", Change::kRemoval},
                    Case{"Rename", Change::kRename}, Case{"Change", Change::kChange},
                    Case{"Network", Change::kNetwork}, Case{"Import", Change::kImport}),
    [](const auto& scene) { return std::string(scene.param.name); });

}  // namespace
}  // namespace semblance::test
