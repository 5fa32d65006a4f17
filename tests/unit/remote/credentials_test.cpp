#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "remote/cluster.h"
#include "support/temporary_folder.h"

namespace semblance::remote {
namespace {

namespace fs = std::filesystem;

class CredentialsTest : public ::testing::Test {
 protected:
  void SetUp() override { clear(); }
  void TearDown() override { clear(); }

  static void clear() {
    for (const char* name : {"USER", "PASSWORD", "API_KEY", "CREDENTIALS"}) {
      ::unsetenv((std::string("SEMBLANCE_ENGINE_") + name).c_str());
    }
  }
  static void set(const char* name, const std::string& value) {
    ::setenv((std::string("SEMBLANCE_ENGINE_") + name).c_str(), value.c_str(), 1);
  }
  [[nodiscard]] fs::path file(const std::string& text) const {
    const fs::path path = folder_.write("credentials", text);
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
    return path;
  }

  semblance::test::TemporaryFolder folder_;
};

TEST_F(CredentialsTest, ComeFromTheEnvironment) {
  EXPECT_TRUE(credentials_from_environment()->empty());
  set("USER", "shop");
  EXPECT_EQ(credentials_from_environment().error().code, ErrorCode::kInvalidArgument);
  set("PASSWORD", "secret");
  EXPECT_EQ(credentials_from_environment()->user, "shop");
  EXPECT_EQ(credentials_from_environment()->password, "secret");
  set("API_KEY", "abc");
  EXPECT_EQ(credentials_from_environment().error().code, ErrorCode::kInvalidArgument);
  clear();
  set("API_KEY", "abc");
  EXPECT_EQ(credentials_from_environment()->api_key, "abc");
}

TEST_F(CredentialsTest, ComeFromAFile) {
  const fs::path path = file("# of the shop\n\n user = shop \r\npassword=a = b#c\n");
  const Result<Credentials> read = read_credentials(path);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->user, "shop");
  EXPECT_EQ(read->password, "a = b#c");
  set("CREDENTIALS", path.string());
  EXPECT_EQ(credentials_from_environment()->user, "shop");
  set("API_KEY", "abc");  // said more directly
  EXPECT_EQ(credentials_from_environment()->api_key, "abc");
  EXPECT_EQ(credentials_from_environment()->user, "");
}

TEST_F(CredentialsTest, AreNotShownWhenTheyAreWrong) {
  for (const char* text :
       {"secret", "user = a\npassword = secret\nother = secret", "user = a\npassword = sec\x01ret",
        "password = secret", "api_key = secret\nuser = a\npassword = secret",
        "user = a:b\npassword = secret"}) {
    const Result<Credentials> read = read_credentials(file(text));
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(read.error().message.find("secret"), std::string::npos) << read.error().message;
  }
  EXPECT_EQ(read_credentials(folder_.path() / "none").error().code, ErrorCode::kMissingFile);
}

TEST_F(CredentialsTest, AFileThatOthersCanReadIsRefused) {
  const fs::path path = file("api_key = abc\n");
  fs::permissions(path, fs::perms::group_read, fs::perm_options::add);
  const Result<Credentials> read = read_credentials(path);
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message.find("chmod 600"), std::string::npos);
}

}  // namespace
}  // namespace semblance::remote
