#include "support/picture_writers.h"

#include <gif_lib.h>
#include <png.h>
#include <tiffio.h>
#include <webp/encode.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <map>

#include "image/libjpeg.h"
#include "support/temporary_folder.h"

namespace semblance::test {
namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void append(Bytes& bytes, std::span<const std::byte> more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

void append_integer(Bytes& bytes, std::uint32_t value, int size, bool big_endian = false) {
  for (int i = 0; i < size; ++i) {
    const int shift = 8 * (big_endian ? size - 1 - i : i);
    bytes.push_back(shift < 32 ? static_cast<std::byte>(value >> shift & 0xFF) : std::byte{0});
  }
}

std::size_t row_bytes(const Image& image) {
  return static_cast<std::size_t>(image.width) * 3;
}

std::array<std::uint8_t, 3> pixel_at(const Image& image, int x, int y) {
  const std::uint8_t* pixel = image.row(y) + static_cast<std::size_t>(x) * 3;
  return {pixel[0], pixel[1], pixel[2]};
}

/// One row as the kind's components: grey, or four inks (inverted as Adobe does, or plain).
std::vector<std::uint8_t> jpeg_row(const Image& image, int y, JpegKind kind) {
  std::vector<std::uint8_t> row;
  for (int x = 0; x < image.width; ++x) {
    const auto [red, green, blue] = pixel_at(image, x, y);
    const int brightest = std::max({red, green, blue, std::uint8_t{1}});
    switch (kind) {
      case JpegKind::kGrey:
        row.push_back(static_cast<std::uint8_t>((red * 299 + green * 587 + blue * 114) / 1000));
        break;
      case JpegKind::kAdobeCmyk:
      case JpegKind::kAdobeYcck:
      case JpegKind::kPlainCmyk: {
        const std::uint8_t flip = kind == JpegKind::kPlainCmyk ? 255 : 0;
        for (const int value : {int{red}, int{green}, int{blue}}) {
          row.push_back(static_cast<std::uint8_t>((value * 255 + brightest / 2) / brightest) ^
                        flip);
        }
        row.push_back(static_cast<std::uint8_t>(brightest) ^ flip);
        break;
      }
      default:
        row.insert(row.end(), {red, green, blue});
    }
  }
  return row;
}

void set_jpeg_colours(jpeg_compress_struct& info, JpegKind kind) {
  const bool inks =
      kind == JpegKind::kAdobeCmyk || kind == JpegKind::kAdobeYcck || kind == JpegKind::kPlainCmyk;
  info.input_components = inks ? 4 : kind == JpegKind::kGrey ? 1 : 3;
  info.in_color_space = inks ? JCS_CMYK : kind == JpegKind::kGrey ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&info);
  if (kind == JpegKind::kAdobeYcck) jpeg_set_colorspace(&info, JCS_YCCK);
  if (kind == JpegKind::kPlainCmyk) info.write_Adobe_marker = FALSE;
  if (kind == JpegKind::kProgressive) jpeg_simple_progression(&info);
  jpeg_set_quality(&info, 95, TRUE);
}

void write_tiff_tiles(TIFF* tiff, const Image& image) {
  constexpr int kTile = 32;
  constexpr std::size_t kTileRow = std::size_t{kTile} * 3;
  TIFFSetField(tiff, TIFFTAG_TILEWIDTH, kTile);
  TIFFSetField(tiff, TIFFTAG_TILELENGTH, kTile);
  for (int top = 0; top < image.height; top += kTile) {
    for (int left = 0; left < image.width; left += kTile) {
      std::vector<std::uint8_t> tile(kTileRow * kTile);
      for (int y = top; y < std::min(top + kTile, image.height); ++y) {
        std::copy_n(image.row(y) + std::ptrdiff_t{left} * 3,
                    static_cast<std::size_t>(std::min(kTile, image.width - left)) * 3,
                    tile.data() + static_cast<std::size_t>(y - top) * kTileRow);
      }
      require(TIFFWriteTile(tiff, tile.data(), static_cast<std::uint32_t>(left),
                            static_cast<std::uint32_t>(top), 0, 0) > 0);
    }
  }
}

/// Each value is repeated to fill `value_size` bytes, which is exact: 0xAB becomes 0xABAB.
void write_tiff_rows(TIFF* tiff, const Image& image, bool alpha, std::size_t value_size) {
  const std::vector<std::uint8_t> rgba = white_made_transparent(image);
  const std::span<const std::uint8_t> values = alpha ? std::span(rgba) : std::span(image.pixels);
  const std::size_t length = values.size() / static_cast<std::size_t>(image.height);
  for (int y = 0; y < image.height; ++y) {
    std::vector<std::uint8_t> row;
    for (const std::uint8_t value : values.subspan(static_cast<std::size_t>(y) * length, length)) {
      row.insert(row.end(), value_size, value);
    }
    require(TIFFWriteScanline(tiff, row.data(), static_cast<std::uint32_t>(y), 0) == 1);
  }
}

/// The extended WebP container by hand: VP8X, then one animation frame or the picture and EXIF.
Bytes extend_webp(const Image& image, std::span<const std::byte> coded, bool animated,
                  int orientation) {
  const auto append_size = [&](Bytes& chunks) {
    append_integer(chunks, static_cast<std::uint32_t>(image.width - 1), 3);
    append_integer(chunks, static_cast<std::uint32_t>(image.height - 1), 3);
  };
  Bytes chunks = bytes_of("VP8X");
  append_integer(chunks, 10, 4);
  append_integer(chunks, animated ? 0x02 : 0x08, 4);
  append_size(chunks);
  if (animated) {
    append(chunks, bytes_of("ANIM"));
    append_integer(chunks, 6, 4);
    append_integer(chunks, 0xFF000000, 4);  // background: black, to be ignored
    append_integer(chunks, 0, 2);
    append(chunks, bytes_of("ANMF"));
    append_integer(chunks, static_cast<std::uint32_t>(16 + coded.size()), 4);
    append_integer(chunks, 0, 6);  // at the canvas's corner
    append_size(chunks);
    append_integer(chunks, 100, 4);  // duration and flags
    append(chunks, coded);
  } else {
    append(chunks, coded);
    const Bytes block = exif_block(orientation, false);
    append(chunks, bytes_of("EXIF"));
    append_integer(chunks, static_cast<std::uint32_t>(block.size()), 4);
    append(chunks, block);
  }
  Bytes bytes = bytes_of("RIFF");
  append_integer(bytes, static_cast<std::uint32_t>(4 + chunks.size()), 4);
  append(bytes, bytes_of("WEBP"));
  append(bytes, chunks);
  return bytes;
}

}  // namespace

Bytes bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

Bytes exif_block(int orientation, bool big_endian) {
  Bytes block = bytes_of(big_endian ? "MM" : "II");
  append_integer(block, 42, 2, big_endian);
  append_integer(block, 8, 4, big_endian);
  append_integer(block, 1, 2, big_endian);       // entries
  append_integer(block, 0x0112, 2, big_endian);  // Orientation
  append_integer(block, 3, 2, big_endian);       // SHORT
  append_integer(block, 1, 4, big_endian);
  append_integer(block, static_cast<std::uint32_t>(orientation), 2, big_endian);
  append_integer(block, 0, 2, big_endian);
  append_integer(block, 0, 4, big_endian);  // no next directory
  return block;
}

Image turn_for_orientation(const Image& upright, int orientation) {
  // EXIF names the place of the stored first row and first column in the upright picture.
  const bool transposed = orientation >= 5;
  Image stored = upright;
  if (transposed) std::swap(stored.width, stored.height);
  for (int y = 0; y < stored.height; ++y) {
    for (int x = 0; x < stored.width; ++x) {
      const int last_x = upright.width - 1;
      const int last_y = upright.height - 1;
      const std::array<std::pair<int, int>, 8> places{{{x, y},
                                                       {last_x - x, y},
                                                       {last_x - x, last_y - y},
                                                       {x, last_y - y},
                                                       {y, x},
                                                       {last_x - y, x},
                                                       {last_x - y, last_y - x},
                                                       {y, last_y - x}}};
      const auto [from_x, from_y] = places[static_cast<std::size_t>(orientation - 1)];
      const auto pixel = pixel_at(upright, from_x, from_y);
      std::copy(pixel.begin(), pixel.end(), stored.row(y) + static_cast<std::size_t>(x) * 3);
    }
  }
  return stored;
}

Bytes write_jpeg(const Image& image, JpegKind kind, int orientation) {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &buffer, &size);
  info.image_width = static_cast<JDIMENSION>(image.width);
  info.image_height = static_cast<JDIMENSION>(image.height);
  set_jpeg_colours(info, kind);
  jpeg_start_compress(&info, TRUE);
  if (orientation > 0) {
    Bytes marker = bytes_of(std::string_view("Exif\0\0", 6));
    append(marker, exif_block(orientation, orientation % 2 == 0));
    jpeg_write_marker(&info, JPEG_APP0 + 1, reinterpret_cast<const JOCTET*>(marker.data()),
                      static_cast<unsigned>(marker.size()));
  }
  for (int y = 0; y < image.height; ++y) {
    std::vector<std::uint8_t> row = jpeg_row(image, y, kind);
    JSAMPROW pointer = row.data();
    jpeg_write_scanlines(&info, &pointer, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  const auto written = std::as_bytes(std::span(buffer, size));
  Bytes bytes(written.begin(), written.end());
  std::free(buffer);
  return bytes;
}

Bytes write_png(const PngPicture& picture) {
  Bytes bytes;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(
      png, &bytes,
      [](png_structp writer, png_bytep data, std::size_t size) {
        append(*static_cast<Bytes*>(png_get_io_ptr(writer)), std::as_bytes(std::span(data, size)));
      },
      [](png_structp) {});
  png_set_IHDR(png, info, static_cast<png_uint_32>(picture.width),
               static_cast<png_uint_32>(picture.height), picture.bit_depth, picture.colour_type,
               picture.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  std::vector<png_color> palette;
  for (std::size_t i = 0; i + 2 < picture.palette.size(); i += 3) {
    palette.push_back({picture.palette[i], picture.palette[i + 1], picture.palette[i + 2]});
  }
  if (!palette.empty()) png_set_PLTE(png, info, palette.data(), static_cast<int>(palette.size()));
  if (!picture.palette_alpha.empty()) {
    png_set_tRNS(png, info, picture.palette_alpha.data(),
                 static_cast<int>(picture.palette_alpha.size()), nullptr);
  }
  if (picture.orientation > 0) {
    Bytes block = exif_block(picture.orientation, true);
    png_set_eXIf_1(png, info, static_cast<png_uint_32>(block.size()),
                   reinterpret_cast<png_bytep>(block.data()));
  }
  png_write_info(png, info);
  if (!picture.header_only) {
    std::vector<png_bytep> rows;
    for (const auto& row : picture.rows) rows.push_back(const_cast<png_bytep>(row.data()));
    png_write_image(png, rows.data());
    png_write_end(png, info);
  }
  png_destroy_write_struct(&png, &info);
  return bytes;
}

Indexed index_colours(const Image& image) {
  Indexed indexed{image.width, image.height, {}, {}};
  std::map<std::array<std::uint8_t, 3>, std::uint8_t> known;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const auto pixel = pixel_at(image, x, y);
      require(known.size() < 256 || known.contains(pixel));
      const auto [entry, added] = known.emplace(pixel, static_cast<std::uint8_t>(known.size()));
      if (added) indexed.palette.insert(indexed.palette.end(), pixel.begin(), pixel.end());
      indexed.indices.push_back(entry->second);
    }
  }
  return indexed;
}

Bytes write_gif(int width, int height, const std::vector<GifFrame>& frames) {
  Bytes bytes;
  int error = 0;
  GifFileType* gif = EGifOpen(
      &bytes,
      [](GifFileType* file, const GifByteType* data, int size) {
        append(*static_cast<Bytes*>(file->UserData),
               std::as_bytes(std::span(data, static_cast<std::size_t>(size))));
        return size;
      },
      &error);
  require(gif != nullptr);
  EGifSetGifVersion(gif, true);
  require(EGifPutScreenDesc(gif, width, height, 8, 0, nullptr) == GIF_OK);
  for (const GifFrame& frame : frames) {
    const GraphicsControlBlock control{DISPOSAL_UNSPECIFIED, false, 10, frame.transparent};
    std::array<GifByteType, 4> extension{};
    EGifGCBToExtension(&control, extension.data());
    require(EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, 4, extension.data()) == GIF_OK);
    ColorMapObject* colours = GifMakeMapObject(256, nullptr);
    for (std::size_t i = 0; i < frame.picture.palette.size(); i += 3) {
      colours->Colors[i / 3] = {frame.picture.palette[i], frame.picture.palette[i + 1],
                                frame.picture.palette[i + 2]};
    }
    require(EGifPutImageDesc(gif, frame.left, frame.top, frame.picture.width, frame.picture.height,
                             frame.interlaced, colours) == GIF_OK);
    GifFreeMapObject(colours);
    const std::vector<std::pair<int, int>> passes =
        frame.interlaced ? std::vector<std::pair<int, int>>{{0, 8}, {4, 8}, {2, 4}, {1, 2}}
                         : std::vector<std::pair<int, int>>{{0, 1}};
    for (const auto& [first, step] : passes) {
      for (int y = first; y < frame.picture.height; y += step) {
        const auto at = static_cast<std::size_t>(y) * static_cast<std::size_t>(frame.picture.width);
        std::vector<GifPixelType> row(
            frame.picture.indices.begin() + static_cast<std::ptrdiff_t>(at),
            frame.picture.indices.begin() + static_cast<std::ptrdiff_t>(at) + frame.picture.width);
        require(EGifPutLine(gif, row.data(), frame.picture.width) == GIF_OK);
      }
    }
  }
  require(EGifCloseFile(gif, &error) == GIF_OK);
  return bytes;
}

Bytes write_bmp(const Image& image, BmpKind kind) {
  const bool masks = kind == BmpKind::kBitfieldsAlpha;
  const Indexed indexed = kind == BmpKind::kPalette8 ? index_colours(image) : Indexed{};
  const std::uint32_t bits = masks                        ? 32
                             : kind == BmpKind::kPalette8 ? 8
                             : kind == BmpKind::kRgb555   ? 16
                                                          : 24;
  const std::uint32_t header_size = masks ? 108 : 40;
  const auto colours = static_cast<std::uint32_t>(indexed.palette.size() / 3);
  Bytes bytes = bytes_of("BM");
  append_integer(bytes, 0, 8);  // file size and reserved: readers must not need them
  append_integer(bytes, 14 + header_size + 4 * colours, 4);
  append_integer(bytes, header_size, 4);
  append_integer(bytes, static_cast<std::uint32_t>(image.width), 4);
  append_integer(
      bytes, static_cast<std::uint32_t>(kind == BmpKind::kTopDown ? -image.height : image.height),
      4);
  append_integer(bytes, 1, 2);
  append_integer(bytes, bits, 2);
  append_integer(bytes, masks ? 3 : 0, 4);
  append_integer(bytes, 0, 12);
  append_integer(bytes, colours, 4);
  append_integer(bytes, 0, 4);
  if (masks) {
    for (const std::uint32_t mask : {0xFFU, 0xFF00U, 0xFF0000U, 0xFF000000U})
      append_integer(bytes, mask, 4);
    bytes.resize(14 + header_size);
  }
  for (std::uint32_t i = 0; i < colours; ++i) {
    for (const int channel : {2, 1, 0})
      append_integer(bytes, indexed.palette[3 * i + static_cast<std::uint32_t>(channel)], 1);
    append_integer(bytes, 0, 1);
  }
  const std::vector<std::uint8_t> rgba = white_made_transparent(image);
  for (int row = 0; row < image.height; ++row) {
    const int y = kind == BmpKind::kTopDown ? row : image.height - 1 - row;
    for (int x = 0; x < image.width; ++x) {
      const auto [red, green, blue] = pixel_at(image, x, y);
      const std::size_t at = static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) +
                             static_cast<std::size_t>(x);
      switch (kind) {
        case BmpKind::kPalette8:
          append_integer(bytes, indexed.indices[at], 1);
          break;
        case BmpKind::kRgb555:
          append_integer(
              bytes, static_cast<std::uint32_t>(red >> 3 << 10 | green >> 3 << 5 | blue >> 3), 2);
          break;
        case BmpKind::kBitfieldsAlpha:
          append(bytes, std::as_bytes(std::span(rgba).subspan(4 * at, 4)));
          break;
        default:
          for (const std::uint8_t value : {blue, green, red}) append_integer(bytes, value, 1);
      }
    }
    while ((bytes.size() - 14 - header_size - std::size_t{4} * colours) % 4 != 0)
      bytes.push_back(std::byte{0});
  }
  return bytes;
}

Bytes write_tiff(const Image& image, TiffKind kind, int orientation) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "picture.tiff";
  TIFF* tiff = TIFFOpen(path.c_str(), "w");
  require(tiff != nullptr);
  const bool alpha = kind == TiffKind::kTransparentWhite;
  const bool deep = kind == TiffKind::kSixteenBit;
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, image.width);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, image.height);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, alpha ? 4 : 3);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, deep ? 16 : 8);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_RGB);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_LZW);
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, orientation);
  if (alpha) {
    const std::uint16_t meaning = EXTRASAMPLE_UNASSALPHA;
    TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &meaning);
  }
  if (kind == TiffKind::kTiled) {
    write_tiff_tiles(tiff, image);
  } else {
    write_tiff_rows(tiff, image, alpha, deep ? 2 : 1);
  }
  TIFFClose(tiff);
  return *read_file(path, 1U << 30);
}

Bytes write_webp(const Image& image, WebpKind kind, int orientation) {
  std::uint8_t* buffer = nullptr;
  std::size_t size = 0;
  const auto stride = static_cast<int>(row_bytes(image));
  if (kind == WebpKind::kLossy) {
    size = WebPEncodeRGB(image.pixels.data(), image.width, image.height, stride, 95, &buffer);
  } else if (kind == WebpKind::kTransparentWhite) {
    const std::vector<std::uint8_t> rgba = white_made_transparent(image);
    size = WebPEncodeLosslessRGBA(rgba.data(), image.width, image.height, image.width * 4, &buffer);
  } else {
    size = WebPEncodeLosslessRGB(image.pixels.data(), image.width, image.height, stride, &buffer);
  }
  require(size > 12);
  const auto written = std::as_bytes(std::span(buffer, size));
  Bytes simple(written.begin(), written.end());
  WebPFree(buffer);
  if (kind != WebpKind::kAnimated && kind != WebpKind::kExif) return simple;

  return extend_webp(image, std::span(simple).subspan(12), kind == WebpKind::kAnimated,
                     orientation);
}

std::vector<std::uint8_t> white_made_transparent(const Image& image) {
  std::vector<std::uint8_t> rgba;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const auto [red, green, blue] = pixel_at(image, x, y);
      if (red == 255 && green == 255 && blue == 255) {
        rgba.insert(rgba.end(), {30, 200, 90, 0});
      } else {
        rgba.insert(rgba.end(), {red, green, blue, 255});
      }
    }
  }
  return rgba;
}

Bytes decode_base64(std::string_view text) {
  Bytes bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    int value = -1;
    if (c >= 'A' && c <= 'Z') value = c - 'A';
    if (c >= 'a' && c <= 'z') value = c - 'a' + 26;
    if (c >= '0' && c <= '9') value = c - '0' + 52;
    if (c == '+') value = 62;
    if (c == '/') value = 63;
    if (value < 0) break;  // padding
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    if (++count % 4 == 1) continue;
    const int left = 6 - 2 * ((count - 1) % 4);
    bytes.push_back(static_cast<std::byte>(bits >> left & 0xFF));
  }
  return bytes;
}

}  // namespace semblance::test
