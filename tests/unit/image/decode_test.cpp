#include "image/decode.h"

#include <gtest/gtest.h>

#include <thread>

#include "picture_difference.h"
#include "support/picture_files.h"
#include "support/picture_writers.h"

namespace semblance {
namespace {

using test::make_scene;
using test::mean_difference;
using test::PictureFile;

const std::vector<PictureFile>& picture_files() {
  static const std::vector<PictureFile> files = test::make_picture_files();
  return files;
}

const PictureFile& file_named(std::string_view name) {
  for (const PictureFile& file : picture_files()) {
    if (file.name == name) return file;
  }
  throw std::logic_error(std::string(name));
}

/// A machine without libheif or its codecs is a supported one; its answer must then be this.
bool lacks_codec(const PictureFile& file, const Result<DecodedImage>& decoded) {
  const bool heif = file.name.ends_with(".heic") || file.name.ends_with(".avif");
  return heif && !decoded && decoded.error().code == ErrorCode::kUnsupportedFormat;
}

Image plain_image(int width, int height) {
  Image image;
  image.width = width;
  image.height = height;
  image.pixels.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3, 90);
  return image;
}

TEST(DecodeImage, EveryFileEndsAsItMust) {
  for (const PictureFile& file : picture_files()) {
    const Result<DecodedImage> decoded = decode_image(file.bytes, {});
    if (lacks_codec(file, decoded)) continue;
    if (file.error) {
      ASSERT_FALSE(decoded.ok()) << file.name;
      EXPECT_EQ(code_name(decoded.error().code), code_name(*file.error)) << file.name;
      EXPECT_FALSE(decoded.error().message.empty()) << file.name;
    } else {
      EXPECT_TRUE(decoded.ok()) << file.name << ": " << (decoded ? "" : decoded.error().message);
    }
  }
}

TEST(DecodeImage, EqualPicturesAreEqualInEveryFormat) {
  const Image scene = make_scene();
  for (const PictureFile& file : picture_files()) {
    if (file.tolerance < 0) continue;
    const Result<DecodedImage> decoded = decode_image(file.bytes, {});
    if (lacks_codec(file, decoded)) continue;
    ASSERT_TRUE(decoded.ok()) << file.name << ": " << decoded.error().message;
    EXPECT_EQ(decoded->stored_width, scene.width) << file.name;
    EXPECT_EQ(decoded->stored_height, scene.height) << file.name;
    EXPECT_LE(mean_difference(decoded->image, scene), file.tolerance) << file.name;
  }
}

TEST(DecodeImage, FillsThePixelsItPromises) {
  for (const PictureFile& file : picture_files()) {
    const Result<DecodedImage> decoded = decode_image(file.bytes, {});
    if (!decoded) continue;
    const Image& image = decoded->image;
    EXPECT_EQ(image.pixels.size(),
              static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) * 3)
        << file.name;
  }
}

TEST(DecodeImage, GivesTheSamePixelsInEveryRunAndThread) {
  for (const PictureFile& file : picture_files()) {
    const Result<DecodedImage> first = decode_image(file.bytes, {});
    std::vector<std::thread> threads;
    threads.reserve(2);
    std::vector<Result<DecodedImage>> others(2, Error{});
    for (auto& other : others) {
      threads.emplace_back([&] { other = decode_image(file.bytes, {}); });
    }
    for (std::thread& thread : threads) thread.join();
    for (const auto& other : others) {
      ASSERT_EQ(first.ok(), other.ok()) << file.name;
      if (!first) continue;
      EXPECT_EQ(first->image.pixels, other->image.pixels) << file.name;
    }
  }
}

TEST(DecodeImage, NamesTheFormatThatItDoesNotSupport) {
  const auto decoded = decode_image(file_named("layers.psd").bytes, {});
  ASSERT_FALSE(decoded.ok());
  EXPECT_NE(decoded.error().message.find("PSD"), std::string::npos);
}

TEST(DecodeImage, RefusesCompressedBmp) {
  Bytes bytes = file_named("palette.bmp").bytes;
  bytes[30] = std::byte{1};  // RLE8
  const auto decoded = decode_image(bytes, {});
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.error().code, ErrorCode::kUnsupportedFormat);
}

TEST(DecodeImage, KeepsToTheLimits) {
  const Bytes& bytes = file_named("rgb.png").bytes;
  DecodeOptions options;
  options.limits.max_bytes = bytes.size() - 1;
  EXPECT_EQ(decode_image(bytes, options).error().code, ErrorCode::kTooLarge);
  options.limits.max_bytes = bytes.size();
  EXPECT_TRUE(decode_image(bytes, options).ok());
  constexpr std::uint64_t kScenePixels = std::uint64_t{72} * 96;
  for (const PictureFile& file : picture_files()) {
    if (file.tolerance < 0) continue;
    DecodeOptions few;
    few.limits.max_pixels = kScenePixels - 1;
    const auto decoded = decode_image(file.bytes, few);
    if (lacks_codec(file, decoded)) continue;
    ASSERT_FALSE(decoded.ok()) << file.name;
    EXPECT_EQ(decoded.error().code, ErrorCode::kTooManyPixels) << file.name;
    few.limits.max_pixels = kScenePixels;
    EXPECT_TRUE(decode_image(file.bytes, few).ok()) << file.name;
  }
}

TEST(DecodeImage, DecodesJpegNoSmallerThanAsked) {
  const Bytes bytes = test::write_jpeg(plain_image(400, 300), test::JpegKind::kBaseline);
  const auto size_for = [&](int width, int height) {
    DecodeOptions options;
    options.min_width = width;
    options.min_height = height;
    const auto decoded = decode_image(bytes, options);
    EXPECT_EQ(decoded->stored_width, 400);
    EXPECT_EQ(decoded->stored_height, 300);
    return std::pair(decoded->image.width, decoded->image.height);
  };
  EXPECT_EQ(size_for(0, 0), std::pair(400, 300));
  EXPECT_EQ(size_for(1, 1), std::pair(50, 38));
  EXPECT_EQ(size_for(50, 38), std::pair(50, 38));
  EXPECT_EQ(size_for(51, 38), std::pair(100, 75));
  EXPECT_EQ(size_for(200, 150), std::pair(200, 150));
  EXPECT_EQ(size_for(101, 0), std::pair(150, 113));
  EXPECT_EQ(size_for(0, 151), std::pair(400, 300));
  EXPECT_EQ(size_for(400, 300), std::pair(400, 300));
  EXPECT_EQ(size_for(1000, 1000), std::pair(400, 300));
}

TEST(DecodeImage, MeasuresTheLeastSizeUpright) {
  // Stored 400 x 200, shown 200 x 400.
  const Bytes bytes = test::write_jpeg(plain_image(400, 200), test::JpegKind::kBaseline, 6);
  DecodeOptions options;
  options.min_width = 90;
  options.min_height = 200;
  const auto decoded = decode_image(bytes, options);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->image.width, 100);
  EXPECT_EQ(decoded->image.height, 200);
  EXPECT_EQ(decoded->stored_width, 200);
  EXPECT_EQ(decoded->stored_height, 400);
}

TEST(DecodeImage, NoticesEveryTruncationOfAJpeg) {
  for (const char* name : {"baseline.jpg", "progressive.jpg"}) {
    const Bytes& whole = file_named(name).bytes;
    for (const double share : {0.1, 0.3, 0.6, 0.9, 0.97}) {
      const auto size = static_cast<std::size_t>(static_cast<double>(whole.size()) * share);
      const auto decoded = decode_image(std::span(whole).first(size), {});
      ASSERT_FALSE(decoded.ok()) << name << " " << share;
      EXPECT_EQ(decoded.error().code, ErrorCode::kTruncated) << name << " " << share;
    }
  }
}

TEST(DecodeImage, NoticesAJpegWhoseMiddleIsGone) {
  Image noisy = make_scene();
  for (std::size_t i = 0; i < noisy.pixels.size(); ++i) {
    noisy.pixels[i] = static_cast<std::uint8_t>(i * i * 31 >> 3);
  }
  Bytes bytes = test::write_jpeg(noisy, test::JpegKind::kBaseline);
  const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() / 3);
  bytes.erase(begin, bytes.end() - 2);  // keeps the end marker
  const auto decoded = decode_image(bytes, {});
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.error().code, ErrorCode::kTruncated);
}

TEST(DecodeImage, RefusesASmallFileThatPromisesAHugePng) {
  test::PngPicture png;
  png.width = png.height = 9000;  // within the limit of pixels, but only its header is there
  png.header_only = true;
  const auto decoded = decode_image(test::write_png(png), {});
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.error().code, ErrorCode::kTruncated);
}

}  // namespace
}  // namespace semblance
