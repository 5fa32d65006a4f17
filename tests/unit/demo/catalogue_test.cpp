#include "render/catalogue.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "support/temporary_folder.h"

namespace semblance::demo {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::map<std::string, std::string> all_files(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      files[fs::relative(entry.path(), folder).string()] = content(entry.path());
    }
  }
  return files;
}

// Three small templates: what is tested here is the rendering, not the drawings.
void write_templates(const test::TemporaryFolder& folder) {
  const std::string head =
      "title: Thing\nplacement: standing\nfloor: glossy\ncolours: Red, Blue, White\n"
      "patterns: plain\nparameters: r=90\nvariant: Small\nvariant: Large; r=150\n-->";
  const std::string svg =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 400 400\"><defs>{{material}}</defs>"
      "<circle cx=\"200\" cy=\"200\" r=\"{{r}}\" fill=\"url(#material)\"/></svg>";
  folder.write("t/ball.svg", "<!--\narticleType: Balls, round\n" + head + svg);
  folder.write("t/disc.svg", "<!--\narticleType: Discs\n" + head + svg);
  folder.write("t/egg.svg", "<!--\narticleType: Eggs\n" + head + svg);
  folder.write("t/patterns/plain.svg",
               "<linearGradient id=\"material\"><stop stop-color=\"{{base}}\"/></linearGradient>");
  folder.write("t/parts/none.svg", "");
}

class DemoCatalogue : public ::testing::Test {
 protected:
  DemoCatalogue() { write_templates(folder_); }

  [[nodiscard]] CatalogueOptions options(const std::string& out) const {
    CatalogueOptions options;
    options.templates = folder_.path() / "t";
    options.out = folder_.path() / out;
    options.width = 60;
    options.height = 80;
    options.threads = 2;
    return options;
  }

  test::TemporaryFolder folder_;
};

TEST_F(DemoCatalogue, HasAPhotoForEachRow) {
  const auto report = render_catalogue(options("out"), {});
  ASSERT_TRUE(report) << report.error().message;
  std::istringstream csv(content(folder_.path() / "out/styles.csv"));
  std::string line;
  std::getline(csv, line);
  EXPECT_EQ(line,
            "id,product,productDisplayName,masterCategory,articleType,baseColour,pattern,view");
  std::size_t rows = 0;
  for (; std::getline(csv, line); ++rows) {
    const fs::path photo =
        folder_.path() / "out/images" / (line.substr(0, line.find(',')) + ".jpg");
    const std::string bytes = content(photo);
    EXPECT_GT(bytes.size(), 500U) << photo;
    EXPECT_TRUE(bytes.starts_with("\xff\xd8")) << photo;
    EXPECT_EQ(line.find("ball") == 0, line.find("\"Balls, round\"") != std::string::npos);
  }
  EXPECT_EQ(rows, report->photos);
  EXPECT_EQ(report->queries, 3U);
  EXPECT_EQ(all_files(folder_.path() / "out/queries").size(), 3U);
}

TEST_F(DemoCatalogue, IsTheSameBytesForTheSameSeed) {
  CatalogueOptions one_thread = options("b");
  one_thread.threads = 1;
  ASSERT_TRUE(render_catalogue(options("a"), {}));
  ASSERT_TRUE(render_catalogue(one_thread, {}));
  EXPECT_EQ(all_files(folder_.path() / "a"), all_files(folder_.path() / "b"));
  CatalogueOptions other = options("c");
  other.seed = 2;
  ASSERT_TRUE(render_catalogue(other, {}));
  EXPECT_NE(all_files(folder_.path() / "a"), all_files(folder_.path() / "c"));
}

TEST_F(DemoCatalogue, RendersAgainOnlyWhatChanged) {
  ASSERT_TRUE(render_catalogue(options("out"), {}));
  EXPECT_TRUE(render_catalogue(options("out"), {})->up_to_date);
  CatalogueOptions forced = options("out");
  forced.force = true;
  EXPECT_FALSE(render_catalogue(forced, {})->up_to_date);
  fs::remove(folder_.path() / "out/images/ball-01-front.jpg");
  EXPECT_FALSE(render_catalogue(options("out"), {})->up_to_date);
  EXPECT_TRUE(fs::exists(folder_.path() / "out/images/ball-01-front.jpg"));
  // Fewer products: the photos of the others go.
  CatalogueOptions quick = options("out");
  quick.quick = true;
  const auto report = render_catalogue(quick, {});
  ASSERT_TRUE(report);
  EXPECT_EQ(all_files(folder_.path() / "out/images").size(), report->photos);
  // A template changed.
  std::ofstream(folder_.path() / "t/patterns/plain.svg", std::ios::app) << " ";
  EXPECT_FALSE(render_catalogue(quick, {})->up_to_date);
}

TEST_F(DemoCatalogue, CountsProgressToTheEnd) {
  std::size_t calls = 0;
  std::size_t last = 0;
  const auto report = render_catalogue(options("out"), [&](std::size_t done, std::size_t total) {
    EXPECT_EQ(done, ++calls);
    last = total;
  });
  ASSERT_TRUE(report);
  EXPECT_EQ(calls, report->photos + report->queries);
  EXPECT_EQ(last, calls);
}

TEST_F(DemoCatalogue, SaysWhatIsMissing) {
  CatalogueOptions wrong = options("out");
  wrong.templates = folder_.path() / "absent";
  const auto report = render_catalogue(wrong, {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::kMissingFile);
  EXPECT_NE(report.error().message.find("absent"), std::string::npos);
  EXPECT_FALSE(fs::exists(wrong.out));
}

TEST_F(DemoCatalogue, LeavesForeignFilesAlone) {
  folder_.write("out/images/holiday.jpg", "mine");
  const auto report = render_catalogue(options("out"), {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::kConflict);
  EXPECT_EQ(content(folder_.path() / "out/images/holiday.jpg"), "mine");
}

TEST_F(DemoCatalogue, SaysWhereItCannotWrite) {
  folder_.write("out", "a file where the folder should be");
  const auto report = render_catalogue(options("out"), {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::kIo);
}

TEST_F(DemoCatalogue, NamesTheTemplateThatIsWrong) {
  for (const char* const text :
       {"<svg/>", "<!-- articleType: X -->", "<!--\nnonsense\n-->", "<!--\nvariant: a; b=c\n-->"}) {
    folder_.write("t/odd.svg", text);
    const auto report = render_catalogue(options("out"), {});
    ASSERT_FALSE(report) << text;
    EXPECT_EQ(report.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(report.error().message.find("odd.svg"), std::string::npos) << text;
  }
}

TEST_F(DemoCatalogue, NamesTheProductThatCannotBeDrawn) {
  folder_.write("t/odd.svg",
                "<!--\narticleType: X\ntitle: X\ncolours: Red\npatterns: plain\nvariant: A\n-->"
                "<svg xmlns=\"http://www.w3.org/2000/svg\"><g></svg>");
  const auto report = render_catalogue(options("out"), {});
  ASSERT_FALSE(report);
  EXPECT_NE(report.error().message.find("odd-"), std::string::npos) << report.error().message;
  // The unfinished catalogue is ours, and the next run completes it.
  fs::remove(folder_.path() / "t/odd.svg");
  EXPECT_TRUE(render_catalogue(options("out"), {}));
}

TEST(DemoTemplatesRendered, AllInSmall) {
  const test::TemporaryFolder folder;
  CatalogueOptions options;
  options.templates = SEMBLANCE_TEMPLATES;
  options.out = folder.path();
  options.width = 48;
  options.height = 64;
  options.quick = true;
  const auto report = render_catalogue(options, {});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(all_files(folder.path() / "images").size(), report->photos);
}

}  // namespace
}  // namespace semblance::demo
