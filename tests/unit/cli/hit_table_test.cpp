#include "cli/hit_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include "base/utf8.h"

namespace semblance::cli {
namespace {

Hit hit(int rank, const std::string& id, double score, const Attributes& attributes = {}) {
  Hit made;
  made.rank = rank;
  made.item.id = id;
  made.closeness.score = score;
  made.attributes = attributes;
  return made;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(ScoreText, IsCutSoThatOnlyAnIdenticalPhotoShowsOne) {
  EXPECT_EQ(score_text(1), "1.0000");
  EXPECT_EQ(score_text(0.99999), "0.9999");
  EXPECT_EQ(score_text(std::nextafter(1.0, 0.0)), "0.9999");
  EXPECT_EQ(score_text(0.93125), "0.9312");
  EXPECT_EQ(score_text(0), "0.0000");
}

TEST(HitTable, ShowsRankScoreIdAndAttributes) {
  SearchAnswer answer;
  answer.hits = {hit(1, "shoes/1.jpg", 1, {{"type", "Shoes"}, {"colour", "Red"}}),
                 hit(2, "b.jpg", 0.5)};
  const auto lines = lines_of(hit_table(answer, 100));
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0], "rank  score   id           attributes");
  EXPECT_EQ(lines[1], "   1  1.0000  shoes/1.jpg  Shoes, Red");
  EXPECT_EQ(lines[2], "   2  0.5000  b.jpg");
}

TEST(HitTable, WithoutHitsIsItsHeading) {
  EXPECT_EQ(lines_of(hit_table({}, 80)).size(), 1U);
}

TEST(HitTable, ShowsThePartsOfAMixture) {
  SearchAnswer answer;
  answer.measure.colour_weight = 0.5;
  answer.hits = {hit(1, "a", 0.8)};
  answer.hits[0].closeness.shape_score = 0.9;
  answer.hits[0].closeness.colour_score = 0.7;
  EXPECT_NE(hit_table(answer, 100).find("0.8000 (shape 0.90 colour 0.70)"), std::string::npos);
}

TEST(HitTable, ShortensAttributesToTheWidthButNotInsideACharacter) {
  SearchAnswer answer;
  std::string value;
  for (int i = 0; i < 100; ++i) value += "\xC3\xA9";
  answer.hits = {hit(1, "a", 1, {{"x", value}})};
  for (int width = 0; width < 80; ++width) {
    const std::string line = lines_of(hit_table(answer, width))[1];
    EXPECT_LE(static_cast<int>(display_columns(line)), std::max(width, 18 + 12)) << width;
    EXPECT_TRUE(is_utf8(line)) << width;
    EXPECT_TRUE(line.ends_with("..")) << width;
  }
}

TEST(HitTable, AlignsWideCharactersAndEscapesControlCharacters) {
  SearchAnswer answer;
  answer.hits = {hit(1, "日本", 1, {{"x", "red"}}), hit(2, "ab\x1B", 1, {{"x", "blue"}})};
  const auto lines = lines_of(hit_table(answer, 100));
  EXPECT_EQ(lines[1], "   1  1.0000  日本    red");
  EXPECT_EQ(lines[2], "   2  1.0000  ab\\x1B  blue");
}

}  // namespace
}  // namespace semblance::cli
