#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "image/format.h"
#include "image/image.h"

namespace semblance {

/// What a picture may cost. Checked against its header before anything is decoded.
struct DecodeLimits {
  std::uint64_t max_bytes = 64ULL << 20;      ///< of the file
  std::uint64_t max_pixels = 100'000'000ULL;  ///< width x height as stored
};

struct DecodeOptions {
  DecodeLimits limits;
  /// The caller will shrink the picture to no less than this many pixels a side, so a decoder that
  /// can shrink while decoding (JPEG) may return a smaller picture whose width and height are both
  /// at least these (measured upright). 0: the full picture.
  int min_width = 0;
  int min_height = 0;
};

struct DecodedImage {
  Image image;
  ImageFormat format = ImageFormat::kUnknown;
  int stored_width = 0;   ///< full size, upright (after EXIF orientation)
  int stored_height = 0;  ///< full size, upright
};

/// Turns a file's bytes into upright RGB pixels: EXIF orientation applied; grey, CMYK, 16-bit and
/// palette pictures converted; transparency laid over white; the first frame of an animation. The
/// same bytes and options give the same pixels in every run.
/// Errors: kEmpty, kNotAnImage, kUnsupportedFormat, kTruncated (the end is missing or cannot be
/// decoded), kTooLarge, kTooManyPixels. Safe to call from several threads.
Result<DecodedImage> decode_image(std::span<const std::byte> bytes, const DecodeOptions& options);

}  // namespace semblance
