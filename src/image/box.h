#pragma once

#include "base/result.h"
#include "image/image.h"

namespace semblance {

/// A part of an upright picture, in shares of its width and height (0..1) from the top left.
struct Box {
  double x = 0;
  double y = 0;
  double width = 1;
  double height = 1;
};

/// Errors: kInvalidArgument unless the box has a size and lies within the picture (but for what
/// rounding may leave).
Status check_box(const Box& box);

/// The pixels that the box touches, at least one. The box has passed check_box.
Image crop(const Image& image, const Box& box);

}  // namespace semblance
