// `semblance sync` on small folders.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "program.h"

namespace semblance::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class SyncCommand : public ::testing::Test {
 protected:
  [[nodiscard]] std::string photos() const { return folder_.path() / "photos"; }
  [[nodiscard]] std::string data() const { return folder_.path() / "data"; }
  void add_photos(int count) const {
    for (int i = 0; i < count; ++i)
      write_photo(fs::path(photos()) / (std::to_string(i) + ".jpg"), i);
  }
  [[nodiscard]] Ended sync(Arguments arguments = {}) const {
    arguments.insert(arguments.begin(),
                     {"sync", photos(), "--data", data(), "--model", "semblance-s"});
    return run(arguments);
  }
  TemporaryFolder folder_;
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(SyncCommand, SaysOnStdoutWhatItDidAndOnStderrHow) {
  add_photos(3);
  const Ended first = sync();
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_TRUE(first.out.starts_with("3 added")) << first.out;
  EXPECT_EQ(std::count(first.out.begin(), first.out.end(), '\n'), 1);
  EXPECT_TRUE(has(first.err, "indexing")) << first.err;
  EXPECT_EQ(first.err.find_first_of("\r\033"), std::string::npos);  // stderr is no terminal
  const Ended quiet = sync({"--quiet"});
  EXPECT_EQ(quiet.exit_code, 0);
  EXPECT_TRUE(has(quiet.out, "3 unchanged")) << quiet.out;
  EXPECT_EQ(quiet.err, "");
}

TEST_F(SyncCommand, ReportsInJson) {
  add_photos(3);
  folder_.write("photos/note.txt", "a note");
  const Ended ended = sync({"--json", "--quiet"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  const Json json = ended.json();
  for (const char* field : {"seen", "added", "changed", "renamed", "removed", "unchanged", "failed",
                            "skipped", "attribute_problems", "seconds", "items_per_second"}) {
    EXPECT_TRUE(json[field].is_number()) << field;
  }
  EXPECT_EQ(json["seen"], 4);
  EXPECT_EQ(json["added"], 3);
  EXPECT_EQ(json["skipped"], 1);
}

TEST_F(SyncCommand, EndsWithOneWhereInputsFailed) {
  add_photos(2);
  folder_.write("photos/broken.jpg", "no photo");
  const Ended ended = sync();
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_TRUE(has(ended.out, "1 failed")) << ended.out;
  EXPECT_TRUE(has(ended.err, "semblance problems")) << ended.err;
  fs::remove(fs::path(photos()) / "broken.jpg");
  EXPECT_EQ(sync({"--yes"}).exit_code, 0);
}

TEST_F(SyncCommand, ProblemsOfATableAreNoFailure) {
  add_photos(2);
  const std::string table = folder_.write("s.csv", "sku,type\n0,Shirt\nnone,Shoe\n");
  const Ended ended = sync({"--attributes", table, "--key", "sku", "--json"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(ended.json()["attribute_problems"], 1);
  const Ended wrong = sync({"--attributes", table, "--key", "id"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_TRUE(has(wrong.err, "sku, type")) << wrong.err;
}

TEST_F(SyncCommand, WithoutATerminalItDoesNotAskButRefuses) {
  add_photos(5);
  EXPECT_EQ(sync().exit_code, 0);
  for (int i = 0; i < 4; ++i) fs::remove(fs::path(photos()) / (std::to_string(i) + ".jpg"));
  const Ended refused = sync();
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_TRUE(has(refused.err, "4 of 5") && has(refused.err, "--yes")) << refused.err;
  EXPECT_EQ(sync({"--keep-missing", "--json"}).json()["removed"], 0);
  EXPECT_EQ(sync({"--yes", "--json"}).json()["removed"], 4);
}

TEST_F(SyncCommand, ADryRunWritesNothing) {
  add_photos(2);
  const Ended ended = sync({"--dry-run"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_TRUE(has(ended.out, "2 added")) << ended.out;
  EXPECT_FALSE(fs::exists(data()));
}

TEST_F(SyncCommand, WhatCannotBeSyncedIsOneSentence) {
  add_photos(1);
  const Arguments wrong[] = {
      {"sync", "/no/such/folder", "--data", data()},
      {"sync", photos(), "--data", data(), "--model", "no-such-network"},
      {"sync", photos(), "--data", data(), "--model", "/no/such/file.onnx"},
      {"sync", photos(), "--data", "/proc/no", "--model", "semblance-s"},
  };
  for (const Arguments& arguments : wrong) {
    const Ended ended = run(arguments);
    EXPECT_EQ(ended.exit_code, 2) << ended.err;
    EXPECT_EQ(ended.out, "");
    EXPECT_TRUE(ended.err.starts_with("semblance: ")) << ended.err;
    EXPECT_EQ(std::count(ended.err.begin(), ended.err.end(), '\n'), 1) << ended.err;
  }
}

}  // namespace
}  // namespace semblance::test
