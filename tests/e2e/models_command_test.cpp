// `semblance models`, with semblance-s standing in for a network from elsewhere.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "base/file.h"
#include "base/sha256.h"
#include "program.h"
#include "support/http_server.h"

namespace semblance::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class ModelsCommand : public ::testing::Test {
 protected:
  ModelsCommand() {
    const Json entry = {{"name", "borrowed"},
                        {"dimension", 256},
                        {"licence", "Apache-2.0"},
                        {"source",
                         {{"file", "borrowed-1.onnx"},
                          {"bytes", network_.size()},
                          {"sha256", to_hex(sha256(std::as_bytes(std::span(network_))))},
                          {"addresses", {server_.url("/borrowed-1.onnx")}}}},
                        {"input",
                         {{"width", 128},
                          {"height", 128},
                          {"channels", "rgb"},
                          {"layout", "nchw"},
                          {"mean", {123.675, 116.28, 103.53}},
                          {"std", {58.395, 57.12, 57.375}},
                          {"resize", "squash"},
                          {"filter", "area"}}}};
    folder_.write("models/registry/backbones.json", Json{{"networks", {entry}}}.dump());
  }

  [[nodiscard]] Ended models(const Arguments& arguments, Environment environment = {}) const {
    environment.try_emplace("XDG_CACHE_HOME", cache());
    environment.try_emplace("SEMBLANCE_MODELS", folder_.path() / "models");
    Arguments all{"models"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return run(all, environment);
  }

  [[nodiscard]] Ended models_on_terminal(const Arguments& arguments,
                                         const std::string& answers) const {
    Arguments all{"models"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return run_on_terminal(
        all, answers,
        {{"XDG_CACHE_HOME", cache()}, {"SEMBLANCE_MODELS", folder_.path() / "models"}});
  }

  [[nodiscard]] Json listed(const std::string& name) const {
    const Json list = models({"list", "--json"}).json();
    for (const Json& model : list["models"]) {
      if (model["name"] == name) return model;
    }
    return nullptr;
  }

  [[nodiscard]] std::string cache() const { return folder_.path() / "cache"; }
  static fs::path network_file() {
    return fs::path(SEMBLANCE_PROGRAM).parent_path().parent_path() /
           "share/semblance/models/semblance-s.onnx";
  }

  TemporaryFolder folder_;
  HttpServer server_;
  const std::string network_ = read_text(network_file());
};

TEST_F(ModelsCommand, PullsWhatTheListOffersAndSyncUsesIt) {
  Json model = listed("borrowed");
  EXPECT_EQ(model["present"], false);
  EXPECT_EQ(model["can_be_pulled"], true);
  EXPECT_EQ(model["bytes"], network_.size());
  EXPECT_TRUE(model["ms_per_photo"].is_null());

  server_.on("/borrowed-1.onnx", serve_photo({network_}));
  const Ended pulled = models({"pull", "borrowed"});
  ASSERT_EQ(pulled.exit_code, 0) << pulled.err;
  EXPECT_TRUE(has(pulled.err, "256 numbers a photo")) << pulled.err;
  model = listed("borrowed");
  EXPECT_EQ(model["present"], true);
  EXPECT_GT(model["ms_per_photo"], 0);
  EXPECT_EQ(model["folder"], cache() + "/semblance/models");

  write_photo(folder_.path() / "photos/1.jpg", 1);
  const Ended synced = run(
      {"sync", folder_.path() / "photos", "--model", "borrowed", "--data", folder_.path() / "data"},
      {{"XDG_CACHE_HOME", cache()}});
  EXPECT_EQ(synced.exit_code, 0) << synced.err;
}

TEST_F(ModelsCommand, SaysWhyItCannotBePulled) {
  const Ended missing = models({"pull", "borrowed"});
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_TRUE(has(missing.err, "404 Not Found")) << missing.err;
  EXPECT_TRUE(has(missing.err, "SEMBLANCE_MODEL_MIRROR")) << missing.err;
  const Ended unknown = models({"pull", "lent"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_TRUE(has(unknown.err, "known are: borrowed")) << unknown.err;
  const Ended sync = run({"sync", ".", "--model", "borrowed"});
  EXPECT_TRUE(has(sync.err, "semblance models list")) << sync.err;
}

TEST_F(ModelsCommand, TakesTheMirrorThatTheUserNames) {
  folder_.write("mirror/borrowed-1.onnx", network_);
  const Ended pulled =
      models({"pull", "borrowed"}, {{"SEMBLANCE_MODEL_MIRROR", folder_.path() / "mirror"}});
  EXPECT_EQ(pulled.exit_code, 0) << pulled.err;
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(ModelsCommand, AddsAFileAndSaysWhatItGuesses) {
  const Ended guessed = models({"add", network_file(), "--name", "mine", "--json"});
  ASSERT_EQ(guessed.exit_code, 0) << guessed.err;
  EXPECT_TRUE(has(guessed.err, "guess")) << guessed.err;
  EXPECT_TRUE(has(guessed.err, "[1,256]")) << guessed.err;
  EXPECT_EQ(guessed.json()["output"]["dimension"], 256);
  EXPECT_EQ(listed("mine")["present"], true);
  const Ended told =
      models({"add", network_file(), "--name", "told", "--channels", "bgr", "--mean", "1,2,3",
              "--std", "4,5,6", "--resize", "letterbox", "--filter", "bicubic", "--json"});
  ASSERT_EQ(told.exit_code, 0) << told.err;
  EXPECT_FALSE(has(told.err, "guess")) << told.err;
  const Json input = told.json()["input"];
  EXPECT_EQ(input["channels"], "bgr");
  EXPECT_EQ(input["mean"], Json({1.0, 2.0, 3.0}));
  EXPECT_EQ(input["resize"], "letterbox");
  EXPECT_EQ(models({"add", network_file(), "--name", "told"}).exit_code, 2);
  EXPECT_EQ(models({"add", "/nowhere.onnx"}).exit_code, 2);
}

TEST_F(ModelsCommand, AsksOnATerminalAndAgainWhereItDoesNotUnderstand) {
  // Name, layer, channels, mean, deviation, resize, filter.
  const Ended added = models_on_terminal({"add", network_file(), "--json"},
                                         "asked\n99\n1\nblue\nbgr\n1, 2\n1, 2, 3\n4 5 6\n"
                                         "letterbox\n\n");
  ASSERT_EQ(added.exit_code, 0) << added.err;
  EXPECT_TRUE(has(added.err, "name [semblance-s]: ")) << added.err;
  EXPECT_TRUE(has(added.err, "layer, its number or name [1]: ")) << added.err;
  EXPECT_TRUE(has(added.err, "1 to ")) << added.err;
  EXPECT_TRUE(has(added.err, "one of: bgr, rgb")) << added.err;
  EXPECT_TRUE(has(added.err, "three numbers, please")) << added.err;
  EXPECT_FALSE(has(added.err, "guess")) << added.err;
  const Json card = added.json();
  EXPECT_EQ(card["name"], "asked");
  EXPECT_EQ(card["output"]["dimension"], 256);
  EXPECT_EQ(card["input"]["channels"], "bgr");
  EXPECT_EQ(card["input"]["mean"], Json({1.0, 2.0, 3.0}));
  EXPECT_EQ(card["input"]["std"], Json({4.0, 5.0, 6.0}));
  EXPECT_EQ(card["input"]["resize"], "letterbox");
  EXPECT_EQ(card["input"]["filter"], "bilinear");
  EXPECT_EQ(listed("asked")["present"], true);
}

TEST_F(ModelsCommand, AsksOnlyWhatWasNotSaid) {
  const Ended told = models_on_terminal({"add", network_file(), "--channels", "rgb", "--mean",
                                         "0,0,0", "--std", "255,255,255", "--resize", "squash"},
                                        "second\n\narea\n");
  EXPECT_EQ(told.exit_code, 0) << told.err;
  EXPECT_FALSE(has(told.err, "order of the channels")) << told.err;
  EXPECT_FALSE(has(told.err, "mean of each")) << told.err;
  EXPECT_TRUE(has(told.err, "filter: area, bilinear or bicubic [bilinear]: ")) << told.err;
  EXPECT_EQ(listed("second")["present"], true);
  // Whoever presses Ctrl-D wants what is proposed; with --yes nobody is asked.
  const Ended ended = models_on_terminal({"add", network_file(), "--name", "ended"}, "\x04");
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  const Ended yes = models_on_terminal({"add", network_file(), "--name", "sure", "--yes"}, "");
  EXPECT_EQ(yes.exit_code, 0) << yes.err;
  EXPECT_FALSE(has(yes.err, "layer, its number")) << yes.err;
  EXPECT_TRUE(has(yes.err, "guess")) << yes.err;
}

TEST_F(ModelsCommand, TheSameVectorsInEveryProcessAndWithAnyNumberOfThreads) {
  for (int i = 0; i < 12; ++i) {
    write_photo(folder_.path() / "photos" / (std::to_string(i) + ".jpg"), i);
  }
  std::string first;
  for (const std::string threads : {"1", "3"}) {
    const std::string data = folder_.path() / ("data-" + threads);
    const std::string file = folder_.path() / (threads + ".npy");
    ASSERT_EQ(run({"sync", folder_.path() / "photos", "--model", "semblance-s", "--data", data,
                   "--threads", threads})
                  .exit_code,
              0);
    ASSERT_EQ(run({"export", "--descriptors", file, "--data", data}).exit_code, 0);
    const std::string vectors = read_text(file);
    EXPECT_GT(vectors.size(), 12U * 256 * 4);
    if (first.empty()) first = vectors;
    EXPECT_TRUE(vectors == first);
  }
}

TEST_F(ModelsCommand, CudaWorksOrSaysWhatIsMissing) {
  write_photo(folder_.path() / "photos/1.jpg", 1);
  const Ended synced = run({"sync", folder_.path() / "photos", "--model", "semblance-s", "--data",
                            folder_.path() / "data", "--device", "cuda"});
  if (synced.exit_code == 0) GTEST_SKIP() << "there is a GPU";
  EXPECT_EQ(synced.exit_code, 2);
  EXPECT_TRUE(has(synced.err, "device 'cuda'")) << synced.err;
  EXPECT_EQ(run({"info", "--device", "tpu"}).exit_code, 2);
}

}  // namespace
}  // namespace semblance::test
