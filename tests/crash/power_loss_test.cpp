// Rebuilds what a disk may hold after a power failure at sync points of real runs, and opens it.

#include <gtest/gtest.h>

#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "crash/crash_world.h"
#include "crash/disk_model.h"

namespace semblance::test {
namespace {

constexpr std::size_t kPointsAStep = 26;
constexpr unsigned kSeed = 7;

class PowerLoss : public testing::Test {
 protected:
  /// Runs a sync on the recorded data folder, then replays power failures during it.
  void step(const std::string& name, const std::string& model) {
    SCOPED_TRACE(name);
    const std::vector<std::string> arguments = world_.sync_arguments(model);
    const std::filesystem::path reference = world_.folder() / "reference";
    std::filesystem::remove_all(reference);
    world_.sync(reference, arguments);
    const Contents expected = read_contents(reference);
    known_.insert(expected.vectors.begin(), expected.vectors.end());

    const ProgramEnd end = world_.run(
        data_, arguments,
        {{},
         {{"SEMBLANCE_CRASH_ROOT", root_.string()}, {"SEMBLANCE_CRASH_JOURNAL", journal_.string()}},
         false});
    ASSERT_EQ(end.exit_code, 1) << end.err;
    replay(read_journal(journal_, &position_), arguments, expected);

    // What a sync that has ended says is done stays done.
    lose_power(DiskModel::Unsynced::kDropped);
    ASSERT_TRUE(std::filesystem::exists(lost_ / "data")) << "the whole collection is lost";
    EXPECT_EQ(difference(expected, read_contents(lost_ / "data")), "") << "after the end";
  }

  void replay(const std::vector<JournalEntry>& entries, const std::vector<std::string>& arguments,
              const Contents& expected) {
    std::vector<std::size_t> syncs;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (entries[i].operation == Operation::kSync) syncs.push_back(i);
    }
    std::vector<std::size_t> points;
    std::sample(syncs.begin(), syncs.end(), std::back_inserter(points), kPointsAStep, random_);
    std::size_t next = 0;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const bool chosen = next < points.size() && points[next] == i;
      // Just before a sync most is at stake; just after it, what it promises is.
      const auto unsynced = static_cast<DiskModel::Unsynced>(next % 3);
      const bool before = unsynced == DiskModel::Unsynced::kSomeKept;
      if (chosen && before) check(i, unsynced, arguments, expected);
      model_.apply(entries[i]);
      if (chosen && !before) check(i, unsynced, arguments, expected);
      next += chosen ? 1 : 0;
      if (HasFailure()) return;
    }
  }

  void lose_power(DiskModel::Unsynced unsynced) {
    std::filesystem::remove_all(lost_);
    model_.materialise(lost_, unsynced, random_);
  }

  void check(std::size_t at, DiskModel::Unsynced unsynced,
             const std::vector<std::string>& arguments, const Contents& expected) {
    SCOPED_TRACE("operation " + std::to_string(at) + ", unsynced " +
                 std::to_string(static_cast<int>(unsynced)));
    lose_power(unsynced);
    world_.expect_sound(lost_ / "data", known_);
    world_.expect_continues(lost_ / "data", arguments, expected);
    ++checks_;
  }

  CrashWorld world_;
  std::filesystem::path root_ = world_.folder() / "disk";
  std::filesystem::path data_ = root_ / "data";
  std::filesystem::path lost_ = world_.folder() / "lost";
  std::filesystem::path journal_ = world_.folder() / "journal";
  std::uint64_t position_ = 0;
  DiskModel model_{root_};
  std::mt19937 random_{kSeed};
  std::map<std::string, std::string> known_;
  int checks_ = 0;

  void SetUp() override { std::filesystem::create_directories(root_); }
};

TEST_F(PowerLoss, LosesNothingThatWasSaidToBeDone) {
  step("first sync", "first");
  if (!HasFailure()) {
    world_.change_photos();
    step("change", "first");
  }
  if (!HasFailure()) step("change of network", "second");
  if (!HasFailure()) {
    world_.rename_photos();
    step("rename", "second");
  }
  std::cout << checks_ << " power failures\n";
}

}  // namespace
}  // namespace semblance::test
