#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace semblance {

/// What a file's first bytes say it is. The formats up to kHeic can be decoded; the others are
/// recognised so that the message can name them.
enum class ImageFormat {
  kJpeg,
  kPng,
  kWebp,
  kGif,
  kBmp,
  kTiff,
  kAvif,
  kHeic,
  kPnm,
  kSvg,
  kPdf,
  kJpegXl,
  kJpeg2000,
  kPsd,
  kIco,
  kUnknown,
};

/// Tells the format from the bytes, never from a name. Needs at most the first 512 bytes.
ImageFormat sniff_format(std::span<const std::byte> bytes);

/// "JPEG", "PNG", ...
std::string_view format_name(ImageFormat format);

/// "image/jpeg", ...; "application/octet-stream" for what cannot be decoded.
std::string_view media_type(ImageFormat format);

}  // namespace semblance
