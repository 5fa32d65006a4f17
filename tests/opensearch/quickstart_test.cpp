#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <sstream>
#include <thread>

#include "e2e/program.h"
#include "opensearch/node.h"
#include "support/http_server.h"

namespace semblance::test {

namespace {

constexpr int kPhotos = 16;
constexpr int kWithLabel = 12;

/// What docs/opensearch-quickstart.md says, done.
class Quickstart : public ::testing::Test {
 protected:
  void SetUp() override {
    SEMBLANCE_OPENSEARCH_OR_SKIP();
    page_ = read_text(SEMBLANCE_QUICKSTART_PAGE);
    nlohmann::json list = {{"images", nlohmann::json::array()},
                           {"annotations", nlohmann::json::array()}};
    for (int i = 1; i <= kPhotos; ++i) {
      const auto path = folder_.path() / "photos" / (std::to_string(i) + ".jpg");
      write_photo(path, i);
      const std::string target = "/" + path.filename().string();
      photos_.on(target, serve_photo({read_text(path)}));
      list["images"].push_back({{"image_id", i}, {"url", {photos_.url(target)}}});
      list["annotations"].push_back({{"image_id", i}, {"label_id", i <= kWithLabel ? 12 : 7}});
    }
    folder_.write("train.json", list.dump());
    folder_.write("query.jpg", read_text(folder_.path() / "photos/3.jpg"));
  }
  void TearDown() override {
    if (IsSkipped()) return;
    (void)run({"--data", data(), "collections", "delete", "shop", "--yes", "--keep-index"});
    (void)run({"--data", data(), "collections", "delete", "label-12", "--yes"});
  }

  /// A line of the page that begins so, as words; with this machine's addresses and files.
  Arguments command(const std::string& begins) {
    std::istringstream lines(page_);
    std::string line;
    while (std::getline(lines, line) && !line.starts_with(begins)) {
    }
    EXPECT_FALSE(line.empty()) << begins;
    Arguments arguments{"--data", data()};
    std::istringstream words(line);
    std::string word;
    words >> word;
    while (words >> word) {
      if (word == "http://127.0.0.1:9200") word = OpenSearchNode::url();
      if (word == "train.json" || word == "query.jpg") word = (folder_.path() / word).string();
      arguments.push_back(word);
    }
    return arguments;
  }
  /// The answer that the page shows.
  [[nodiscard]] nlohmann::json shown_answer() const {
    const std::size_t begin = page_.find("{\"took_ms\"");
    return nlohmann::json::parse(page_.substr(begin, page_.find("\n```", begin) - begin));
  }
  [[nodiscard]] std::string data() const { return (folder_.path() / "data").string(); }

  static std::vector<std::string> names(const nlohmann::json& object) {
    std::vector<std::string> names;
    for (const auto& [name, value] : object.items()) names.push_back(name);
    return names;
  }

  TemporaryFolder folder_;
  HttpServer photos_;
  std::string page_;
};

TEST_F(Quickstart, GivesTenHitsWithScoresAndLinks) {
  Arguments sync = command("semblance sync");
  sync.push_back("--allow-private");  // the photos are on loopback here
  const Ended synced = run(sync);
  ASSERT_EQ(synced.exit_code, 0) << synced.err;
  EXPECT_EQ(photos_.requests().size(), kWithLabel);
  const Ended again = run(sync);
  EXPECT_EQ(again.exit_code, 0) << again.err;

  nlohmann::json answer = nlohmann::json::object();
  // Searches see what was written half a second later.
  for (int i = 0; i < 100 && answer.value("hits", nlohmann::json::array()).size() < 10; ++i) {
    const Ended searched = run(command("semblance search"));
    ASSERT_EQ(searched.exit_code, 0) << searched.err;
    answer = searched.json();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  ASSERT_EQ(answer["hits"].size(), 10U) << answer;
  const nlohmann::json shown = shown_answer();
  EXPECT_EQ(names(answer), names(shown));
  EXPECT_EQ(names(answer["hits"][0]), names(shown["hits"][0]));
  EXPECT_EQ(answer["hits"][0]["id"], "3");
  EXPECT_EQ(answer["hits"][0]["score"], 1.0);
  double before = 1;
  for (const nlohmann::json& hit : answer["hits"]) {
    EXPECT_EQ(hit["url"], photos_.url("/" + hit["id"].get<std::string>() + ".jpg"));
    EXPECT_EQ(hit["attributes"], shown["hits"][0]["attributes"]);
    EXPECT_LE(hit["score"].get<double>(), before);
    before = hit["score"].get<double>();
  }

  const Ended joined = run(command("semblance collections create shop"));
  ASSERT_EQ(joined.exit_code, 0) << joined.err;
  const Ended described = run({"--data", data(), "info", "--collection", "shop", "--json"});
  EXPECT_EQ(described.json()["items"], kWithLabel) << described.out;
}

TEST_F(Quickstart, SyncsOnlyWhereItWasToldThatTheCollectionLies) {
  Arguments sync = command("semblance sync");
  sync.push_back("--allow-private");
  Arguments dry = sync;
  dry.push_back("--dry-run");
  EXPECT_EQ(run(dry).exit_code, 2);  // there is nothing that it could compare with
  ASSERT_EQ(run(sync).exit_code, 0);
  EXPECT_EQ(run(dry).exit_code, 0);
  Arguments elsewhere = sync;
  *std::find(elsewhere.begin(), elsewhere.end(), OpenSearchNode::url()) = "http://127.0.0.1:1";
  const Ended refused = run(elsewhere);
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("lies in the cluster at"), std::string::npos) << refused.err;
  // What does not work there says so.
  for (const Arguments& more : std::vector<Arguments>{{"export", "archive.tar"},
                                                      {"sync", "--discard"},
                                                      {"neighbours"},
                                                      {"duplicates"},
                                                      {"eval", "--label", "product"},
                                                      {"confidence", "fit"},
                                                      {"thresholds"}}) {
    Arguments arguments{"--data", data(), "--collection", "label-12"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ended said = run(arguments);
    EXPECT_EQ(said.exit_code, 2) << more[0];
    EXPECT_NE(said.err.find("semblance copy label-12"), std::string::npos) << said.err;
  }
}

}  // namespace

}  // namespace semblance::test
