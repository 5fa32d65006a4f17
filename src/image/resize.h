#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "image/image.h"

namespace semblance {

enum class ResizeFilter {
  kArea,      ///< exact averages when shrinking, bicubic when enlarging
  kBilinear,  ///< antialiased: the triangle widens with the scale when shrinking
  kBicubic,   ///< antialiased Catmull-Rom (a = -0.5)
};

enum class ChannelOrder { kRgb, kBgr };
enum class TensorLayout { kNchw, kNhwc };

/// The part of a picture that is resized, in pixels of the source; may be fractional.
struct SourceRect {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
};

/// (x - mean) / std for pixel values 0..255; the arrays are in the order of the channels asked for.
struct Normalisation {
  std::array<float, 3> mean{0, 0, 0};
  std::array<float, 3> std{1, 1, 1};
};

/// Resizes `rect` of `source` to width x height, 8 bits a channel, rounded to nearest.
Image resize(const Image& source, const SourceRect& rect, int width, int height,
             ResizeFilter filter);

/// Resizes and normalises in one go, without rounding in between, into a tensor of
/// 3 x height x width (kNchw) or height x width x 3 (kNhwc) floats.
void resize_to_tensor(const Image& source, const SourceRect& rect, int width, int height,
                      ResizeFilter filter, ChannelOrder order, TensorLayout layout,
                      const Normalisation& normalisation, std::span<float> tensor);

}  // namespace semblance
