#include <algorithm>
#include <cassert>
#include <cmath>
#include <memory>

#include "describe/embedder.h"
#include "image/resize.h"

namespace semblance {

namespace {

SourceRect whole(const Image& image) {
  return {0, 0, static_cast<double>(image.width), static_cast<double>(image.height)};
}

void fill_tensor(const Image& image, const SourceRect& rect, const ModelInput& input, int width,
                 int height, std::span<float> tensor) {
  resize_to_tensor(image, rect, width, height, input.filter, input.channels, input.layout,
                   input.normalisation, tensor);
}

/// The part of the picture that is left when its short side is resized to `short_side` and the
/// centre width x height is cut out. One resize of that part does both.
SourceRect centre_crop(const Image& image, const ModelInput& input) {
  const double source_per_pixel =
      static_cast<double>(std::min(image.width, image.height)) / input.short_side;
  const double width = std::min(input.width * source_per_pixel, static_cast<double>(image.width));
  const double height =
      std::min(input.height * source_per_pixel, static_cast<double>(image.height));
  return {(image.width - width) / 2, (image.height - height) / 2, width, height};
}

void letterbox(const Image& image, const ModelInput& input, std::span<float> tensor) {
  const double scale = std::min(static_cast<double>(input.width) / image.width,
                                static_cast<double>(input.height) / image.height);
  const auto fitted = [scale](int side, int limit) {
    return std::clamp(static_cast<int>(std::lround(side * scale)), 1, limit);
  };
  const int width = fitted(image.width, input.width);
  const int height = fitted(image.height, input.height);
  const auto count = static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3;
  const auto inner = std::make_unique<float[]>(count);
  fill_tensor(image, whole(image), input, width, height, {inner.get(), count});

  std::fill(tensor.begin(), tensor.end(), 0.0F);
  // Rows of planes (NCHW), or one plane of rows three times as long (NHWC).
  const bool planar = input.layout == TensorLayout::kNchw;
  const int planes = planar ? 3 : 1;
  const int per_pixel = planar ? 1 : 3;
  const int left = (input.width - width) / 2;
  const int top = (input.height - height) / 2;
  for (int plane = 0; plane < planes; ++plane) {
    for (int y = 0; y < height; ++y) {
      const std::ptrdiff_t from = (std::ptrdiff_t{plane} * height + y) * width;
      const std::ptrdiff_t to =
          (std::ptrdiff_t{plane} * input.height + top + y) * input.width + left;
      std::copy_n(inner.get() + from * per_pixel, std::ptrdiff_t{width} * per_pixel,
                  tensor.begin() + to * per_pixel);
    }
  }
}

}  // namespace

void preprocess(const Image& image, const ModelInput& input, std::span<float> tensor) {
  assert(image.width > 0 && image.height > 0);
  assert(tensor.size() ==
         3 * static_cast<std::size_t>(input.width) * static_cast<std::size_t>(input.height));
  switch (input.resize) {
    case ResizeRule::kSquash:
      return fill_tensor(image, whole(image), input, input.width, input.height, tensor);
    case ResizeRule::kCrop:
      return fill_tensor(image, centre_crop(image, input), input, input.width, input.height,
                         tensor);
    case ResizeRule::kLetterbox:
      return letterbox(image, input, tensor);
  }
}

}  // namespace semblance
