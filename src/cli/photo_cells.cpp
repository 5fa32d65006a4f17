#include "cli/photo_cells.h"

#include <utility>

#include "base/file.h"
#include "image/decode.h"
#include "image/encode.h"

namespace semblance::cli {

Image load_photo(const std::filesystem::path& path, int side, const Box& box) {
  DecodeOptions options;
  // Of a part, as many pixels as the decoder can give.
  const bool whole = box.width >= 1 && box.height >= 1;
  if (whole) options.min_width = options.min_height = side;
  const Result<Bytes> bytes = read_file(path, options.limits.max_bytes);
  if (!bytes) return {};
  Result<DecodedImage> decoded = decode_image(*bytes, options);
  if (!decoded) return {};
  return whole ? std::move(decoded->image) : crop(decoded->image, box);
}

void PhotoSheet::add(const std::filesystem::path& photo, const std::string& title,
                     const std::string& subtitle, bool highlighted) {
  if (!row_is_open_ || rows_.back().size() == kMontageColumns) {
    if (!has_room()) return;
    rows_.emplace_back();
    row_is_open_ = true;
  }
  rows_.back().push_back({load_photo(photo, kMontageCell), title, subtitle, highlighted});
}

Status PhotoSheet::write(const std::filesystem::path& path) const {
  return write_file_atomically(path,
                               encode_jpeg(draw_montage(rows_, kMontageCell), kMontageQuality));
}

}  // namespace semblance::cli
