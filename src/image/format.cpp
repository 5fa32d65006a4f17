#include "image/format.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace semblance {
namespace {

using namespace std::string_view_literals;

/// More is never needed to tell a format.
constexpr std::size_t kSniffedBytes = 512;

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::uint32_t little_u32(std::string_view text, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8 | static_cast<std::uint8_t>(text[at + i]);
  return value;
}

/// "BM" alone also begins ordinary text, so the size of the second header must be a known one.
bool is_bmp(std::string_view head) {
  if (!head.starts_with("BM") || head.size() < 18) return false;
  switch (little_u32(head, 14)) {
    case 12:
    case 16:
    case 40:
    case 52:
    case 56:
    case 64:
    case 108:
    case 124:
      return true;
    default:
      return false;
  }
}

bool is_pnm(std::string_view head) {
  if (head.size() < 4 || head[0] != 'P' || head[1] < '1' || head[1] > '7') return false;
  if (!is_space(head[2])) return false;
  return head[1] == '7' || head[3] == '#' || is_space(head[3]) ||
         (head[3] >= '0' && head[3] <= '9');
}

/// Icon or cursor: its count is 1..255 pictures and each entry has a zero byte at a fixed place.
bool is_ico(std::string_view head) {
  if (!head.starts_with("\0\0\1\0"sv) && !head.starts_with("\0\0\2\0"sv)) return false;
  return head.size() >= 22 && head[4] != 0 && head[5] == 0 && head[9] == 0;
}

/// ISO base media (HEIC, AVIF): the brands of its `ftyp` box tell.
ImageFormat sniff_brands(std::string_view head) {
  if (head.size() < 16 || head.substr(4, 4) != "ftyp") return ImageFormat::kUnknown;
  std::uint32_t box_size = 0;
  for (std::size_t i = 0; i < 4; ++i) box_size = box_size << 8 | static_cast<std::uint8_t>(head[i]);
  const std::string_view box = head.substr(0, std::min<std::size_t>(box_size, head.size()));
  bool still_picture = false;
  for (std::size_t at = 8; at + 4 <= box.size(); at += at == 8 ? 8 : 4) {  // skips the version
    const std::string_view brand = box.substr(at, 4);
    if (brand == "avif" || brand == "avis") return ImageFormat::kAvif;
    for (const std::string_view heic :
         {"heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1"}) {
      still_picture = still_picture || brand == heic;
    }
  }
  return still_picture ? ImageFormat::kHeic : ImageFormat::kUnknown;
}

/// Removes up to and including `end`; everything where it does not occur.
void skip_past(std::string_view& text, std::string_view end) {
  const std::size_t at = text.find(end);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + end.size());
}

/// The root element is svg; an HTML page that merely contains a drawing is not one.
bool is_svg(std::string_view head) {
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  while (!head.empty()) {
    if (is_space(head.front())) {
      head.remove_prefix(1);
    } else if (head.starts_with("<?")) {
      skip_past(head, "?>");
    } else if (head.starts_with("<!--")) {
      skip_past(head, "-->");
    } else if (head.starts_with("<!DOCTYPE svg")) {
      return true;
    } else {
      return head.starts_with("<svg:svg") ||
             (head.starts_with("<svg") && head.size() > 4 && (is_space(head[4]) || head[4] == '>'));
    }
  }
  return false;
}

struct Signature {
  std::string_view bytes;
  ImageFormat format;
};

constexpr std::array kSignatures{
    Signature{"\xFF\xD8\xFF"sv, ImageFormat::kJpeg},
    Signature{"\x89PNG\r\n\x1A\n"sv, ImageFormat::kPng},
    Signature{"GIF87a"sv, ImageFormat::kGif},
    Signature{"GIF89a"sv, ImageFormat::kGif},
    Signature{"II*\0"sv, ImageFormat::kTiff},
    Signature{"MM\0*"sv, ImageFormat::kTiff},
    Signature{"II+\0"sv, ImageFormat::kTiff},
    Signature{"MM\0+"sv, ImageFormat::kTiff},
    Signature{"%PDF-"sv, ImageFormat::kPdf},
    Signature{"8BPS"sv, ImageFormat::kPsd},
    Signature{"\xFF\x0A"sv, ImageFormat::kJpegXl},
    Signature{"\0\0\0\x0CJXL \r\n\x87\n"sv, ImageFormat::kJpegXl},
    Signature{"\0\0\0\x0CjP  \r\n\x87\n"sv, ImageFormat::kJpeg2000},
    Signature{"\xFF\x4F\xFF\x51"sv, ImageFormat::kJpeg2000},
};

}  // namespace

ImageFormat sniff_format(std::span<const std::byte> bytes) {
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()),
                              std::min(bytes.size(), kSniffedBytes));
  for (const Signature& signature : kSignatures) {
    if (head.starts_with(signature.bytes)) return signature.format;
  }
  if (head.size() >= 12 && head.starts_with("RIFF") && head.substr(8, 4) == "WEBP") {
    return ImageFormat::kWebp;
  }
  if (is_bmp(head)) return ImageFormat::kBmp;
  if (is_pnm(head)) return ImageFormat::kPnm;
  if (is_ico(head)) return ImageFormat::kIco;
  if (is_svg(head)) return ImageFormat::kSvg;
  return sniff_brands(head);
}

std::string_view format_name(ImageFormat format) {
  switch (format) {
    case ImageFormat::kJpeg:
      return "JPEG";
    case ImageFormat::kPng:
      return "PNG";
    case ImageFormat::kWebp:
      return "WebP";
    case ImageFormat::kGif:
      return "GIF";
    case ImageFormat::kBmp:
      return "BMP";
    case ImageFormat::kTiff:
      return "TIFF";
    case ImageFormat::kAvif:
      return "AVIF";
    case ImageFormat::kHeic:
      return "HEIC";
    case ImageFormat::kPnm:
      return "PNM";
    case ImageFormat::kSvg:
      return "SVG";
    case ImageFormat::kPdf:
      return "PDF";
    case ImageFormat::kJpegXl:
      return "JPEG XL";
    case ImageFormat::kJpeg2000:
      return "JPEG 2000";
    case ImageFormat::kPsd:
      return "PSD";
    case ImageFormat::kIco:
      return "ICO";
    case ImageFormat::kUnknown:
      break;
  }
  return "unknown";
}

std::string_view media_type(ImageFormat format) {
  switch (format) {
    case ImageFormat::kJpeg:
      return "image/jpeg";
    case ImageFormat::kPng:
      return "image/png";
    case ImageFormat::kWebp:
      return "image/webp";
    case ImageFormat::kGif:
      return "image/gif";
    case ImageFormat::kBmp:
      return "image/bmp";
    case ImageFormat::kTiff:
      return "image/tiff";
    case ImageFormat::kAvif:
      return "image/avif";
    case ImageFormat::kHeic:
      return "image/heic";
    default:
      return "application/octet-stream";
  }
}

}  // namespace semblance
