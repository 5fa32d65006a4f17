#pragma once

// What decode.cpp and the files of the single formats share. Not for other modules.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "image/decode.h"
#include "image/format.h"
#include "image/image.h"

namespace semblance {

/// A picture as its file stores it, still to be turned upright.
struct StoredPicture {
  Image image;
  int orientation = 1;  ///< EXIF's 1..8
  int width = 0;        ///< full size as stored; `image` is smaller after a scaled decode
  int height = 0;
};

// One decoder a format. Each checks the size in the header against the limits before it allocates
// or decodes anything, and never throws but std::bad_alloc.
Result<StoredPicture> decode_jpeg(std::span<const std::byte> bytes, const DecodeOptions& options);
Result<StoredPicture> decode_png(std::span<const std::byte> bytes, const DecodeLimits& limits);
Result<StoredPicture> decode_webp(std::span<const std::byte> bytes, const DecodeLimits& limits);
Result<StoredPicture> decode_gif(std::span<const std::byte> bytes, const DecodeLimits& limits);
Result<StoredPicture> decode_bmp(std::span<const std::byte> bytes, const DecodeLimits& limits);
Result<StoredPicture> decode_tiff(std::span<const std::byte> bytes, const DecodeLimits& limits);
Result<StoredPicture> decode_heif(std::span<const std::byte> bytes, ImageFormat format,
                                  const DecodeLimits& limits);

/// kTooManyPixels when width x height is over the limit, kTruncated when a side is not positive or
/// beyond what an Image can hold.
Status check_size(std::int64_t width, std::int64_t height, ImageFormat format,
                  const DecodeLimits& limits);

/// A white picture.
Image blank_image(int width, int height);

/// kTruncated: "the JPEG file is incomplete or damaged: DETAIL".
Error damaged(ImageFormat format, std::string_view detail);

/// kUnsupportedFormat: "this kind of TIFF file is not supported: DETAIL".
Error unsupported(ImageFormat format, std::string_view detail);

/// Lays `count` pixels of R G B A (not premultiplied) over white.
void flatten_over_white(const std::uint8_t* rgba, std::size_t count, std::uint8_t* rgb);

}  // namespace semblance
