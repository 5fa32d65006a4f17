#include "source/web_address.h"

#include <gtest/gtest.h>

namespace semblance {
namespace {

TEST(WebAddress, IsToldFromPaths) {
  EXPECT_TRUE(is_web_address("http://a/b.jpg"));
  EXPECT_TRUE(is_web_address("  HTTPS://a"));
  EXPECT_TRUE(is_web_address("//cdn.example/b.jpg"));
  EXPECT_FALSE(is_web_address("///b.jpg"));
  EXPECT_FALSE(is_web_address("images/http/b.jpg"));
  EXPECT_FALSE(is_web_address("ftp://a/b"));
  EXPECT_TRUE(is_foreign_address("ftp://a/b"));
  EXPECT_TRUE(is_foreign_address("file:///etc/passwd"));
  EXPECT_FALSE(is_foreign_address("https://a"));
  EXPECT_FALSE(is_foreign_address("C:\\b.jpg"));
  EXPECT_FALSE(is_foreign_address("a b://c"));
}

TEST(WebAddress, IsCleaned) {
  EXPECT_EQ(clean_web_address(" http://a/red shoe.jpg\r"), "http://a/red%20shoe.jpg");
  EXPECT_EQ(clean_web_address("http://a/caf\xC3\xA9?x=1&y=%20"), "http://a/caf%C3%A9?x=1&y=%20");
  EXPECT_EQ(clean_web_address("//cdn/b"), "https://cdn/b");
  EXPECT_EQ(clean_web_address("http://a/\"<>\n"), "http://a/%22%3C%3E");
}

TEST(WebAddress, HasALastSegment) {
  EXPECT_EQ(last_path_segment("https://a/b/c.jpg?v=1/2#x"), "c.jpg");
  EXPECT_EQ(last_path_segment("https://a/red%20shoe%2"), "red shoe%2");
  EXPECT_EQ(last_path_segment("https://a/b/"), "b");
  EXPECT_EQ(last_path_segment("https://a.example"), "");
  EXPECT_EQ(last_path_segment("https://a/%00"), "%00");
  EXPECT_EQ(last_path_segment("https://a/caf%E9.jpg"), "caf\\xE9.jpg");
}

TEST(AddressIds, AreSegmentsWhereTheyAreUnique) {
  AddressIds ids;
  for (const char* address : {"http://a/1.jpg", "http://a/x/main.jpg", "http://a/y/main.jpg",
                              "http://a/2.jpg", "http://a/2.jpg", "http://host", "http://b/?q"}) {
    ids.add(address);
  }
  ids.freeze();
  EXPECT_EQ(ids.id_of("http://a/1.jpg"), "1.jpg");
  EXPECT_EQ(ids.id_of("http://a/x/main.jpg"), "http://a/x/main.jpg");
  EXPECT_EQ(ids.id_of("http://a/y/main.jpg"), "http://a/y/main.jpg");
  EXPECT_EQ(ids.id_of("http://a/2.jpg"), "2.jpg") << "the same address twice is one photo";
  EXPECT_EQ(ids.id_of("http://host"), "http://host");
}

}  // namespace
}  // namespace semblance
