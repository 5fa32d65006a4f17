// PNG through libpng. The library reports errors by longjmp, so every function below that calls
// setjmp owns nothing that needs a destructor.

#include <png.h>

#include <csetjmp>
#include <cstring>
#include <string>
#include <vector>

#include "image/codec.h"
#include "image/exif.h"

namespace semblance {
namespace {

constexpr std::size_t kSignatureSize = 8;
constexpr std::size_t kSizeEnd = 24;  ///< width and height: signature, length, "IHDR", here

std::uint32_t big_u32(std::span<const std::byte> bytes, std::size_t at) {
  return png_get_uint_32(reinterpret_cast<png_const_bytep>(bytes.data() + at));
}

/// The orientation in the eXIf chunk, which may stand before or after the pixels.
int orientation_of(std::span<const std::byte> bytes) {
  std::size_t at = kSignatureSize;
  while (bytes.size() - at >= 12) {
    const std::size_t length = big_u32(bytes, at);
    if (length > bytes.size() - at - 12) return 1;
    if (std::memcmp(bytes.data() + at + 4, "eXIf", 4) == 0) {
      return exif_orientation(bytes.subspan(at + 8, length));
    }
    at += length + 12;
  }
  return 1;
}

class PngReader {
 public:
  explicit PngReader(std::span<const std::byte> bytes) : left_(bytes) {}
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;
  PngReader(PngReader&&) = delete;
  PngReader& operator=(PngReader&&) = delete;
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }

  bool read_header() {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error, on_warning);
    if (png_ == nullptr) return false;
    info_ = png_create_info_struct(png_);
    if (info_ == nullptr) return false;
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    // Chunks that hold compressed text or colour profiles are of no use here, and often broken.
    png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, nullptr, 0);
    static constexpr png_byte kIgnored[] = "iCCP\0zTXt\0iTXt\0tEXt\0eXIf\0sPLT";
    png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, kIgnored, 6);
    png_set_chunk_malloc_max(png_, 8U << 20);
    png_set_user_limits(png_, 0x7FFFFFFF, 0x7FFFFFFF);
    png_set_read_fn(png_, this, on_read);
    png_read_info(png_, info_);
    return true;
  }

  /// Asks for 8-bit R G B, or R G B A where the file has transparency.
  bool start() {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_set_expand(png_);
    png_set_scale_16(png_);
    png_set_gray_to_rgb(png_);
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    return true;
  }

  /// `rgba` has room for one row, or for the whole picture where it is interlaced.
  bool read_rows(Image& image, std::uint8_t* rgba) {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    const auto width = static_cast<std::size_t>(image.width);
    const int passes = is_interlaced() ? PNG_INTERLACE_ADAM7_PASSES : 1;
    for (int pass = 0; pass < passes; ++pass) {
      for (int y = 0; y < image.height; ++y) {
        std::uint8_t* target = image.row(y);
        if (has_alpha()) target = rgba + (passes > 1 ? 4 * width * static_cast<std::size_t>(y) : 0);
        png_read_row(png_, target, nullptr);
        if (!has_alpha() || pass + 1 < passes) continue;
        flatten_over_white(target, width, image.row(y));
      }
    }
    return true;
  }

  [[nodiscard]] std::int64_t width() const { return png_get_image_width(png_, info_); }
  [[nodiscard]] std::int64_t height() const { return png_get_image_height(png_, info_); }
  [[nodiscard]] bool has_alpha() const { return png_get_channels(png_, info_) == 4; }
  [[nodiscard]] bool is_interlaced() const {
    return png_get_interlace_type(png_, info_) != PNG_INTERLACE_NONE;
  }
  /// Bytes of the pixels before compression, as the file stores them. Before start().
  [[nodiscard]] std::uint64_t raw_bytes() const {
    return std::uint64_t{png_get_rowbytes(png_, info_)} * png_get_image_height(png_, info_);
  }

  [[nodiscard]] Error error() const { return damaged(ImageFormat::kPng, message_); }

 private:
  [[noreturn]] static void on_error(png_structp png, png_const_charp message) {
    auto* reader = static_cast<PngReader*>(png_get_error_ptr(png));
    std::strncpy(reader->message_, message, sizeof(reader->message_) - 1);
    png_longjmp(png, 1);
  }

  static void on_warning(png_structp /*png*/, png_const_charp /*message*/) {}

  static void on_read(png_structp png, png_bytep target, std::size_t count) {
    auto* reader = static_cast<PngReader*>(png_get_io_ptr(png));
    if (count > reader->left_.size()) png_error(png, "the end is missing");
    std::memcpy(target, reader->left_.data(), count);
    reader->left_ = reader->left_.subspan(count);
  }

  std::span<const std::byte> left_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  char message_[128] = {};
};

}  // namespace

Result<StoredPicture> decode_png(std::span<const std::byte> bytes, const DecodeLimits& limits) {
  // The library reads on to the pixels before it tells the size, which stands at a fixed place.
  if (bytes.size() < kSizeEnd) return damaged(ImageFormat::kPng, "the end is missing");
  SEMBLANCE_RETURN_IF_ERROR(check_size(big_u32(bytes, kSizeEnd - 8), big_u32(bytes, kSizeEnd - 4),
                                       ImageFormat::kPng, limits));
  PngReader reader(bytes);
  if (!reader.read_header()) return reader.error();
  // Deflate shrinks no more than 1:1032, so a small file cannot hold a huge picture.
  if (reader.raw_bytes() / 1032 > bytes.size()) {
    return damaged(ImageFormat::kPng, "it is too short for its size in pixels");
  }
  if (!reader.start()) return reader.error();
  StoredPicture stored;
  stored.width = static_cast<int>(reader.width());
  stored.height = static_cast<int>(reader.height());
  stored.orientation = orientation_of(bytes);
  stored.image = blank_image(stored.width, stored.height);
  std::vector<std::uint8_t> rgba;
  if (reader.has_alpha()) {
    const int rows = reader.is_interlaced() ? stored.height : 1;
    rgba.resize(std::size_t{4} * static_cast<std::size_t>(stored.width) *
                static_cast<std::size_t>(rows));
  }
  if (!reader.read_rows(stored.image, rgba.data())) return reader.error();
  return stored;
}

}  // namespace semblance
