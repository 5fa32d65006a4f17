// Duplicates, from finding them to the list of what may go.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "program.h"

namespace semblance::test {
namespace {

using Json = nlohmann::json;

TEST(DuplicatesCommand, FindsDecidesAndExports) {
  const TemporaryFolder folder;
  const auto photos = folder.path() / "photos";
  for (int i = 0; i < 4; ++i) write_photo(photos / (std::to_string(i) + ".jpg"), i);
  std::filesystem::copy(photos / "2.jpg", photos / "copy.jpg");
  const std::string data = folder.path() / "data";
  const auto ask = [&](Arguments arguments) {
    arguments.insert(arguments.begin(), {"--data", data});
    return run(arguments);
  };
  EXPECT_EQ(ask({"duplicates"}).exit_code, 2) << "nothing is there yet";
  ASSERT_EQ(ask({"sync", photos, "--model", "semblance-s"}).exit_code, 0);

  const std::string montage = folder.path() / "groups.jpg";
  const Ended found = ask({"duplicates", "--lane", "identical", "--json", "--montage", montage});
  ASSERT_EQ(found.exit_code, 0) << found.err;
  EXPECT_TRUE(std::filesystem::exists(montage));
  const Json group = Json::parse(found.out).at("groups").at(0);
  EXPECT_EQ(group.at("lane"), "identical");
  EXPECT_EQ(group.at("items").size(), 2U);
  EXPECT_EQ(group.at("items").at(0).at("id"), "2.jpg");
  EXPECT_EQ(group.at("items").at(1).at("evidence").at("equal"), "bytes");
  EXPECT_NE(ask({"duplicates"}).out.find("copy.jpg"), std::string::npos);
  EXPECT_EQ(ask({"duplicates", "--csv"}).out.find("lane,group,id,best"), 0U);

  const std::string name = group.at("group");
  EXPECT_EQ(ask({"duplicates", "decide", name}).exit_code, 2) << "nothing is said";
  EXPECT_EQ(ask({"duplicates", "decide", name, "--keep", "0.jpg"}).exit_code, 2);
  EXPECT_EQ(ask({"duplicates", "decide", "i-0000000000", "--not-duplicates"}).exit_code, 2);
  const Ended kept = ask({"duplicates", "decide", name, "--keep", "copy.jpg"});
  ASSERT_EQ(kept.exit_code, 0) << kept.err;
  ASSERT_EQ(ask({"sync", photos}).exit_code, 0);
  const Ended list = ask({"duplicates", "export", "--delete-list"});
  EXPECT_EQ(list.exit_code, 0) << list.err;
  EXPECT_EQ(list.out, std::filesystem::canonical(photos / "2.jpg").string() + "\n");
  EXPECT_TRUE(std::filesystem::exists(photos / "2.jpg")) << "never deleted";
  ASSERT_EQ(ask({"duplicates", "decide", name, "--not-duplicates"}).exit_code, 0);
  EXPECT_EQ(ask({"duplicates", "export", "--delete-list"}).out, "");
  EXPECT_EQ(Json::parse(ask({"duplicates", "--lane", "identical", "--json"}).out).at("groups"),
            Json::array());
  EXPECT_EQ(ask({"doctor"}).exit_code, 0);

  EXPECT_EQ(ask({"duplicates", "--lane", "similar"}).exit_code, 2);
  EXPECT_EQ(ask({"duplicates", "--min-score", "2"}).exit_code, 2);
  EXPECT_EQ(ask({"duplicates", "export"}).exit_code, 2);
}

}  // namespace
}  // namespace semblance::test
