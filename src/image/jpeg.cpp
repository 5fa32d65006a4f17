// JPEG through libjpeg's API (libjpeg-turbo). The library reports errors by longjmp, so every
// function below that calls setjmp owns nothing that needs a destructor.

#include <csetjmp>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "image/codec.h"
#include "image/exif.h"
#include "image/libjpeg.h"

namespace semblance {
namespace {

/// Real progressive files have about ten scans; each costs a pass over the whole picture.
constexpr int kMostScans = 100;

constexpr JOCTET kFakeEnd[2] = {0xFF, JPEG_EOI};

struct ErrorManager {
  jpeg_error_mgr base{};
  std::jmp_buf jump{};
  char message[JMSG_LENGTH_MAX] = {};
  bool hit_marker = false;  ///< coded data ended before the picture did
  JDIMENSION hit_row = 0;   ///< ... when this row was next
  bool too_many_scans = false;
};

struct Source {
  jpeg_source_mgr base{};
  bool ran_out = false;  ///< the decoder wanted bytes beyond the end of the file
};

ErrorManager& errors_of(j_common_ptr info) {
  return *reinterpret_cast<ErrorManager*>(info->err);
}

[[noreturn]] void on_error(j_common_ptr info) {
  ErrorManager& errors = errors_of(info);
  (*errors.base.format_message)(info, errors.message);
  std::longjmp(errors.jump, 1);
}

void on_message(j_common_ptr info, int level) {
  ErrorManager& errors = errors_of(info);
  if (level >= 0 || errors.base.msg_code != JWRN_HIT_MARKER || errors.hit_marker) return;
  errors.hit_marker = true;
  errors.hit_row = reinterpret_cast<j_decompress_ptr>(info)->output_scanline;
}

void on_progress(j_common_ptr info) {
  ErrorManager& errors = errors_of(info);
  if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number <= kMostScans) return;
  errors.too_many_scans = true;
  std::longjmp(errors.jump, 1);
}

boolean fill_input(j_decompress_ptr info) {
  auto& source = *reinterpret_cast<Source*>(info->src);
  source.ran_out = true;
  source.base.next_input_byte = kFakeEnd;
  source.base.bytes_in_buffer = sizeof(kFakeEnd);
  return TRUE;
}

void skip_input(j_decompress_ptr info, long count) {
  jpeg_source_mgr& source = *info->src;
  if (count <= 0) return;
  const auto wanted = static_cast<std::size_t>(count);
  if (wanted > source.bytes_in_buffer) {
    fill_input(info);
    return;
  }
  source.next_input_byte += wanted;
  source.bytes_in_buffer -= wanted;
}

void nothing(j_decompress_ptr /*info*/) {}
void print_nothing(j_common_ptr /*info*/) {}

class JpegReader {
 public:
  explicit JpegReader(std::span<const std::byte> bytes) {
    info_.err = jpeg_std_error(&errors_.base);
    errors_.base.error_exit = on_error;
    errors_.base.emit_message = on_message;
    errors_.base.output_message = print_nothing;
    source_.base.next_input_byte = reinterpret_cast<const JOCTET*>(bytes.data());
    source_.base.bytes_in_buffer = bytes.size();
    source_.base.init_source = nothing;
    source_.base.fill_input_buffer = fill_input;
    source_.base.skip_input_data = skip_input;
    source_.base.resync_to_restart = jpeg_resync_to_restart;
    source_.base.term_source = nothing;
    progress_.progress_monitor = on_progress;
  }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;
  JpegReader(JpegReader&&) = delete;
  JpegReader& operator=(JpegReader&&) = delete;
  ~JpegReader() { jpeg_destroy_decompress(&info_); }

  bool read_header() {
    if (setjmp(errors_.jump) != 0) return false;
    jpeg_create_decompress(&info_);
    info_.src = &source_.base;
    info_.progress = &progress_;
    jpeg_save_markers(&info_, JPEG_APP0 + 1, 0xFFFF);
    jpeg_read_header(&info_, TRUE);
    return true;
  }

  /// Between read_header and read_rows: the output's colour space and scale.
  bool start(unsigned eighths) {
    if (setjmp(errors_.jump) != 0) return false;
    const bool inks = info_.jpeg_color_space == JCS_CMYK || info_.jpeg_color_space == JCS_YCCK;
    info_.out_color_space = inks ? JCS_CMYK : JCS_RGB;
    info_.scale_num = eighths;
    info_.scale_denom = 8;
    jpeg_start_decompress(&info_);
    return true;
  }

  /// Fills `pixels` (width() x height() x 3). `inks` has room for one row of four inks.
  bool read_rows(std::uint8_t* pixels, std::uint8_t* inks) {
    if (setjmp(errors_.jump) != 0) return false;
    const std::size_t stride = std::size_t{info_.output_width} * 3;
    while (info_.output_scanline < info_.output_height) {
      std::uint8_t* row = pixels + info_.output_scanline * stride;
      JSAMPROW target = has_inks() ? inks : row;
      jpeg_read_scanlines(&info_, &target, 1);
      if (has_inks()) convert_inks(inks, row);
    }
    return true;
  }

  /// Whether part of the picture is missing although the library made something up for it.
  [[nodiscard]] bool is_incomplete() {
    if (source_.ran_out && errors_.hit_marker) return true;
    if (source_.ran_out) return jpeg_has_multiple_scans(&info_) && !has_all_coefficients();
    // The file is whole but its data is not: a few spoilt rows are only damage, most of the picture
    // missing is a file whose middle was lost. Restart markers may be hit and recovered from.
    return errors_.hit_marker && info_.restart_interval == 0 && !jpeg_has_multiple_scans(&info_) &&
           errors_.hit_row < info_.output_height / 8 * 7;
  }

  [[nodiscard]] Error error() const {
    if (errors_.too_many_scans) return damaged(ImageFormat::kJpeg, "it has too many scans");
    switch (errors_.base.msg_code) {
      case JERR_SOF_UNSUPPORTED:
      case JERR_BAD_PRECISION:
      case JERR_ARITH_NOTIMPL:
      case JERR_CONVERSION_NOTIMPL:
      case JERR_COMPONENT_COUNT:
      case JERR_FRACT_SAMPLE_NOTIMPL:
      case JERR_CCIR601_NOTIMPL:
        return unsupported(ImageFormat::kJpeg, errors_.message);
      default:
        return damaged(ImageFormat::kJpeg, errors_.message);
    }
  }

  [[nodiscard]] int orientation() const {
    for (const jpeg_marker_struct* marker = info_.marker_list; marker != nullptr;
         marker = marker->next) {
      const auto block = std::as_bytes(std::span(marker->data, marker->data_length));
      if (block.size() > 6 && std::memcmp(block.data(), "Exif\0", 6) == 0) {
        return exif_orientation(block);
      }
    }
    return 1;
  }

  [[nodiscard]] int stored_width() const { return static_cast<int>(info_.image_width); }
  [[nodiscard]] int stored_height() const { return static_cast<int>(info_.image_height); }
  [[nodiscard]] int width() const { return static_cast<int>(info_.output_width); }
  [[nodiscard]] int height() const { return static_cast<int>(info_.output_height); }
  [[nodiscard]] bool has_inks() const { return info_.out_color_space == JCS_CMYK; }

 private:
  /// Adobe's programs store inks inverted (255: none), which then multiply as light does.
  void convert_inks(const std::uint8_t* inks, std::uint8_t* rgb) const {
    const unsigned flip = info_.saw_Adobe_marker ? 0 : 255;
    for (JDIMENSION x = 0; x < info_.output_width; ++x, inks += 4, rgb += 3) {
      const unsigned black = inks[3] ^ flip;
      for (int c = 0; c < 3; ++c) {
        rgb[c] = static_cast<std::uint8_t>(((inks[c] ^ flip) * black + 127) / 255);
      }
    }
  }

  /// A progressive file without its end marker may still have the last scan of every coefficient.
  [[nodiscard]] bool has_all_coefficients() const {
    if (info_.coef_bits == nullptr) return false;
    for (int component = 0; component < info_.num_components; ++component) {
      for (const int missing_bits : info_.coef_bits[component]) {
        if (missing_bits != 0) return false;
      }
    }
    return true;
  }

  jpeg_decompress_struct info_{};
  ErrorManager errors_;
  Source source_;
  jpeg_progress_mgr progress_{};
};

/// The scales worth using. Five to seven eighths have no vectorised transform in libjpeg-turbo and
/// take longer than the full picture (docs/decisions/0001-image-libraries.md).
constexpr unsigned kUsefulEighths[] = {1, 2, 3, 4};
constexpr unsigned kFullSize = 8;

/// The smallest useful M with both sides x M/8 (rounded up, as the library does) large enough.
unsigned scale_in_eighths(int width, int height, int min_width, int min_height) {
  if (min_width <= 0 && min_height <= 0) return kFullSize;
  for (const unsigned eighths : kUsefulEighths) {
    const auto scaled = [&](int side) { return (std::int64_t{side} * eighths + 7) / 8; };
    if (scaled(width) >= min_width && scaled(height) >= min_height) return eighths;
  }
  return kFullSize;
}

}  // namespace

Result<StoredPicture> decode_jpeg(std::span<const std::byte> bytes, const DecodeOptions& options) {
  JpegReader reader(bytes);
  if (!reader.read_header()) return reader.error();
  StoredPicture stored;
  stored.width = reader.stored_width();
  stored.height = reader.stored_height();
  SEMBLANCE_RETURN_IF_ERROR(
      check_size(stored.width, stored.height, ImageFormat::kJpeg, options.limits));
  stored.orientation = reader.orientation();
  int min_width = options.min_width;
  int min_height = options.min_height;
  if (orientation_swaps_sides(stored.orientation)) std::swap(min_width, min_height);
  if (!reader.start(scale_in_eighths(stored.width, stored.height, min_width, min_height))) {
    return reader.error();
  }
  stored.image.width = reader.width();
  stored.image.height = reader.height();
  const auto width = static_cast<std::size_t>(stored.image.width);
  stored.image.pixels.resize(width * static_cast<std::size_t>(stored.image.height) * 3);
  std::vector<std::uint8_t> inks(reader.has_inks() ? width * 4 : 0);
  if (!reader.read_rows(stored.image.pixels.data(), inks.data())) return reader.error();
  if (reader.is_incomplete()) return damaged(ImageFormat::kJpeg, "part of the picture is missing");
  return stored;
}

}  // namespace semblance
