#include "engine/collections.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "engine/collection_files.h"
#include "engine/staging.h"
#include "sync_fixture.h"

namespace semblance {
namespace {

namespace fs = std::filesystem;

class Collections : public test::SyncFixture {
 protected:
  [[nodiscard]] fs::path folder_of(const std::string& name) const {
    return data() / "collections" / name;
  }
};

TEST_F(Collections, AreListedWithWhatTheyHold) {
  EXPECT_TRUE(describe_collections(data()).empty());
  EXPECT_FALSE(fs::exists(data()));  // looking leaves no trace
  add_photos(3);
  sync();
  ASSERT_TRUE(create_collection(data(), "empty", ""));
  folder_.write("data/collections/spoiled/catalogue.sqlite", "no database");
  const auto listings = describe_collections(data());
  ASSERT_EQ(listings.size(), 3U);
  EXPECT_EQ(listings[0].name, "default");
  EXPECT_EQ(listings[0].counts.items, 3);
  EXPECT_EQ(listings[0].counts.products, 3);
  EXPECT_EQ(listings[0].model, "first");
  EXPECT_GT(listings[0].bytes, 3U * (32 + 6 + 2 * 288) * 4);
  const auto age = std::chrono::system_clock::now() - *listings[0].last_change;
  EXPECT_LT(std::chrono::abs(age), std::chrono::minutes(5));
  EXPECT_EQ(listings[1].name, "empty");
  EXPECT_EQ(listings[1].counts.items, 0);
  EXPECT_EQ(listings[1].model, "");
  EXPECT_EQ(listings[2].name, "spoiled");
  ASSERT_TRUE(listings[2].problem);
  EXPECT_EQ(listings[2].problem->code, ErrorCode::kCorrupt);
}

TEST_F(Collections, AnEmptyOneSaysSo) {
  ASSERT_TRUE(create_collection(data(), "default", ""));
  const auto opened = Collection::open(data(), "default");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kNotFound);
  EXPECT_NE(opened.error().message.find("empty"), std::string::npos);
  add_photos(2);
  EXPECT_EQ(sync().added, 2);
}

TEST_F(Collections, AnEmptyOneWithANetworkIsSearchedInVainAndKeepsIt) {
  add_photos(2);
  ASSERT_TRUE(create_collection(data(), "default", add_network("chosen")));
  EXPECT_EQ(open().card().name, "chosen");
  EXPECT_TRUE(search(photos() / "0.jpg").empty());
  options_.model.clear();
  EXPECT_EQ(sync().model, "chosen");
  EXPECT_EQ(search(photos() / "0.jpg").size(), 2U);
}

TEST_F(Collections, AreMadeOnceAndUnderANameThatIsOne) {
  ASSERT_TRUE(create_collection(data(), "x", ""));
  EXPECT_EQ(create_collection(data(), "x", "").error().code, ErrorCode::kConflict);
  EXPECT_EQ(create_collection(data(), "../y", "").error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(create_collection(data(), "y", "no-such-network"));
  EXPECT_FALSE(fs::exists(folder_of("y")));
}

TEST_F(Collections, AreDeletedWhileTheyAreSearched) {
  add_photos(12);
  sync();
  const Collection opened = open();
  ASSERT_TRUE(delete_collection(data(), "default"));
  EXPECT_TRUE(fs::is_empty(data() / "collections"));
  const auto answer = opened.similar("1.jpg", {});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->hits.size(), 10U);
  EXPECT_FALSE(Collection::open(data(), "default"));
  EXPECT_EQ(delete_collection(data(), "default").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(delete_collection(data(), "..").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(sync().added, 12);
}

TEST_F(Collections, AreNotDeletedWhileTheyChange) {
  add_photos(1);
  sync();
  const auto lock = CollectionLock::acquire(CollectionFiles(data(), "default"));
  ASSERT_TRUE(lock);
  EXPECT_EQ(delete_collection(data(), "default").error().code, ErrorCode::kConflict);
  EXPECT_EQ(open().catalogue().counts()->items, 1);
}

TEST_F(Collections, ALockOnADeletedOneIsNone) {
  ASSERT_TRUE(create_collection(data(), "x", ""));
  const CollectionFiles files(data(), "x");
  const auto old_lock = CollectionLock::acquire(files);
  ASSERT_TRUE(old_lock);
  ASSERT_TRUE(remove_collection_folder(files));
  // The one who deletes still holds a lock, on a file that is gone: the next one gets a new file.
  EXPECT_TRUE(CollectionLock::acquire(files));
}

TEST_F(Collections, LeftoversOfTheDeadAreRemovedAndThoseOfTheLivingKept) {
  ASSERT_TRUE(create_collection(data(), "x", ""));
  const pid_t child = ::fork();
  if (child == 0) {
    const auto staging = StagingFolder::create(data());
    ::_exit(staging ? 7 : 1);  // without destructors
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_EQ(WEXITSTATUS(status), 7);
  folder_.write("data/collections/.semblance-trash-1-0/vectors/1/embedding.vec", "x");
  folder_.write("data/collections/.mine/file", "x");
  const auto living = StagingFolder::create(data());
  ASSERT_TRUE(living);
  remove_leftovers(CollectionFiles(data(), "x"));
  std::vector<fs::path> left;
  for (const auto& entry : fs::directory_iterator(data() / "collections")) {
    left.push_back(entry.path());
  }
  std::sort(left.begin(), left.end());
  EXPECT_EQ(left,
            (std::vector<fs::path>{folder_of(".mine"), living->files().folder(), folder_of("x")}));
}

TEST_F(Collections, AReplacementInTwoStepsCanBeUndoneAfterEach) {
  folder_.write("data/collections/x/catalogue.sqlite", "old");
  folder_.write("data/collections/fresh/catalogue.sqlite", "new");
  ASSERT_TRUE(replace_in_two_steps(folder_of("fresh"), folder_of("x")));
  EXPECT_EQ(fs::file_size(folder_of("x") / "catalogue.sqlite"), 3U);
  const auto content = [&](const std::string& name) {
    const auto bytes = read_file(folder_of(name) / "catalogue.sqlite", 100);
    if (!bytes) return std::string();
    return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  };
  EXPECT_EQ(content("x"), "new");
  EXPECT_EQ(content("fresh"), "old");

  // A crash after the first step; another process has made the folder for its lock meanwhile.
  fs::rename(folder_of("x"), folder_of(".semblance-old-x"));
  folder_.write("data/collections/x/lock", "");
  remove_leftovers(CollectionFiles(data(), ""));
  EXPECT_EQ(content("x"), "new");
  // A crash after the second one.
  folder_.write("data/collections/.semblance-old-x/catalogue.sqlite", "old");
  remove_leftovers(CollectionFiles(data(), ""));
  EXPECT_EQ(content("x"), "new");
  EXPECT_FALSE(fs::exists(folder_of(".semblance-old-x")));
}

}  // namespace
}  // namespace semblance
