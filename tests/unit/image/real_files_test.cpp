#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "base/file.h"
#include "image/decode.h"
#include "picture_difference.h"
#include "support/test_data.h"

namespace semblance {
namespace {

Result<DecodedImage> decode_file(const std::filesystem::path& path) {
  Result<Bytes> bytes = read_file(path, 1U << 30);
  if (!bytes) return bytes.error();
  return decode_image(*bytes, {});
}

TEST(RealFiles, EndAsTheListSays) {
  SEMBLANCE_TEST_DATA_OR_SKIP(data);
  const std::filesystem::path folder = data / "data" / "formats";
  std::ifstream list(folder / "expected.csv");
  if (!list) GTEST_SKIP() << "there is no data/formats/expected.csv";
  std::string line;
  std::getline(list, line);  // the header
  int files = 0;
  while (std::getline(list, line)) {
    const std::string name = line.substr(0, line.find(','));
    const std::string rest = line.substr(name.size() + 1);
    const std::string expected = rest.substr(0, rest.find(','));
    const Result<DecodedImage> decoded = decode_file(folder / name);
    const std::string_view got = decoded ? "indexed" : code_name(decoded.error().code);
    const bool either =
        expected == "indexed or truncated" && (got == "indexed" || got == "truncated");
    EXPECT_TRUE(either || got == expected) << name << " is " << got << ", not " << expected
                                           << (decoded ? "" : ": " + decoded.error().message);
    ++files;
  }
  EXPECT_GT(files, 30);
}

TEST(RealFiles, OfTheSamePictureLookTheSame) {
  SEMBLANCE_TEST_DATA_OR_SKIP(data);
  const std::filesystem::path folder = data / "data" / "formats";
  const Result<DecodedImage> reference = decode_file(folder / "rgb.png");
  if (!reference) GTEST_SKIP() << "there is no data/formats/rgb.png";
  for (const char* name :
       {"baseline.jpg", "progressive.jpg", "cmyk.jpg", "exif-orientation-6.jpg", "palette.png",
        "transparent.png", "sixteen-bit.png", "picture.bmp", "picture.gif", "animated.gif",
        "picture.tiff", "picture.webp", "lossless.webp", "picture.avif", "picture.heic"}) {
    const Result<DecodedImage> decoded = decode_file(folder / name);
    ASSERT_TRUE(decoded.ok()) << name << ": " << decoded.error().message;
    EXPECT_LT(test::mean_difference(decoded->image, reference->image), 4) << name;
  }
}

TEST(RealFiles, LargerThanTheLimitDecodeWithAHigherOne) {
  SEMBLANCE_TEST_DATA_OR_SKIP(data);
  const Result<Bytes> bytes = read_file(data / "data/formats/108-megapixels.jpg", 1U << 30);
  if (!bytes) GTEST_SKIP() << bytes.error().message;
  DecodeOptions options;
  options.limits.max_pixels = 120'000'000;
  options.min_width = options.min_height = 224;
  const Result<DecodedImage> decoded = decode_image(*bytes, options);
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  EXPECT_EQ(decoded->stored_width, 12000);
  EXPECT_EQ(decoded->image.width, 1500);
}

}  // namespace
}  // namespace semblance
