// Ctrl-C during a sync.

#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include "program.h"

namespace semblance::test {
namespace {

namespace fs = std::filesystem;

constexpr int kPhotos = 400;

bool wait_for(const fs::path& file) {
  for (int i = 0; i < 2000; ++i) {
    if (fs::exists(file)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

TEST(Interrupt, CtrlCKeepsWhatIsDoneAndTheNextSyncGoesOn) {
  const TemporaryFolder folder;
  for (int i = 0; i < kPhotos; ++i) {
    write_photo(folder.path() / "photos" / (std::to_string(i) + ".jpg"), i);
  }
  const fs::path data = folder.path() / "data";
  const Arguments sync{
      "sync",  folder.path() / "photos", "--data", data, "--model", "semblance-s", "--threads", "1",
      "--json"};
  Program program(sync);
  ASSERT_TRUE(wait_for(data / "collections" / "default" / "vectors" / "1" / "embedding.vec"));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  ASSERT_EQ(::kill(program.pid(), SIGINT), 0);
  const Ended first = program.wait();
  ASSERT_EQ(first.exit_code, 130) << first.err;
  ASSERT_TRUE(first.json().is_object()) << first.out;
  EXPECT_EQ(first.json()["interrupted"], true);
  const int added = first.json()["added"];
  EXPECT_LT(added, kPhotos);

  const Ended info = run({"info", "--data", data, "--json"});
  EXPECT_EQ(info.json()["items"], added);

  const Ended second = run(sync);
  EXPECT_EQ(second.exit_code, 0) << second.err;
  EXPECT_EQ(second.json()["added"], kPhotos - added);
  EXPECT_EQ(second.json()["unchanged"], added);
  EXPECT_EQ(run({"info", "--data", data, "--json"}).json()["items"], kPhotos);
}

TEST(Interrupt, EvenAKilledSyncLosesOnlyItsLastBatch) {
  const TemporaryFolder folder;
  for (int i = 0; i < kPhotos; ++i) {
    write_photo(folder.path() / "photos" / (std::to_string(i) + ".jpg"), i);
  }
  const fs::path data = folder.path() / "data";
  const Arguments sync{"sync",  folder.path() / "photos", "--data", data, "--model", "semblance-s",
                       "--json"};
  {
    Program program(sync);
    ASSERT_TRUE(wait_for(data / "collections" / "default" / "vectors" / "1" / "embedding.vec"));
    // Once the first batch is in the catalogue, at any moment.
    const Arguments info{"info", "--data", data, "--json"};
    for (int i = 0; i < 500 && run(info).json()["items"] == 0; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    ::kill(program.pid(), SIGKILL);
    const Ended killed = program.wait();
    if (killed.exit_code == 0) GTEST_SKIP() << "this machine was quicker than the test";
    EXPECT_EQ(killed.exit_code, 128 + SIGKILL);
  }
  const int kept = run({"info", "--data", data, "--json"}).json()["items"];
  EXPECT_GT(kept, 0);
  const Ended second = run(sync);
  EXPECT_EQ(second.exit_code, 0) << second.err;
  EXPECT_EQ(second.json()["added"], kPhotos - kept);
  EXPECT_EQ(second.json()["unchanged"], kept);
  for (const char* id : {"0.jpg", "399.jpg"}) {
    const Ended hit = run({"search", folder.path() / "photos" / id, "--data", data, "--json"});
    EXPECT_EQ(hit.json()["hits"][0]["id"], id);
    EXPECT_EQ(hit.json()["hits"][0]["score"], 1.0);
  }
}

}  // namespace
}  // namespace semblance::test
