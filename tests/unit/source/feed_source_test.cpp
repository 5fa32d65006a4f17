#include "source/feed_source.h"

#include <gtest/gtest.h>

#include "source_entries.h"
#include "support/temporary_folder.h"

namespace semblance {
namespace {

using test::attribute;
using test::problem;

constexpr std::string_view kRssStart =
    "<?xml version=\"1.0\"?>\n"
    "<rss version=\"2.0\" xmlns:g=\"http://base.google.com/ns/1.0\"><channel>\n"
    "<title>Shop</title><link>https://shop.example</link>\n"
    "<image><url>https://shop.example/logo.png</url></image>\n";
constexpr std::string_view kRssEnd = "</channel></rss>\n";

std::string rss(std::string_view items) {
  return std::string(kRssStart) + std::string(items) + std::string(kRssEnd);
}

class FeedSourceTest : public ::testing::Test {
 protected:
  std::vector<SourceEntry> read(std::string_view content, const SourceOptions& options = {}) {
    return test::read_all(open_feed_source(folder_.write("feed.xml", content), options));
  }
  Error fail(std::string_view content, const SourceOptions& options = {}) {
    return test::error_of(open_feed_source(folder_.write("feed.xml", content), options));
  }

  test::TemporaryFolder folder_;
};

TEST_F(FeedSourceTest, ReadsRss) {
  const auto entries = read(rss(R"(<item>
      <g:id>SKU-1</g:id>
      <title>Red shoe</title>
      <link>https://shop.example/p/1?a=1&amp;b=2</link>
      <g:image_link> https://cdn.example/1.jpg </g:image_link>
      <g:price>15.00 USD</g:price>
      <g:availability>in stock</g:availability>
      <g:color>Red</g:color>
      <g:product_type><![CDATA[Shoes > Women & Men]]></g:product_type>
      <g:custom_label_0>summer</g:custom_label_0>
      <g:gtin/>
    </item>)"));
  ASSERT_EQ(entries.size(), 1U);
  const SourceEntry& entry = entries[0];
  EXPECT_EQ(entry.id, "SKU-1");
  EXPECT_EQ(entry.product, "");
  EXPECT_EQ(entry.url, "https://cdn.example/1.jpg");
  EXPECT_EQ(entry.link, "https://shop.example/p/1?a=1&b=2");
  EXPECT_EQ(entry.place, (folder_.path() / "feed.xml").native() + ":5");
  EXPECT_EQ(*entry.attributes, (Attributes{{"title", "Red shoe"},
                                           {"price", "15.00"},
                                           {"price_currency", "USD"},
                                           {"availability", "in stock"},
                                           {"color", "Red"},
                                           {"product_type", "Shoes > Women & Men"},
                                           {"custom_label_0", "summer"}}));
}

TEST_F(FeedSourceTest, ReadsAtom) {
  const auto entries = read(R"(<?xml version="1.0" encoding="UTF-8"?>
    <feed xmlns="http://www.w3.org/2005/Atom" xmlns:google="http://base.google.com/ns/1.0">
    <id>tag:shop</id><link rel="self" href="https://shop/feed"/>
    <entry><id>tag:shop,2026:1</id><google:id>1</google:id>
      <link rel="self" href="https://shop/feed/1"/><link href="https://shop/1"/>
      <google:image_link>https://cdn/1.jpg</google:image_link></entry></feed>)");
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].id, "1");
  EXPECT_EQ(entries[0].link, "https://shop/1");
}

TEST_F(FeedSourceTest, MakesAnItemOfEveryPhoto) {
  const auto entries = read(rss(R"(<item><g:id>A</g:id><g:image_link>http://c/1</g:image_link>
      <g:additional_image_link>http://c/2</g:additional_image_link>
      <g:additional_image_link>http://c/1</g:additional_image_link>
      <g:additional_image_link>http://c/3,http://c/4</g:additional_image_link></item>
    <item><g:id>B</g:id><g:item_group_id>A</g:item_group_id>
      <g:image_link>http://c/5</g:image_link></item>)"));
  EXPECT_EQ(test::ids_of(entries), (std::vector<std::string>{"A", "A#2", "A#3", "A#4", "B"}));
  EXPECT_EQ(entries[3].url, "http://c/4");
  for (const SourceEntry& entry : entries) EXPECT_EQ(entry.product, "A");
}

TEST_F(FeedSourceTest, KeepsNestedAndRepeatedElementsApart) {
  const auto entries = read(rss(R"(<item xmlns:x="http://x"><g:id>A</g:id>
      <g:image_link>http://c/1</g:image_link><g:price>USD 20</g:price>
      <g:shipping><g:country>US</g:country><g:price>5.00 USD</g:price></g:shipping>
      <g:shipping><g:country>DE</g:country></g:shipping>
      <title>Plain</title><g:title>Google's</g:title><x:id>other</x:id><x:title>no</x:title>
    </item>)"));
  EXPECT_EQ(entries[0].id, "A");
  EXPECT_EQ(attribute(entries[0], "price"), "20");
  EXPECT_EQ(attribute(entries[0], "shipping_country"), "US, DE");
  EXPECT_EQ(attribute(entries[0], "shipping_price"), "5.00 USD");
  EXPECT_EQ(attribute(entries[0], "title"), "Google's");
}

TEST_F(FeedSourceTest, TakesFeedsWithoutNamespace) {
  const auto entries = read(
      "<rss><channel><item><id>1</id><image_link>http://c/1</image_link></item></channel></rss>");
  EXPECT_EQ(test::ids_of(entries), std::vector<std::string>{"1"});
}

TEST_F(FeedSourceTest, ObeysTheElementsThatAreNamed) {
  SourceOptions options;
  options.id_column = "mpn";
  options.image_column = "photo";
  options.where = {"color=Red"};
  const auto entries = read(rss("<item><g:id>1</g:id><g:mpn>M1</g:mpn><g:photo>http://c/1</g:photo>"
                                "<g:color>Red</g:color></item>"
                                "<item><g:mpn>M2</g:mpn><g:color>Blue</g:color></item>"),
                            options);
  EXPECT_EQ(test::ids_of(entries), std::vector<std::string>{"M1"});
  options.where = {"colour=Red"};
  EXPECT_EQ(fail(rss("<item><g:mpn>1</g:mpn></item>"), options).code, ErrorCode::kInvalidArgument);
}

TEST_F(FeedSourceTest, ReportsItemsWithoutIdOrPhoto) {
  const auto entries =
      read(rss("<item><g:image_link>http://c/1</g:image_link></item>"
               "<item><g:id>2</g:id></item><item/>"));
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(problem(entries[0]), "bad_row");
  EXPECT_EQ(problem(entries[1]), "missing_file");
  EXPECT_EQ(entries[1].id, "2");
  EXPECT_EQ(problem(entries[2]), "missing_file");
}

TEST_F(FeedSourceTest, FindsLocalPhotos) {
  folder_.write("images/1.jpg", "x");
  const auto entries =
      read(rss("<item><g:id>1</g:id><g:image_link>images/1.jpg</g:image_link></item>"));
  EXPECT_EQ(entries[0].path, folder_.path() / "images/1.jpg");
}

TEST_F(FeedSourceTest, ReadsOtherEncodings) {
  const auto latin = read(
      "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><rss><channel><item><id>1</id>"
      "<image_link>http://c/1</image_link><title>caf\xE9</title></item></channel></rss>");
  EXPECT_EQ(attribute(latin[0], "title"), "caf\xC3\xA9");
  const auto windows = read(
      "<?xml version=\"1.0\" encoding=\"windows-1252\"?><rss><channel><item><id>1</id>"
      "<image_link>http://c/1</image_link><title>5 \x80</title></item></channel></rss>");
  EXPECT_EQ(attribute(windows[0], "title"), "5 \xE2\x82\xAC");
  const Error unknown = fail("<?xml version=\"1.0\" encoding=\"x-none\"?><rss/>");
  EXPECT_NE(unknown.message.find("encoding"), std::string::npos);
}

TEST_F(FeedSourceTest, KnowsTheCommonHtmlEntities) {
  const auto entries =
      read(rss("<item><g:id>1</g:id><g:image_link>http://c/1</g:image_link>"
               "<title>a&nbsp;b &copy; &weird; &amp; &#8364;</title></item>"));
  EXPECT_EQ(attribute(entries[0], "title"), "a b \xC2\xA9 &weird; & \xE2\x82\xAC");
}

TEST_F(FeedSourceTest, RefusesEntitiesThatTheFeedDeclares) {
  const Error bomb = fail(
      "<?xml version=\"1.0\"?><!DOCTYPE rss [<!ENTITY a \"aaaaaaaaaa\">"
      "<!ENTITY b "
      "\"&a;&a;&a;&a;&a;&a;\">]><rss><channel><item><id>&b;</id></item></channel></rss>");
  EXPECT_EQ(bomb.code, ErrorCode::kCorrupt);
  EXPECT_NE(bomb.message.find("entities"), std::string::npos);
  const auto secret = folder_.write("secret", "SECRET");
  const Error external =
      fail("<?xml version=\"1.0\"?><!DOCTYPE rss [<!ENTITY x SYSTEM \"file://" + secret.native() +
           "\">]><rss><channel><item><id>&x;</id></item></channel></rss>");
  EXPECT_EQ(external.code, ErrorCode::kCorrupt);
  const Error parameter = fail(
      "<?xml version=\"1.0\"?><!DOCTYPE rss [<!ENTITY % x SYSTEM \"http://127.0.0.1:1/\"> %x;]>"
      "<rss/>");
  EXPECT_EQ(parameter.code, ErrorCode::kCorrupt);
}

TEST_F(FeedSourceTest, IgnoresADocumentTypeThatDeclaresNothing) {
  const auto entries = read(
      "<!DOCTYPE rss SYSTEM \"http://127.0.0.1:1/rss.dtd\"><rss><channel><item><id>1</id>"
      "<image_link>http://c/1</image_link></item></channel></rss>");
  EXPECT_EQ(entries.size(), 1U);
}

TEST_F(FeedSourceTest, ACutFeedIsAnErrorAndNotTheEnd) {
  const std::string whole =
      rss("<item><g:id>1</g:id><g:image_link>http://c/1</g:image_link></item>");
  for (std::size_t size = 0; size < whole.size() - 8; size += 7) {
    EXPECT_EQ(fail(whole.substr(0, size)).code, ErrorCode::kCorrupt) << size;
  }
  EXPECT_NE(fail(whole.substr(0, whole.size() - 20)).message.find("complete"), std::string::npos);
}

TEST_F(FeedSourceTest, TellsWhatIsNoFeed) {
  const Error page = fail("<html><body><p>Not found</p></body></html>");
  EXPECT_EQ(page.code, ErrorCode::kInvalidArgument);
  EXPECT_NE(page.message.find("<html>"), std::string::npos);
  EXPECT_EQ(fail("id,title\n").code, ErrorCode::kCorrupt);
  EXPECT_TRUE(read("<rss><channel/></rss>").empty());
}

TEST_F(FeedSourceTest, LimitsWhatOneEntryMayHold) {
  std::string many;
  for (int i = 0; i < 1500; ++i)
    many += "<g:a" + std::to_string(i) + ">x</g:a" + std::to_string(i) + ">";
  const auto entries = read(rss("<item><g:id>1</g:id><title>" + std::string(2 << 20, 'x') +
                                "</title></item><item><g:id>2</g:id>" + many +
                                "</item><item><g:id>3</g:id><g:image_link>http://c/3</g:image_link>"
                                "</item>"));
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(problem(entries[0]), "bad_row");
  EXPECT_EQ(problem(entries[1]), "bad_row");
  EXPECT_EQ(problem(entries[2]), "");
}

TEST_F(FeedSourceTest, LimitsNestingAndTokens) {
  std::string deep = "<rss><channel><item>";
  for (int i = 0; i < 5000; ++i) deep += "<a>";
  EXPECT_EQ(fail(deep).code, ErrorCode::kCorrupt);
  EXPECT_NE(
      fail("<rss><channel><item a=\"" + std::string(20 << 20, 'x')).message.find("without end"),
      std::string::npos);
}

}  // namespace
}  // namespace semblance
