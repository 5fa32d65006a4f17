#include "model_zoo/backbones.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/file.h"
#include "base/sha256.h"
#include "describe/embedder.h"
#include "describe/model_registry.h"
#include "model_zoo/graph.h"
#include "model_zoo/pull.h"
#include "support/temporary_folder.h"

namespace semblance {
namespace {

namespace fs = std::filesystem;

const fs::path kModels = SEMBLANCE_SOURCE_MODELS;
const fs::path kRegistry = kModels / "registry" / "backbones.json";

TEST(Backbones, AllThatAreWantedAreThere) {
  const auto backbones = read_backbones(kRegistry);
  ASSERT_TRUE(backbones) << backbones.error().message;
  std::set<std::string> names;
  std::set<std::string> hashes;
  for (const Backbone& backbone : *backbones) {
    names.insert(backbone.name);
    hashes.insert(backbone.source.sha256);
    EXPECT_EQ(backbone.source.sha256.size(), 64U) << backbone.name;
    EXPECT_GT(backbone.source.bytes, 1'000'000U) << backbone.name;
    EXPECT_TRUE(std::all_of(backbone.source.addresses.begin(), backbone.source.addresses.end(),
                            [](const auto& address) { return address.starts_with("https://"); }));
  }
  EXPECT_EQ(names, (std::set<std::string>{
                       "convnext_tiny", "dino_vits16", "efficientnet_b0", "efficientnet_lite0",
                       "efficientnet_lite2", "inception_v3", "mobilenet_v2", "resnet18", "resnet34",
                       "resnet50", "squeezenet1_1", "vgg16", "vgg19", "xception"}));
  EXPECT_EQ(hashes.size(), names.size());
}

TEST(Backbones, GraphsOfOursAreAsTheRegistrySays) {
  const auto backbones = read_backbones(kRegistry);
  ASSERT_TRUE(backbones);
  int count = 0;
  for (const Backbone& backbone : *backbones) {
    if (!backbone.graph) continue;
    ++count;
    const auto digest = sha256_of_file(backbone.graph->path);
    ASSERT_TRUE(digest) << digest.error().message;
    EXPECT_EQ(to_hex(*digest), backbone.graph->sha256);
    const auto graph = OnnxGraph::read(backbone.graph->path);
    ASSERT_TRUE(graph);
    EXPECT_EQ(graph->data_files(), std::vector<std::string>{backbone.graph->weights.file});
    EXPECT_EQ(graph->inputs().front().shape,
              (std::vector<std::int64_t>{-1, 3, backbone.input.height, backbone.input.width}));
  }
  EXPECT_EQ(count, 2);
}

TEST(Backbones, EfficientNetLite0FromTheWeightsOfSemblanceM) {
  if (!fs::exists(kModels / "efficientnet-lite0-57934424.pth")) {
    GTEST_SKIP() << "needs the weights that scripts/setup fetches";
  }
  const test::TemporaryFolder folder;
  const auto backbone = find_backbone(kRegistry, "efficientnet_lite0");
  ASSERT_TRUE(backbone);
  PullOptions options;
  options.folder = folder.path();
  options.local_folders = {kModels};
  const auto pulled = pull_backbone(*backbone, options, {});
  ASSERT_TRUE(pulled) << pulled.error().message;
  const auto choice = choose_model((folder.path() / "efficientnet_lite0.onnx").string());
  ASSERT_TRUE(choice) << choice.error().message;
  const auto embedder = open_onnx_embedder(choice->card);
  ASSERT_TRUE(embedder) << embedder.error().message;
  Image grey;
  grey.width = grey.height = 32;
  grey.pixels.assign(std::size_t{3} * 32 * 32, 90);
  const auto embedding = (*embedder)->embed(grey);
  ASSERT_TRUE(embedding) << embedding.error().message;
  EXPECT_EQ(embedding->shape.size(), 1280U);
}

TEST(Backbones, SaysWhatIsWrongWithAnEntry) {
  const test::TemporaryFolder folder;
  const auto error_of = [&](std::string_view from, std::string_view to) {
    const auto bytes = read_file(kRegistry, 1 << 20);
    std::string text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    text.replace(text.find(from), from.size(), to);
    const auto backbones = read_backbones(folder.write("registry.json", text));
    return backbones ? "" : backbones.error().message;
  };
  EXPECT_NE(error_of("\"short_side\": 256", "\"short_side\": 2").find("entry 1"),
            std::string::npos);
  EXPECT_NE(error_of("f20805a3", "F20805a3").find("sha256"), std::string::npos);
  EXPECT_NE(error_of("\"addresses\"", "\"adresses\"").find("addresses"), std::string::npos);
  EXPECT_NE(error_of("vgg16-7.onnx", "../../vgg16").find("plain name"), std::string::npos);
  EXPECT_NE(error_of("{", "").find("registry.json"), std::string::npos);
}

TEST(Backbones, AnUnknownNameNamesThoseThatAreKnown) {
  const auto backbone = find_backbone(kRegistry, "resnet19");
  ASSERT_FALSE(backbone);
  EXPECT_EQ(backbone.error().code, ErrorCode::kNotFound);
  EXPECT_NE(backbone.error().message.find("resnet18"), std::string::npos);
  EXPECT_EQ(read_backbones("").error().code, ErrorCode::kMissingFile);
}

}  // namespace
}  // namespace semblance
