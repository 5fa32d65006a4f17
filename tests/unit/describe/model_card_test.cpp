#include "describe/model_card.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/temporary_folder.h"
#include "support/tiny_network.h"

namespace semblance {
namespace {

using nlohmann::json;
using test::TemporaryFolder;

json good_card() {
  return json::parse(R"({
    "name": "net", "version": "2", "file": "net.onnx", "bytes": 12, "licence": "MIT",
    "sha256": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "input": {"name": "pixels", "width": 224, "height": 192, "channels": "bgr", "layout": "nhwc",
              "mean": [123.675, 116.28, 103.53], "std": [58.395, 57.12, 1], "resize": "crop",
              "short_side": 256, "filter": "bicubic"},
    "output": {"name": "embedding", "dimension": 512, "normalised": false},
    "colour": {"name": "colour", "dimension": 64, "normalised": true},
    "data": [{"file": "weights.bin", "bytes": 7, "package": "some_package==1.0", "licence": "MIT",
      "sha256": "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"}]
  })");
}

std::string refusal(const json& card) {
  const auto parsed = parse_model_card(card.dump(), "net.json");
  if (parsed) return "accepted";
  EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(parsed.error().message.find("net.json"), std::string::npos);
  return parsed.error().message;
}

TEST(ModelCard, ReadsEveryField) {
  const auto card = parse_model_card(good_card().dump(), "net.json");
  ASSERT_TRUE(card) << card.error().message;
  EXPECT_EQ(card->name, "net");
  EXPECT_EQ(card->version, "2");
  EXPECT_EQ(card->file, "net.onnx");
  EXPECT_EQ(card->bytes, 12U);
  EXPECT_EQ(card->licence, "MIT");
  EXPECT_EQ(card->input.name, "pixels");
  EXPECT_EQ(card->input.width, 224);
  EXPECT_EQ(card->input.height, 192);
  EXPECT_EQ(card->input.channels, ChannelOrder::kBgr);
  EXPECT_EQ(card->input.layout, TensorLayout::kNhwc);
  EXPECT_EQ(card->input.normalisation.mean[0], 123.675F);
  EXPECT_EQ(card->input.normalisation.std[2], 1.0F);
  EXPECT_EQ(card->input.resize, ResizeRule::kCrop);
  EXPECT_EQ(card->input.short_side, 256);
  EXPECT_EQ(card->input.filter, ResizeFilter::kBicubic);
  EXPECT_EQ(card->output.dimension, 512);
  EXPECT_FALSE(card->output.normalised);
  ASSERT_TRUE(card->colour);
  EXPECT_EQ(card->colour->dimension, 64);
  ASSERT_EQ(card->data.size(), 1U);
  EXPECT_EQ(card->data[0].file, "weights.bin");
  EXPECT_EQ(card->data[0].package, "some_package==1.0");
}

TEST(ModelCard, CanonicalJsonReadsBackAsItself) {
  const auto card = parse_model_card(good_card().dump(), "net.json");
  ASSERT_TRUE(card);
  const std::string text = to_json(*card);
  EXPECT_NE(text.find("[123.675,116.28,103.53]"), std::string::npos) << text;
  const auto again = parse_model_card(text, "again");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(to_json(*again), text);
}

TEST(ModelCard, CanonicalJsonDoesNotDependOnLayoutOrUnknownFields) {
  json other = good_card();
  other["comment"] = "ignored";
  const auto card = parse_model_card(good_card().dump(), "a");
  const auto same = parse_model_card(other.dump(3), "b");
  ASSERT_TRUE(card && same);
  EXPECT_EQ(to_json(*card), to_json(*same));
  other["input"]["filter"] = "area";
  const auto different = parse_model_card(other.dump(), "c");
  ASSERT_TRUE(different);
  EXPECT_NE(to_json(*card), to_json(*different));
}

TEST(ModelCard, OptionalFieldsMayBeAbsent) {
  json card = good_card();
  card.erase("colour");
  card.erase("data");
  card["input"]["resize"] = "squash";
  card["input"].erase("short_side");
  const auto parsed = parse_model_card(card.dump(), "net.json");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_FALSE(parsed->colour);
  EXPECT_TRUE(parsed->data.empty());
  EXPECT_TRUE(parse_model_card(to_json(*parsed), "again"));
}

TEST(ModelCard, NamesTheFieldThatIsMissing) {
  for (const char* pointer : {"/name",
                              "/version",
                              "/file",
                              "/sha256",
                              "/bytes",
                              "/licence",
                              "/input",
                              "/output",
                              "/input/name",
                              "/input/width",
                              "/input/height",
                              "/input/channels",
                              "/input/layout",
                              "/input/mean",
                              "/input/std",
                              "/input/resize",
                              "/input/short_side",
                              "/input/filter",
                              "/output/name",
                              "/output/dimension",
                              "/output/normalised",
                              "/colour/dimension",
                              "/data/0/file",
                              "/data/0/sha256",
                              "/data/0/bytes"}) {
    const json::json_pointer path(pointer);
    json card = good_card();
    card[path.parent_pointer()].erase(path.back());
    const std::string message = refusal(card);
    EXPECT_NE(message.find(path.back() + "' is missing"), std::string::npos) << message;
  }
}

TEST(ModelCard, RefusesValuesThatMakeNoSense) {
  const std::vector<std::pair<const char*, json>> wrong{
      {"/name", ""},
      {"/name", "../net"},
      {"/name", 5},
      {"/version", 2},
      {"/file", "../net.onnx"},
      {"/file", "/etc/passwd"},
      {"/file", ".."},
      {"/sha256", "abc"},
      {"/sha256", std::string(64, 'A')},
      {"/bytes", -1},
      {"/bytes", 0},
      {"/bytes", 1.5},
      {"/input", "none"},
      {"/input/width", 0},
      {"/input/width", 100000},
      {"/input/width", 4294967297},
      {"/input/height", "224"},
      {"/input/channels", "grey"},
      {"/input/layout", "NCHW"},
      {"/input/mean", {1, 2}},
      {"/input/mean", {1, 2, "3"}},
      {"/input/mean", {1, 2, 1e300}},
      {"/input/std", {1, 0, 1}},
      {"/input/std", {1, -1, 1}},
      {"/input/resize", "stretch"},
      {"/input/short_side", 200},
      {"/input/filter", "nearest"},
      {"/output/name", "line\nbreak"},
      {"/output/dimension", 0},
      {"/output/dimension", 1000000},
      {"/output/normalised", 1},
      {"/colour/name", "embedding"},
      {"/data", "weights.bin"},
      {"/data/0/file", "sub/weights.bin"},
      {"/data/0/file", "net.onnx"},
      {"/data/0/sha256", ""},
  };
  for (const auto& [pointer, value] : wrong) {
    json card = good_card();
    card[json::json_pointer(pointer)] = value;
    const std::string message = refusal(card);
    const std::string field = json::json_pointer(pointer).back();
    EXPECT_NE(message.find(field), std::string::npos)
        << pointer << " = " << value << ": " << message;
  }
}

TEST(ModelCard, RefusesWhatIsNotAJsonObject) {
  for (const char* text : {"", "[]", "5", "null", "{", "{\"name\": \"\xff\"}", "\"text\""}) {
    const auto card = parse_model_card(text, "x.json");
    ASSERT_FALSE(card) << text;
    EXPECT_EQ(card.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(ModelCard, SaysThatTheFileIsMissing) {
  const TemporaryFolder folder;
  const auto card = read_model_card(folder.path() / "net.json");
  ASSERT_FALSE(card);
  EXPECT_EQ(card.error().code, ErrorCode::kMissingFile);
}

TEST(ModelCard, MustHaveTheNetworksName) {
  const TemporaryFolder folder;
  const auto right = read_model_card(folder.write("net.json", good_card().dump()));
  ASSERT_TRUE(right) << right.error().message;
  EXPECT_EQ(right->onnx_path(), folder.path() / "net.onnx");
  const auto wrong = read_model_card(folder.write("other.json", good_card().dump()));
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message.find("other.onnx"), std::string::npos) << wrong.error().message;
}

class VerifyModelFiles : public testing::Test {
 protected:
  VerifyModelFiles() {
    ModelCard card = test::tiny_card("net", 2, 12);
    // SHA-256 of "weights".
    card.data.push_back({"weights.bin",
                         "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c", 7,
                         "some_package==1.0", "MIT"});
    folder_.write("weights.bin", "weights");
    card_ = test::write_tiny_network(folder_.path(), card, {{"Relu", {"input"}, "embedding"}});
  }

  void expect_refusal(ErrorCode code, std::string_view part) const {
    const Status status = verify_model_files(card_);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, code);
    EXPECT_NE(status.error().message.find(part), std::string::npos) << status.error().message;
  }

  TemporaryFolder folder_;
  ModelCard card_;
};

TEST_F(VerifyModelFiles, AcceptsWhatTheCardDescribes) {
  const Status status = verify_model_files(card_);
  EXPECT_TRUE(status) << status.error().message;
}

TEST_F(VerifyModelFiles, NoticesOneChangedBit) {
  folder_.write("weights.bin", "weightt");
  expect_refusal(ErrorCode::kCorrupt, "weights.bin");
}

TEST_F(VerifyModelFiles, NoticesATornDownload) {
  folder_.write("weights.bin", "weig");
  expect_refusal(ErrorCode::kCorrupt, "4 bytes and not 7");
}

TEST_F(VerifyModelFiles, SaysWhereTheMissingFileComesFrom) {
  std::filesystem::remove(folder_.path() / "weights.bin");
  expect_refusal(ErrorCode::kMissingFile,
                 "scripts/setup or 'semblance models pull', which take it from some_package==1.0");
}

TEST_F(VerifyModelFiles, RefusesAFolderInPlaceOfTheFile) {
  std::filesystem::remove(folder_.path() / "net.onnx");
  std::filesystem::create_directory(folder_.path() / "net.onnx");
  expect_refusal(ErrorCode::kMissingFile, "net.onnx");
}

}  // namespace
}  // namespace semblance
