// Kills the program at random moments of everything that changes a collection.

#include <gtest/gtest.h>

#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <string>

#include "crash/crash_world.h"
#include "crash/disk_model.h"

namespace semblance::test {
namespace {

enum class Change { kFirstSync, kRemoval, kRename, kChange, kNetwork, kImport, kCaches, kTable };

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

const std::vector<std::string> kMakeTable = {"neighbours", "--limit", "5"};

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
    case Change::kTable:
      return;
    case Change::kRemoval:
      return world.remove_photos();
    case Change::kRename:
      return world.rename_photos();
    case Change::kChange:
    case Change::kImport:
    case Change::kCaches:
      return world.change_photos();
  }
}

Scene set_up(CrashWorld& world, Change change) {
  Scene scene;
  scene.before = world.folder() / "before";
  if (change != Change::kFirstSync) {
    world.sync(scene.before, world.sync_arguments());
    if (change == Change::kCaches) {
      EXPECT_EQ(world.run(scene.before, kMakeTable).exit_code, 0);
    }
    scene.known = read_contents(scene.before).vectors;
  }
  change_source(world, change);
  scene.arguments = world.sync_arguments(change == Change::kNetwork ? "second" : "first");
  if (change == Change::kCaches) {
    scene.arguments.insert(scene.arguments.end(), {"--graph-from", "30"});
  }
  const std::filesystem::path reference = world.folder() / "reference";
  world.sync(reference, scene.arguments);
  scene.expected = read_contents(reference);
  scene.known.insert(scene.expected.vectors.begin(), scene.expected.vectors.end());
  if (change == Change::kImport) {
    const std::string archive = (world.folder() / "reference.tar").string();
    EXPECT_EQ(world.run(reference, {"export", archive}).exit_code, 0);
    scene.arguments = {"import", archive, "--replace"};
  }
  if (change == Change::kTable) scene.arguments = kMakeTable;

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

nlohmann::json hits(const CrashWorld& world, const std::filesystem::path& data,
                    std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--json", "--limit", "5"});
  const ProgramEnd end = world.run(data, arguments);
  EXPECT_EQ(end.exit_code, 0) << end.err;
  return end.exit_code == 0 ? nlohmann::json::parse(end.out).at("hits") : nlohmann::json();
}

/// What is read from codes, graph and table is what comparing all items gives, whichever of them
/// are there.
void expect_right_caches(const CrashWorld& world, const std::filesystem::path& data) {
  const std::string photo = world.photo(5).string();
  const auto found = hits(world, data, {"search", photo});
  ASSERT_FALSE(found.empty());
  const auto id = found.at(0).at("id").get<std::string>();
  const auto similar = hits(world, data, {"similar", id});
  EXPECT_EQ(similar, hits(world, data, {"similar", id, "--filter", "id!='nothing'"}));

  const std::filesystem::path bare = world.folder() / "bare";
  copy_folder(data, bare);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("embedding.codes", 0) == 0 || name.rfind("embedding.graph", 0) == 0 ||
        name == "neighbours.table") {
      std::filesystem::remove(bare / std::filesystem::relative(entry.path(), data));
    }
  }
  EXPECT_EQ(found, hits(world, bare, {"search", photo}));
  EXPECT_EQ(similar, hits(world, bare, {"similar", id}));
}

/// In the end nothing is missing, not even what could be done without.
void expect_whole_caches(const std::filesystem::path& data, Change change) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data)) {
    names.insert(entry.path().filename().string());
  }
  EXPECT_EQ(names.count("embedding.codes"), 1U);
  EXPECT_EQ(names.count("neighbours.table"), 1U);
  if (change != Change::kCaches) return;
  EXPECT_EQ(names.count("embedding.graph"), 1U);
  EXPECT_EQ(names.count("embedding.graph-recall.json"), 1U);
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
    const Change change = GetParam().change;
    const bool caches = change == Change::kCaches || change == Change::kTable;
    if (caches) expect_right_caches(world, data);
    if (change == Change::kImport) {
      expect_imported_whole(world, data, scene);
    } else if (change == Change::kTable) {
      EXPECT_EQ(world.run(data, scene.arguments).exit_code, 0);
    } else {
      world.expect_continues(data, scene.arguments, scene.expected);
    }
    if (!caches) continue;
    expect_right_caches(world, data);
    expect_whole_caches(data, change);
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
                    Case{"Network", Change::kNetwork}, Case{"Import", Change::kImport},
                    Case{"Caches", Change::kCaches}, Case{"Table", Change::kTable}),
    [](const auto& scene) { return std::string(scene.param.name); });

}  // namespace
}  // namespace semblance::test
