// A process that changes a collection it holds open is killed, or loses power, at any moment: what
// it acknowledged is there.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <thread>

#include "crash/disk_model.h"
#include "crash/live_log.h"
#include "support/temporary_folder.h"

namespace semblance::test {
namespace {

constexpr double kLongestMs = 300;

/// Starts the changer; with a journal, below `root`.
pid_t start_changer(const std::filesystem::path& data, const std::filesystem::path& log,
                    unsigned seed, int changes, const std::filesystem::path& root = {},
                    const std::filesystem::path& journal = {}) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  if (!journal.empty()) {
    ::setenv("SEMBLANCE_CRASH_ROOT", root.c_str(), 1);
    ::setenv("SEMBLANCE_CRASH_JOURNAL", journal.c_str(), 1);
    ::setenv("LD_PRELOAD", SEMBLANCE_RECORDER, 1);
  }
  ::execl(SEMBLANCE_LIVE_CHANGER, SEMBLANCE_LIVE_CHANGER, data.c_str(), log.c_str(),
          std::to_string(seed).c_str(), std::to_string(changes).c_str(), nullptr);
  ::_exit(127);
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void kill_often(int kills) {
  const TemporaryFolder folder;
  const std::filesystem::path data = folder.path() / "data";
  create_live_collection(data, folder.path() / "models");
  std::mt19937 random(3);
  LiveExpectations expectations;
  std::size_t lines = 0;
  for (int i = 0; i < kills && !testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE("kill " + std::to_string(i));
    const std::filesystem::path log = folder.path() / "log";
    std::filesystem::remove(log);
    const pid_t changer = start_changer(data, log, static_cast<unsigned>(i), 0);
    const double ms = std::uniform_real_distribution<>(0, kLongestMs)(random);
    std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(ms));
    ::kill(changer, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(changer, &status, 0), changer);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it ended by itself: " << WEXITSTATUS(status);
    const std::string text = text_of(log);
    lines += static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    read_log(text, expectations);
    settle(expect_acknowledged(data, expectations), expectations);
  }
  std::cout << kills << " kills, " << lines / 2 << " changes\n";
  EXPECT_GT(lines, static_cast<std::size_t>(kills));
}

TEST(LiveKill, AFewTimes) {
  kill_often(12);
}

TEST(LiveKillOften, FiveHundredTimes) {
  kill_often(500);
}

/// The changer's log is written below the root, too, so that its lines stand in the journal among
/// the operations that they tell of.
TEST(LivePowerLoss, KeepsWhatWasAcknowledged) {
  constexpr std::size_t kPoints = 60;
  const TemporaryFolder folder;
  const std::filesystem::path root = folder.path() / "disk";
  const std::filesystem::path journal = folder.path() / "journal";
  const std::filesystem::path lost = folder.path() / "lost";
  std::filesystem::create_directories(root);
  // The collection is made by a process whose operations are recorded, too.
  const pid_t changer = start_changer(root / "data", root / "log", 1, -60, root, journal);
  int status = 0;
  ASSERT_EQ(::waitpid(changer, &status, 0), changer);
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  std::uint64_t position = 0;
  const std::vector<JournalEntry> entries = read_journal(journal, &position);
  std::vector<std::size_t> syncs;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].operation == Operation::kSync) syncs.push_back(i);
  }
  ASSERT_GT(syncs.size(), kPoints);
  std::mt19937 random(9);
  std::vector<std::size_t> points;
  std::sample(syncs.begin(), syncs.end(), std::back_inserter(points), kPoints, random);
  points.push_back(entries.size() - 1);
  DiskModel model(root);
  std::string log;
  std::size_t next = 0;
  int checks = 0;
  for (std::size_t i = 0; i < entries.size() && !HasFailure(); ++i) {
    model.apply(entries[i]);
    if (entries[i].operation == Operation::kWrite &&
        std::filesystem::path(entries[i].path).filename() == "log") {
      log += entries[i].data;
    }
    if (next == points.size() || points[next] != i) continue;
    const auto unsynced = static_cast<DiskModel::Unsynced>(next++ % 3);
    SCOPED_TRACE("operation " + std::to_string(i) + ", unsynced " +
                 std::to_string(static_cast<int>(unsynced)));
    std::filesystem::remove_all(lost);
    std::filesystem::create_directories(lost);
    model.materialise(lost, unsynced, random);
    LiveExpectations expectations;
    read_log(log, expectations);
    if (expectations.empty()) continue;
    expect_acknowledged(lost / "data", expectations);
    ++checks;
  }
  std::cout << checks << " power failures, " << std::count(log.begin(), log.end(), '\n') / 2
            << " changes\n";
  EXPECT_GT(checks, 20);
}

}  // namespace
}  // namespace semblance::test
