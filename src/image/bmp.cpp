// BMP, read by our own decoder: 1, 4, 8, 16, 24 and 32 bits a pixel without compression.
// Format: Microsoft's documentation of BITMAPFILEHEADER, BITMAPCOREHEADER and BITMAPV5HEADER.

#include <array>
#include <bit>
#include <limits>

#include "image/codec.h"

namespace semblance {
namespace {

constexpr ImageFormat kFormat = ImageFormat::kBmp;
constexpr std::size_t kFileHeaderSize = 14;

enum Compression : std::uint32_t { kRgb = 0, kBitfields = 3, kAlphaBitfields = 6 };

struct Header {
  std::int64_t width = 0;
  std::int64_t height = 0;
  bool top_down = false;
  unsigned bits = 0;
  std::uint32_t compression = kRgb;
  std::array<std::uint32_t, 4> masks{};  ///< red, green, blue, alpha (0: none)
  std::size_t palette_at = 0;
  std::size_t palette_entry_size = 4;
  std::size_t palette_entries = 0;
  std::size_t pixels_at = 0;
};

/// Little-endian integers; the caller has checked the range.
std::uint32_t u16(std::span<const std::byte> bytes, std::size_t at) {
  return std::to_integer<std::uint32_t>(bytes[at]) | std::to_integer<std::uint32_t>(bytes[at + 1])
                                                         << 8;
}
std::uint32_t u32(std::span<const std::byte> bytes, std::size_t at) {
  return u16(bytes, at) | u16(bytes, at + 2) << 16;
}

Status read_sizes(std::span<const std::byte> bytes, std::size_t header_size, Header& header) {
  if (header_size == 12) {  // OS/2 1: 16-bit sizes, three bytes a palette entry
    header.width = u16(bytes, 18);
    header.height = u16(bytes, 20);
    header.bits = u16(bytes, 24);
    header.palette_entry_size = 3;
    return {};
  }
  header.width = static_cast<std::int32_t>(u32(bytes, 18));
  header.height = static_cast<std::int32_t>(u32(bytes, 22));
  header.top_down = header.height < 0;
  if (header.top_down) header.height = -header.height;
  header.bits = u16(bytes, 28);
  if (header_size >= 20) header.compression = u32(bytes, 30);
  if (header_size >= 36) header.palette_entries = u32(bytes, 46);
  const bool known = header.compression == kRgb || header.compression == kBitfields ||
                     header.compression == kAlphaBitfields;
  if (!known) return unsupported(kFormat, "its pixels are compressed");
  return {};
}

/// The masks stand inside the larger headers and right behind the 40-byte one: the same place.
Status read_masks(std::span<const std::byte> bytes, std::size_t header_size, Header& header) {
  if (header.compression == kRgb) {
    if (header.bits == 16) header.masks = {0x7C00, 0x03E0, 0x001F, 0};
    if (header.bits == 32) header.masks = {0xFF0000, 0xFF00, 0xFF, 0};
    return {};
  }
  if (header.bits != 16 && header.bits != 32)
    return unsupported(kFormat, "it mixes masks and palette");
  const bool has_alpha = header.compression == kAlphaBitfields || header_size >= 56;
  const std::size_t count = has_alpha ? 4 : 3;
  if (bytes.size() < 54 + 4 * count) return damaged(kFormat, "the end is missing");
  for (std::size_t i = 0; i < count; ++i) header.masks[i] = u32(bytes, 54 + 4 * i);
  return {};
}

Result<Header> read_header(std::span<const std::byte> bytes) {
  if (bytes.size() < kFileHeaderSize + 12) return damaged(kFormat, "the end is missing");
  const std::size_t header_size = u32(bytes, kFileHeaderSize);
  if (bytes.size() < kFileHeaderSize + header_size) return damaged(kFormat, "the end is missing");
  Header header;
  SEMBLANCE_RETURN_IF_ERROR(read_sizes(bytes, header_size, header));
  SEMBLANCE_RETURN_IF_ERROR(read_masks(bytes, header_size, header));
  header.pixels_at = u32(bytes, 10);
  header.palette_at = kFileHeaderSize + header_size;
  switch (header.bits) {
    case 1:
    case 4:
    case 8: {
      const std::size_t most = std::size_t{1} << header.bits;
      if (header.palette_entries == 0 || header.palette_entries > most)
        header.palette_entries = most;
      const std::size_t palette_end =
          header.palette_at + header.palette_entries * header.palette_entry_size;
      if (palette_end > bytes.size()) return damaged(kFormat, "its palette is incomplete");
      return header;
    }
    case 16:
    case 24:
    case 32:
      return header;
    default:
      return unsupported(kFormat, std::to_string(header.bits) + " bits a pixel");
  }
}

/// Scales the bits under a mask to 0..255.
class MaskedChannel {
 public:
  explicit MaskedChannel(std::uint32_t mask)
      : mask_(mask),
        shift_(mask == 0 ? 0 : std::countr_zero(mask)),
        largest_(mask == 0 ? 1 : mask >> shift_) {}
  [[nodiscard]] std::uint8_t value(std::uint32_t pixel) const {
    const std::uint64_t bits = (pixel & mask_) >> shift_;
    return static_cast<std::uint8_t>((bits * 255 + largest_ / 2) / largest_);
  }

 private:
  std::uint32_t mask_;
  int shift_;
  std::uint32_t largest_;
};

void convert_indices(std::span<const std::byte> bytes, const Header& header, std::size_t row_at,
                     std::uint8_t* target) {
  const unsigned per_byte = 8 / header.bits;
  const unsigned mask = (1U << header.bits) - 1;
  for (std::int64_t x = 0; x < header.width; ++x, target += 3) {
    const auto column = static_cast<std::size_t>(x);
    const auto packed = std::to_integer<unsigned>(bytes[row_at + column / per_byte]);
    const auto place = static_cast<unsigned>(column % per_byte);
    const std::size_t index = packed >> (8 - header.bits * (place + 1)) & mask;
    if (index >= header.palette_entries) continue;
    const std::size_t entry = header.palette_at + index * header.palette_entry_size;
    for (std::size_t c = 0; c < 3; ++c)
      target[c] = std::to_integer<std::uint8_t>(bytes[entry + 2 - c]);
  }
}

void convert_masked(std::span<const std::byte> bytes, const Header& header, bool use_alpha,
                    std::size_t row_at, std::uint8_t* target) {
  const MaskedChannel channels[4] = {MaskedChannel(header.masks[0]), MaskedChannel(header.masks[1]),
                                     MaskedChannel(header.masks[2]),
                                     MaskedChannel(header.masks[3])};
  const std::size_t pixel_size = header.bits / 8;
  for (std::int64_t x = 0; x < header.width; ++x, row_at += pixel_size, target += 3) {
    const std::uint32_t pixel = pixel_size == 2 ? u16(bytes, row_at) : u32(bytes, row_at);
    const std::uint8_t rgba[4] = {channels[0].value(pixel), channels[1].value(pixel),
                                  channels[2].value(pixel),
                                  use_alpha ? channels[3].value(pixel) : std::uint8_t{255}};
    flatten_over_white(rgba, 1, target);
  }
}

/// Many writers reserve an alpha channel and leave it zero: such a picture is opaque.
bool has_any_alpha(std::span<const std::byte> bytes, const Header& header, std::size_t row_size) {
  if (header.masks[3] == 0) return false;
  const std::size_t pixel_size = header.bits / 8;
  for (std::int64_t y = 0; y < header.height; ++y) {
    const std::size_t row_at = header.pixels_at + static_cast<std::size_t>(y) * row_size;
    for (std::int64_t x = 0; x < header.width; ++x) {
      const std::size_t at = row_at + static_cast<std::size_t>(x) * pixel_size;
      const std::uint32_t pixel = pixel_size == 2 ? u16(bytes, at) : u32(bytes, at);
      if ((pixel & header.masks[3]) != 0) return true;
    }
  }
  return false;
}

void convert_row(std::span<const std::byte> bytes, const Header& header, bool use_alpha,
                 std::size_t row_at, std::uint8_t* target) {
  if (header.bits <= 8) {
    convert_indices(bytes, header, row_at, target);
  } else if (header.bits == 24) {
    for (std::int64_t x = 0; x < header.width; ++x, row_at += 3, target += 3) {
      for (std::size_t c = 0; c < 3; ++c) {
        target[c] = std::to_integer<std::uint8_t>(bytes[row_at + 2 - c]);
      }
    }
  } else {
    convert_masked(bytes, header, use_alpha, row_at, target);
  }
}

}  // namespace

Result<StoredPicture> decode_bmp(std::span<const std::byte> bytes, const DecodeLimits& limits) {
  const Result<Header> read = read_header(bytes);
  if (!read) return read.error();
  const Header& header = *read;
  SEMBLANCE_RETURN_IF_ERROR(check_size(header.width, header.height, kFormat, limits));
  // Rows are padded to four bytes; the last one's padding may be missing.
  const auto width = static_cast<std::size_t>(header.width);
  const auto height = static_cast<std::size_t>(header.height);
  const std::size_t used = (width * header.bits + 7) / 8;
  const std::size_t row_size = (used + 3) / 4 * 4;
  if (header.pixels_at > bytes.size() ||
      bytes.size() - header.pixels_at < row_size * (height - 1) + used) {
    return damaged(kFormat, "the end is missing");
  }
  StoredPicture stored;
  stored.width = static_cast<int>(header.width);
  stored.height = static_cast<int>(header.height);
  stored.image = blank_image(stored.width, stored.height);
  const bool use_alpha = has_any_alpha(bytes, header, row_size);
  for (int y = 0; y < stored.height; ++y) {
    const int stored_y = header.top_down ? y : stored.height - 1 - y;
    const std::size_t row_at = header.pixels_at + static_cast<std::size_t>(stored_y) * row_size;
    convert_row(bytes, header, use_alpha, row_at, stored.image.row(y));
  }
  return stored;
}

}  // namespace semblance
