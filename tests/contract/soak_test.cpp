#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <set>
#include <thread>

#include "contract/service_fixture.h"

namespace semblance::test {

using nlohmann::json;

/// Writers and searchers that share a server for a while; made for the thread sanitizer. How long,
/// in seconds, SEMBLANCE_SOAK_SECONDS says.
class Soak : public ServiceFixture {
 protected:
  [[nodiscard]] static std::chrono::seconds duration() {
    const char* const text = std::getenv("SEMBLANCE_SOAK_SECONDS");
    return std::chrono::seconds(text == nullptr ? 3 : std::atoi(text));
  }

  [[nodiscard]] ClientAnswer put(const std::string& item, int variant, int number) const {
    return send(service_->port(), FormBody()
                                      .file("image", photo(variant))
                                      .text("attributes", json{{"number", number}}.dump())
                                      .request("PUT", kItems + item));
  }
};

TEST_F(Soak, WritersAndSearchersDoNotDisturbEachOther) {
  start([](server::ServiceOptions& options) {
    options.live.quiet_before_upkeep = std::chrono::milliseconds(50);
    options.live.refresh_interval = std::chrono::milliseconds(20);
    options.inference.slots = 4;
    options.inference.patience = std::chrono::seconds(60);  // however slow a sanitizer makes it
    options.inference.congested_after = std::chrono::seconds(60);
  });
  const auto end = std::chrono::steady_clock::now() + duration();
  const auto goes_on = [&] { return std::chrono::steady_clock::now() < end; };
  std::atomic<int> writes{0};
  std::atomic<int> searches{0};
  std::atomic<int> wrong{0};
  const auto expect = [&](bool right, const ClientAnswer& answer) {
    if (right) return;
    ++wrong;
    ADD_FAILURE() << answer.status << " " << answer.body.substr(0, 300);
  };
  constexpr int kWriters = 2;
  constexpr int kSearchers = 4;
  std::vector<std::set<std::string>> kept(kWriters);
  std::vector<std::thread> threads;
  for (int writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([&, writer] {
      std::mt19937 random(static_cast<unsigned>(writer));
      while (goes_on() && wrong < 10) {
        const int number = static_cast<int>(random() % 30);
        const std::string item = "w" + std::to_string(writer) + "-" + std::to_string(number);
        if (random() % 4 == 0) {
          const ClientAnswer answer = send(service_->port(), {"DELETE", kItems + item});
          const int status = kept[static_cast<std::size_t>(writer)].erase(item) > 0 ? 204 : 404;
          expect(answer.status == status, answer);
        } else {
          const ClientAnswer answer = put(item, static_cast<int>(random() % 100), number);
          expect(answer.status == 200 || answer.status == 201, answer);
          kept[static_cast<std::size_t>(writer)].insert(item);
        }
        ++writes;
      }
    });
  }
  for (int searcher = 0; searcher < kSearchers; ++searcher) {
    threads.emplace_back([&, searcher] {
      std::mt19937 random(static_cast<unsigned>(100 + searcher));
      while (goes_on() && wrong < 10) {
        const int variant = static_cast<int>(random() % kPhotos);
        // The fixture's own items are never written to.
        const ClientAnswer similar =
            send(service_->port(),
                 {"GET", kItems + id(variant) + "/similar?limit=3&filter=price%3E%3D0"});
        expect(similar.status == 200 && ids(similar).size() == 3, similar);
        const ClientAnswer by_photo = send(
            service_->port(),
            FormBody().file("image", photo(variant)).text("limit", "50").request("POST", kSearch));
        expect(by_photo.status == 200 && !ids(by_photo).empty(), by_photo);
        searches += 2;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> wanted;
  for (int i = 0; i < kPhotos; ++i) wanted.insert(id(i));
  for (const std::set<std::string>& items : kept) wanted.insert(items.begin(), items.end());
  EXPECT_TRUE(eventually([&] {
    std::set<std::string> found;
    for (const std::string& each : ids(ask(
             FormBody().file("image", photo(0)).text("limit", "500").request("POST", kSearch)))) {
      found.insert(each);
    }
    return found == wanted;
  }));
  RecordProperty("writes", writes);
  RecordProperty("searches", searches);
  std::printf("%d writes, %d searches\n", writes.load(), searches.load());
}

}  // namespace semblance::test
