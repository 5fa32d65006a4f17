#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <thread>

#include "contract/http_client.h"
#include "e2e/program.h"
#include "opensearch/node.h"

namespace semblance::test {

/// Two machines, that is two data folders, whose collection "shared" is one index; the program
/// itself, with the network semblance-s.
class Processes : public ::testing::Test {
 protected:
  struct Server {
    std::unique_ptr<Program> program;
    int port = 0;
  };
  static constexpr int kPhotos = 60;

  void SetUp() override {
    SEMBLANCE_OPENSEARCH_OR_SKIP();
    for (int i = 0; i < kPhotos; ++i) {
      write_photo(folder_.path() / "photos" / (std::to_string(i) + ".jpg"), i);
    }
    index_ = "processes-" + std::to_string(::getpid());
    for (const char* machine : {"a", "b"}) {
      const Ended created = semblance(
          machine, {"collections", "create", "shared", "--engine", OpenSearchNode::product(),
                    "--engine-url", OpenSearchNode::url(), "--engine-index", index_, "--replicas",
                    "0", "--model", "semblance-s"});
      ASSERT_EQ(created.exit_code, 0) << created.err;
    }
  }
  void TearDown() override {
    if (!IsSkipped()) (void)semblance("a", {"collections", "delete", "shared", "--yes"});
  }

  [[nodiscard]] Arguments arguments(const std::string& machine, const Arguments& more) const {
    Arguments all{"--data", (folder_.path() / machine).string(), "--collection", "shared"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  [[nodiscard]] Ended semblance(const std::string& machine, const Arguments& more) const {
    return run(arguments(machine, more));
  }
  [[nodiscard]] std::string photos() const { return (folder_.path() / "photos").string(); }

  [[nodiscard]] Server serve(const std::string& machine) const {
    Server server;
    server.program = std::make_unique<Program>(arguments(machine, {"serve", "--port", "0"}));
    const std::string marker = "listening on http://127.0.0.1:";
    for (int i = 0; i < 3'000 && server.port == 0; ++i) {
      const std::string err = server.program->err_so_far();
      const std::size_t at = err.find(marker);
      if (at != std::string::npos && err.find('\n', at) != std::string::npos) {
        server.port = std::stoi(err.substr(at + marker.size()));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_NE(server.port, 0) << server.program->err_so_far();
    return server;
  }

  TemporaryFolder folder_;
  std::string index_;
};

TEST_F(Processes, ShareOneIndex) {
  const Server a = serve("a");
  const Server b = serve("b");
  Program first(arguments("a", {"sync", photos(), "--part", "1/2", "--quiet", "--json"}));
  Program second(arguments("b", {"sync", photos(), "--part", "2/2", "--quiet", "--json"}));
  // Meanwhile both servers take photos and answer.
  const std::string bytes = read_text(folder_.path() / "photos" / "7.jpg");
  for (int i = 0; i < 10; ++i) {
    const Server& one = i % 2 == 0 ? a : b;
    const ClientAnswer put =
        send(one.port, {"PUT",
                        "/v1/collections/shared/items/put-" + std::to_string(i),
                        bytes,
                        {{"Content-Type", "image/jpeg"}}});
    ASSERT_EQ(put.status, 201) << put.body;
    const ClientAnswer found = send(
        one.port,
        {"POST", "/v1/collections/shared/search?limit=3", bytes, {{"Content-Type", "image/jpeg"}}});
    EXPECT_EQ(found.status, 200) << found.body;
  }
  const Ended one = first.wait();
  const Ended other = second.wait();
  ASSERT_EQ(one.exit_code, 0) << one.err;
  ASSERT_EQ(other.exit_code, 0) << other.err;
  EXPECT_EQ(one.json()["added"].get<int>() + other.json()["added"].get<int>(), kPhotos);

  // What one server took, the other finds within a second, and shows its photo.
  std::this_thread::sleep_for(std::chrono::seconds(1));
  for (const Server* server : {&a, &b}) {
    const ClientAnswer found =
        send(server->port, {"POST",
                            "/v1/collections/shared/search?limit=11&exact=true",
                            bytes,
                            {{"Content-Type", "image/jpeg"}}});
    ASSERT_EQ(found.status, 200) << found.body;
    ASSERT_EQ(found.json()["hits"].size(), 11U);
    for (const auto& hit : found.json()["hits"]) EXPECT_EQ(hit["score"], 1.0) << hit;
    for (const char* id : {"put-0", "put-1", "7.jpg"}) {
      const ClientAnswer image =
          send(server->port, {"GET", "/v1/collections/shared/items/" + std::string(id) + "/image"});
      ASSERT_EQ(image.status, 200) << image.body;
      EXPECT_EQ(image.body, bytes);
    }
  }
  const Ended info = semblance("b", {"info", "--json"});
  EXPECT_EQ(info.json()["items"], kPhotos + 10) << info.err;
  // A whole sync leaves alone what was put by hand.
  const Ended whole = semblance("b", {"sync", photos(), "--quiet", "--json"});
  EXPECT_EQ(whole.json()["unchanged"], kPhotos) << whole.err;
  EXPECT_EQ(whole.json()["removed"], 0);
  const Ended doctor = semblance("a", {"doctor"});
  EXPECT_EQ(doctor.exit_code, 0) << doctor.out;
  const Ended refused = semblance("a", {"duplicates"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("semblance copy shared NAME"), std::string::npos) << refused.err;
}

}  // namespace semblance::test
