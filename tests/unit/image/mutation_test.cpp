// Hostile input: whatever happens to a file's bytes, decoding returns and stays within its limits.

#include <gtest/gtest.h>

#include <random>

#include "image/decode.h"
#include "support/picture_files.h"

/// Some AVIF files that libdav1d refuses leak a 40-byte object of its own behind libheif: not ours.
// The name is the sanitizer's.
// NOLINTBEGIN
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libdav1d";
}
// NOLINTEND

namespace semblance {
namespace {

constexpr int kMutationsPerFile = 2000;

Bytes mutate(const Bytes& original, std::mt19937& random) {
  Bytes bytes = original;
  const auto below = [&](std::size_t limit) { return random() % limit; };
  if (below(4) == 0) bytes.resize(below(bytes.size()) + 1);
  const std::size_t changes = 1 + below(8);
  for (std::size_t i = 0; i < changes; ++i) {
    // Half of the changes hit the headers, where sizes and offsets are.
    const std::size_t reach =
        below(2) == 0 ? std::min<std::size_t>(bytes.size(), 200) : bytes.size();
    std::byte& byte = bytes[below(reach)];
    switch (below(4)) {
      case 0:
        byte = std::byte{0xFF};
        break;
      case 1:
        byte = std::byte{0};
        break;
      case 2:
        byte ^= static_cast<std::byte>(1U << below(8));
        break;
      default:
        byte = static_cast<std::byte>(random());
    }
  }
  return bytes;
}

const std::vector<test::PictureFile>& picture_files() {
  static const std::vector<test::PictureFile> files = test::make_picture_files();
  return files;
}

TEST(DecodeImage, ReturnsWhateverTheBytesAre) {
  DecodeOptions options;
  options.limits.max_pixels = 1'000'000;
  std::mt19937 random(20240607);
  for (const test::PictureFile& file : picture_files()) {
    if (file.bytes.empty()) continue;
    for (int i = 0; i < kMutationsPerFile; ++i) {
      const Bytes bytes = mutate(file.bytes, random);
      options.min_width = i % 3 == 0 ? 20 : 0;
      const Result<DecodedImage> decoded = decode_image(bytes, options);
      if (!decoded) continue;
      const Image& image = decoded->image;
      ASSERT_GT(image.width, 0) << file.name;
      ASSERT_GT(image.height, 0) << file.name;
      ASSERT_LE(static_cast<std::uint64_t>(image.width) * static_cast<std::uint64_t>(image.height),
                options.limits.max_pixels)
          << file.name;
      ASSERT_EQ(image.pixels.size(),
                static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) * 3);
    }
  }
}

}  // namespace
}  // namespace semblance
