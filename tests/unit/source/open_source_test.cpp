#include "source/open_source.h"

#include <gtest/gtest.h>

#include "source_entries.h"
#include "support/temporary_folder.h"

namespace semblance {
namespace {

using Ids = std::vector<std::string>;

class OpenSourceTest : public ::testing::Test {
 protected:
  Ids ids(std::string_view name, std::string_view content, const SourceOptions& options = {}) {
    return test::ids_of(
        test::read_all(open_source(folder_.write(name, content).native(), options)));
  }
  Error fail(std::string_view name, std::string_view content, const SourceOptions& options = {}) {
    return test::error_of(open_source(folder_.write(name, content).native(), options));
  }
  static SourceOptions as(std::string format) {
    SourceOptions options;
    options.format = std::move(format);
    return options;
  }

  test::TemporaryFolder folder_;
};

constexpr std::string_view kFeed =
    "<rss><channel><item><id>7</id><image_link>http://a/7</image_link></item></channel></rss>";

TEST_F(OpenSourceTest, TellsWhatAFileIs) {
  EXPECT_EQ(ids("a.csv", "id,n\n7,x\n"), Ids{"7"});
  EXPECT_EQ(ids("a.TSV", "id\n7\n"), Ids{"7"});
  EXPECT_EQ(ids("table", "id;n\n7;x\n"), Ids{"7"});
  EXPECT_EQ(ids("a.csv", "[id],n\n7,x\n"), Ids{"7"});
  EXPECT_EQ(ids("feed", kFeed), Ids{"7"});
  EXPECT_EQ(ids("feed.xml", "\xEF\xBB\xBF\n" + std::string(kFeed)), Ids{"7"});
  EXPECT_EQ(ids("list.txt", "# all\n\nhttp://a/7.jpg\n"), Ids{"7.jpg"});
  EXPECT_EQ(ids("list", " [\"http://a/7.jpg\"]"), Ids{"7.jpg"});
  EXPECT_EQ(ids("list.json", "{\"images\":[{\"image_id\":7,\"url\":\"http://a/7.jpg\"}]}"),
            Ids{"7"});
}

TEST_F(OpenSourceTest, TakesItsWordForTheFormat) {
  EXPECT_EQ(ids("one column.txt", "id\n7\n", as("csv")), Ids{"7"});
  EXPECT_EQ(ids("a.csv", "http://a/7.jpg\n", as("urls")), Ids{"7.jpg"});
  EXPECT_EQ(ids("feed.txt", "id\timage_link\n7\thttp://a/7\n", as("feed")), Ids{"7"});
  EXPECT_EQ(ids("feed.txt", kFeed, as("feed")), Ids{"7"});
  EXPECT_EQ(ids("a.csv", "[{\"id\":7,\"url\":\"http://a/7\"}]", as("json")), Ids{"7"});
  EXPECT_NE(fail("a.csv", "id\n", as("xlsx")).message.find("folder, csv"), std::string::npos);
  EXPECT_NE(fail("a.csv", "id\n", as("folder")).message.find("not a folder"), std::string::npos);
  EXPECT_NE(
      test::error_of(open_source(folder_.path().native(), as("csv"))).message.find("a folder"),
      std::string::npos);
}

TEST_F(OpenSourceTest, SaysWhatToDoWithWhatIsNoSource) {
  EXPECT_NE(fail("a.csv.gz", "\x1F\x8B\x08").message.find("unpack"), std::string::npos);
  EXPECT_NE(fail("a.xlsx", "PK\x03\x04").message.find("save it as CSV"), std::string::npos);
  EXPECT_NE(fail("a.jpg", "\xFF\xD8\xFF").message.find("folder that it is in"), std::string::npos);
  EXPECT_NE(fail("a.txt", "just words").message.find("--format"), std::string::npos);
  EXPECT_NE(fail("a.csv", "").message.find("empty"), std::string::npos);
  EXPECT_EQ(fail("page.csv", "<!DOCTYPE html><html></html>").code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(open_source((folder_.path() / "gone").native(), {}).error().code, ErrorCode::kNotFound);
  EXPECT_NE(open_source("https://shop/feed.xml", {}).error().message.find("download"),
            std::string::npos);
}

TEST_F(OpenSourceTest, ReadsSeveralSourcesInTurn) {
  folder_.write("shoes/1.jpg", "x");
  folder_.write("hats/1.jpg", "x");
  const auto list = folder_.write("list.txt", "http://a/7.jpg\n");
  const std::string root = folder_.path().native();
  const auto entries =
      test::read_all(open_sources({root + "/shoes", root + "/shoes/../hats/", list.native()}, {}));
  EXPECT_EQ(test::ids_of(entries), (Ids{"shoes/1.jpg", "hats/1.jpg", "7.jpg"}));
  EXPECT_EQ(test::ids_of(test::read_all(open_sources({root + "/shoes"}, {}))), Ids{"1.jpg"});
  EXPECT_EQ(open_sources({}, {}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(open_sources({root + "/shoes", root + "/gone"}, {}).error().code, ErrorCode::kNotFound);
}

TEST_F(OpenSourceTest, RefusesTwoFoldersThatWouldGiveTheSameIds) {
  std::filesystem::create_directories(folder_.path() / "men/shoes");
  std::filesystem::create_directories(folder_.path() / "women/shoes");
  const auto source = open_sources(
      {(folder_.path() / "men/shoes").string(), (folder_.path() / "women/shoes/").string()}, {});
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(source.error().message.find("called 'shoes'"), std::string::npos);
}

TEST_F(OpenSourceTest, RefusesOptionsWithNothingToActOn) {
  const std::string photos = folder_.write("photos/1.jpg", "x").parent_path().native();
  const std::string table = folder_.write("a.csv", "id\n1\n").native();
  SourceOptions options;
  options.id_column = "id";
  EXPECT_EQ(open_sources({photos}, options).error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(open_sources({photos, table}, options).ok());
  options = {};
  options.excludes = {"*.png"};
  EXPECT_EQ(open_sources({table}, options).error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(open_sources({photos, table}, options).ok());
  options = {};
  options.where = {"id=1"};
  EXPECT_EQ(open_sources({photos, table}, options).error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(open_sources({table}, options).ok());
}

TEST_F(OpenSourceTest, LeavesOutWhatExcludesCover) {
  for (const char* name :
       {"a.jpg", "a.tmp", "thumbs/b.jpg", "x/thumbs/c.jpg", "x/y/d.jpg", "x/e.jpg"}) {
    folder_.write(name, "x");
  }
  const auto left = [&](std::vector<std::string> excludes) {
    SourceOptions options;
    options.excludes = std::move(excludes);
    return test::ids_of(test::read_all(open_source(folder_.path().native(), options)));
  };
  EXPECT_EQ(left({"*.tmp", "thumbs"}), (Ids{"a.jpg", "x/e.jpg", "x/y/d.jpg"}));
  EXPECT_EQ(left({"/thumbs/", "x/y/*"}), (Ids{"a.jpg", "a.tmp", "x/e.jpg", "x/thumbs/c.jpg"}));
  EXPECT_EQ(left({"./x"}), (Ids{"a.jpg", "a.tmp", "thumbs/b.jpg"}));
  EXPECT_EQ(left({"x/*.jpg"}), (Ids{"a.jpg", "a.tmp", "thumbs/b.jpg"}));
  EXPECT_EQ(left({"*"}), Ids{});
}

}  // namespace
}  // namespace semblance
