// Many threads, other processes, and work in the background.

#include <gtest/gtest.h>

#include <atomic>

#include "engine/neighbours.h"
#include "unit/live/live_fixture.h"

namespace semblance {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class LiveThreads : public test::LiveFixture {
 protected:
  [[nodiscard]] CollectionFiles files() const { return {data(), "default"}; }
};

TEST_F(LiveThreads, WritersAndReadersAtOnce) {
  live_options_.quiet_before_upkeep = milliseconds(10);
  live_options_.graph_from_rows = 20;
  begin();
  std::vector<ItemChange> puts;
  for (int look = 0; look < 8; ++look) puts.push_back(put_of("seed " + std::to_string(look), look));
  for (const auto& outcome : live_->change(puts, soon())) ASSERT_TRUE(outcome);
  ASSERT_TRUE(comes_true([&] { return found(0).size() == 8; }));
  const SearchQuery by_photo{{*described(photo_of(3))}};
  std::atomic<bool> stop{false};
  std::atomic<int> searches{0};
  std::vector<std::thread> threads;
  for (int reader = 0; reader < 3; ++reader) {
    threads.emplace_back([&, reader] {
      for (int i = reader; !stop; ++i) {
        SearchOptions options;
        options.collapse = i % 3 == 0;
        if (i % 4 == 0) options.filter = "id > 'a'";
        const auto answer = i % 2 == 0 ? live_->search(by_photo, options)
                                       : live_->search({{}, {"seed 3"}}, options);
        EXPECT_TRUE(answer) << answer.error().message;
        if (!answer->hits.empty() && i % 2 == 0) {
          EXPECT_EQ(answer->hits.front().closeness.score, 1);
        }
        EXPECT_TRUE(live_->sample(3, static_cast<std::uint64_t>(i)));
        EXPECT_TRUE(live_->item("seed 1"));
        ++searches;
      }
    });
  }
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 2; ++writer) {
    writers.emplace_back([&, writer] {
      for (int i = 0; i < 25; ++i) {
        const std::string id = "w" + std::to_string(writer) + " " + std::to_string(i % 6);
        ItemChange change = puts[static_cast<std::size_t>(i % 8)];
        change.id = id;
        EXPECT_TRUE(live_->change({change}, soon()).front());
        if (i % 5 != 4) continue;
        EXPECT_TRUE(live_->change({removal_of(id)}, soon()).front());
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_TRUE(comes_true([&] { return searches > 50; }));
  stop = true;
  for (std::thread& thread : threads) thread.join();
}

TEST_F(LiveThreads, CallersShareTransactions) {
  begin();
  const ItemChange put = put_of("a", 1);
  // All wait for the lock; then they go together.
  auto lock = std::make_unique<CollectionLock>(*CollectionLock::acquire(files()));
  std::vector<std::thread> threads;
  std::atomic<int> done{0};
  for (int i = 0; i < 12; ++i) {
    threads.emplace_back([&, i] {
      ItemChange change = put;
      change.id = "item " + std::to_string(i);
      EXPECT_TRUE(live_->change({change}, soon()).front());
      ++done;
    });
  }
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_EQ(done, 0);
  lock.reset();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(live_->counts()->items, 12);
}

TEST_F(LiveThreads, AHeldLockIsWaitedForUntilTheDeadline) {
  begin();
  const ItemChange put = put_of("a", 1);
  {
    const auto lock = CollectionLock::acquire(files());
    ASSERT_TRUE(lock);
    const auto late = live_->change({put, put}, steady_clock::now() + milliseconds(30));
    ASSERT_EQ(late.size(), 2U);
    EXPECT_EQ(late[0].error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(late[1].error().code, ErrorCode::kUnavailable);
    EXPECT_TRUE(found(1).empty());
  }
  EXPECT_EQ(do_change(put), Kind::kCreated);
  // Idle, it leaves the lock to others.
  EXPECT_TRUE(CollectionLock::acquire(files()));
}

TEST_F(LiveThreads, ChangesThatWaitAreAnsweredWhenTheCollectionIsClosed) {
  begin();
  const ItemChange put = put_of("a", 1);
  const auto lock = CollectionLock::acquire(files());
  std::thread caller([&, raw = live_.get()] {
    EXPECT_EQ(raw->change({put}, soon()).front().error().code, ErrorCode::kUnavailable);
  });
  std::this_thread::sleep_for(milliseconds(30));
  live_.reset();
  caller.join();
}

TEST_F(LiveThreads, SyncsOfOthersAreSeen) {
  add_photos(3);
  sync();
  open_live();
  EXPECT_EQ(found(2, 1), std::vector<std::string>{"2.jpg"});
  add_photo("fresh.jpg", 9);
  std::thread other([&] { sync(); });
  other.join();
  EXPECT_TRUE(comes_true([&] { return found(9, 1) == std::vector<std::string>{"fresh.jpg"}; }));
}

TEST_F(LiveThreads, ASyncAndWritersTakeTurns) {
  add_photos(4);
  sync();
  open_live();
  const ItemChange put = put_of("live", 7);
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int i = 0; !stop; ++i) {
      ItemChange change = put;
      change.id = "live " + std::to_string(i % 5);
      change.attributes = Attributes{{"number", std::to_string(i)}};
      const auto outcome = live_->change({change}, soon()).front();
      EXPECT_TRUE(outcome) << outcome.error().message;
    }
  });
  for (int i = 0; i < 4; ++i) {
    add_photo("late " + std::to_string(i) + ".jpg", 10 + i);
    EXPECT_EQ(sync().removed, 0);
  }
  stop = true;
  writer.join();
  EXPECT_EQ(live_->counts()->items, 4 + 4 + 5);
  live_.reset();
  expect_sound_vectors();
}

TEST_F(LiveThreads, AnotherNetworkTakesOver) {
  add_photos(4);
  sync();
  open_live();
  ItemChange put = put_of("live", 7);
  put.url = "http://127.0.0.1:1/nobody-listens.jpg";
  do_change(put);
  const auto old = *described(photo_of(7));
  options_.model = add_network("second", "2", false);
  EXPECT_EQ(sync().removed, 0);
  ASSERT_TRUE(comes_true([&] { return live_->card()->name == "second"; }));
  EXPECT_EQ(live_->search({{old}}, {}).error().code, ErrorCode::kConflict);
  EXPECT_EQ(found(7, 1), std::vector<std::string>{"live"});
  // It was seen in its own copy, and is still not the source's.
  EXPECT_EQ((*live_->item("live"))->url, put.url);
  EXPECT_EQ(sync().removed, 0);
  ItemChange stale = put_of("x", 3);
  *stale.descriptors = old;
  EXPECT_EQ(change(stale).error().code, ErrorCode::kConflict);
}

TEST_F(LiveThreads, UpkeepMakesCodesAndKeepsTheTable) {
  live_options_.quiet_before_upkeep = milliseconds(20);
  live_options_.graph_from_rows = 10;
  begin();
  for (int i = 0; i < 12; ++i) do_change(put_of("item " + std::to_string(i), i));
  const auto method = [&](const SearchOptions& options) {
    const auto answer = live_->search({{}, {"item 3"}}, options);
    return answer ? answer->explanation.method : SearchMethod::kCompareAll;
  };
  EXPECT_TRUE(comes_true([&] { return method({}) == SearchMethod::kGraph; }));
  ASSERT_TRUE(build_neighbours(data(), "default", {5, 0, 1}, {}));
  SearchOptions of_table;
  of_table.limit = 3;
  of_table.measure = neighbour_measure(0);
  EXPECT_TRUE(comes_true([&] { return method(of_table) == SearchMethod::kTable; }));
  do_change(put_of("item 12", 12));
  do_change(removal_of("item 4"));
  EXPECT_TRUE(comes_true([&] {
    const auto answer = live_->search({{}, {"item 12"}}, of_table);
    return answer && answer->explanation.method == SearchMethod::kTable;
  }));
  const auto catalogue = Catalogue::open(files().catalogue(), Database::Mode::kRead);
  const auto trouble = trouble_with_neighbours(files(), *catalogue);
  ASSERT_TRUE(trouble);
  EXPECT_FALSE(*trouble) << (*trouble)->message;
}

TEST_F(LiveThreads, UpkeepSweepsPhotosThatNobodyHas) {
  live_options_.quiet_before_upkeep = milliseconds(20);
  begin();
  do_change(put_of("a", 1));
  do_change(put_of("b", 1));
  do_change(put_of("c", 2));
  const auto count = [&] {
    const std::filesystem::directory_iterator entries(files().uploads());
    return std::distance(std::filesystem::begin(entries), std::filesystem::end(entries));
  };
  EXPECT_EQ(count(), 2);
  do_change(removal_of("a"));
  do_change(put_of("c", 3));
  EXPECT_TRUE(comes_true([&] {
    return count() == 2 &&
           !std::filesystem::exists(files().uploads() / to_hex(sha256(photo_of(2))));
  }));
  EXPECT_TRUE(live_->photo(**live_->item("b")));
}

TEST_F(LiveThreads, PagesStayWithoutRepeatsWhileTheCatalogueChanges) {
  begin();
  for (int i = 0; i < 30; ++i) do_change(put_of("item " + std::to_string(i), i % 10));
  ASSERT_TRUE(comes_true([&] { return found(0, 50).size() == 30; }));
  const SearchQuery query{{*described(photo_of(0))}};
  SearchOptions options;
  options.limit = 4;
  std::vector<std::string> seen;
  for (int page = 0; page < 12; ++page) {
    const auto answer = live_->search(query, options);
    ASSERT_TRUE(answer);
    for (const Hit& hit : answer->hits) seen.push_back(hit.item.id);
    if (answer->hits.empty()) break;
    options.after = PagePlace{answer->hits.back().closeness.score, seen.back(),
                              static_cast<std::int64_t>(seen.size())};
    // One that was shown goes, and one comes that would have stood in front.
    const auto version = live_->version();
    if (page < 5) {
      do_change(removal_of(seen[static_cast<std::size_t>(page)]));
      do_change(put_of("a new one " + std::to_string(page), 0));
      ASSERT_TRUE(comes_true([&] { return live_->version() > version; }));
      ASSERT_TRUE(comes_true([&] {
        const auto ids = found(0, 50);
        return ids.size() == 30 &&
               std::find(ids.begin(), ids.end(), "a new one " + std::to_string(page)) != ids.end();
      }));
    }
  }
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end()), seen.end());
  for (int i = 0; i < 30; ++i) {
    EXPECT_TRUE(std::binary_search(seen.begin(), seen.end(), "item " + std::to_string(i))) << i;
  }
}

}  // namespace
}  // namespace semblance
