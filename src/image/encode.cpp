#include "image/encode.h"

#include <csetjmp>
#include <cstdlib>

#include "image/libjpeg.h"

namespace semblance {
namespace {

struct ErrorManager {
  jpeg_error_mgr base{};
  std::jmp_buf jump{};
};

[[noreturn]] void on_error(j_common_ptr info) {
  std::longjmp(reinterpret_cast<ErrorManager*>(info->err)->jump, 1);
}

/// The library grows a malloc'ed buffer and reports errors by longjmp, so both live in an object
/// outside the function that calls setjmp.
struct Encoder {
  jpeg_compress_struct info{};
  ErrorManager errors;
  unsigned char* buffer = nullptr;
  unsigned long size = 0;

  Encoder() = default;
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  Encoder(Encoder&&) = delete;
  Encoder& operator=(Encoder&&) = delete;
  ~Encoder() {
    jpeg_destroy_compress(&info);
    std::free(buffer);
  }

  bool run(const Image& image, int quality) {
    info.err = jpeg_std_error(&errors.base);
    errors.base.error_exit = on_error;
    if (setjmp(errors.jump) != 0) return false;
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, &buffer, &size);
    info.image_width = static_cast<JDIMENSION>(image.width);
    info.image_height = static_cast<JDIMENSION>(image.height);
    info.input_components = 3;
    info.in_color_space = JCS_RGB;
    jpeg_set_defaults(&info);  // baseline, 4:2:0
    jpeg_set_quality(&info, quality, TRUE);
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < info.image_height) {
      JSAMPROW row = const_cast<JSAMPROW>(image.row(static_cast<int>(info.next_scanline)));
      jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    return true;
  }
};

}  // namespace

std::vector<std::byte> encode_jpeg(const Image& image, int quality) {
  Encoder encoder;
  if (!encoder.run(image, quality)) return {};
  const auto* begin = reinterpret_cast<const std::byte*>(encoder.buffer);
  return {begin, begin + encoder.size};
}

}  // namespace semblance
