#pragma once

// Writers of the formats that only tests write. Each aborts on an error: the input is ours.

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "image/image.h"

namespace semblance::test {

Bytes bytes_of(std::string_view text);

/// An EXIF block (without "Exif\0\0") that holds nothing but an orientation.
Bytes exif_block(int orientation, bool big_endian);

/// How `upright` is stored in a file that carries this EXIF orientation.
Image turn_for_orientation(const Image& upright, int orientation);

enum class JpegKind { kBaseline, kProgressive, kGrey, kAdobeCmyk, kAdobeYcck, kPlainCmyk };
/// `orientation` 0: without EXIF.
Bytes write_jpeg(const Image& image, JpegKind kind, int orientation = 0);

/// Anything that libpng can write; `rows` are packed as PNG stores them.
struct PngPicture {
  int width = 0;
  int height = 0;
  int bit_depth = 8;
  int colour_type = 2;
  bool interlaced = false;
  bool header_only = false;
  int orientation = 0;  ///< 0: without eXIf chunk
  std::vector<std::vector<std::uint8_t>> rows;
  std::vector<std::uint8_t> palette;        ///< R G B each
  std::vector<std::uint8_t> palette_alpha;  ///< tRNS
};
Bytes write_png(const PngPicture& picture);

/// A picture of at most 256 colours as indices.
struct Indexed {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> indices;
  std::vector<std::uint8_t> palette;  ///< R G B each
};
Indexed index_colours(const Image& image);

/// One frame of a GIF; `left` and `top` are its place on the canvas.
struct GifFrame {
  Indexed picture;
  int left = 0;
  int top = 0;
  int transparent = -1;
  bool interlaced = false;
};
Bytes write_gif(int width, int height, const std::vector<GifFrame>& frames);

enum class BmpKind { kRgb24, kTopDown, kPalette8, kRgb555, kBitfieldsAlpha };
Bytes write_bmp(const Image& image, BmpKind kind);

enum class TiffKind { kLzw, kTiled, kSixteenBit, kTransparentWhite };
Bytes write_tiff(const Image& image, TiffKind kind, int orientation = 1);

enum class WebpKind { kLossy, kLossless, kTransparentWhite, kAnimated, kExif };
/// kExif: lossless and extended, with the EXIF orientation given.
Bytes write_webp(const Image& image, WebpKind kind, int orientation = 1);

/// R G B A with white made fully transparent (over a wrong colour, which must not show).
std::vector<std::uint8_t> white_made_transparent(const Image& image);

/// Undoes base64 (no line breaks).
Bytes decode_base64(std::string_view text);

}  // namespace semblance::test
