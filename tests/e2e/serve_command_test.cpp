#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <future>
#include <thread>

#include "contract/http_client.h"
#include "e2e/program.h"

namespace semblance::test {

namespace {

/// A server that a test starts with a collection of six photos, and the network semblance-s.
class ServeCommand : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    for (int i = 0; i < 6; ++i) {
      write_photo(folder_->path() / "photos" / (std::to_string(i) + ".jpg"), i);
    }
    const Ended synced = run({"--data", data(), "sync", (folder_->path() / "photos").string(),
                              "--model", "semblance-s", "--quiet"});
    ASSERT_EQ(synced.exit_code, 0) << synced.err;
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }
  static std::string data() { return (folder_->path() / "data").string(); }

  /// Starts `semblance serve --port 0` and waits until it listens.
  void start(const Arguments& more = {}, const Environment& environment = {}) {
    Arguments arguments{"--data", data(), "serve", "--port", "0"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    program_ = std::make_unique<Program>(arguments, environment);
    const std::string marker = "listening on http://127.0.0.1:";
    for (int i = 0; i < 3'000 && port_ == 0; ++i) {
      const std::string err = program_->err_so_far();
      const std::size_t at = err.find(marker);
      const std::size_t end = err.find('\n', at == std::string::npos ? 0 : at);
      if (at != std::string::npos && end != std::string::npos) {
        port_ = std::stoi(err.substr(at + marker.size()));
      } else {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
    }
    ASSERT_NE(port_, 0) << program_->err_so_far();
  }

  [[nodiscard]] ClientAnswer get(const std::string& target, const std::string& key = {}) const {
    ClientRequest request{"GET", target};
    if (!key.empty()) request.fields.emplace_back("X-API-Key", key);
    return send(port_, request);
  }

  static inline TemporaryFolder* folder_ = nullptr;
  std::unique_ptr<Program> program_;
  int port_ = 0;
};

TEST_F(ServeCommand, AnswersWithARealNetwork) {
  start();
  const std::string bytes = read_text(folder_->path() / "photos" / "2.jpg");
  const ClientAnswer answer = send(
      port_,
      {"POST", "/v1/collections/default/search?limit=3", bytes, {{"Content-Type", "image/jpeg"}}});
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.json()["hits"][0]["id"], "2.jpg");
  EXPECT_EQ(answer.json()["hits"][0]["score"], 1.0);
  EXPECT_EQ(answer.json()["model"], "semblance-s");
  ::kill(program_->pid(), SIGTERM);
  EXPECT_EQ(program_->wait().exit_code, 0);
}

TEST_F(ServeCommand, WritesALineForEachRequest) {
  start();
  EXPECT_EQ(get("/v1/collections/none").status, 404);
  ::kill(program_->pid(), SIGTERM);
  const Ended ended = program_->wait();
  EXPECT_NE(ended.err.find("\"target\":\"/v1/collections/none\""), std::string::npos) << ended.err;
  EXPECT_NE(ended.err.find("\"status\":404"), std::string::npos);
  EXPECT_NE(ended.err.find("stopping"), std::string::npos);
}

TEST_F(ServeCommand, ReadsItsKeysAgainOnHangUp) {
  const std::string keys = (folder_->path() / "keys.json").string();
  const Ended first = run({"keys", "create", "--keys", keys, "--kind", "admin", "--json"});
  ASSERT_EQ(first.exit_code, 0) << first.err;
  start({"--keys", keys});
  EXPECT_EQ(get("/v1/collections").status, 401);
  EXPECT_EQ(get("/v1/collections", first.json()["key"]).status, 200);
  const Ended second = run({"keys", "create", "--keys", keys, "--name", "page", "--json"});
  const Ended revoked = run({"keys", "revoke", first.json()["id"], "--keys", keys});
  EXPECT_EQ(revoked.exit_code, 0) << revoked.err;
  const Ended listed = run({"keys", "list", "--keys", keys});
  EXPECT_NE(listed.out.find("page"), std::string::npos);
  EXPECT_EQ(listed.out.find(second.json()["key"].get<std::string>()), std::string::npos);
  ::kill(program_->pid(), SIGHUP);
  int status = 0;
  for (int i = 0; i < 1'000 && status != 200; ++i) {
    status = get("/v1/collections", second.json()["key"]).status;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(status, 200);
  EXPECT_EQ(get("/v1/collections", first.json()["key"]).status, 401);
}

TEST_F(ServeCommand, TakesSettingsFromTheEnvironmentAndAFile) {
  const std::string file =
      folder_->write("semblance.toml", "[serve]\nmax-body-mib = 1\naccess-log = \"-\"\n").string();
  start({"--config", file}, {{"SEMBLANCE_SERVER__MAX_PIXELS", "100"}});
  const std::string large(2 << 20, 'x');
  const ClientRequest request{
      "POST", "/v1/embed", large, {{"Content-Type", "application/octet-stream"}}};
  EXPECT_EQ(send(port_, request).status, 413);
  const std::string bytes = read_text(folder_->path() / "photos" / "2.jpg");
  const ClientAnswer pixels =
      send(port_, {"POST", "/v1/embed", bytes, {{"Content-Type", "image/jpeg"}}});
  EXPECT_EQ(pixels.code(), "too_many_pixels");
  const Ended wrong = run({"--config", folder_->write("wrong.toml", "[serve]\nprot = 1\n").string(),
                           "--data", data(), "serve"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_NE(wrong.err.find("prot"), std::string::npos) << wrong.err;
}

TEST_F(ServeCommand, SaysWhatKeepsItFromStarting) {
  start();
  const Ended taken = run({"--data", data(), "serve", "--port", std::to_string(port_)});
  EXPECT_EQ(taken.exit_code, 2);
  EXPECT_NE(taken.err.find(std::to_string(port_)), std::string::npos) << taken.err;
  const Ended open = run({"--data", data(), "serve", "--host", "0.0.0.0", "--port", "0"});
  EXPECT_EQ(open.exit_code, 2);
  EXPECT_NE(open.err.find("--keys"), std::string::npos) << open.err;
  const Ended keys = run({"--data", data(), "serve", "--keys", "/no/such/keys.json"});
  EXPECT_EQ(keys.exit_code, 2);
  EXPECT_NE(keys.err.find("/no/such/keys.json"), std::string::npos) << keys.err;
}

}  // namespace

}  // namespace semblance::test
