// The neighbour table, from its making to its export and its end.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "base/file.h"
#include "program.h"

namespace semblance::test {
namespace {

using Json = nlohmann::json;

TEST(NeighboursCommand, MakesExportsKeepsAndDropsATable) {
  constexpr int kPhotos = 8;
  const TemporaryFolder folder;
  for (int i = 0; i < kPhotos; ++i) {
    write_photo(folder.path() / "photos" / (std::to_string(i) + ".jpg"), i);
  }
  const std::string data = folder.path() / "data";
  const auto ask = [&](Arguments arguments) {
    arguments.insert(arguments.begin(), {"--data", data});
    return run(arguments);
  };
  EXPECT_EQ(ask({"neighbours"}).exit_code, 2) << "nothing is there yet";
  ASSERT_EQ(ask({"sync", folder.path() / "photos", "--model", "semblance-s"}).exit_code, 0);
  EXPECT_FALSE(Json::parse(ask({"info", "--json"}).out).contains("neighbours"));

  const std::string output = folder.path() / "n.json";
  const Ended made = ask({"neighbours", "--limit", "3", "--export", output, "--json"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const Json report = Json::parse(made.out);
  EXPECT_EQ(report.at("items"), kPhotos);
  EXPECT_EQ(report.at("neighbours"), 3 * kPhotos);
  const auto bytes = read_file(output, 1 << 20);
  ASSERT_TRUE(bytes);
  const Json exported =
      Json::parse(std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size()));
  ASSERT_EQ(exported.size(), static_cast<std::size_t>(kPhotos));
  const Json similar = Json::parse(ask({"similar", "0.jpg", "--limit", "2", "--json"}).out);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(exported[0].at("neighbours")[i].at("id"), similar.at("hits")[i].at("id"));
    EXPECT_EQ(exported[0].at("neighbours")[i].at("score"), similar.at("hits")[i].at("score"));
  }
  EXPECT_NE(ask({"neighbours"}).out.find("up to date"), std::string::npos);
  EXPECT_EQ(Json::parse(ask({"info", "--json"}).out).at("neighbours").at("current"), true);
  EXPECT_EQ(ask({"doctor"}).exit_code, 0);

  EXPECT_EQ(ask({"neighbours", "--limit", "0"}).exit_code, 2);
  EXPECT_EQ(ask({"neighbours", "--export", "n.txt"}).exit_code, 2);
  EXPECT_EQ(ask({"neighbours", "--drop"}).exit_code, 0);
  EXPECT_FALSE(Json::parse(ask({"info", "--json"}).out).contains("neighbours"));
}

}  // namespace
}  // namespace semblance::test
