#include "source/json_source.h"

#include <gtest/gtest.h>

#include "source_entries.h"
#include "support/temporary_folder.h"

namespace semblance {
namespace {

using test::attribute;
using test::problem;
using Ids = std::vector<std::string>;

class JsonSourceTest : public ::testing::Test {
 protected:
  std::vector<SourceEntry> read(std::string_view content, const SourceOptions& options = {}) {
    return test::read_all(open_json_source(folder_.write("list.json", content), options));
  }
  Error fail(std::string_view content, const SourceOptions& options = {}) {
    return test::error_of(open_json_source(folder_.write("list.json", content), options));
  }

  test::TemporaryFolder folder_;
};

TEST_F(JsonSourceTest, ReadsAddresses) {
  const auto entries = read("[\"http://a/1.jpg\",\n \"http://a/x/2.jpg\", \"http://b/y/2.jpg\"]");
  EXPECT_EQ(test::ids_of(entries), (Ids{"1.jpg", "http://a/x/2.jpg", "http://b/y/2.jpg"}));
  EXPECT_EQ(entries[0].url, "http://a/1.jpg");
  EXPECT_TRUE(entries[1].place.ends_with("list.json:2"));
}

TEST_F(JsonSourceTest, ReadsObjectsWithTheirAttributes) {
  const auto entries = read(R"(
    [{"id": 17, "url": "http://a/17.jpg", "price": 19.90, "sale": true, "old": null, "tags": ["a","b"],
      "size": {"eu": 42, "us": [8, 9]}, "link": "http://shop/17", "product_id": "P", "empty": "",
      "points": [[1,2],[3,4]], "big": 123456789012345678901234567890}])");
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].id, "17");
  EXPECT_EQ(entries[0].url, "http://a/17.jpg");
  EXPECT_EQ(entries[0].product, "P");
  EXPECT_EQ(entries[0].link, "http://shop/17");
  EXPECT_EQ(*entries[0].attributes, (Attributes{{"price", "19.90"},
                                                {"sale", "true"},
                                                {"tags", "a, b"},
                                                {"size_eu", "42"},
                                                {"size_us", "8, 9"},
                                                {"big", "123456789012345678901234567890"}}));
}

TEST_F(JsonSourceTest, TakesSeveralPhotosAndLocalOnes) {
  folder_.write("images/1.jpg", "x");
  const auto entries = read(
      R"([{"sku":"A","image":["http://a/1.jpg","http://a/2.jpg"]},{"sku":"B","image":"1.jpg"}])");
  EXPECT_EQ(test::ids_of(entries), (Ids{"A", "A#2", "B"}));
  EXPECT_EQ(entries[1].product, "A");
  EXPECT_EQ(entries[2].product, "");
  EXPECT_EQ(entries[2].path, folder_.path() / "images/1.jpg");
}

TEST_F(JsonSourceTest, MakesIdsForRecordsWithoutOne) {
  const auto entries = read(R"([{"url":"http://a/x/1.jpg","n":1},{"url":"http://a/y/1.jpg","n":2},
                                {"n":3,"url":"http://a/3.jpg"},{"id":"4","url":"http://a/3.jpg"}])");
  EXPECT_EQ(test::ids_of(entries), (Ids{"http://a/x/1.jpg", "http://a/y/1.jpg", "3.jpg", "4"}));
}

TEST_F(JsonSourceTest, JoinsAnnotationsBehindAndBeforeTheImages) {
  constexpr std::string_view kImages =
      R"("images":[{"image_id":1,"url":["http://a/1.jpg"]},{"image_id":2,"url":["http://a/2.jpg"]},
                   {"image_id":3,"url":["http://a/3.jpg"]}])";
  constexpr std::string_view kAnnotations =
      R"("annotations":[{"image_id":2,"label_id":12},{"image_id":1,"label_id":7},
                        {"image_id":1,"label_id":12},{"image_id":9,"label_id":12},{"label_id":12}])";
  for (const bool behind : {true, false}) {
    const std::string both = behind ? std::string(kImages) + "," + std::string(kAnnotations)
                                    : std::string(kAnnotations) + "," + std::string(kImages);
    const std::string content =
        "{\"info\":{\"year\":2018},\"license\":[{\"url\":\"http://x\"}]," + both + "}";
    const auto all = read(content);
    ASSERT_EQ(test::ids_of(all), (Ids{"1", "2", "3"}));
    EXPECT_EQ(attribute(all[0], "label_id"), "7, 12");
    EXPECT_EQ(attribute(all[2], "label_id"), "(none)");
    SourceOptions options;
    options.where = {"label_id=12"};
    const auto some = read(content, options);
    EXPECT_EQ(test::ids_of(some), (Ids{"1", "2"}));
    EXPECT_EQ(attribute(some[0], "label_id"), "7, 12");
    options.where = {"label_id=12", "label_id=7"};
    EXPECT_EQ(test::ids_of(read(content, options)), Ids{"1"});
    options.where = {"label_id=1"};
    EXPECT_TRUE(read(content, options).empty());
    options.where = {"label=1"};
    EXPECT_NE(fail(content, options).message.find("no record has 'label'"), std::string::npos);
  }
}

TEST_F(JsonSourceTest, JoinsLabelsThatAreLists) {
  SourceOptions options;
  options.where = {"label_id=95"};
  const auto entries = read(
      R"({"images":[{"url":"http://a/1.jpg","image_id":"1"}],
          "annotations":[{"label_id":["95","66"],"image_id":"1"}]})",
      options);
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(attribute(entries[0], "label_id"), "95, 66");
}

TEST_F(JsonSourceTest, JoinsAnnotationsOfCocoKind) {
  folder_.write("a.jpg", "x");
  const auto entries = read(
      R"({"images":[{"id":5,"file_name":"a.jpg"}],"categories":[{"id":1,"name":"shoe"}],
          "annotations":[{"id":900,"image_id":5,"category_id":1,"segmentation":[[1,2,3]]}]})");
  ASSERT_EQ(test::ids_of(entries), Ids{"5"});
  EXPECT_EQ(entries[0].path, folder_.path() / "a.jpg");
  EXPECT_EQ(*entries[0].attributes, (Attributes{{"category_id", "1"}}));
}

TEST_F(JsonSourceTest, ReadsObjectsOneALine) {
  const auto entries =
      read("{\"id\":1,\"url\":\"http://a/1\"}\n{\"id\":2,\"url\":[\"http://a/2\"]}\n\n");
  EXPECT_EQ(test::ids_of(entries), (Ids{"1", "2"}));
  EXPECT_TRUE(entries[1].place.ends_with(":2"));
}

TEST_F(JsonSourceTest, AccountsForEveryRecord) {
  const auto entries = read(
      R"(["http://a/1.jpg", 7, null, ["http://a/2.jpg"], {"id":"x"}, {}, "not an address", "",
          {"id":"\u0000","url":"a\u0000b"}])");
  ASSERT_EQ(entries.size(), 9U);
  EXPECT_EQ(problem(entries[0]), "");
  for (const int i : {1, 2, 3}) EXPECT_EQ(problem(entries[i]), "bad_row") << i;
  for (const int i : {4, 5, 6, 7, 8}) EXPECT_EQ(problem(entries[i]), "missing_file") << i;
}

TEST_F(JsonSourceTest, ObeysTheKeysThatAreNamed) {
  SourceOptions options;
  options.id_column = "code";
  options.image_column = "media_main";
  const auto entries =
      read(R"([{"id":1,"code":"C","media":{"main":"http://a/1"},"url":"http://shop"},{"id":2}])",
           options);
  EXPECT_EQ(entries[0].id, "C");
  EXPECT_EQ(entries[0].url, "http://a/1");
  EXPECT_EQ(problem(entries[1]), "missing_file");
}

TEST_F(JsonSourceTest, BrokenJsonIsAnErrorWithItsLine) {
  const Error cut = fail("[\"http://a/1.jpg\",\n{\"id\":1");
  EXPECT_EQ(cut.code, ErrorCode::kCorrupt);
  EXPECT_NE(cut.message.find("line 2"), std::string::npos);
  EXPECT_NE(cut.message.find("complete"), std::string::npos);
  EXPECT_EQ(fail("[1,]").code, ErrorCode::kCorrupt);
  EXPECT_EQ(fail("[\"\xE9\"]").code, ErrorCode::kCorrupt);
  EXPECT_EQ(fail("[] x").code, ErrorCode::kCorrupt);
  EXPECT_EQ(fail("").code, ErrorCode::kCorrupt);
  EXPECT_EQ(fail("7").code, ErrorCode::kCorrupt);
  EXPECT_EQ(fail("null").code, ErrorCode::kCorrupt);
}

TEST_F(JsonSourceTest, LimitsWhatAFileCanDo) {
  EXPECT_EQ(fail(std::string(100'000, '[')).code, ErrorCode::kCorrupt);
  EXPECT_NE(fail("[\"" + std::string(20 << 20, 'x')).message.find("without end"),
            std::string::npos);
  std::string many = "[{\"id\":1,\"url\":\"http://a/1\",\"n\":[0";
  for (int i = 0; i < 2000; ++i) many += ",1";
  const auto entries = read(many + "]},{\"id\":2,\"t\":\"" + std::string(2 << 20, 'x') +
                            "\"},{\"id\":3,\"url\":\"http://a/3\"}]");
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(problem(entries[0]), "bad_row");
  EXPECT_EQ(problem(entries[1]), "bad_row");
  EXPECT_EQ(problem(entries[2]), "");
}

}  // namespace
}  // namespace semblance
