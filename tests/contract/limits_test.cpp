#include <chrono>
#include <future>
#include <thread>

#include "contract/service_fixture.h"
#include "support/picture_writers.h"

namespace semblance::test {

using nlohmann::json;
using namespace std::chrono_literals;

class Limits : public ServiceFixture {
 protected:
  /// Makes the network wait until `open_` is set.
  void block_network() {
    before_embedding_ = [this] {
      ++inside_;
      while (!open_) std::this_thread::sleep_for(1ms);
    };
  }
  [[nodiscard]] std::future<ClientAnswer> search_later(int variant) const {
    return std::async(std::launch::async, [this, variant] {
      return ask(FormBody().file("image", photo(variant)).request("POST", kSearch));
    });
  }

  std::atomic<bool> open_{false};
  std::atomic<int> inside_{0};
};

TEST_F(Limits, LargeBodiesAreRefused) {
  start([](server::ServiceOptions& options) { options.http.max_body_bytes = 10'000; });
  const ClientAnswer answer =
      ask(FormBody().file("image", std::string(20'000, 'x')).request("POST", kSearch));
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.code(), "too_large");
  EXPECT_EQ(ask({"GET", "/livez", "", {{"X-Long", std::string(100'000, 'x')}}}).status, 431);
}

TEST_F(Limits, PhotosOfManyPixelsAreRefused) {
  start([](server::ServiceOptions& options) { options.live.limits.max_pixels = 1'000; });
  const ClientAnswer answer = ask(FormBody().file("image", photo(1)).request("POST", kSearch));
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.code(), "too_many_pixels");
}

TEST_F(Limits, WhoeverCannotBeServedSoonIsToldAtOnce) {
  block_network();
  start([](server::ServiceOptions& options) {
    options.inference.slots = 1;
    options.inference.max_waiting = 1;
    options.inference.patience = 60s;
    options.inference.congested_after = 60s;
  });
  auto first = search_later(60);
  ASSERT_TRUE(eventually([&] { return inside_ == 1; }));
  auto second = search_later(61);
  ASSERT_TRUE(eventually([&] { return get("/healthz").json()["queue"] == 1; }));
  const ClientAnswer third = search_later(62).get();
  EXPECT_EQ(third.status, 503);
  EXPECT_GE(std::stoi("0" + third.field("retry-after")), 1);
  // What needs no network is answered meanwhile.
  EXPECT_EQ(get(kItems + id(1) + "/similar").status, 200);
  open_ = true;
  EXPECT_EQ(first.get().status, 200);
  EXPECT_EQ(second.get().status, 200);
}

TEST_F(Limits, ARequestEndsAtItsDeadline) {
  block_network();
  start([](server::ServiceOptions& options) { options.http.request_timeout = 200ms; });
  const ClientAnswer answer = search_later(63).get();
  EXPECT_EQ(answer.status, 503);
  open_ = true;
}

TEST_F(Limits, ConcurrentSearchesForOnePhotoComputeItOnce) {
  block_network();
  start([](server::ServiceOptions& options) { options.inference.slots = 4; });
  const int before = embedded_;
  std::vector<std::future<ClientAnswer>> answers;
  for (int i = 0; i < 4; ++i) answers.push_back(search_later(64));
  ASSERT_TRUE(eventually([&] { return inside_ >= 1; }));
  open_ = true;
  for (auto& each : answers) EXPECT_EQ(each.get().status, 200);
  EXPECT_EQ(embedded_, before + 1);
}

TEST_F(Limits, AServerThatStopsFinishesWhatWasBegun) {
  block_network();
  start();
  auto begun = search_later(65);
  ASSERT_TRUE(eventually([&] { return inside_ == 1; }));
  std::thread stopping([this] { service_->stop(60s); });
  std::this_thread::sleep_for(50ms);
  open_ = true;
  EXPECT_EQ(begun.get().status, 200);
  stopping.join();
  EXPECT_EQ(send(service_->port(), {"GET", "/livez"}).status, 0) << "it still answers";
}

}  // namespace semblance::test
