// Confidence, from too little to learn from to hits that carry it, and proposed thresholds.

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "program.h"

namespace semblance::test {
namespace {

constexpr int kProducts = 24;

/// Three photos of each product, and the collection in which they are.
class ConfidenceCommand : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    std::string table = "id,product,part\n";
    for (int i = 0; i < 3 * kProducts; ++i) {
      const int product = i % kProducts;
      // Numbers that differ by 100 show the same scene.
      write_photo(photos() / (std::to_string(i) + ".jpg"), product + 100 * (i / kProducts));
      table += std::to_string(i) + ",p" + std::to_string(product) + "," +
               (product % 3 == 0 ? "a" : "b") + "\n";
    }
    const std::string attributes = folder_->write("table.csv", table);
    const Ended synced = ask({"sync", photos(), "--model", "semblance-s", "--attributes",
                              attributes, "--key", "id", "--product-column", "product"});
    ASSERT_EQ(synced.exit_code, 0) << synced.err;
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static std::filesystem::path photos() { return folder_->path() / "photos"; }
  static Ended ask(Arguments arguments) {
    arguments.insert(arguments.begin(), {"--data", folder_->path() / "data"});
    return run(arguments);
  }
  static inline std::unique_ptr<TemporaryFolder> folder_;
};

TEST_F(ConfidenceCommand, LearnsShowsChecksAndForgets) {
  const Ended nothing = ask({"confidence"});
  EXPECT_EQ(nothing.exit_code, 2);
  EXPECT_NE(nothing.err.find("confidence fit"), std::string::npos);
  const Ended few = ask({"confidence", "fit", "--label", "product", "--where", "part=a"});
  EXPECT_EQ(few.exit_code, 2);
  EXPECT_NE(few.err.find("--product-column"), std::string::npos) << few.err;
  EXPECT_EQ(ask({"confidence", "check"}).exit_code, 2);
  EXPECT_EQ(ask({"confidence", "forget"}).exit_code, 2);

  const std::string plot = folder_->path() / "reliability.svg";
  const Ended fitted = ask({"confidence", "fit", "--json", "--plot", plot});
  ASSERT_EQ(fitted.exit_code, 0) << fitted.err;
  EXPECT_EQ(fitted.json()["label"], "product");
  EXPECT_EQ(fitted.json()["products"], kProducts);
  EXPECT_EQ(fitted.json()["candidates"].size(), 4U);
  EXPECT_EQ(read_text(plot).find("<svg"), 0U);

  const Ended found = ask({"similar", "0.jpg", "--json"});
  for (const auto& hit : found.json()["hits"]) EXPECT_TRUE(hit["confidence"].is_number());
  EXPECT_NE(ask({"similar", "0.jpg"}).out.find("confidence"), std::string::npos);
  EXPECT_EQ(ask({"similar", "0.jpg", "--descriptor", "histogram"}).out.find("confidence"),
            std::string::npos);

  const Ended shown = ask({"confidence", "--json"});
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_EQ(shown.json()["model"], fitted.json()["model"]);
  EXPECT_TRUE(shown.json()["stale"].is_null());
  EXPECT_NE(ask({"confidence"}).out.find("<- taken"), std::string::npos);
  const Ended checked = ask({"confidence", "check", "--json"});
  ASSERT_EQ(checked.exit_code, 0) << checked.err;
  EXPECT_GE(checked.json()["calibration_error"], 0);

  const std::string archive = folder_->path() / "archive.tar";
  ASSERT_EQ(ask({"export", archive}).exit_code, 0);
  ASSERT_EQ(ask({"--collection", "copy", "import", archive}).exit_code, 0);
  EXPECT_EQ(ask({"--collection", "copy", "confidence", "--json"}).out, shown.out);

  ASSERT_EQ(ask({"confidence", "forget"}).exit_code, 0);
  EXPECT_EQ(ask({"similar", "0.jpg", "--json"}).out.find("confidence"), std::string::npos);
  EXPECT_EQ(ask({"doctor"}).exit_code, 0);
}

TEST_F(ConfidenceCommand, ThresholdsAreProposedWithPairsToLookAt) {
  const std::string montage = folder_->path() / "pairs.jpg";
  const Ended proposed = ask({"thresholds", "--precision", ".3", "--json", "--montage", montage});
  ASSERT_EQ(proposed.exit_code, 0) << proposed.err;
  EXPECT_TRUE(std::filesystem::exists(montage));
  const auto json = proposed.json();
  EXPECT_GT(json["min_score"], 0);
  EXPECT_LE(json["interval"][0], json["interval"][1]);
  EXPECT_TRUE(json["confidence"].is_null());
  ASSERT_FALSE(json["borderline"].empty());
  EXPECT_LE(json["borderline"].size(), 20U);
  EXPECT_TRUE(json["borderline"][0]["query"].is_string());
  EXPECT_NE(ask({"thresholds", "--precision", ".3"}).out.find("min_score"), std::string::npos);
  EXPECT_EQ(ask({"thresholds", "--precision", "2"}).exit_code, 2);
  EXPECT_EQ(ask({"thresholds", "--label", "nothing"}).exit_code, 2);
}

}  // namespace
}  // namespace semblance::test
