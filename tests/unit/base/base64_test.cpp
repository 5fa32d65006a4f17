#include "base/base64.h"

#include <gtest/gtest.h>

#include <string>

namespace semblance {

namespace {

std::string decoded(std::string_view text) {
  const Result<Bytes> bytes = decode_base64(text);
  if (!bytes) return "error";
  return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
}

TEST(Base64, ReadsTheExamplesOfTheStandard) {
  EXPECT_EQ(decoded(""), "");
  EXPECT_EQ(decoded("Zg=="), "f");
  EXPECT_EQ(decoded("Zm8="), "fo");
  EXPECT_EQ(decoded("Zm9v"), "foo");
  EXPECT_EQ(decoded("Zm9vYmFy"), "foobar");
}

TEST(Base64, ReadsBothAlphabetsWithAndWithoutPadding) {
  EXPECT_EQ(decoded("-_-_"), decoded("+/+/"));
  EXPECT_EQ(decoded("Zg"), "f");
}

TEST(Base64, ReadsTheAddressesOfBrowsers) {
  EXPECT_EQ(decoded("data:image/png;base64,Zm9v"), "foo");
  EXPECT_EQ(decoded("data:image/png,foo"), "error");
}

TEST(Base64, RefusesWhatIsNone) {
  EXPECT_EQ(decoded("Zm9v!"), "error");
  EXPECT_EQ(decoded("Z"), "error");
  EXPECT_EQ(decoded("Zg==Zg=="), "error");
  EXPECT_EQ(decoded("Z m"), "error");
}

TEST(Base64, WritesWhatItReads) {
  for (std::size_t length = 0; length < 70; ++length) {
    Bytes bytes(length);
    for (std::size_t i = 0; i < length; ++i) bytes[i] = static_cast<std::byte>(i * 37 + length);
    const Result<Bytes> back = decode_base64(encode_base64url(bytes));
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, bytes);
    EXPECT_EQ(encode_base64(bytes).size() % 4, 0U);
    EXPECT_EQ(*decode_base64(encode_base64(bytes)), bytes);
  }
}

}  // namespace

}  // namespace semblance
