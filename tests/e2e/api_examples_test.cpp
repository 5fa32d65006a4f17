// The examples of docs/api.md, run as they stand there.

#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <sstream>
#include <thread>

#include "contract/http_client.h"
#include "e2e/program.h"

namespace semblance::test {
namespace {

void replace_all(std::string& text, const std::string& what, const std::string& by) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

/// Lines that begin with "curl " below a heading of docs/api.md.
std::vector<std::string> examples_below(const std::string& heading) {
  std::istringstream text(read_text(std::string(SEMBLANCE_DOCS) + "/api.md"));
  std::vector<std::string> examples;
  bool inside = false;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("## ")) inside = line == "## " + heading;
    if (inside && line.starts_with("curl ")) examples.push_back(line);
  }
  return examples;
}

class ApiExamples : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v curl > /dev/null") != 0) GTEST_SKIP() << "there is no curl";
    const auto photos = folder_.path() / "photos";
    for (int i = 0; i < 6; ++i) write_photo(photos / (std::to_string(i) + ".jpg"), i);
    write_photo(photos / "shoes/1563.jpg", 9);
    std::filesystem::copy(photos / "shoes/1563.jpg", photos / "copy.jpg");
    write_photo(folder_.path() / "query.jpg", 10);
    write_photo(folder_.path() / "new.jpg", 11);
    const std::string data = (folder_.path() / "data").string();
    const Ended synced =
        run({"--data", data, "sync", photos.string(), "--model", "semblance-s", "--quiet"});
    ASSERT_EQ(synced.exit_code, 0) << synced.err;
    program_ = std::make_unique<Program>(Arguments{"--data", data, "serve", "--port", "0"});
    const std::string marker = "listening on http://";
    for (int i = 0; i < 3'000 && address_.empty(); ++i) {
      const std::string err = program_->err_so_far();
      const std::size_t at = err.find(marker);
      const std::size_t end = err.find('\n', at == std::string::npos ? 0 : at);
      if (at != std::string::npos && end != std::string::npos) {
        address_ = err.substr(at + marker.size(), end - at - marker.size());
        address_ = address_.substr(0, address_.find_first_of(" /"));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ASSERT_FALSE(address_.empty()) << program_->err_so_far();
  }

  /// What the example prints, with what it names replaced by what there is.
  [[nodiscard]] std::string output_of(std::string example,
                                      const std::map<std::string, std::string>& names = {}) const {
    replace_all(example, "curl ", "curl --fail-with-body -sS ");
    replace_all(example, "localhost:8080", address_);
    for (const auto& [what, by] : names) replace_all(example, what, by);
    const auto out = folder_.path() / "out.txt";
    const std::string line = "cd '" + folder_.path().string() + "' && " + example + " > out.txt";
    EXPECT_EQ(std::system(line.c_str()), 0) << example << "\n" << read_text(out);
    return read_text(out);
  }

  TemporaryFolder folder_;
  std::unique_ptr<Program> program_;
  std::string address_;
};

TEST_F(ApiExamples, InFiveRequests) {
  const auto examples = examples_below("In five requests");
  ASSERT_EQ(examples.size(), 5U);
  for (const std::string& example : examples) {
    EXPECT_FALSE(output_of(example, {{"/srv/photos", (folder_.path() / "photos").string()},
                                     {"filter=price%3C50", "limit=3"}})
                     .empty())
        << example;
  }
}

TEST_F(ApiExamples, Duplicates) {
  const auto examples = examples_below("Duplicates");
  ASSERT_EQ(examples.size(), 5U);
  using Json = nlohmann::json;
  Json page;
  for (int i = 0; i < 60 && !page.contains("groups"); ++i) {
    page = Json::parse(output_of(examples[0], {{"same-photo", "identical"}}));
  }
  ASSERT_EQ(page.at("groups").size(), 1U);
  const std::string group = page["groups"][0]["group"];
  const auto run_example = [&](std::size_t number) {
    return output_of(examples[number], {{"s-9d0d4ee69c", group}});
  };
  EXPECT_EQ(Json::parse(run_example(1))["decision"]["keep"], "shoes/1563.jpg");
  (void)run_example(4);
  EXPECT_EQ(read_text(folder_.path() / "may-go.txt"),
            (std::filesystem::canonical(folder_.path()) / "photos/copy.jpg").string() + "\n");
  EXPECT_EQ(Json::parse(run_example(2))["decision"]["verdict"], "not_duplicates");
  EXPECT_EQ(run_example(3), "");
}

}  // namespace
}  // namespace semblance::test
