#include "server/keys.h"

#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace semblance::server {

namespace {

TEST(KeyFile, KeepsWhatItWasGiven) {
  const test::TemporaryFolder folder;
  KeyFile file;
  const auto admin = file.create(KeyKind::kAdmin, "ci", {}, 0);
  const auto search = file.create(KeyKind::kSearch, "shop", {"https://shop.example"}, 5);
  ASSERT_TRUE(admin);
  ASSERT_TRUE(search);
  ASSERT_TRUE(file.save(folder.path() / "keys.json"));
  const Result<KeyFile> loaded = KeyFile::load(folder.path() / "keys.json");
  ASSERT_TRUE(loaded);
  ASSERT_NE(loaded->find(admin->secret), nullptr);
  EXPECT_EQ(loaded->find(admin->secret)->kind, KeyKind::kAdmin);
  const Key* const found = loaded->find(search->secret);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->origins, std::vector<std::string>{"https://shop.example"});
  EXPECT_EQ(found->requests_per_second, 5);
  EXPECT_EQ(loaded->find("semblance_admin_guess"), nullptr);
  EXPECT_EQ(loaded->find(""), nullptr);
}

TEST(KeyFile, ForgetsWhatIsRevoked) {
  KeyFile file;
  const auto created = file.create(KeyKind::kSearch, "", {}, 0);
  ASSERT_TRUE(created);
  EXPECT_FALSE(file.revoke("k_other"));
  EXPECT_TRUE(file.revoke(created->key.id));
  EXPECT_EQ(file.find(created->secret), nullptr);
}

TEST(KeyFile, RefusesWhatIsNoOrigin) {
  KeyFile file;
  for (const std::string text : {"shop.example", "https://shop.example/page", "https://", "*",
                                 "ftp://shop.example", "https://SHOP.example"}) {
    EXPECT_FALSE(file.create(KeyKind::kSearch, "", {text}, 0)) << text;
  }
  EXPECT_TRUE(file.create(KeyKind::kSearch, "", {"http://localhost:5173"}, 0));
}

TEST(KeyFile, TellsASpoiledFileFromNone) {
  const test::TemporaryFolder folder;
  const auto missing = KeyFile::load(folder.path() / "none.json");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kMissingFile);
  EXPECT_TRUE(KeyFile::load_or_begin(folder.path() / "none.json"));
  for (const std::string text : {"", "[]", R"({"keys":[{"id":"k"}]})",
                                 R"({"keys":[{"id":"k","kind":"root","sha256":"00"}]})"}) {
    const auto spoiled = KeyFile::load_or_begin(folder.write("spoiled.json", text));
    ASSERT_FALSE(spoiled) << text;
    EXPECT_EQ(spoiled.error().code, ErrorCode::kCorrupt);
  }
}

}  // namespace

}  // namespace semblance::server
