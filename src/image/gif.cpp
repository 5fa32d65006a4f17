// GIF through giflib, record by record, so that later frames are neither decoded nor kept.

#include <gif_lib.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "image/codec.h"

namespace semblance {
namespace {

constexpr ImageFormat kFormat = ImageFormat::kGif;

struct GifCloser {
  void operator()(GifFileType* gif) const { DGifCloseFile(gif, nullptr); }
};
using GifFile = std::unique_ptr<GifFileType, GifCloser>;

/// Where rows of an interlaced frame go: four passes, each with its first row and its step.
struct Pass {
  int first;
  int step;
};
constexpr Pass kInterlacedPasses[] = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};
constexpr Pass kOnePass[] = {{0, 1}};

int read_from_span(GifFileType* gif, GifByteType* target, int count) {
  auto& left = *static_cast<std::span<const std::byte>*>(gif->UserData);
  const std::size_t taken = std::min(left.size(), static_cast<std::size_t>(std::max(count, 0)));
  if (taken > 0) std::memcpy(target, left.data(), taken);
  left = left.subspan(taken);
  return static_cast<int>(taken);
}

/// Reads records up to the first picture's header. `transparent` is its transparent colour or -1.
Status find_first_frame(GifFileType* gif, int& transparent) {
  transparent = NO_TRANSPARENT_COLOR;
  for (;;) {
    GifRecordType record = UNDEFINED_RECORD_TYPE;
    if (DGifGetRecordType(gif, &record) == GIF_ERROR) return damaged(kFormat, "the end is missing");
    if (record == TERMINATE_RECORD_TYPE) return damaged(kFormat, "it holds no picture");
    if (record == IMAGE_DESC_RECORD_TYPE) {
      if (DGifGetImageDesc(gif) == GIF_ERROR) return damaged(kFormat, "its frame cannot be read");
      return {};
    }
    if (record != EXTENSION_RECORD_TYPE) continue;
    int code = 0;
    GifByteType* block = nullptr;
    if (DGifGetExtension(gif, &code, &block) == GIF_ERROR)
      return damaged(kFormat, "the end is missing");
    while (block != nullptr) {
      GraphicsControlBlock control{};
      if (code == GRAPHICS_EXT_FUNC_CODE && block[0] == 4 &&
          DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK) {
        transparent = control.TransparentColor;
      }
      if (DGifGetExtensionNext(gif, &block) == GIF_ERROR)
        return damaged(kFormat, "the end is missing");
    }
  }
}

Status draw_frame(GifFileType* gif, int transparent, Image& canvas) {
  const GifImageDesc& frame = gif->Image;
  const ColorMapObject* colours = frame.ColorMap != nullptr ? frame.ColorMap : gif->SColorMap;
  if (colours == nullptr) return damaged(kFormat, "it has no colours");
  std::vector<GifPixelType> row(static_cast<std::size_t>(frame.Width));
  const std::span<const Pass> passes =
      frame.Interlace ? std::span<const Pass>(kInterlacedPasses) : std::span<const Pass>(kOnePass);
  // A frame may reach beyond the canvas; what lies outside is not seen.
  const int columns = std::clamp(canvas.width - frame.Left, 0, frame.Width);
  for (const Pass& pass : passes) {
    for (int y = pass.first; y < frame.Height; y += pass.step) {
      if (DGifGetLine(gif, row.data(), frame.Width) == GIF_ERROR) {
        return damaged(kFormat, "the end is missing");
      }
      if (y >= canvas.height - frame.Top) continue;
      std::uint8_t* target = canvas.row(frame.Top + y) + static_cast<std::size_t>(frame.Left) * 3;
      for (int x = 0; x < columns; ++x, target += 3) {
        const int index = row[static_cast<std::size_t>(x)];
        if (index == transparent || index >= colours->ColorCount) continue;
        const GifColorType& colour = colours->Colors[index];
        target[0] = colour.Red;
        target[1] = colour.Green;
        target[2] = colour.Blue;
      }
    }
  }
  return {};
}

}  // namespace

Result<StoredPicture> decode_gif(std::span<const std::byte> bytes, const DecodeLimits& limits) {
  std::span<const std::byte> left = bytes;
  int code = 0;
  const GifFile gif(DGifOpen(&left, read_from_span, &code));
  if (!gif) return damaged(kFormat, "its header cannot be read");
  // Some writers leave the canvas at 0 x 0: the first frame then gives the size.
  const bool has_canvas = gif->SWidth > 0 && gif->SHeight > 0;
  if (has_canvas) {
    SEMBLANCE_RETURN_IF_ERROR(check_size(gif->SWidth, gif->SHeight, kFormat, limits));
  }
  int transparent = NO_TRANSPARENT_COLOR;
  SEMBLANCE_RETURN_IF_ERROR(find_first_frame(gif.get(), transparent));
  const GifImageDesc& frame = gif->Image;
  SEMBLANCE_RETURN_IF_ERROR(check_size(frame.Width, frame.Height, kFormat, limits));
  StoredPicture stored;
  stored.width = has_canvas ? gif->SWidth : frame.Left + frame.Width;
  stored.height = has_canvas ? gif->SHeight : frame.Top + frame.Height;
  SEMBLANCE_RETURN_IF_ERROR(check_size(stored.width, stored.height, kFormat, limits));
  stored.image = blank_image(stored.width, stored.height);
  if (frame.Left < 0 || frame.Top < 0 || frame.Left >= stored.width || frame.Top >= stored.height) {
    return damaged(kFormat, "its first frame lies outside the picture");
  }
  SEMBLANCE_RETURN_IF_ERROR(draw_frame(gif.get(), transparent, stored.image));
  return stored;
}

}  // namespace semblance
