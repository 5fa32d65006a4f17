// libFuzzer: whatever the bytes are, decode_image returns and keeps to its limits.
//   fuzz_decode_image CORPUS...     (start from the files that make_picture_files() makes)

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "image/decode.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using semblance::DecodeOptions;
  DecodeOptions options;
  options.limits.max_pixels = 1'000'000;
  // The length decides, so that the bytes stay those of the file.
  options.min_width = options.min_height = size % 2 == 0 ? 0 : 20;
  const auto decoded = semblance::decode_image(std::as_bytes(std::span(data, size)), options);
  if (!decoded) return 0;
  const semblance::Image& image = decoded->image;
  const auto pixels =
      static_cast<std::uint64_t>(image.width) * static_cast<std::uint64_t>(image.height);
  if (image.width <= 0 || image.height <= 0 || pixels > options.limits.max_pixels ||
      image.pixels.size() != pixels * 3) {
    std::abort();
  }
  return 0;
}
