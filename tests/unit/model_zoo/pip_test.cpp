#include "model_zoo/pip.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/file.h"
#include "support/temporary_folder.h"

namespace semblance {
namespace {

namespace fs = std::filesystem;

/// Puts a script in the place of python3.
class FetchWheel : public ::testing::Test {
 protected:
  void stand_in(const std::string& script) {
    const fs::path program = folder_.write("bin/python3", "#!/bin/sh\n" + script);
    fs::permissions(program, fs::perms::owner_all);
    ::setenv("PATH", ((folder_.path() / "bin").string() + ":" + path_).c_str(), 1);
  }
  ~FetchWheel() override { ::setenv("PATH", path_.c_str(), 1); }

  test::TemporaryFolder folder_;
  const std::string path_ = std::getenv("PATH");
  const std::string sha256_ = std::string(64, 'a');
};

TEST_F(FetchWheel, AsksPipForThePinnedPackage) {
  stand_in("cp \"${13}\" '" + (folder_.path() / "asked").string() + "'\necho \"$@\" > '" +
           (folder_.path() / "words").string() + "'\n");
  ASSERT_TRUE(fetch_wheel("network==1.0", sha256_, folder_.path()));
  const auto words = read_file(folder_.path() / "words", 1 << 16);
  ASSERT_TRUE(words);
  const std::string text(reinterpret_cast<const char*>(words->data()), words->size());
  EXPECT_NE(text.find("-m pip download"), std::string::npos) << text;
  EXPECT_NE(text.find("--require-hashes --dest " + folder_.path().string()), std::string::npos);
  const auto asked = read_file(folder_.path() / "asked", 1 << 16);
  ASSERT_TRUE(asked);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(asked->data()), asked->size()),
            "network==1.0 --hash=sha256:" + sha256_ + "\n");
  EXPECT_FALSE(fs::exists(folder_.path() / (sha256_ + ".requirements.txt")));
}

TEST_F(FetchWheel, SaysWhetherPipIsMissingOrFailed) {
  stand_in("exit 1\n");
  EXPECT_EQ(fetch_wheel("network==1.0", sha256_, folder_.path()).error().code,
            ErrorCode::kHttpError);
  ::setenv("PATH", (folder_.path() / "nothing").c_str(), 1);
  EXPECT_EQ(fetch_wheel("network==1.0", sha256_, folder_.path()).error().code,
            ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace semblance
