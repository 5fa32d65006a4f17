// The project's own networks, and others where SEMBLANCE_TEST_DATA has them.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

#include "describe/embedder.h"
#include "describe/model_registry.h"
#include "describe/unit_vector.h"
#include "distance/metric.h"
#include "pictures.h"
#include "support/temporary_folder.h"
#include "support/test_data.h"

namespace semblance {
namespace {

namespace fs = std::filesystem;

const fs::path kModels = SEMBLANCE_SOURCE_MODELS;

bool semblance_m_is_whole() {
  const auto card = read_model_card(kModels / "semblance-m.json");
  return card && check_model_file_sizes(*card).ok();
}

std::unique_ptr<Embedder> open_network(const fs::path& onnx_path) {
  auto choice = choose_model(onnx_path.string());
  if (!choice) {
    ADD_FAILURE() << choice.error().message;
    return nullptr;
  }
  auto embedder = open_onnx_embedder(choice->card);
  if (!embedder) {
    ADD_FAILURE() << embedder.error().message;
    return nullptr;
  }
  return std::move(*embedder);
}

/// What every network must keep: dimensions, unit length, the same bits for the same pixels from
/// any thread, another vector for another picture.
void check_network(const Embedder& embedder) {
  const Image image = test::pattern(300, 400);
  const auto reference = embedder.embed(image);
  ASSERT_TRUE(reference) << reference.error().message;
  const ModelCard& card = embedder.card();
  EXPECT_EQ(reference->shape.size(), static_cast<std::size_t>(card.output.dimension));
  EXPECT_NEAR(l2_norm(reference->shape), 1, 1e-6);
  ASSERT_EQ(reference->colour.size(),
            card.colour ? static_cast<std::size_t>(card.colour->dimension) : 0U);
  if (card.colour) {
    EXPECT_NEAR(l2_norm(reference->colour), 1, 1e-6);
  }

  const auto other = embedder.embed(test::plain(300, 400, {200, 30, 30}));
  ASSERT_TRUE(other) << other.error().message;
  EXPECT_GT(distance(Metric::kCosine, reference->shape, other->shape), 0.05);

  std::vector<int> differing(4);
  std::vector<std::thread> threads;
  threads.reserve(differing.size());
  for (int& count : differing) {
    threads.emplace_back([&] {
      for (int round = 0; round < 3; ++round) {
        const auto again = embedder.embed(image);
        if (!again || !identical(again->shape, reference->shape) ||
            !identical(again->colour, reference->colour)) {
          ++count;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(differing, std::vector<int>(4, 0));

  // Another session of the same network gives the same bits, too.
  const auto second = open_onnx_embedder(card);
  ASSERT_TRUE(second);
  const auto fresh = (*second)->embed(image);
  ASSERT_TRUE(fresh);
  EXPECT_TRUE(identical(fresh->shape, reference->shape));
  EXPECT_TRUE(identical(fresh->colour, reference->colour));
}

TEST(SemblanceS, KeepsWhatNetworksPromise) {
  const auto embedder = open_network(kModels / "semblance-s.onnx");
  ASSERT_TRUE(embedder);
  EXPECT_EQ(embedder->card().output.dimension, 256);
  check_network(*embedder);
}

TEST(SemblanceM, KeepsWhatNetworksPromise) {
  if (!semblance_m_is_whole()) GTEST_SKIP() << "the .pth is not there: run scripts/setup";
  const auto embedder = open_network(kModels / "semblance-m.onnx");
  ASSERT_TRUE(embedder);
  ASSERT_TRUE(embedder->card().colour);
  check_network(*embedder);
}

TEST(SemblanceM, TellsColoursApartInItsSecondOutput) {
  if (!semblance_m_is_whole()) GTEST_SKIP() << "the .pth is not there: run scripts/setup";
  const auto embedder = open_network(kModels / "semblance-m.onnx");
  ASSERT_TRUE(embedder);
  const auto embed_square = [&](test::Rgb colour, int from) {
    return embedder->embed(test::picture(240, 240, [&](int x, int y) {
      const bool inside = x >= from && x < from + 120 && y >= from && y < from + 120;
      return inside ? colour : test::Rgb{250, 250, 250};
    }));
  };
  const auto red = embed_square({200, 20, 20}, 60);
  const auto red_elsewhere = embed_square({200, 20, 20}, 80);
  const auto blue = embed_square({20, 40, 200}, 60);
  ASSERT_TRUE(red && red_elsewhere && blue);
  EXPECT_LT(distance(Metric::kCosine, red->colour, red_elsewhere->colour),
            distance(Metric::kCosine, red->colour, blue->colour) / 4);
}

TEST(SemblanceM, OpensThroughALinkedFolder) {
  if (!semblance_m_is_whole()) GTEST_SKIP() << "the .pth is not there: run scripts/setup";
  const test::TemporaryFolder folder;
  fs::create_directory_symlink(kModels, folder.path() / "models");
  EXPECT_TRUE(open_network(folder.path() / "models" / "semblance-m.onnx"));
}

TEST(SemblanceM, CannotBeOpenedWithoutItsLowerHalf) {
  const test::TemporaryFolder folder;
  for (const char* name : {"semblance-m.json", "semblance-m.onnx"}) {
    fs::copy_file(kModels / name, folder.path() / name);
  }
  const std::string path = (folder.path() / "semblance-m.onnx").string();
  const auto choice = choose_model(path);
  ASSERT_FALSE(choice);
  EXPECT_EQ(choice.error().code, ErrorCode::kMissingFile);
  // Also where nobody verified.
  const auto card = read_model_card(folder.path() / "semblance-m.json");
  ASSERT_TRUE(card);
  const auto embedder = open_onnx_embedder(*card);
  ASSERT_FALSE(embedder);
  EXPECT_EQ(embedder.error().code, ErrorCode::kCorrupt);
}

TEST(OtherNetworks, KeepWhatNetworksPromise) {
  SEMBLANCE_TEST_DATA_OR_SKIP(data);
  for (const char* name :
       {"mobilenet_v2", "squeezenet1_1", "vit_tiny_patch16_224", "googlenet_bvlc"}) {
    SCOPED_TRACE(name);
    const auto embedder = open_network(data / "models" / (std::string(name) + ".onnx"));
    ASSERT_TRUE(embedder);
    check_network(*embedder);
  }
}

}  // namespace
}  // namespace semblance
