#include "describe/model_registry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "support/temporary_folder.h"
#include "support/tiny_network.h"

namespace semblance {
namespace {

using test::TemporaryFolder;
using test::tiny_card;
using test::write_tiny_network;

ModelCard put_network(const std::filesystem::path& folder, std::string_view name,
                      const std::string& version = "1") {
  ModelCard card = tiny_card(name, 2, 12);
  card.version = version;
  return write_tiny_network(folder, card, {{"Relu", {"input"}, "embedding"}});
}

/// Points SEMBLANCE_MODELS at two folders of the test.
class Registry : public testing::Test {
 protected:
  Registry() {
    name_folders(first_.path().string() + ":" + second_.path().string());
    ::setenv("XDG_CACHE_HOME", cache_.path().c_str(), 1);
  }
  void TearDown() override {
    ::unsetenv("SEMBLANCE_MODELS");
    ::unsetenv("XDG_CACHE_HOME");
  }

  static void name_folders(const std::string& folders) {
    ::setenv("SEMBLANCE_MODELS", folders.c_str(), 1);
  }

  /// The listing of that name, if there is one.
  static std::optional<ModelListing> listed(std::string_view name) {
    for (const ModelListing& listing : list_models()) {
      if (listing.card.name == name) return listing;
    }
    return std::nullopt;
  }

  TemporaryFolder first_;
  TemporaryFolder second_;
  TemporaryFolder cache_;
};

TEST_F(Registry, SearchesTheNamedFoldersThenBesideTheProgram) {
  const auto folders = model_folders();
  ASSERT_EQ(folders.size(), 4U);
  EXPECT_EQ(folders[0], first_.path());
  EXPECT_EQ(folders[1], second_.path());
  EXPECT_TRUE(folders[2].string().ends_with("/share/semblance/models"));
  EXPECT_EQ(folders[3], cache_.path() / "semblance" / "models");
  name_folders("::/a:");
  EXPECT_EQ(model_folders().size(), 3U);
  ::unsetenv("SEMBLANCE_MODELS");
  EXPECT_EQ(model_folders().size(), 2U);
}

TEST_F(Registry, FetchedNetworksLieInTheCacheFolder) {
  const std::string home = std::getenv("HOME") == nullptr ? "" : std::getenv("HOME");
  ::setenv("XDG_CACHE_HOME", "relative/does/not/count", 1);
  ::setenv("HOME", "/somewhere", 1);
  EXPECT_EQ(model_cache_folder(), "/somewhere/.cache/semblance/models");
  ::unsetenv("HOME");
  EXPECT_EQ(model_cache_folder(), "");
  if (!home.empty()) ::setenv("HOME", home.c_str(), 1);
}

TEST_F(Registry, TheFirstFolderWins) {
  put_network(second_.path(), "net", "old");
  put_network(first_.path(), "net", "new");
  const auto choice = choose_model("net");
  ASSERT_TRUE(choice) << choice.error().message;
  EXPECT_EQ(choice->card.version, "new");
  EXPECT_EQ(choice->notice, "");
  EXPECT_EQ(listed("net")->card.version, "new");
}

TEST_F(Registry, ListsByNameAndSaysWhatIsMissing) {
  put_network(first_.path(), "b-network");
  put_network(second_.path(), "a-network");
  first_.write("c-network.json", "{}");
  std::filesystem::remove(second_.path() / "a-network.onnx");
  const auto models = list_models();
  EXPECT_TRUE(std::is_sorted(models.begin(), models.end(), [](const auto& a, const auto& b) {
    return a.card.name < b.card.name;
  }));
  EXPECT_TRUE(listed("b-network")->present);
  EXPECT_FALSE(listed("a-network")->present);
  EXPECT_NE(listed("a-network")->missing_reason.find("is missing"), std::string::npos);
  EXPECT_FALSE(listed("c-network")->present);
  EXPECT_NE(listed("c-network")->missing_reason.find("'name' is missing"), std::string::npos);
}

TEST_F(Registry, FoldersThatAreNotThereAreNoError) {
  name_folders("/nowhere/at/all");
  EXPECT_FALSE(listed("net"));
}

TEST_F(Registry, UnknownNameSaysWhatIsKnown) {
  put_network(first_.path(), "net");
  const auto choice = choose_model("nett");
  ASSERT_FALSE(choice);
  EXPECT_EQ(choice.error().code, ErrorCode::kNotFound);
  EXPECT_NE(choice.error().message.find("net"), std::string::npos);
}

TEST_F(Registry, TakesAFileWithItsCardBeside) {
  const ModelCard card = put_network(first_.path(), "mine");
  const auto choice = choose_model(card.onnx_path().string());
  ASSERT_TRUE(choice) << choice.error().message;
  EXPECT_EQ(to_json(choice->card), to_json(card));
  EXPECT_EQ(choice->card.onnx_path(), card.onnx_path());
}

TEST_F(Registry, FileWithoutCardIsRefused) {
  const auto path = first_.write("mine.onnx", "graph");
  const auto choice = choose_model(path.string());
  ASSERT_FALSE(choice);
  EXPECT_EQ(choice.error().code, ErrorCode::kMissingFile);
  EXPECT_NE(choice.error().message.find("mine.json"), std::string::npos) << choice.error().message;
}

TEST_F(Registry, MissingFileAndOtherEndingsAreRefused) {
  const auto missing = choose_model((first_.path() / "mine.onnx").string());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kMissingFile);
  const auto other = choose_model(first_.write("weights.pth", "x").string());
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::kInvalidArgument);
}

TEST_F(Registry, ADamagedNetworkIsRefused) {
  const ModelCard card = put_network(first_.path(), "net");
  std::string content(card.bytes, 'x');
  first_.write("net.onnx", content);
  const auto choice = choose_model("net");
  ASSERT_FALSE(choice);
  EXPECT_EQ(choice.error().code, ErrorCode::kCorrupt);
}

TEST_F(Registry, DefaultIsTakenWhenItIsWhole) {
  put_network(first_.path(), kDefaultModel);
  put_network(first_.path(), kFallbackModel);
  const auto choice = choose_model("");
  ASSERT_TRUE(choice) << choice.error().message;
  EXPECT_EQ(choice->card.name, kDefaultModel);
  EXPECT_EQ(choice->notice, "");
}

/// The default network with its data file; `content` is what lies on the disk (none when empty).
void put_default_with_data(const TemporaryFolder& folder, std::string_view content) {
  ModelCard card = tiny_card(kDefaultModel, 2, 12);
  card.data.push_back({"lower.pth",
                       "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c", 7,
                       "lower_package==0.1.0", "MIT"});
  write_tiny_network(folder.path(), card, {{"Relu", {"input"}, "embedding"}});
  if (!content.empty()) folder.write("lower.pth", content);
}

TEST_F(Registry, NeverStartsWithHalfAModel) {
  put_network(first_.path(), kFallbackModel);
  for (const std::string_view content : {"", "weig", "weightt"}) {
    put_default_with_data(first_, content);
    const auto choice = choose_model("");
    ASSERT_TRUE(choice) << choice.error().message;
    EXPECT_EQ(choice->card.name, kFallbackModel);
    EXPECT_NE(choice->notice.find("lower.pth"), std::string::npos);
    EXPECT_NE(choice->notice.find("run scripts/setup"), std::string::npos) << choice->notice;
    EXPECT_EQ(choice->notice.find('\n'), std::string::npos);
    // Who asks for it by name gets it or an error, never another one.
    EXPECT_FALSE(choose_model(kDefaultModel));
  }
  put_default_with_data(first_, "weights");
  const auto choice = choose_model("");
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->card.name, kDefaultModel);
}

TEST_F(Registry, SaysBothReasonsWhenTheFallbackFailsToo) {
  put_default_with_data(first_, "");
  put_network(first_.path(), kFallbackModel);
  std::filesystem::remove(first_.path() / (std::string(kFallbackModel) + ".onnx"));
  const auto choice = choose_model("");
  ASSERT_FALSE(choice);
  EXPECT_NE(choice.error().message.find("lower.pth"), std::string::npos);
  EXPECT_NE(choice.error().message.find("semblance-s.onnx"), std::string::npos);
}

}  // namespace
}  // namespace semblance
