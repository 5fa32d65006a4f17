#include "image/decode.h"

#include <limits>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#include "image/codec.h"
#include "image/exif.h"

namespace semblance {
namespace {

Result<StoredPicture> decode_stored(std::span<const std::byte> bytes, ImageFormat format,
                                    const DecodeOptions& options) {
  switch (format) {
    case ImageFormat::kJpeg:
      return decode_jpeg(bytes, options);
    case ImageFormat::kPng:
      return decode_png(bytes, options.limits);
    case ImageFormat::kWebp:
      return decode_webp(bytes, options.limits);
    case ImageFormat::kGif:
      return decode_gif(bytes, options.limits);
    case ImageFormat::kBmp:
      return decode_bmp(bytes, options.limits);
    case ImageFormat::kTiff:
      return decode_tiff(bytes, options.limits);
    case ImageFormat::kAvif:
    case ImageFormat::kHeic:
      return decode_heif(bytes, format, options.limits);
    case ImageFormat::kUnknown:
      return Error{ErrorCode::kNotAnImage, "the file is not a picture in any known format"};
    default:
      return Error{ErrorCode::kUnsupportedFormat,
                   std::string(format_name(format)) +
                       " files are not supported; convert the picture to JPEG or PNG"};
  }
}

}  // namespace

Result<DecodedImage> decode_image(std::span<const std::byte> bytes, const DecodeOptions& options) {
  if (bytes.empty()) return Error{ErrorCode::kEmpty, "the file is empty"};
  if (bytes.size() > options.limits.max_bytes) {
    return Error{ErrorCode::kTooLarge, "the file has " + std::to_string(bytes.size()) +
                                           " bytes; the limit is " +
                                           std::to_string(options.limits.max_bytes)};
  }
  const ImageFormat format = sniff_format(bytes);
  try {
    Result<StoredPicture> stored = decode_stored(bytes, format, options);
    if (!stored) return stored.error();
    DecodedImage decoded;
    decoded.format = format;
    decoded.stored_width = stored->width;
    decoded.stored_height = stored->height;
    if (orientation_swaps_sides(stored->orientation)) {
      std::swap(decoded.stored_width, decoded.stored_height);
    }
    decoded.image = apply_orientation(std::move(stored->image), stored->orientation);
    return decoded;
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kTooManyPixels, "there is not enough memory to decode the picture"};
  } catch (const std::length_error&) {
    return Error{ErrorCode::kTooManyPixels, "there is not enough memory to decode the picture"};
  }
}

Status check_size(std::int64_t width, std::int64_t height, ImageFormat format,
                  const DecodeLimits& limits) {
  constexpr std::int64_t kLargestSide = std::numeric_limits<std::int32_t>::max() / 4;
  if (width <= 0 || height <= 0) return damaged(format, "its header gives no size");
  const bool product_fits = width <= kLargestSide && height <= kLargestSide;
  if (!product_fits || static_cast<std::uint64_t>(width * height) > limits.max_pixels) {
    return Error{ErrorCode::kTooManyPixels, "the picture is " + std::to_string(width) + " x " +
                                                std::to_string(height) + " pixels; the limit is " +
                                                std::to_string(limits.max_pixels) + " pixels"};
  }
  return {};
}

Image blank_image(int width, int height) {
  Image image;
  image.width = width;
  image.height = height;
  image.pixels.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3, 255);
  return image;
}

Error damaged(ImageFormat format, std::string_view detail) {
  std::string message =
      "the " + std::string(format_name(format)) + " file is incomplete or damaged";
  if (!detail.empty()) message.append(": ").append(detail);
  return {ErrorCode::kTruncated, std::move(message)};
}

Error unsupported(ImageFormat format, std::string_view detail) {
  std::string message =
      "this kind of " + std::string(format_name(format)) + " file is not supported";
  if (!detail.empty()) message.append(": ").append(detail);
  return {ErrorCode::kUnsupportedFormat, std::move(message)};
}

void flatten_over_white(const std::uint8_t* rgba, std::size_t count, std::uint8_t* rgb) {
  for (std::size_t i = 0; i < count; ++i) {
    const unsigned alpha = rgba[4 * i + 3];
    for (std::size_t c = 0; c < 3; ++c) {
      const unsigned over_white = rgba[4 * i + c] * alpha + 255U * (255U - alpha);
      rgb[3 * i + c] = static_cast<std::uint8_t>((over_white + 127U) / 255U);
    }
  }
}

}  // namespace semblance
