// TIFF through libtiff's RGBA interface, from memory.

#include <tiffio.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <mutex>
#include <vector>

#include "image/codec.h"

namespace semblance {
namespace {

constexpr ImageFormat kFormat = ImageFormat::kTiff;

struct MemoryFile {
  std::span<const std::byte> bytes;
  std::uint64_t at = 0;
};

tmsize_t read_memory(thandle_t handle, void* target, tmsize_t count) {
  auto& file = *static_cast<MemoryFile*>(handle);
  if (count <= 0 || file.at >= file.bytes.size()) return 0;
  const auto taken =
      std::min<std::uint64_t>(static_cast<std::uint64_t>(count), file.bytes.size() - file.at);
  std::memcpy(target, file.bytes.data() + file.at, taken);
  file.at += taken;
  return static_cast<tmsize_t>(taken);
}

tmsize_t write_nothing(thandle_t /*handle*/, void* /*source*/, tmsize_t /*count*/) {
  return 0;
}

toff_t seek_memory(thandle_t handle, toff_t offset, int whence) {
  auto& file = *static_cast<MemoryFile*>(handle);
  if (whence == SEEK_CUR) offset += file.at;
  if (whence == SEEK_END) offset += file.bytes.size();
  file.at = offset;
  return offset;
}

int close_nothing(thandle_t /*handle*/) {
  return 0;
}
toff_t memory_size(thandle_t handle) {
  return static_cast<MemoryFile*>(handle)->bytes.size();
}
int map_nothing(thandle_t /*handle*/, void** /*base*/, toff_t* /*size*/) {
  return 0;
}
void unmap_nothing(thandle_t /*handle*/, void* /*base*/, toff_t /*size*/) {}

struct TiffCloser {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
using TiffFile = std::unique_ptr<TIFF, TiffCloser>;

/// The library's messages would go to stderr; what matters is in our own.
void silence_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    TIFFSetErrorHandler(nullptr);
    TIFFSetWarningHandler(nullptr);
  });
}

/// Old-style JPEG and other rarities are the library's least tested parts: not for files from
/// unknown hands.
bool is_common_compression(std::uint16_t compression) {
  switch (compression) {
    case COMPRESSION_NONE:
    case COMPRESSION_CCITTRLE:
    case COMPRESSION_CCITTFAX3:
    case COMPRESSION_CCITTFAX4:
    case COMPRESSION_LZW:
    case COMPRESSION_JPEG:
    case COMPRESSION_ADOBE_DEFLATE:
    case COMPRESSION_DEFLATE:
    case COMPRESSION_PACKBITS:
    case COMPRESSION_ZSTD:
    case COMPRESSION_WEBP:
      return true;
    default:
      return false;
  }
}

/// The library allocates whole strips and tiles, whose sizes a hostile file may choose.
Status check_block_size(TIFF* tiff, std::uint64_t pixels) {
  const std::uint64_t block = TIFFIsTiled(tiff) != 0 ? TIFFTileSize64(tiff) : TIFFStripSize64(tiff);
  constexpr std::uint64_t kBytesPerPixel = 16;
  constexpr std::uint64_t kSmallest = 4U << 20;
  if (block == 0) return damaged(kFormat, "its strips have no size");
  if (block > std::max(kSmallest, pixels * kBytesPerPixel)) {
    return damaged(kFormat, "its tiles are larger than the picture");
  }
  return {};
}

/// Reads the rows as stored, alpha already multiplied in by the library.
Status read_rgba(TIFF* tiff, std::uint16_t orientation, std::vector<std::uint32_t>& raster,
                 int width, int height) {
  char message[1024] = {};
  TIFFRGBAImage rgba{};
  if (TIFFRGBAImageOK(tiff, message) == 0) return unsupported(kFormat, message);
  constexpr int kStopOnError = 1;
  if (TIFFRGBAImageBegin(&rgba, tiff, kStopOnError, message) == 0) {
    return unsupported(kFormat, message);
  }
  // The library can mirror but not transpose: ask for rows as stored, turn them ourselves.
  rgba.req_orientation = orientation;
  raster.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  const int done = TIFFRGBAImageGet(&rgba, raster.data(), static_cast<std::uint32_t>(width),
                                    static_cast<std::uint32_t>(height));
  TIFFRGBAImageEnd(&rgba);
  if (done == 0) return damaged(kFormat, "its pixels cannot be decoded");
  return {};
}

}  // namespace

Result<StoredPicture> decode_tiff(std::span<const std::byte> bytes, const DecodeLimits& limits) {
  silence_library();
  MemoryFile file{bytes};
  // The mode 'O' keeps the library from reading the whole strip table of a damaged file.
  const TiffFile tiff(TIFFClientOpen("memory", "rO", &file, read_memory, write_nothing, seek_memory,
                                     close_nothing, memory_size, map_nothing, unmap_nothing));
  if (!tiff) return damaged(kFormat, "its header cannot be read");
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  TIFFGetField(tiff.get(), TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff.get(), TIFFTAG_IMAGELENGTH, &height);
  SEMBLANCE_RETURN_IF_ERROR(check_size(width, height, kFormat, limits));
  std::uint16_t compression = COMPRESSION_NONE;
  TIFFGetFieldDefaulted(tiff.get(), TIFFTAG_COMPRESSION, &compression);
  if (!is_common_compression(compression)) {
    return unsupported(kFormat, "compression " + std::to_string(compression));
  }
  SEMBLANCE_RETURN_IF_ERROR(check_block_size(tiff.get(), std::uint64_t{width} * height));
  std::uint16_t orientation = ORIENTATION_TOPLEFT;
  TIFFGetFieldDefaulted(tiff.get(), TIFFTAG_ORIENTATION, &orientation);
  if (orientation < 1 || orientation > 8) orientation = ORIENTATION_TOPLEFT;

  StoredPicture stored;
  stored.width = static_cast<int>(width);
  stored.height = static_cast<int>(height);
  stored.orientation = orientation;
  std::vector<std::uint32_t> raster;
  SEMBLANCE_RETURN_IF_ERROR(
      read_rgba(tiff.get(), orientation, raster, stored.width, stored.height));
  stored.image = blank_image(stored.width, stored.height);
  std::uint8_t* target = stored.image.pixels.data();
  for (const std::uint32_t pixel : raster) {
    const std::uint32_t white = 255 - TIFFGetA(pixel);
    const auto over_white = [white](std::uint32_t value) {
      return static_cast<std::uint8_t>(std::min<std::uint32_t>(255, value + white));
    };
    *target++ = over_white(TIFFGetR(pixel));
    *target++ = over_white(TIFFGetG(pixel));
    *target++ = over_white(TIFFGetB(pixel));
  }
  return stored;
}

}  // namespace semblance
