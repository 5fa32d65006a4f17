// One process changes a collection while others search it: here, threads, so that the thread
// sanitizer can watch them.

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "engine/neighbours.h"
#include "sync_fixture.h"

namespace semblance {
namespace {

constexpr int kPhotos = 40;
constexpr int kSyncs = 6;
constexpr int kReaders = 3;

using SearchWhileSyncing = test::SyncFixture;

TEST_F(SearchWhileSyncing, ReadersSeeWholeStates) {
  add_photos(kPhotos);
  options_.graph_from_rows = 10;
  options_.compact_from_rows = 1;
  sync();
  NeighbourOptions table;
  table.limit = 5;
  ASSERT_TRUE(build_neighbours(data(), "default", table, {}));

  std::atomic<bool> done = false;
  std::atomic<int> searches = 0;
  const auto read = [&](int reader) {
    while (!done) {
      const Result<Collection> collection = Collection::open(data(), "default");
      if (!collection) {
        ADD_FAILURE() << collection.error().message;
        return;
      }
      // Photos with even numbers stay. What is found depends on the moment, but it is whole.
      for (int i = 0; i < 4; ++i) {
        SearchOptions options;
        options.limit = 4 + i;
        options.exact = i == 1;
        options.filter = i == 2 ? "id!='0.jpg'" : "";
        const std::string id = std::to_string((reader * 8 + i * 2) % kPhotos) + ".jpg";
        const auto answer = collection->similar(id, options);
        if (!answer) {
          ADD_FAILURE() << answer.error().message;
          return;
        }
        EXPECT_LE(answer->hits.size(), static_cast<std::size_t>(options.limit));
        EXPECT_GE(answer->hits.size(), 3U);
        for (const Hit& hit : answer->hits) EXPECT_NE(hit.item.id, id);
        ++searches;
      }
    }
  };
  std::vector<std::thread> readers;
  for (int reader = 0; reader < kReaders; ++reader) readers.emplace_back(read, reader);
  for (int i = 0; i < kSyncs; ++i) {
    std::filesystem::remove(photos() / (std::to_string(2 * i + 1) + ".jpg"));
    add_photo("fresh-" + std::to_string(i) + ".jpg", 50 + i);
    if (i == 3) options_.graph_from_rows.reset();
    sync();
  }
  // However slow the machine is, each reader has searched beside a sync or right after.
  while (searches < kReaders && !HasFailure()) std::this_thread::yield();
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(open().similar("0.jpg", {})->hits.size(), 10U);
}

}  // namespace
}  // namespace semblance
