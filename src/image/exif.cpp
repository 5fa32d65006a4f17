#include "image/exif.h"

#include <cstdint>
#include <cstring>
#include <string_view>

namespace semblance {
namespace {

constexpr std::uint16_t kOrientationTag = 0x0112;
constexpr std::uint16_t kShortType = 3;

/// Reads integers of the block's byte order; 0 beyond its end.
class TiffReader {
 public:
  TiffReader(std::span<const std::byte> block, bool big_endian)
      : block_(block), big_endian_(big_endian) {}

  [[nodiscard]] std::uint16_t u16(std::size_t at) const {
    if (at > block_.size() || block_.size() - at < 2) return 0;
    const auto first = std::to_integer<unsigned>(block_[at]);
    const auto second = std::to_integer<unsigned>(block_[at + 1]);
    return static_cast<std::uint16_t>(big_endian_ ? first << 8 | second : second << 8 | first);
  }

  [[nodiscard]] std::uint32_t u32(std::size_t at) const {
    const std::uint32_t first = u16(at);
    const std::uint32_t second = u16(at + 2);
    return big_endian_ ? first << 16 | second : second << 16 | first;
  }

 private:
  std::span<const std::byte> block_;
  bool big_endian_;
};

}  // namespace

int exif_orientation(std::span<const std::byte> block) {
  constexpr std::string_view kPrefix("Exif\0\0", 6);
  if (block.size() >= kPrefix.size() &&
      std::memcmp(block.data(), kPrefix.data(), kPrefix.size()) == 0) {
    block = block.subspan(kPrefix.size());
  }
  if (block.size() < 8) return 1;
  const bool big_endian = block[0] == std::byte{'M'};
  const TiffReader reader(block, big_endian);
  if (reader.u16(0) != (big_endian ? 0x4D4D : 0x4949) || reader.u16(2) != 42) return 1;
  const std::size_t directory = reader.u32(4);
  const std::size_t entries = reader.u16(directory);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + 12 * i;
    if (entry + 12 > block.size()) return 1;
    if (reader.u16(entry) != kOrientationTag) continue;
    const int value = reader.u16(entry + 8);
    const bool valid = reader.u16(entry + 2) == kShortType && value >= 1 && value <= 8;
    return valid ? value : 1;
  }
  return 1;
}

Image apply_orientation(Image image, int orientation) {
  if (orientation < 2 || orientation > 8) return image;
  const bool swaps = orientation_swaps_sides(orientation);
  Image upright;
  upright.width = swaps ? image.height : image.width;
  upright.height = swaps ? image.width : image.height;
  upright.pixels.resize(image.pixels.size());
  // Where the upright picture's (x, y) lies in the stored one: orientations 5..8 are stored
  // transposed, and each is mirrored along the stored rows, the stored columns, both or neither.
  const bool from_right =
      orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_bottom =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  for (int y = 0; y < upright.height; ++y) {
    std::uint8_t* to = upright.row(y);
    for (int x = 0; x < upright.width; ++x, to += 3) {
      int stored_x = swaps ? y : x;
      int stored_y = swaps ? x : y;
      if (from_right) stored_x = image.width - 1 - stored_x;
      if (from_bottom) stored_y = image.height - 1 - stored_y;
      std::memcpy(to, image.row(stored_y) + static_cast<std::size_t>(stored_x) * 3, 3);
    }
  }
  return upright;
}

}  // namespace semblance
