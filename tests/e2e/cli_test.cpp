// Commands that look at a collection.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>

#include "base/file.h"
#include "image/decode.h"
#include "program.h"

namespace semblance::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr int kPhotos = 12;

/// A collection of 12 photos with attributes, synced once for all tests.
class Cli : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    std::string table = "id,type,colour\n";
    for (int i = 0; i < kPhotos; ++i) {
      write_photo(photo(i), i);
      table += std::to_string(i) + (i % 2 == 0 ? ",Shirt," : ",Shoe,") + "c" +
               std::to_string(i % 3) + "\n";
    }
    folder_->write("photos/broken.jpg", "no photo");
    const Ended synced = run({"sync", photos(), "--data", data(), "--model", "semblance-s",
                              "--attributes", folder_->write("styles.csv", table)});
    ASSERT_EQ(synced.exit_code, 1) << synced.err;  // because of the broken one
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static std::string photos() { return folder_->path() / "photos"; }
  static std::string data() { return folder_->path() / "data"; }
  static std::string photo(int number) {
    return folder_->path() / "photos" / (std::to_string(number) + ".jpg");
  }
  /// The command with --data in front of it.
  static Ended ask(Arguments arguments, const Environment& environment = {}) {
    arguments.insert(arguments.begin(), {"--data", data()});
    return run(arguments, environment);
  }

  static std::unique_ptr<TemporaryFolder> folder_;
};

std::unique_ptr<TemporaryFolder> Cli::folder_;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(Cli, EveryCommandExplainsItself) {
  const Ended all = run({"--help"});
  EXPECT_EQ(all.exit_code, 0);
  EXPECT_EQ(all.err, "");
  for (const char* command : {"sync", "search", "similar", "problems", "eval", "info", "models"}) {
    EXPECT_TRUE(has(all.out, command)) << command;
    const Ended help = run({command, "--help"});
    EXPECT_EQ(help.exit_code, 0) << command;
    EXPECT_TRUE(has(help.out, command)) << command;
    EXPECT_EQ(help.err, "") << command;
  }
  EXPECT_EQ(run({"models", "list", "--help"}).exit_code, 0);
  const Ended version = run({"--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_TRUE(has(version.out, "."));
}

TEST_F(Cli, WrongUsageEndsWithTwoAndSaysWhy) {
  const Arguments wrong[] = {
      {},
      {"nonsense"},
      {"search"},
      {"search", "--nonsense", "a.jpg"},
      {"search", "a.jpg", "--limit", "0"},
      {"search", "a.jpg", "--limit", "many"},
      {"similar"},
      {"eval"},
      {"sync"},
      {"models"},
      {"info", "--threads", "0"},
      {"info", "surplus"},
  };
  for (const Arguments& arguments : wrong) {
    const Ended ended = run(arguments);
    const std::string shown = arguments.empty() ? "" : arguments.back();
    EXPECT_EQ(ended.exit_code, 2) << shown;
    EXPECT_EQ(ended.out, "") << shown;
    EXPECT_NE(ended.err, "") << shown;
  }
}

TEST_F(Cli, SearchPrintsATable) {
  const Ended ended = ask({"search", photo(3), "--limit", "4"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(ended.err, "");
  EXPECT_TRUE(has(ended.out, "   1  1.0000  3.jpg")) << ended.out;
  EXPECT_TRUE(has(ended.out, "Shoe, c0")) << ended.out;
  EXPECT_EQ(std::count(ended.out.begin(), ended.out.end(), '\n'), 5);
}

TEST_F(Cli, SearchAnswersInJson) {
  const Ended ended = ask({"search", photo(3), "--limit", "4", "--json"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  const Json json = ended.json();
  for (const char* field : {"took_ms", "collection", "model", "metric", "approximate", "limit"}) {
    EXPECT_TRUE(json.contains(field)) << field;
  }
  EXPECT_EQ(json["model"], "semblance-s");
  ASSERT_EQ(json["hits"].size(), 4U);
  const Json& best = json["hits"][0];
  EXPECT_EQ(best["rank"], 1);
  EXPECT_EQ(best["id"], "3.jpg");
  EXPECT_EQ(best["product"], "3.jpg");
  EXPECT_EQ(best["score"], 1.0);
  EXPECT_EQ(best["distance"], 0.0);
  EXPECT_EQ(best["path"], fs::canonical(photo(3)).string());
  EXPECT_TRUE(best["url"].is_null());
  EXPECT_EQ(best["attributes"], (Json{{"type", "Shoe"}, {"colour", "c0"}}));
  EXPECT_LT(json["hits"][1]["score"], 1.0);
}

TEST_F(Cli, SearchComparesAsItIsTold) {
  const Ended mixed = ask({"search", photo(3), "--json", "--colour-weight", "0.5"});
  ASSERT_EQ(mixed.exit_code, 0) << mixed.err;
  EXPECT_TRUE(mixed.json()["hits"][1]["parts"].contains("colour"));
  const Ended histogram = ask({"search", photo(3), "--json", "--descriptor", "histogram"});
  ASSERT_EQ(histogram.exit_code, 0) << histogram.err;
  EXPECT_EQ(histogram.json()["metric"], "chi-square");
  EXPECT_EQ(histogram.json()["hits"][0]["score"], 1.0);
  EXPECT_EQ(ask({"search", photo(3), photo(4), "--json"}).json()["hits"].size(), 10U);
  const Ended misfit = ask({"search", photo(3), "--metric", "chi-square"});
  EXPECT_EQ(misfit.exit_code, 2);
  EXPECT_TRUE(has(misfit.err, "--descriptor histogram")) << misfit.err;
  // semblance-s has no colour output.
  EXPECT_EQ(ask({"search", photo(3), "--descriptor", "colour"}).exit_code, 2);
}

TEST_F(Cli, SearchRefusesWhatIsNoPhotoAndNamesIt) {
  const std::string bad[] = {photos() + "/broken.jpg", photos() + "/none.jpg", photos(),
                             "/dev/null"};
  for (const std::string& path : bad) {
    const Ended ended = ask({"search", path, "--json"});
    EXPECT_EQ(ended.exit_code, 2) << path;
    EXPECT_EQ(ended.out, "") << path;
    EXPECT_TRUE(has(ended.err, path)) << ended.err;
  }
}

TEST_F(Cli, SimilarNeedsNoPhotoButAnItem) {
  const Ended ended = ask({"similar", "3.jpg", "--json", "--limit", "20"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(ended.json()["hits"].size(), std::size_t{kPhotos} - 1);
  const Json json = ended.json();
  for (const Json& hit : json["hits"]) EXPECT_NE(hit["id"], "3.jpg");
  const Ended unknown = ask({"similar", "none.jpg"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_TRUE(has(unknown.err, "none.jpg"));
}

TEST_F(Cli, AMontageIsAJpeg) {
  const fs::path montage = folder_->path() / "hits.jpg";
  const Ended ended = ask({"search", photo(3), "--montage", montage, "--json"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(ended.json()["hits"].size(), 10U);
  EXPECT_TRUE(has(ended.err, montage)) << ended.err;
  const auto bytes = read_file(montage, 100 << 20);
  ASSERT_TRUE(bytes) << bytes.error().message;
  const auto decoded = decode_image(*bytes, {});
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->format, ImageFormat::kJpeg);
  EXPECT_GT(decoded->image.width, 6 * 180);
  EXPECT_EQ(ask({"similar", "3.jpg", "--montage", montage, "--quiet"}).err, "");
  const Ended nowhere = ask({"similar", "3.jpg", "--montage", "/no/such/folder/x.jpg"});
  EXPECT_EQ(nowhere.exit_code, 2);
  EXPECT_TRUE(has(nowhere.err, "/no/such/folder")) << nowhere.err;
}

TEST_F(Cli, ShowDrawsPicturesInAnyTerminal) {
  const Environment terminals[] = {{{"TERM", "dumb"}, {"COLORTERM", ""}},
                                   {{"TERM", ""}, {"COLORTERM", ""}},
                                   {{"TERM", "xterm"}, {"COLORTERM", ""}},
                                   {{"TERM", "xterm-256color"}, {"COLORTERM", ""}},
                                   {{"TERM", "xterm-256color"}, {"COLORTERM", "truecolor"}}};
  for (const Environment& terminal : terminals) {
    const Ended ended = ask({"similar", "3.jpg", "--show", "--limit", "3"}, terminal);
    if (has(ended.err, "libchafa")) GTEST_SKIP() << ended.err;
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    EXPECT_TRUE(has(ended.out, "query")) << terminal.at("TERM");
    EXPECT_GT(std::count(ended.out.begin(), ended.out.end(), '\n'), 15) << terminal.at("TERM");
    const bool coloured = has(ended.out, terminal.at("COLORTERM").empty() ? "\033[" : "\033[38;2;");
    EXPECT_EQ(coloured, terminal.at("TERM").starts_with("xterm")) << terminal.at("TERM");
  }
  const Ended both = ask({"similar", "3.jpg", "--show", "--json"});
  EXPECT_EQ(both.exit_code, 2);
  EXPECT_EQ(both.out, "");
}

TEST_F(Cli, ProblemsListsReasons) {
  const Ended text = ask({"problems"});
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_TRUE(has(text.out, "not_an_image")) << text.out;
  EXPECT_TRUE(has(text.out, "broken.jpg")) << text.out;
  const Json json = ask({"problems", "--json"}).json();
  ASSERT_EQ(json["problems"].size(), 1U);
  EXPECT_EQ(json["problems"][0]["kind"], "failed");
  EXPECT_EQ(json["problems"][0]["subject"], "broken.jpg");
  EXPECT_EQ(json["problems"][0]["reason"], "not_an_image");
  EXPECT_TRUE(ask({"problems", "--json", "--reason", "truncated"}).json()["problems"].empty());
  EXPECT_TRUE(ask({"problems", "--csv"})
                  .out.starts_with("kind,reason,subject,place,message\r\n"
                                   "failed,not_an_image,broken.jpg,"));
}

TEST_F(Cli, InfoTellsWhatThereIs) {
  const Ended text = ask({"info"});
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_TRUE(has(text.out, "semblance-s")) << text.out;
  const Json json = ask({"info", "--json"}).json();
  EXPECT_EQ(json["items"], kPhotos);
  EXPECT_EQ(json["failed"], 1);
  EXPECT_EQ(json["model"]["name"], "semblance-s");
  EXPECT_EQ(json["shape_dimension"], 256);
  EXPECT_EQ(json["attributes"], (Json{"type", "colour"}));
  EXPECT_GT(json["bytes"], 0);
}

TEST_F(Cli, InfoOfAFolderWhoseNameIsNotUtf8) {
  const fs::path odd = folder_->path() / "caf\xE9";
  fs::create_directory_symlink(data(), odd);
  const Ended ended = run({"info", "--json", "--data", odd});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_TRUE(has(ended.json()["folder"], "caf\\xE9"));
}

TEST_F(Cli, ModelsListsTheNetworks) {
  const Ended text = run({"models", "list"});
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_TRUE(has(text.out, "semblance-m")) << text.out;
  bool found = false;
  const Json json = run({"models", "list", "--json"}).json();
  for (const Json& model : json["models"]) {
    if (model["name"] != "semblance-s") continue;
    found = true;
    EXPECT_EQ(model["present"], true);
    EXPECT_EQ(model["shape_dimension"], 256);
  }
  EXPECT_TRUE(found);
}

TEST_F(Cli, EvalMeasuresALabel) {
  const Ended ended = ask({"eval", "--label", "type", "--json", "--limit", "3"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  const Json json = ended.json();
  EXPECT_EQ(json["label"], "type");
  EXPECT_EQ(json["queries"], kPhotos);
  EXPECT_EQ(json["gallery"], kPhotos);
  EXPECT_EQ(json["k"], 3);
  for (const char* figure :
       {"precision_at_k", "hit_rate_at_1", "hit_rate_at_k", "map_at_k", "ndcg_at_k"}) {
    EXPECT_GE(json[figure], 0.0) << figure;
    EXPECT_LE(json[figure], 1.0) << figure;
  }
  EXPECT_EQ(ask({"eval", "--label", "type+colour", "--json"}).exit_code, 0);
  EXPECT_TRUE(has(ask({"eval", "--label", "product"}).out, "precision@10"));
  const Ended unknown = ask({"eval", "--label", "weight"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_TRUE(has(unknown.err, "type, colour")) << unknown.err;
}

TEST_F(Cli, AnUnknownCollectionNamesThoseThereAre) {
  for (const Arguments& arguments :
       {Arguments{"search", photo(1)}, Arguments{"similar", "1.jpg"}, Arguments{"problems"},
        Arguments{"info"}, Arguments{"eval", "--label", "type"}}) {
    Arguments all = arguments;
    all.insert(all.end(), {"--collection", "shoes"});
    const Ended ended = ask(all);
    EXPECT_EQ(ended.exit_code, 2) << arguments[0];
    EXPECT_EQ(ended.out, "") << arguments[0];
    EXPECT_TRUE(has(ended.err, "'shoes'") && has(ended.err, "default")) << ended.err;
  }
  EXPECT_EQ(ask({"info", "--collection", "../x"}).exit_code, 2);
}

TEST_F(Cli, OptionsMayStandInTheEnvironment) {
  const Ended ended = run({"info", "--json"}, {{"SEMBLANCE_DATA", data()}});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(run({"info"}, {{"SEMBLANCE_DATA", data()}, {"SEMBLANCE_COLLECTION", "no"}}).exit_code,
            2);
  // The command line comes first.
  EXPECT_EQ(ask({"info"}, {{"SEMBLANCE_DATA", "/nowhere"}}).exit_code, 0);
}

TEST_F(Cli, WithoutOnnxRuntimeOnlyWhatNeedsItFails) {
  const Environment without{{"SEMBLANCE_ONNXRUNTIME", "/nowhere/libonnxruntime.so"}};
  EXPECT_EQ(ask({"similar", "3.jpg"}, without).exit_code, 0);
  EXPECT_EQ(ask({"info"}, without).exit_code, 0);
  const Ended search = ask({"search", photo(3)}, without);
  EXPECT_EQ(search.exit_code, 2);
  EXPECT_TRUE(has(search.err, "/nowhere/libonnxruntime.so")) << search.err;
}

TEST_F(Cli, FacetsCountValuesAmongWhatAFilterLetsThrough) {
  const Ended all = ask({"facets", "type", "--json"});
  EXPECT_EQ(all.exit_code, 0) << all.err;
  EXPECT_EQ(all.json()["values"],
            Json::parse(R"([{"value":"Shirt","count":6},{"value":"Shoe","count":6}])"));
  const Ended some = ask({"facets", "colour", "--filter", "type=Shoe AND NOT colour=c1"});
  EXPECT_EQ(some.exit_code, 0) << some.err;
  EXPECT_EQ(some.out, "         2  c0\n         2  c2\n");
  EXPECT_EQ(ask({"facets", "size"}).exit_code, 2);
}

TEST_F(Cli, SearchesAreFilteredCollapsedAndCut) {
  const Ended shirts = ask({"similar", "0.jpg", "--filter", "type=Shirt", "--json"});
  EXPECT_EQ(shirts.exit_code, 0) << shirts.err;
  EXPECT_EQ(shirts.json()["hits"].size(), 5u);
  for (const Json& hit : shirts.json()["hits"]) EXPECT_EQ(hit["attributes"]["type"], "Shirt");
  const Ended collapsed = ask({"search", photo(1), "--collapse", "--limit", "3", "--json"});
  EXPECT_EQ(collapsed.exit_code, 0) << collapsed.err;
  EXPECT_EQ(collapsed.json()["hits"].size(), 3u);
  EXPECT_EQ(collapsed.json()["hits"][0]["photos"], 1);
  const Ended same = ask({"search", photo(1), "--min-score", "1", "--json"});
  EXPECT_EQ(same.json()["hits"].size(), 1u) << same.err;
  EXPECT_EQ(ask({"similar", "0.jpg", "--min-score", "2"}).exit_code, 2);
}

TEST_F(Cli, AWrongFilterIsShownWithItsPlace) {
  const Ended wrong = ask({"similar", "0.jpg", "--filter", "type= AND colour=c1"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_EQ(wrong.out, "");
  EXPECT_EQ(wrong.err,
            "semblance: column 7: expected a value after '=', found the keyword 'AND'; in quotes "
            "it is a value\n  type= AND colour=c1\n        ^\n");
}

TEST_F(Cli, EvalTakesQueriesAndGalleryFromFilters) {
  const Ended measured = ask({"eval", "--label", "type", "--queries-where", "colour=c0",
                              "--gallery-where", "colour!=c0", "--json", "--quiet"});
  EXPECT_EQ(measured.exit_code, 0) << measured.err;
  EXPECT_EQ(measured.json()["queries"], 4);
  EXPECT_EQ(measured.json()["gallery"], 8);
}

}  // namespace
}  // namespace semblance::test
