#include "support/picture_files.h"

#include <png.h>

#include <cmath>
#include <utility>

#include "support/heif_samples.h"
#include "support/picture_writers.h"

namespace semblance::test {
namespace {

constexpr double kExact = 0;
constexpr double kLossy = 3;     ///< JPEG, WebP, HEIC, AVIF: soft edges between colours
constexpr double kFiveBits = 4;  ///< 16-bit BMP

std::vector<std::vector<std::uint8_t>> rows_of(std::span<const std::uint8_t> values, int height) {
  std::vector<std::vector<std::uint8_t>> rows;
  const std::size_t length = values.size() / static_cast<std::size_t>(height);
  for (int y = 0; y < height; ++y) {
    const auto row = values.subspan(static_cast<std::size_t>(y) * length, length);
    rows.emplace_back(row.begin(), row.end());
  }
  return rows;
}

PngPicture rgb_png(const Image& image) {
  PngPicture png;
  png.width = image.width;
  png.height = image.height;
  png.rows = rows_of(image.pixels, image.height);
  return png;
}

Bytes first_part(const Bytes& bytes, double share) {
  const auto size = static_cast<std::ptrdiff_t>(static_cast<double>(bytes.size()) * share);
  return {bytes.begin(), bytes.begin() + size};
}

class Collector {
 public:
  void same(std::string name, Bytes bytes, double tolerance) {
    files_.push_back({std::move(name), std::move(bytes), std::nullopt, tolerance});
  }
  void other(std::string name, Bytes bytes) {
    files_.push_back({std::move(name), std::move(bytes), std::nullopt, -1});
  }
  void broken(std::string name, Bytes bytes, ErrorCode error) {
    files_.push_back({std::move(name), std::move(bytes), error, -1});
  }
  std::vector<PictureFile> take() { return std::move(files_); }

 private:
  std::vector<PictureFile> files_;
};

void add_jpegs(const Image& scene, Collector& files) {
  files.same("baseline.jpg", write_jpeg(scene, JpegKind::kBaseline), kLossy);
  files.same("progressive.jpg", write_jpeg(scene, JpegKind::kProgressive), kLossy);
  files.same("adobe-cmyk.jpg", write_jpeg(scene, JpegKind::kAdobeCmyk), kLossy);
  files.same("adobe-ycck.jpg", write_jpeg(scene, JpegKind::kAdobeYcck), kLossy);
  files.same("plain-cmyk.jpg", write_jpeg(scene, JpegKind::kPlainCmyk), kLossy);
  files.other("grey.jpg", write_jpeg(scene, JpegKind::kGrey));
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Image stored = turn_for_orientation(scene, orientation);
    files.same("exif-orientation-" + std::to_string(orientation) + ".jpg",
               write_jpeg(stored, JpegKind::kBaseline, orientation), kLossy);
  }
  Bytes without_end = write_jpeg(scene, JpegKind::kBaseline);
  without_end.resize(without_end.size() - 2);
  files.same("without-end-marker.jpg", without_end, kLossy);
}

/// PNGs whose pixels are not simply R G B.
void add_unusual_pngs(const Image& scene, Collector& files) {
  const Indexed indexed = index_colours(scene);
  PngPicture palette = rgb_png(scene);
  palette.colour_type = PNG_COLOR_TYPE_PALETTE;
  palette.rows = rows_of(indexed.indices, scene.height);
  palette.palette = indexed.palette;
  files.same("palette.png", write_png(palette), kExact);
  // The first colour is the background's white: another colour, fully transparent, looks the same.
  palette.palette_alpha = {0};
  palette.palette[0] = 10;
  files.same("palette-transparent.png", write_png(palette), kExact);

  PngPicture transparent = rgb_png(scene);
  transparent.colour_type = PNG_COLOR_TYPE_RGB_ALPHA;
  transparent.rows = rows_of(white_made_transparent(scene), scene.height);
  files.same("transparent.png", write_png(transparent), kExact);
  transparent.interlaced = true;
  files.same("transparent-interlaced.png", write_png(transparent), kExact);

  PngPicture sixteen = rgb_png(scene);
  sixteen.bit_depth = 16;
  for (auto& row : sixteen.rows) {
    std::vector<std::uint8_t> wide;
    for (const std::uint8_t value : row) wide.insert(wide.end(), 2, value);
    row = std::move(wide);
  }
  files.same("sixteen-bit.png", write_png(sixteen), kExact);

  PngPicture grey_alpha = rgb_png(scene);
  grey_alpha.colour_type = PNG_COLOR_TYPE_GRAY_ALPHA;
  for (auto& row : grey_alpha.rows) row.resize(static_cast<std::size_t>(scene.width) * 2);
  files.other("grey-alpha.png", write_png(grey_alpha));
  PngPicture one_bit = rgb_png(scene);
  one_bit.colour_type = PNG_COLOR_TYPE_GRAY;
  one_bit.bit_depth = 1;
  files.other("one-bit.png", write_png(one_bit));
  PngPicture one_pixel = rgb_png(scene);
  one_pixel.width = one_pixel.height = 1;
  files.other("one-pixel.png", write_png(one_pixel));
}

void add_pngs(const Image& scene, Collector& files) {
  PngPicture png = rgb_png(scene);
  files.same("rgb.png", write_png(png), kExact);
  files.same("png-named.jpg", write_png(png), kExact);
  png.interlaced = true;
  files.same("interlaced.png", write_png(png), kExact);
  PngPicture turned = rgb_png(turn_for_orientation(scene, 6));
  turned.orientation = 6;
  files.same("exif-orientation-6.png", write_png(turned), kExact);
  add_unusual_pngs(scene, files);
}

void add_gifs(const Image& scene, Collector& files) {
  const Indexed indexed = index_colours(scene);
  GifFrame frame{indexed};
  files.same("picture.gif", write_gif(scene.width, scene.height, {frame}), kExact);
  frame.interlaced = true;
  files.same("interlaced.gif", write_gif(scene.width, scene.height, {frame}), kExact);
  // The first frame leaves out the white border and makes what else is white transparent; the
  // second would paint it over.
  GifFrame inner;
  inner.left = inner.top = 4;
  inner.transparent = indexed.indices[0];
  inner.picture = {scene.width - 8, scene.height - 8, {}, indexed.palette};
  inner.picture.palette[0] = 77;
  for (int y = 4; y < scene.height - 4; ++y) {
    const auto row = indexed.indices.begin() + std::ptrdiff_t{y} * scene.width;
    inner.picture.indices.insert(inner.picture.indices.end(), row + 4, row + scene.width - 4);
  }
  GifFrame black{indexed};
  std::fill(black.picture.palette.begin(), black.picture.palette.end(), std::uint8_t{0});
  files.same("animated.gif", write_gif(scene.width, scene.height, {inner, black}), kExact);
}

void add_others(const Image& scene, Collector& files) {
  files.same("picture.bmp", write_bmp(scene, BmpKind::kRgb24), kExact);
  files.same("top-down.bmp", write_bmp(scene, BmpKind::kTopDown), kExact);
  files.same("palette.bmp", write_bmp(scene, BmpKind::kPalette8), kExact);
  files.same("sixteen-bit.bmp", write_bmp(scene, BmpKind::kRgb555), kFiveBits);
  files.same("transparent.bmp", write_bmp(scene, BmpKind::kBitfieldsAlpha), kExact);
  files.same("picture.tiff", write_tiff(scene, TiffKind::kLzw), kExact);
  files.same("tiled.tiff", write_tiff(scene, TiffKind::kTiled), kExact);
  files.same("sixteen-bit.tiff", write_tiff(scene, TiffKind::kSixteenBit), 1);
  files.same("transparent.tiff", write_tiff(scene, TiffKind::kTransparentWhite), kExact);
  for (const int orientation : {3, 5, 6, 7, 8}) {
    files.same("turned-" + std::to_string(orientation) + ".tiff",
               write_tiff(turn_for_orientation(scene, orientation), TiffKind::kLzw, orientation),
               kExact);
  }
  files.same("picture.webp", write_webp(scene, WebpKind::kLossy), kLossy);
  files.same("webp-named.png", write_webp(scene, WebpKind::kLossless), kExact);
  files.same("lossless.webp", write_webp(scene, WebpKind::kLossless), kExact);
  files.same("transparent.webp", write_webp(scene, WebpKind::kTransparentWhite), kExact);
  files.same("animated.webp", write_webp(scene, WebpKind::kAnimated), kExact);
  files.same("turned-6.webp", write_webp(turn_for_orientation(scene, 6), WebpKind::kExif, 6),
             kExact);
  files.same("picture.heic", decode_base64(kHeicSample), kLossy);
  files.same("picture.avif", decode_base64(kAvifSample), kLossy);
}

void add_truncated(const Image& scene, Collector& files) {
  const auto half = [&](const char* name, const Bytes& bytes) {
    files.broken(name, first_part(bytes, 0.5), ErrorCode::kTruncated);
  };
  half("truncated.jpg", write_jpeg(scene, JpegKind::kBaseline));
  half("truncated-progressive.jpg", write_jpeg(scene, JpegKind::kProgressive));
  half("truncated.png", write_png(rgb_png(scene)));
  half("truncated.gif", write_gif(scene.width, scene.height, {{index_colours(scene)}}));
  half("truncated.bmp", write_bmp(scene, BmpKind::kRgb24));
  half("truncated.tiff", write_tiff(scene, TiffKind::kLzw));
  half("truncated.webp", write_webp(scene, WebpKind::kLossy));
  half("truncated-lossless.webp", write_webp(scene, WebpKind::kLossless));
  half("truncated-animated.webp", write_webp(scene, WebpKind::kAnimated));
  half("truncated.heic", decode_base64(kHeicSample));
  half("truncated.avif", decode_base64(kAvifSample));
  Bytes header = write_jpeg(scene, JpegKind::kBaseline);
  header.resize(200);
  files.broken("header-only.jpg", header, ErrorCode::kTruncated);
}

/// Headers that promise more pixels than anybody should allocate.
void add_bombs(const Image& scene, Collector& files) {
  PngPicture png;
  png.width = png.height = 30000;
  png.header_only = true;
  files.broken("bomb.png", write_png(png), ErrorCode::kTooManyPixels);
  Bytes bmp = write_bmp(scene, BmpKind::kRgb24);
  for (const std::size_t at : {18U, 22U}) bmp[at + 2] = std::byte{1};
  files.broken("bomb.bmp", bmp, ErrorCode::kTooManyPixels);
  Bytes gif = write_gif(scene.width, scene.height, {{index_colours(scene)}});
  for (std::size_t at = 6; at < 10; ++at) gif[at] = std::byte{0xFF};
  files.broken("bomb.gif", gif, ErrorCode::kTooManyPixels);
  Bytes jpeg = write_jpeg(scene, JpegKind::kBaseline);
  for (std::size_t at = 2; at + 8 < jpeg.size(); ++at) {
    if (jpeg[at] != std::byte{0xFF} || jpeg[at + 1] != std::byte{0xC0}) continue;
    for (std::size_t side = at + 5; side < at + 9; ++side) jpeg[side] = std::byte{0xF0};
    break;
  }
  files.broken("bomb.jpg", jpeg, ErrorCode::kTooManyPixels);
}

void add_not_pictures(Collector& files) {
  files.broken("empty.jpg", {}, ErrorCode::kEmpty);
  const char* page =
      "<!DOCTYPE html>\n<html><head><title>404</title></head><body><svg></svg>gone</body></html>\n";
  files.broken("page.jpg", bytes_of(page), ErrorCode::kNotAnImage);
  files.broken("note.png", bytes_of("Please find the photo attached.\n"), ErrorCode::kNotAnImage);
  Bytes noise;
  std::uint32_t state = 12345;
  for (int i = 0; i < 5000; ++i) {
    state = state * 1664525U + 1013904223U;
    noise.push_back(static_cast<std::byte>(state >> 24));
  }
  files.broken("noise.jpg", noise, ErrorCode::kNotAnImage);

  using namespace std::string_view_literals;
  const auto unsupported = [&](const char* name, std::string_view content) {
    files.broken(name, bytes_of(content), ErrorCode::kUnsupportedFormat);
  };
  unsupported("document.pdf", "%PDF-1.4\n1 0 obj\n<< >>\nendobj\n"sv);
  unsupported(
      "drawing.svg",
      "<?xml version=\"1.0\"?>\n<!-- drawn -->\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>\n"sv);
  unsupported("picture.ppm", "P6\n1 1\n255\nabc"sv);
  unsupported("layers.psd", "8BPS\0\1\0\0\0\0\0\0"sv);
  unsupported("icon.ico", "\0\0\1\0\1\0\x10\x10\0\0\1\0\x20\0\0\0\0\0\x16\0\0\0"sv);
  unsupported("picture.jxl", "\0\0\0\x0CJXL \r\n\x87\n"sv);
  unsupported("picture.jp2", "\0\0\0\x0CjP  \r\n\x87\n"sv);
}

}  // namespace

Image make_scene(int variant) {
  constexpr int kWidth = 72;
  constexpr int kHeight = 96;
  const double turn = variant * 2.399963;  // the golden angle: neighbours differ most
  const auto tint = [&](double phase) { return 110 + 80 * std::sin(turn + phase); };
  Image scene;
  scene.width = kWidth;
  scene.height = kHeight;
  scene.pixels.assign(std::size_t{kWidth} * kHeight * 3, 255);
  for (int y = 6; y < kHeight - 6; ++y) {
    for (int x = 8; x < kWidth - 8; ++x) {
      // A body that widens to the bottom, darker below; a sleeve on the left only; a round print.
      const double half = 14 + 0.12 * y + 4 * std::sin(turn * 3 + y * 0.12);
      const bool body = std::abs(x - 38.0) < half;
      const bool sleeve = y > 14 && y < 40 && x > 8 && x < 30 && x > 34 - y;
      const bool print = std::hypot(x - 42.0, y - 44.0) < 9 + variant % 4;
      if (!body && !sleeve) continue;
      const int band = y / 3;  // few colours, so that a palette holds them all
      const double shade = 1.0 - 0.0125 * band;
      std::uint8_t* pixel = scene.row(y) + std::ptrdiff_t{x} * 3;
      for (int c = 0; c < 3; ++c) {
        const double value = print ? 250 - 60 * c : tint(2.1 * c) * (sleeve && !body ? 0.6 : shade);
        pixel[c] = static_cast<std::uint8_t>(value);
      }
    }
  }
  return scene;
}

std::vector<PictureFile> make_picture_files() {
  const Image scene = make_scene();
  Collector files;
  add_jpegs(scene, files);
  add_pngs(scene, files);
  add_gifs(scene, files);
  add_others(scene, files);
  add_truncated(scene, files);
  add_bombs(scene, files);
  add_not_pictures(files);
  return files.take();
}

}  // namespace semblance::test
