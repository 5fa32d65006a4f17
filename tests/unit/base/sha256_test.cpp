#include "base/sha256.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>

#include "support/temporary_folder.h"

namespace semblance {
namespace {

std::string hash_of(std::string_view text) {
  return to_hex(sha256(std::as_bytes(std::span(text.data(), text.size()))));
}

// The examples of FIPS 180-2, appendix B.
TEST(Sha256, EqualsThePublishedExamples) {
  EXPECT_EQ(hash_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hash_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, OfAFileEqualsThatOfItsBytes) {
  const test::TemporaryFolder folder;
  const std::string content(3'000'001, 'x');  // more than one read
  const auto digest = sha256_of_file(folder.write("big", content));
  ASSERT_TRUE(digest.ok());
  EXPECT_EQ(to_hex(*digest), hash_of(content));
}

TEST(Sha256, OfAMissingFileIsAnError) {
  EXPECT_EQ(sha256_of_file("/nonexistent/file").error().code, ErrorCode::kMissingFile);
}

TEST(Sha256, OfANamedPipeOrAFolderIsAnErrorAndDoesNotWait) {
  const test::TemporaryFolder folder;
  const auto pipe = folder.path() / "pipe.jpg";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(sha256_of_file(pipe).error().code, ErrorCode::kUnreadable);
  EXPECT_EQ(sha256_of_file(folder.path()).error().code, ErrorCode::kUnreadable);
}

}  // namespace
}  // namespace semblance
