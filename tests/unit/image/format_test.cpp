#include "image/format.h"

#include <gtest/gtest.h>

#include <string_view>

namespace semblance {
namespace {

using namespace std::string_view_literals;

ImageFormat sniff(std::string_view text) {
  return sniff_format(std::as_bytes(std::span(text)));
}

TEST(SniffFormat, KnowsEachFormatByItsFirstBytes) {
  EXPECT_EQ(sniff("\xFF\xD8\xFF\xE0"sv), ImageFormat::kJpeg);
  EXPECT_EQ(sniff("\x89PNG\r\n\x1A\n"sv), ImageFormat::kPng);
  EXPECT_EQ(sniff("RIFF\x10\0\0\0WEBPVP8 "sv), ImageFormat::kWebp);
  EXPECT_EQ(sniff("GIF87a"sv), ImageFormat::kGif);
  EXPECT_EQ(sniff("BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0"sv), ImageFormat::kBmp);
  EXPECT_EQ(sniff("II*\0"sv), ImageFormat::kTiff);
  EXPECT_EQ(sniff("MM\0*"sv), ImageFormat::kTiff);
  EXPECT_EQ(sniff("\xFF\x0A"sv), ImageFormat::kJpegXl);
  EXPECT_EQ(sniff("\xFF\x4F\xFF\x51"sv), ImageFormat::kJpeg2000);
}

TEST(SniffFormat, ReadsMajorAndCompatibleBrands) {
  EXPECT_EQ(sniff("\0\0\0\x18"
                  "ftypheic\0\0\0\0mif1heic"sv),
            ImageFormat::kHeic);
  EXPECT_EQ(sniff("\0\0\0\x18"
                  "ftypmif1\0\0\0\0mif1heic"sv),
            ImageFormat::kHeic);
  EXPECT_EQ(sniff("\0\0\0\x18"
                  "ftypmif1\0\0\0\0miafavif"sv),
            ImageFormat::kAvif);
  EXPECT_EQ(sniff("\0\0\0\x18"
                  "ftypavif\0\0\0\0avifmif1"sv),
            ImageFormat::kAvif);
  EXPECT_EQ(sniff("\0\0\0\x18"
                  "ftypmp42\0\0\0\0isommp42"sv),
            ImageFormat::kUnknown);
  // A brand beyond the end of the box does not count.
  EXPECT_EQ(sniff("\0\0\0\x14"
                  "ftypmp42\0\0\0\0isomheic"sv),
            ImageFormat::kUnknown);
}

TEST(SniffFormat, IsNotFooledByText) {
  EXPECT_EQ(sniff("BMW has a new model, read all about it here"sv), ImageFormat::kUnknown);
  EXPECT_EQ(sniff("P1 is a podium place"sv), ImageFormat::kUnknown);
  EXPECT_EQ(sniff("RIFFRAFF and other words"sv), ImageFormat::kUnknown);
  EXPECT_EQ(sniff("{\"error\":\"not found\"}"sv), ImageFormat::kUnknown);
}

TEST(SniffFormat, TellsDrawingsFromPagesThatContainThem) {
  EXPECT_EQ(sniff("<svg xmlns='x'/>"sv), ImageFormat::kSvg);
  EXPECT_EQ(sniff("\xEF\xBB\xBF <?xml version='1.0'?>\n<!-- a -->\n<svg>"sv), ImageFormat::kSvg);
  EXPECT_EQ(sniff("<?xml version='1.0'?><!DOCTYPE svg PUBLIC 'x'>"sv), ImageFormat::kSvg);
  EXPECT_EQ(sniff("<html><body><svg></svg></body></html>"sv), ImageFormat::kUnknown);
  EXPECT_EQ(sniff("<!DOCTYPE html><svg>"sv), ImageFormat::kUnknown);
  EXPECT_EQ(sniff("<?xml version='1.0'?><rss/>"sv), ImageFormat::kUnknown);
  EXPECT_EQ(sniff("<!-- never closed <svg>"sv), ImageFormat::kUnknown);
  EXPECT_EQ(sniff("<svgfoo>"sv), ImageFormat::kUnknown);
}

TEST(SniffFormat, SurvivesEveryShortPrefix) {
  for (const std::string_view whole :
       {"RIFF\x10\0\0\0WEBP"sv, "BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0"sv, "P6\n1"sv, "<svg>"sv,
        "\0\0\0\x18"
        "ftypheic\0\0\0\0mif1heic"sv,
        "\0\0\1\0\1\0\x10\x10\0\0\1"sv}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      (void)sniff(whole.substr(0, size));
    }
  }
  EXPECT_EQ(sniff(""), ImageFormat::kUnknown);
}

TEST(FormatName, NamesEveryFormat) {
  for (int format = 0; format < static_cast<int>(ImageFormat::kUnknown); ++format) {
    EXPECT_NE(format_name(static_cast<ImageFormat>(format)), "unknown") << format;
  }
}

}  // namespace
}  // namespace semblance
