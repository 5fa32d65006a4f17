// Changes a live collection from two threads until it is killed, and writes down what it asks for
// and what was acknowledged. Usage: live_changer DATA LOG SEED CHANGES; CHANGES of each thread; 0:
// until it is killed; negative: so many, in a collection that is made first.

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "crash/live_log.h"
#include "live/live_collection.h"
#include "support/dummy_network.h"

namespace semblance::test {

namespace {

constexpr int kThreads = 2;
constexpr int kIdsEach = 12;
constexpr int kLooks = 20;

class Log {
 public:
  explicit Log(const char* path)
      : file_(::open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644)),
        end_(::lseek(file_, 0, SEEK_END)) {}
  void add(const std::string& line) {
    const std::scoped_lock lock(mutex_);
    if (::pwrite(file_, line.data(), line.size(), end_) < 0) ::_exit(3);
    end_ += static_cast<off_t>(line.size());
  }

 private:
  int file_;
  off_t end_;
  std::mutex mutex_;
};

ItemChange change_of(LiveCollection& live, const std::string& id, const LiveItem& item) {
  ItemChange change;
  change.id = id;
  if (!item) {
    change.kind = ItemChange::Kind::kDelete;
    return change;
  }
  change.photo = std::make_shared<const Bytes>(live_photo(item->look));
  const auto descriptors = live.describe(*change.photo, {});
  if (!descriptors) ::_exit(4);
  change.descriptors = **descriptors;
  change.attributes = Attributes{{"look", std::to_string(item->look)}, {"number", item->number}};
  return change;
}

void work(LiveCollection& live, Log& log, int thread, unsigned seed, int changes) {
  std::mt19937 random(seed * kThreads + static_cast<unsigned>(thread));
  for (int i = 0; changes == 0 || i < changes; ++i) {
    const std::string id = "t" + std::to_string(thread) + "-" + std::to_string(random() % kIdsEach);
    LiveItem item;
    if (random() % 4 != 0) {
      item = LiveState{static_cast<int>(random() % kLooks),
                       std::to_string(seed) + "." + std::to_string(i)};
    }
    std::vector<ItemChange> one{change_of(live, id, item)};
    log.add(log_line(false, id, item));
    const auto outcome =
        live.change(std::move(one), std::chrono::steady_clock::now() + std::chrono::seconds(30));
    const bool nothing_to_delete =
        !item && !outcome.front() && outcome.front().error().code == ErrorCode::kNotFound;
    if (!outcome.front() && !nothing_to_delete) {
      std::fprintf(stderr, "%s\n", outcome.front().error().message.c_str());
      ::_exit(5);
    }
    log.add(log_line(true, id, item));
  }
}

int run(char** arguments) {
  LiveOptions options;
  options.refresh_interval = std::chrono::milliseconds(10);
  options.quiet_before_upkeep = std::chrono::milliseconds(3);
  options.open_embedder = [](const ModelCard& card) -> Result<std::unique_ptr<Embedder>> {
    static std::atomic<int> calls{0};
    return open_counting_embedder(card, calls, {});
  };
  const int wanted = std::stoi(arguments[4]);
  const std::filesystem::path data = arguments[1];
  // The network lies outside of what is recorded.
  if (wanted < 0) create_live_collection(data, data.parent_path().parent_path() / "models");
  auto live = LiveCollection::open(data, "default", options);
  if (!live) {
    std::fprintf(stderr, "%s\n", live.error().message.c_str());
    return 2;
  }
  Log log(arguments[2]);
  const auto seed = static_cast<unsigned>(std::stoul(arguments[3]));
  const int changes = std::abs(wanted);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] { work(**live, log, thread, seed, changes); });
  }
  for (std::thread& thread : threads) thread.join();
  return 0;
}

}  // namespace

}  // namespace semblance::test

int main(int argc, char** argv) {
  return argc == 5 ? semblance::test::run(argv) : 1;
}
