// WebP through libwebp; animations (their first frame) and metadata through libwebpdemux.

#include <webp/decode.h>
#include <webp/demux.h>

#include <cstring>
#include <memory>
#include <vector>

#include "image/codec.h"
#include "image/exif.h"

namespace semblance {
namespace {

constexpr ImageFormat kFormat = ImageFormat::kWebp;

struct DemuxerDeleter {
  void operator()(WebPDemuxer* demuxer) const { WebPDemuxDelete(demuxer); }
};
using Demuxer = std::unique_ptr<WebPDemuxer, DemuxerDeleter>;

const std::uint8_t* as_uint8(std::span<const std::byte> bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

Demuxer open_demuxer(std::span<const std::byte> bytes) {
  const WebPData data{as_uint8(bytes), bytes.size()};
  return Demuxer(WebPDemux(&data));
}

int orientation_of(std::span<const std::byte> bytes) {
  const Demuxer demuxer = open_demuxer(bytes);
  WebPChunkIterator chunk{};
  if (!demuxer || WebPDemuxGetChunk(demuxer.get(), "EXIF", 1, &chunk) == 0) return 1;
  const int orientation =
      exif_orientation(std::as_bytes(std::span(chunk.chunk.bytes, chunk.chunk.size)));
  WebPDemuxReleaseChunkIterator(&chunk);
  return orientation;
}

/// Decodes one coded picture of a known size to R G B or R G B A rows.
Status decode_pixels(const std::uint8_t* data, std::size_t size, bool alpha, int width, int height,
                     std::vector<std::uint8_t>& pixels) {
  const std::size_t stride = static_cast<std::size_t>(width) * (alpha ? 4 : 3);
  pixels.resize(stride * static_cast<std::size_t>(height));
  WebPDecoderConfig config;
  if (WebPInitDecoderConfig(&config) == 0) {
    return unsupported(kFormat, "the installed libwebp is of another version");
  }
  config.output.colorspace = alpha ? MODE_RGBA : MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA = {pixels.data(), static_cast<int>(stride), pixels.size()};
  switch (WebPDecode(data, size, &config)) {
    case VP8_STATUS_OK:
      return {};
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      return unsupported(kFormat, "it uses a feature that libwebp does not know");
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED:
      return damaged(kFormat, "the end is missing");
    default:
      return damaged(kFormat, "its data cannot be decoded");
  }
}

/// Decodes one coded picture and lays it over what `canvas` shows at (left, top).
Status draw_onto(Image& canvas, const std::uint8_t* data, std::size_t size, bool alpha, int left,
                 int top, int width, int height) {
  std::vector<std::uint8_t> pixels;
  SEMBLANCE_RETURN_IF_ERROR(decode_pixels(data, size, alpha, width, height, pixels));
  const auto row_pixels = static_cast<std::size_t>(width);
  for (int y = 0; y < height; ++y) {
    std::uint8_t* target = canvas.row(top + y) + static_cast<std::size_t>(left) * 3;
    const std::uint8_t* row =
        pixels.data() + static_cast<std::size_t>(y) * row_pixels * (alpha ? 4 : 3);
    if (alpha) {
      flatten_over_white(row, row_pixels, target);
    } else {
      std::memcpy(target, row, row_pixels * 3);
    }
  }
  return {};
}

Status draw_first_frame(std::span<const std::byte> bytes, Image& canvas) {
  const Demuxer demuxer = open_demuxer(bytes);
  WebPIterator frame{};
  if (!demuxer || WebPDemuxGetFrame(demuxer.get(), 1, &frame) == 0) {
    return damaged(kFormat, "its first frame cannot be found");
  }
  const std::unique_ptr<WebPIterator, void (*)(WebPIterator*)> release(&frame,
                                                                       WebPDemuxReleaseIterator);
  WebPBitstreamFeatures features;
  const bool readable =
      WebPGetFeatures(frame.fragment.bytes, frame.fragment.size, &features) == VP8_STATUS_OK;
  const bool fits = readable && frame.x_offset >= 0 && frame.y_offset >= 0 && frame.width > 0 &&
                    frame.height > 0 && frame.width <= canvas.width - frame.x_offset &&
                    frame.height <= canvas.height - frame.y_offset &&
                    features.width == frame.width && features.height == frame.height;
  if (!fits) return damaged(kFormat, "its first frame does not fit");
  return draw_onto(canvas, frame.fragment.bytes, frame.fragment.size, frame.has_alpha != 0,
                   frame.x_offset, frame.y_offset, frame.width, frame.height);
}

}  // namespace

Result<StoredPicture> decode_webp(std::span<const std::byte> bytes, const DecodeLimits& limits) {
  WebPBitstreamFeatures features;
  const VP8StatusCode status = WebPGetFeatures(as_uint8(bytes), bytes.size(), &features);
  if (status != VP8_STATUS_OK) return damaged(kFormat, "its header cannot be read");
  SEMBLANCE_RETURN_IF_ERROR(check_size(features.width, features.height, kFormat, limits));
  StoredPicture stored;
  stored.width = features.width;
  stored.height = features.height;
  stored.orientation = orientation_of(bytes);
  stored.image.width = features.width;
  stored.image.height = features.height;
  if (features.has_animation != 0) {
    stored.image = blank_image(features.width, features.height);
    SEMBLANCE_RETURN_IF_ERROR(draw_first_frame(bytes, stored.image));
  } else if (features.has_alpha != 0) {
    stored.image = blank_image(features.width, features.height);
    SEMBLANCE_RETURN_IF_ERROR(draw_onto(stored.image, as_uint8(bytes), bytes.size(), true, 0, 0,
                                        features.width, features.height));
  } else {
    SEMBLANCE_RETURN_IF_ERROR(decode_pixels(as_uint8(bytes), bytes.size(), false, features.width,
                                            features.height, stored.image.pixels));
  }
  return stored;
}

}  // namespace semblance
