#include "source/address_list_source.h"

#include <gtest/gtest.h>

#include "source_entries.h"
#include "support/temporary_folder.h"

namespace semblance {
namespace {

std::vector<SourceEntry> read(std::string_view content) {
  const test::TemporaryFolder folder;
  return test::read_all(open_address_list_source(folder.write("list.txt", content)));
}

TEST(AddressListSource, ReadsOneAddressALine) {
  const auto entries = read(
      "# photos\nhttps://a/1.jpg\r\n\n  https://a/red shoe.jpg?v=1  "
      "\n#https://a/2.jpg\n//cdn/3.png");
  EXPECT_EQ(test::ids_of(entries), (std::vector<std::string>{"1.jpg", "red shoe.jpg", "3.png"}));
  EXPECT_EQ(entries[1].url, "https://a/red%20shoe.jpg?v=1");
  EXPECT_EQ(entries[2].url, "https://cdn/3.png");
  EXPECT_TRUE(entries[0].place.ends_with("list.txt:2"));
  EXPECT_FALSE(entries[0].attributes.has_value());
}

TEST(AddressListSource, UsesTheWholeAddressWhereTheNameIsNotUnique) {
  const auto entries = read("http://a/1/main.jpg\nhttp://a/2/main.jpg\nhttp://a/other.jpg\n");
  EXPECT_EQ(test::ids_of(entries),
            (std::vector<std::string>{"http://a/1/main.jpg", "http://a/2/main.jpg", "other.jpg"}));
}

TEST(AddressListSource, LeavesTheSameAddressTwiceToThePlan) {
  EXPECT_EQ(test::ids_of(read("http://a/1.jpg\nhttp://a/1.jpg\n")),
            (std::vector<std::string>{"1.jpg", "1.jpg"}));
}

TEST(AddressListSource, ReportsWhatIsNoAddress) {
  const auto entries =
      read("http://a/1.jpg\nimages/2.jpg\nfile:///etc/passwd\nhttp://a/" + std::string(5000, 'x'));
  ASSERT_EQ(entries.size(), 4U);
  for (int i = 1; i < 4; ++i) EXPECT_EQ(test::problem(entries[i]), "bad_row") << i;
  EXPECT_EQ(entries[1].id, "images/2.jpg");
}

TEST(AddressListSource, AnEmptyListIsNoError) {
  EXPECT_TRUE(read("").empty());
  EXPECT_TRUE(read("# nothing\n\n").empty());
}

}  // namespace
}  // namespace semblance
